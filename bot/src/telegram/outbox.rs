//! The sender: takes due rows, each chat in its own order and at its own pace; a slow or broken chat holds up no other.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use dialogues::message::Message;
use engine::board::LoopBoard;
use engine_clock::Clock;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::courier::{Courier, Outcome};
use super::payload::Payload;
use super::port::QueuedRow;
use super::words::digest;

/// Name on the loop board.
pub const OUTBOX_LOOP: &str = "telegram_out";
/// How often the database is asked for new rows when nobody rings. Real time: it paces this machine, not the bot's day.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Rows fetched at once.
const BATCH: u32 = 200;
/// With more rows than this waiting in a chat, runs of routine ones are folded into one message.
const FOLD_ABOVE: usize = 6;
/// Fewest and most rows folded into one.
const FOLD_LEAST: usize = 3;
const FOLD_MOST: usize = 30;
/// After the store failed.
const STORE_PAUSE: TimeDelta = TimeDelta::seconds(5);

/// Rings when something was queued, so that it goes out at once.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Wakes the sender.
    pub fn ring(&self) {
        self.0.notify_one();
    }
}

/// The sender's loop.
pub(crate) struct Sender {
    pub(crate) courier: Arc<Courier>,
    pub(crate) clock: Clock,
    pub(crate) board: LoopBoard,
    pub(crate) bell: Bell,
}

/// How one chat's turn ended.
struct Turn {
    chat: i64,
    result: anyhow::Result<Option<(DateTime<Utc>, String)>>,
}

/// A chat that has to wait.
#[derive(Debug, Clone, Copy)]
struct Pause {
    until: DateTime<Utc>,
    failures: u32,
}

