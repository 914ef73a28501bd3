//! News for the bot, waiting to be fetched.

use serde_json::{Value, json};

/// Kinds sent when the bot has not said which it wants; `chat_member` and reactions must be asked for.
const BY_DEFAULT: [&str; 4] = ["message", "edited_message", "callback_query", "my_chat_member"];

/// Updates not yet confirmed.
#[derive(Debug)]
pub(crate) struct Updates {
    waiting: Vec<(i64, Value)>,
    last_id: i64,
    allowed: Vec<String>,
    /// Number of the poll that may be answered; an older one is told that another has come.
    pub(crate) poll: u64,
    pub(crate) webhook: Option<String>,
}

impl Default for Updates {
    fn default() -> Self {
        let allowed = BY_DEFAULT.map(str::to_owned).to_vec();
        Self { waiting: Vec::new(), last_id: 500_000_000, allowed, poll: 0, webhook: None }
    }
}

impl Updates {
    /// Queues news of a kind, if the bot wants that kind.
    pub(crate) fn push(&mut self, kind: &str, body: &Value) {
        if self.allowed.iter().any(|allowed| allowed == kind) {
            self.last_id += 1;
            self.waiting.push((self.last_id, json!({ "update_id": self.last_id, kind: body })));
        }
    }

    /// Remembers the wanted kinds; an empty list is the default set. They hold for updates to come.
    pub(crate) fn allow(&mut self, kinds: Vec<String>) {
        self.allowed = if kinds.is_empty() { BY_DEFAULT.map(str::to_owned).to_vec() } else { kinds };
    }

    /// Forgets what the offset confirms: everything before it, or for a negative one all but the last so many.
    pub(crate) fn confirm(&mut self, offset: i64) {
        if offset > 0 {
            self.waiting.retain(|(id, _)| *id >= offset);
        } else if offset < 0 {
            let keep = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
            let drop = self.waiting.len().saturating_sub(keep);
            self.waiting.drain(..drop);
        }
    }

    pub(crate) fn batch(&self, limit: usize) -> Vec<Value> {
        self.waiting.iter().take(limit).map(|(_, update)| update.clone()).collect()
    }

    pub(crate) fn pending(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn allowed(&self) -> &[String] {
        &self.allowed
    }

    pub(crate) fn drop_all(&mut self) {
        self.waiting.clear();
    }

    /// Hands an update out once more, as Telegram does when a confirmation got lost.
    pub(crate) fn requeue(&mut self, update: Value) {
        let id = update["update_id"].as_i64().unwrap_or(0);
        self.waiting.push((id, update));
        self.waiting.sort_by_key(|(id, _)| *id);
    }
}
