//! What the feed tells about a trader at one moment.

use std::sync::Arc;

use engine_core::money::Shares;

use super::deed::Deed;
use super::desk::{Plan, subject_of};
use super::{Account, Crowd, Kind, Trader};
use crate::world::dice::mix;
use crate::world::fate::Fate;
use crate::world::ids::hex_id;
use crate::world::listing::Listing;
use crate::world::number::round_i64;
use crate::world::view::View;

/// Places from here on are claims of payouts.
const CLAIMS: u64 = 1 << 19;

impl View<'_> {
    /// Every trader known to the venue.
    pub fn traders(&self) -> impl Iterator<Item = &Trader> {
        self.state.crowd.traders().map(|(_, trader)| trader)
    }

    /// A trader by wallet, however it is written.
    #[must_use]
    pub fn trader(&self, wallet: &str) -> Option<&Trader> {
        self.state.crowd.find(wallet).map(|(_, trader)| trader)
    }

    /// What a trader really lives by; no answer of the venue says so.
    #[must_use]
    pub fn kind_of(&self, wallet: &str) -> Option<Kind> {
        let (index, trader) = self.state.crowd.find(wallet)?;
        Some(self.state.crowd.kind_of(index, trader))
    }

    /// What the feed tells of a wallet now, oldest first; nothing for one unknown.
    #[must_use]
    pub fn activity(&self, wallet: &str) -> Vec<Arc<Deed>> {
        let crowd = &self.state.crowd;
        let Some((index, trader)) = crowd.find(wallet) else { return Vec::new() };
        let mut rows = crowd.by_hand(&trader.wallet).to_vec();
        for (id, plan) in crowd.plans(index, &self.state.listings) {
            let Some(listing) = self.archived(id).or_else(|| self.state.listings.get(&id)) else { continue };
            rows.extend(carried_out(&plan, listing, &self.fate(listing), self.hands_off(listing)));
        }
        rows.retain(|deed| crowd.tells(deed) <= self.now_ms);
        rows.sort_by_key(|deed| deed.key());
        rows
    }

    /// The books of a wallet as its feed tells them.
    pub(crate) fn account(&self, wallet: &str) -> Account {
        Account::of(self.activity(wallet).iter().map(AsRef::as_ref))
    }

    /// Made-up traders leave a market alone from the moment a test changes it.
    fn hands_off(&self, listing: &Listing) -> i64 {
        self.state.changes.get(&listing.id).map_or(i64::MAX, |changes| changes.first_ms)
    }

    fn archived(&self, id: u64) -> Option<&Arc<Listing>> {
        self.state.crowd.past()?.listings.get(&id)
    }
}

impl Crowd {
    /// When the feed tells of a deed, unix ms.
    fn tells(&self, deed: &Deed) -> i64 {
        let at = deed.at_s * 1_000;
        let lag = self.lags.iter().rev().find(|(from, _)| *from <= at).map_or(0, |(_, lag)| *lag);
        let tardy = self.tardy.filter(|(every, _)| {
            let name = crate::world::seed_of(&deed.transaction);
            every.checked_sub(1).is_some() && name.is_multiple_of(*every)
        });
        at + lag + deed.late_ms + tardy.map_or(0, |(_, by)| by)
    }
}

/// The rows of a plan in a market with this end: trades up to `until_ms` and the close, then the claim of the payout.
pub(super) fn carried_out(plan: &Plan, listing: &Listing, fate: &Fate, until_ms: i64) -> Vec<Arc<Deed>> {
    let last = until_ms.min(fate.closed_ms.unwrap_or(i64::MAX));
    // A combination is paid on its own, whatever becomes of this market.
    let goes_on = |deed: &Arc<Deed>| deed.at_s * 1_000 < last || deed.subject.condition != listing.condition_id;
    let mut rows: Vec<Arc<Deed>> = plan.deeds.iter().filter(|deed| goes_on(deed)).cloned().collect();
    if let Some(resolved) = fate.resolved_ms {
        rows.extend(claims(plan, listing, fate, resolved, &rows));
    }
    rows
}

/// One row for each outcome held at the end, all in one transaction; what lost brings nothing.
fn claims(plan: &Plan, listing: &Listing, fate: &Fate, resolved: i64, rows: &[Arc<Deed>]) -> Vec<Arc<Deed>> {
    let held = Account::of(rows.iter().map(AsRef::as_ref));
    let at_s = (resolved + plan.claim_after_ms).div_euclid(1_000);
    let transaction: Arc<str> = Arc::from(hex_id(mix(listing.seed, plan.claim_after_ms.unsigned_abs())));
    let subject = Arc::new(subject_of(listing));
    let mut found = Vec::new();
    for index in 0..2_usize {
        let shares = held.holding(&listing.tokens[index]).map_or(0.0, |holding| holding.size);
        let each = fate.payout.micros()[index];
        if shares < 0.01 || (each == 0 && !plan.claims_losses) {
            continue;
        }
        let micros = round_i64(shares * f64::from(each));
        found.push(Arc::new(Deed {
            at_s,
            seq: listing.id * (1 << 20) + CLAIMS + index as u64,
            kind: Arc::from("REDEEM"),
            subject: subject.clone(),
            token: Arc::from(listing.tokens[index].as_str()),
            side: None,
            outcome_index: u8::try_from(index).ok(),
            outcome: Arc::from(listing.labels[index].as_str()),
            size: shares,
            price: 0.0,
            usdc: Shares::from_micros(micros).to_f64(),
            transaction: transaction.clone(),
            late_ms: 0,
            taker: false,
        }));
    }
    found
}
