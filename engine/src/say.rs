//! Who has a say about a market: signals that wait, the owner's earlier word, and what he muted.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::market::{ConditionId, MarketGroupId};
use engine_core::prediction::SignalSource;
use engine_core::signal::SignalStatus;

use crate::engine::Engine;
use crate::store::{SignalKey, StoreError};

/// A market the owner turned down is not suggested again for this long.
const REST_AFTER_SKIP: TimeDelta = TimeDelta::hours(24);
/// A market nobody decided on is not suggested again for this long.
const REST_AFTER_EXPIRY: TimeDelta = TimeDelta::hours(6);

/// Who has a say about a candidate, and why those who ask the owner may not.
pub(crate) struct Say {
    source: SignalSource,
    muted: BTreeSet<MarketGroupId>,
    keys: Vec<SignalKey>,
    now: DateTime<Utc>,
}

impl Say {
    /// Why nobody may suggest the market; `None` when somebody may.
    pub(crate) fn nobody(&self, condition: &ConditionId, group: &MarketGroupId) -> Option<String> {
        if self.muted.contains(group) {
            return Some("the event is muted".to_owned());
        }
        let pending = self.of(condition).find(|key| key.status == SignalStatus::Pending);
        pending.map(|key| format!("signal {} waits for a decision", key.id))
    }

    /// Why the owner may not be asked about the market again yet.
    pub(crate) fn not_asking(&self, condition: &ConditionId) -> Option<String> {
        self.of(condition).find_map(|key| {
            let decided = key.decided_at?;
            let (word, rest) = match key.status {
                SignalStatus::Skipped => ("skipped", REST_AFTER_SKIP),
                SignalStatus::Expired => ("left undecided", REST_AFTER_EXPIRY),
                SignalStatus::Pending | SignalStatus::Approved | SignalStatus::Auto => return None,
            };
            (self.now < decided + rest).then(|| format!("signal {} was {word}, it rests a while", key.id))
        })
    }

    fn of<'a>(&'a self, condition: &'a ConditionId) -> impl Iterator<Item = &'a SignalKey> {
        self.keys.iter().filter(move |key| key.condition_id == *condition && key.source == self.source)
    }
}

impl Engine {
    /// What bears on new signals of a source.
    pub(crate) async fn say(&self, source: SignalSource, now: DateTime<Utc>) -> Result<Say, StoreError> {
        let keys = self.store.signal_keys(now - REST_AFTER_SKIP.max(REST_AFTER_EXPIRY)).await?;
        Ok(Say { source, muted: self.store.muted_groups().await?, keys, now })
    }
}