impl Sender {
    /// Sends until `drain` is cancelled, and then until nothing is due any more.
    pub(crate) async fn run(self, drain: CancellationToken) {
        let mut turns: JoinSet<Turn> = JoinSet::new();
        let mut busy: HashMap<i64, tokio::task::Id> = HashMap::new();
        let mut pauses: HashMap<i64, Pause> = HashMap::new();
        loop {
            self.board.begin(OUTBOX_LOOP, self.clock.now());
            let started = match self.start_turns(&mut turns, &mut busy, &pauses).await {
                Ok(started) => started,
                Err(error) => {
                    self.trouble(&format!("the outbox cannot be read: {error:#}"));
                    false
                }
            };
            if drain.is_cancelled() && !started && turns.is_empty() {
                return;
            }
            tokio::select! {
                Some(ended) = turns.join_next_with_id(), if !turns.is_empty() => {
                    self.end_turn(ended, &mut busy, &mut pauses);
                }
                () = self.bell.0.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Starts a turn for each chat that has due rows and is neither busy nor waiting.
    async fn start_turns(
        &self,
        turns: &mut JoinSet<Turn>,
        busy: &mut HashMap<i64, tokio::task::Id>,
        pauses: &HashMap<i64, Pause>,
    ) -> anyhow::Result<bool> {
        let now = self.clock.now();
        let mut chats: BTreeMap<i64, Vec<QueuedRow>> = BTreeMap::new();
        for row in self.courier.store.due(now, BATCH).await? {
            chats.entry(row.chat_id).or_default().push(row);
        }
        let mut started = false;
        for (chat, rows) in chats {
            let pause = pauses.get(&chat);
            if busy.contains_key(&chat) || pause.is_some_and(|pause| pause.until > now) {
                continue;
            }
            let failures = pause.map_or(0, |pause| pause.failures);
            let courier = Arc::clone(&self.courier);
            let handle = turns.spawn(async move { Turn { chat, result: turn(&courier, rows, failures).await } });
            busy.insert(chat, handle.id());
            started = true;
        }
        if !started && turns.is_empty() && pauses.values().all(|pause| pause.until <= now) {
            self.board.succeed(OUTBOX_LOOP, now);
        }
        Ok(started)
    }

    fn end_turn(
        &self,
        ended: Result<(tokio::task::Id, Turn), tokio::task::JoinError>,
        busy: &mut HashMap<i64, tokio::task::Id>,
        pauses: &mut HashMap<i64, Pause>,
    ) {
        let now = self.clock.now();
        let (chat, pause, trouble) = match ended {
            Ok((_, Turn { chat, result })) => match result {
                Ok(None) => (chat, None, None),
                Ok(Some((until, reason))) => (chat, Some(until), Some(reason)),
                Err(error) => (chat, Some(now + STORE_PAUSE), Some(format!("{error:#}"))),
            },
            Err(error) => {
                let id = error.id();
                let Some(chat) = busy.iter().find(|(_, task)| **task == id).map(|(chat, _)| *chat) else {
                    return;
                };
                (chat, Some(now + STORE_PAUSE), Some("the sender of a chat panicked".to_owned()))
            }
        };
        busy.remove(&chat);
        match pause {
            None => {
                pauses.remove(&chat);
                self.board.succeed(OUTBOX_LOOP, now);
            }
            Some(until) => {
                let failures = pauses.get(&chat).map_or(0, |pause| pause.failures) + 1;
                pauses.insert(chat, Pause { until, failures });
            }
        }
        if let Some(trouble) = trouble {
            self.trouble(&trouble);
        }
    }

    fn trouble(&self, text: &str) {
        if self.board.fail(OUTBOX_LOOP, text) {
            tracing::warn!(trouble = text, "messages wait");
        }
    }
}

/// Delivers a chat's rows in order until one has to wait.
async fn turn(
    courier: &Courier,
    rows: Vec<QueuedRow>,
    failures: u32,
) -> anyhow::Result<Option<(DateTime<Utc>, String)>> {
    let mut rest = rows.as_slice();
    while let Some(first) = rest.first() {
        let fold = foldable(rest);
        let outcome = if fold > 1 {
            let (folded, after) = rest.split_at(fold);
            rest = after;
            deliver_digest(courier, folded, failures).await?
        } else {
            rest = rest.get(1..).unwrap_or_default();
            courier.deliver(first, failures).await?
        };
        if let Outcome::Later(until, failure) = outcome {
            return Ok(Some((until, failure.to_string())));
        }
    }
    Ok(None)
}

/// How many rows at the front go out as one message; 1 when none are folded. Rows begun together stay together.
fn foldable(rows: &[QueuedRow]) -> usize {
    let Some(first) = rows.first() else { return 0 };
    let run =
        rows.iter().take(FOLD_MOST).take_while(|row| is_routine(row) && row.begun_after == first.begun_after).count();
    let begun = first.begun_after.is_some();
    if (begun && run > 1) || (!begun && rows.len() > FOLD_ABOVE && run >= FOLD_LEAST) { run } else { 1 }
}

/// Silent news without a card of its own: what may be folded.
fn is_routine(row: &QueuedRow) -> bool {
    row.silent
        && row.card.is_none()
        && !row.edit
        && matches!(Payload::from_json(&row.payload), Some(Payload::Notice { .. }))
}

async fn deliver_digest(courier: &Courier, rows: &[QueuedRow], failures: u32) -> anyhow::Result<Outcome> {
    let Some(first) = rows.first() else {
        return Ok(Outcome::Done);
    };
    let now = courier.clock.now();
    let entries: Vec<(DateTime<Utc>, String)> = rows
        .iter()
        .filter_map(|row| courier.renderer.message(row, now).map(|(message, _)| (row.created_at, message.html)))
        .collect();
    let message = Message { html: digest(&entries), silent: true, ..Message::default() };
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let rendered = courier.renderer.render(first, message, None, now).await;
    courier.deliver_rendered(&ids, first, &rendered, failures).await
}

#[cfg(test)]
mod tests {
    use engine_core::engines::Engines;
    use engine_core::notice::Notice;

    use super::*;

    fn row(id: i64, silent: bool, begun_after: Option<i64>) -> QueuedRow {
        QueuedRow {
            id,
            chat_id: 1,
            kind: "stopping".to_owned(),
            card: None,
            edit: false,
            silent,
            payload: Payload::Notice { notice: Box::new(Notice::Stopping { engines: Engines::Both, open: 0 }) }
                .to_json(),
            begun_after,
            attempts: 0,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_a_backlog_of_routine_rows_is_folded() {
        let silent = |n: i64| -> Vec<QueuedRow> { (0..n).map(|id| row(id, true, None)).collect() };
        assert_eq!(foldable(&silent(6)), 1);
        assert_eq!(foldable(&silent(7)), 7);
        assert_eq!(foldable(&silent(90)), FOLD_MOST);
        let mut mixed = silent(9);
        mixed[2].silent = false;
        assert_eq!(foldable(&mixed), 1);
        assert_eq!(foldable(&mixed[3..]), 1);
        mixed[2].silent = true;
        mixed[4].card = Some("signal:1".to_owned());
        assert_eq!(foldable(&mixed), 4);
    }

    #[test]
    fn rows_begun_together_are_recognised_after_a_crash() {
        let mut rows: Vec<QueuedRow> = (0..4).map(|id| row(id, true, Some(9))).collect();
        rows.extend((4..12).map(|id| row(id, true, None)));
        assert_eq!(foldable(&rows), 4);
        let mut single: Vec<QueuedRow> = (1..12).map(|id| row(id, true, None)).collect();
        single.insert(0, row(0, true, Some(9)));
        assert_eq!(foldable(&single), 1);
    }
}
