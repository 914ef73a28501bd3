//! The register of everything listed, and what tests have changed by hand.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use engine_core::market::Outcome;

use super::book::Orders;
use super::fate::Fate;
use super::generate::Generator;
use super::listing::{BookStyle, Group, Listing};
use super::traders::Crowd;

/// What a test changed about a market.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    /// Prices by the moment from which they hold, ascending.
    pub(crate) prices: Vec<(i64, f64)>,
    pub(crate) orders: Option<Orders>,
    pub(crate) style: Option<BookStyle>,
    pub(crate) fate: Option<Fate>,
    pub(crate) volume: Option<f64>,
    pub(crate) accepting_orders: Option<bool>,
    pub(crate) end_ms: Option<i64>,
    /// Last change, unix ms: the book is at least this fresh.
    pub(crate) changed_ms: i64,
    /// First change, unix ms.
    pub(crate) first_ms: i64,
}

/// All listings, by every name they are looked up by.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) listings: BTreeMap<u64, Arc<Listing>>,
    pub(crate) groups: BTreeMap<u64, (Arc<Group>, Vec<u64>)>,
    pub(crate) changes: HashMap<u64, Changes>,
    /// Makes new listings as time passes; `None` in a recorded world.
    pub(crate) generator: Option<Generator>,
    /// Who trades here.
    pub(crate) crowd: Crowd,
    by_condition: HashMap<String, u64>,
    by_token: HashMap<String, (u64, Outcome)>,
    by_slug: HashMap<String, u64>,
    groups_by_slug: HashMap<String, u64>,
}

impl State {
    pub(crate) fn insert(&mut self, listing: Listing) {
        let id = listing.id;
        let listing = Arc::new(listing);
        for outcome in Outcome::BOTH {
            self.by_token.insert(listing.tokens[outcome.index()].clone(), (id, outcome));
        }
        self.by_condition.insert(listing.condition_id.clone(), id);
        self.by_slug.insert(listing.slug.clone(), id);
        self.groups_by_slug.insert(listing.group.slug.clone(), listing.group.id);
        let group = self.groups.entry(listing.group.id);
        group.or_insert_with(|| (listing.group.clone(), Vec::new())).1.push(id);
        self.listings.insert(id, listing);
    }

    /// Lists what the generator has made up to now.
    pub(crate) fn catch_up(&mut self, now_ms: i64) {
        let Some(mut generator) = self.generator.take() else { return };
        for listing in generator.until(now_ms) {
            self.insert(listing);
        }
        self.generator = Some(generator);
    }

    pub(crate) fn by_condition(&self, condition: &str) -> Option<&Arc<Listing>> {
        self.listings.get(self.by_condition.get(condition)?)
    }

    pub(crate) fn by_token(&self, token: &str) -> Option<(&Arc<Listing>, Outcome)> {
        let (id, outcome) = self.by_token.get(token)?;
        Some((self.listings.get(id)?, *outcome))
    }

    pub(crate) fn by_slug(&self, slug: &str) -> Option<&Arc<Listing>> {
        self.listings.get(self.by_slug.get(slug)?)
    }

    pub(crate) fn group_by_slug(&self, slug: &str) -> Option<u64> {
        self.groups_by_slug.get(slug).copied()
    }
}
