//! What was seen over a span of time, ready to be gone through again and again.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::candidate::{LoggedCandidate, LoggedScan};
use crate::market::{ConditionId, MarketGroupId};
use crate::settlement::Payouts;

/// How a condition resolved, and when that became known.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownResolution {
    /// The condition.
    pub condition_id: ConditionId,
    /// What it paid.
    pub payouts: Payouts,
    /// When it was recorded.
    pub at: DateTime<Utc>,
}

/// A candidate with the numbers of its market and event.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    pub(super) market: u32,
    pub(super) event: u32,
    pub(super) candidate: LoggedCandidate,
}

/// Scans in order of time, and the resolutions of their markets.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    pub(super) scans: Vec<(DateTime<Utc>, Vec<Seen>)>,
    pub(super) markets: Vec<ConditionId>,
    /// Of markets that were seen, by the time they became known.
    pub(super) resolutions: Vec<KnownResolution>,
    pub(super) until: DateTime<Utc>,
}

impl Window {
    /// Of what was logged up to `until`; scans may come in any order.
    #[must_use]
    pub fn new(
        mut scans: Vec<LoggedScan>,
        resolutions: impl IntoIterator<Item = KnownResolution>,
        until: DateTime<Utc>,
    ) -> Self {
        scans.retain(|scan| scan.at <= until);
        scans.sort_by_key(|scan| scan.at);
        // Numbers are given in the order of time; the maps are only looked up.
        let mut market_numbers: HashMap<ConditionId, u32> = HashMap::new();
        let mut event_numbers: HashMap<MarketGroupId, u32> = HashMap::new();
        let mut markets = Vec::new();
        let mut number = |candidate: LoggedCandidate| {
            let market = match market_numbers.get(&candidate.condition_id) {
                Some(market) => *market,
                None => {
                    let market = u32::try_from(markets.len()).unwrap_or(u32::MAX);
                    markets.push(candidate.condition_id.clone());
                    market_numbers.insert(candidate.condition_id.clone(), market);
                    market
                }
            };
            let next = u32::try_from(event_numbers.len()).unwrap_or(u32::MAX);
            let event = match event_numbers.get(&candidate.group_id) {
                Some(event) => *event,
                None => *event_numbers.entry(candidate.group_id.clone()).or_insert(next),
            };
            Seen { market, event, candidate }
        };
        let scans =
            scans.into_iter().map(|scan| (scan.at, scan.candidates.into_iter().map(&mut number).collect())).collect();
        let known = |one: &KnownResolution| one.at <= until && market_numbers.contains_key(&one.condition_id);
        let mut resolutions: Vec<KnownResolution> = resolutions.into_iter().filter(known).collect();
        resolutions.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.condition_id.cmp(&b.condition_id)));
        Self { scans, markets, resolutions, until }
    }

    /// When its first scan judged.
    #[must_use]
    pub fn since(&self) -> Option<DateTime<Utc>> {
        self.scans.first().map(|(at, _)| *at)
    }

    /// Up to when it reaches.
    #[must_use]
    pub const fn until(&self) -> DateTime<Utc> {
        self.until
    }

    /// Markets that were candidates in it and have no resolution.
    pub fn unresolved(&self) -> impl Iterator<Item = &ConditionId> {
        let resolved: std::collections::BTreeSet<&ConditionId> =
            self.resolutions.iter().map(|one| &one.condition_id).collect();
        self.markets.iter().filter(move |condition| !resolved.contains(condition))
    }

    /// Number of scans.
    #[must_use]
    pub fn scans(&self) -> usize {
        self.scans.len()
    }
}
