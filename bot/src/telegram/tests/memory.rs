//! A store in memory that can be told to crash: after a number of calls every further one fails, as if the process had
//! been killed there. What was stored lives on in the store it is reborn as.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::super::port::{ChatStore, NewRow, QueuedRow, RawUpdate, StoredAction};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Status {
    Queued,
    Sending(i64),
    Sent(i64),
    Failed(String),
}

#[derive(Default)]
struct Inner {
    updates: BTreeMap<i64, (RawUpdate, bool)>,
    dialogues: HashMap<i64, String>,
    rows: Vec<(QueuedRow, Status, DateTime<Utc>)>,
    actions: HashMap<String, StoredAction>,
    kv: HashMap<String, String>,
}

#[derive(Default)]
pub(super) struct MemoryStore {
    data: Arc<Mutex<Inner>>,
    calls_left: Mutex<Option<usize>>,
}

impl MemoryStore {
    fn inner(&self) -> anyhow::Result<MutexGuard<'_, Inner>> {
        match &mut *self.calls_left.lock().unwrap() {
            Some(0) => anyhow::bail!("crashed"),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(self.data())
    }

    fn data(&self) -> MutexGuard<'_, Inner> {
        self.data.lock().unwrap()
    }

    /// Every call after `calls` more fails.
    pub(super) fn crash_after(&self, calls: usize) {
        *self.calls_left.lock().unwrap() = Some(calls);
    }

    /// The same content for the next life; this handle stays as dead as it is.
    pub(super) fn reborn(&self) -> Self {
        // Tasks of the life before may still run here, where no process ends: they reach nothing any more.
        self.crash_after(0);
        Self { data: Arc::clone(&self.data), calls_left: Mutex::default() }
    }

    pub(super) fn has_crashed(&self) -> bool {
        *self.calls_left.lock().unwrap() == Some(0)
    }

    pub(super) fn queue(&self, row: &NewRow, now: DateTime<Utc>) -> i64 {
        let mut inner = self.data();
        push(&mut inner, row, now)
    }

    pub(super) fn statuses(&self) -> Vec<Status> {
        self.data().rows.iter().map(|(_, status, _)| status.clone()).collect()
    }

    pub(super) fn all_settled(&self) -> bool {
        self.statuses().iter().all(|status| matches!(status, Status::Sent(_) | Status::Failed(_)))
    }

    pub(super) fn handled(&self, update: i64) -> bool {
        self.data().updates.get(&update).is_some_and(|(_, handled)| *handled)
    }

    pub(super) fn known(&self, key: &str) -> Option<String> {
        self.data().kv.get(key).cloned()
    }

    pub(super) fn keep_update(&self, update: RawUpdate) {
        self.data().updates.insert(update.update_id, (update, false));
    }

    pub(super) fn set_dialogue(&self, chat: i64, state: &str) {
        self.data().dialogues.insert(chat, state.to_owned());
    }
}

fn push(inner: &mut Inner, row: &NewRow, now: DateTime<Utc>) -> i64 {
    let id = i64::try_from(inner.rows.len()).unwrap() + 1;
    let queued = QueuedRow {
        id,
        chat_id: row.chat_id,
        kind: row.kind.clone(),
        card: row.card.clone(),
        edit: row.edit,
        silent: row.silent,
        payload: row.payload.clone(),
        begun_after: None,
        attempts: 0,
        created_at: now,
    };
    inner.rows.push((queued, Status::Queued, now));
    id
}

fn row(inner: &mut Inner, id: i64) -> &mut (QueuedRow, Status, DateTime<Utc>) {
    inner.rows.iter_mut().find(|(row, _, _)| row.id == id).unwrap()
}

#[async_trait]
impl ChatStore for MemoryStore {
    async fn insert_updates(&self, updates: &[RawUpdate], _now: DateTime<Utc>) -> anyhow::Result<Vec<i64>> {
        let mut inner = self.inner()?;
        let mut new = Vec::new();
        for update in updates {
            if let std::collections::btree_map::Entry::Vacant(free) = inner.updates.entry(update.update_id) {
                free.insert((update.clone(), false));
                new.push(update.update_id);
            }
        }
        Ok(new)
    }

    async fn unhandled(&self) -> anyhow::Result<Vec<RawUpdate>> {
        let inner = self.inner()?;
        Ok(inner.updates.values().filter(|(_, handled)| !handled).map(|(update, _)| update.clone()).collect())
    }

    async fn mark_handled(
        &self,
        update_id: i64,
        dialogue: Option<(i64, String)>,
        rows: &[NewRow],
        now: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        let mut inner = self.inner()?;
        if let Some((_, handled)) = inner.updates.get_mut(&update_id) {
            *handled = true;
        }
        if let Some((chat, state)) = dialogue {
            inner.dialogues.insert(chat, state);
        }
        for row in rows {
            push(&mut inner, row, now);
        }
        Ok(())
    }

    async fn queue(&self, rows: &[NewRow], now: DateTime<Utc>) -> anyhow::Result<()> {
        let mut inner = self.inner()?;
        for row in rows {
            push(&mut inner, row, now);
        }
        Ok(())
    }

    async fn dialogue(&self, chat_id: i64) -> anyhow::Result<Option<String>> {
        Ok(self.inner()?.dialogues.get(&chat_id).cloned())
    }

    async fn due(&self, now: DateTime<Utc>, limit: u32) -> anyhow::Result<Vec<QueuedRow>> {
        let inner = self.inner()?;
        let mut waiting = std::collections::HashSet::new();
        let mut due = Vec::new();
        for (row, status, at) in &inner.rows {
            let begun_after = match status {
                Status::Queued => None,
                Status::Sending(after) => Some(*after),
                Status::Sent(_) | Status::Failed(_) => continue,
            };
            if *at > now {
                waiting.insert(row.chat_id);
            }
            if !waiting.contains(&row.chat_id) {
                due.push(QueuedRow { begun_after, ..row.clone() });
            }
        }
        due.truncate(limit as usize);
        Ok(due)
    }

    async fn mark_sending(&self, ids: &[i64], begun_after: i64) -> anyhow::Result<()> {
        let mut inner = self.inner()?;
        for id in ids {
            let entry = row(&mut inner, *id);
            anyhow::ensure!(matches!(entry.1, Status::Queued | Status::Sending(_)), "row {id} is done with");
            entry.1 = Status::Sending(begun_after);
        }
        Ok(())
    }

    async fn mark_sent(&self, ids: &[i64], message_id: i64, _now: DateTime<Utc>) -> anyhow::Result<()> {
        let mut inner = self.inner()?;
        for id in ids {
            let entry = row(&mut inner, *id);
            anyhow::ensure!(matches!(entry.1, Status::Sending(_)), "row {id} was not begun");
            entry.1 = Status::Sent(message_id);
        }
        Ok(())
    }

    async fn retry_at(&self, ids: &[i64], at: DateTime<Utc>, _error: &str) -> anyhow::Result<()> {
        let mut inner = self.inner()?;
        for id in ids {
            let entry = row(&mut inner, *id);
            if matches!(entry.1, Status::Sending(_)) {
                (entry.1, entry.2) = (Status::Queued, at);
            }
        }
        Ok(())
    }

    async fn give_up(&self, ids: &[i64], error: &str) -> anyhow::Result<()> {
        let mut inner = self.inner()?;
        for id in ids {
            row(&mut inner, *id).1 = Status::Failed(error.to_owned());
        }
        Ok(())
    }

    async fn card_message(&self, chat_id: i64, card: &str) -> anyhow::Result<Option<i64>> {
        let inner = self.inner()?;
        Ok(inner.rows.iter().rev().find_map(|(row, status, _)| match status {
            Status::Sent(message) if row.chat_id == chat_id && row.card.as_deref() == Some(card) => Some(*message),
            Status::Queued | Status::Sending(_) | Status::Sent(_) | Status::Failed(_) => None,
        }))
    }

    async fn put_action(&self, token: &str, action: &Value, expires_at: DateTime<Utc>) -> anyhow::Result<()> {
        let stored = StoredAction { action: action.clone(), expires_at, used_at: None };
        self.inner()?.actions.entry(token.to_owned()).or_insert(stored);
        Ok(())
    }

    async fn action(&self, token: &str) -> anyhow::Result<Option<StoredAction>> {
        Ok(self.inner()?.actions.get(token).cloned())
    }

    async fn use_action(&self, token: &str, _by: i64, at: DateTime<Utc>) -> anyhow::Result<()> {
        if let Some(action) = self.inner()?.actions.get_mut(token) {
            action.used_at.get_or_insert(at);
        }
        Ok(())
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<String>> {
        Ok(self.inner()?.kv.get(key).cloned())
    }

    async fn put(&self, key: &str, value: &str) -> anyhow::Result<()> {
        self.inner()?.kv.insert(key.to_owned(), value.to_owned());
        Ok(())
    }
}
