//! The world at one moment: what every answer of the stand-in venue is made from.

use std::sync::{Arc, RwLockReadGuard};

use engine_core::market::Outcome;
use engine_core::money::Price;

use super::book::{Book, Orders};
use super::fate::Phase;
use super::ladder::{self, Quote};
use super::listing::{BookStyle, Group, Listing};
use super::number::round_to;
use super::snapshot::Snapshot;
use super::state::State;
use super::tape::{DAY, HOUR, MINUTE, Tape};
use super::traders::Nudge;

/// How near to certainty a price goes once an outcome is proposed.
const NEARLY_SURE: f64 = 0.995;

/// The world as it is at `now_ms`. Nothing later shows in anything it returns.
#[derive(Debug)]
pub struct View<'a> {
    pub(crate) now_ms: i64,
    pub(crate) state: RwLockReadGuard<'a, State>,
}

impl View<'_> {
    /// The moment, unix ms.
    #[must_use]
    pub const fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// The same world at an earlier moment (a later one counts as now).
    #[must_use]
    pub fn at(self, ms: i64) -> Self {
        Self { now_ms: ms.min(self.now_ms), ..self }
    }

    /// Every market listed so far, by ascending id, from the one after `after` on.
    pub fn listings_after(&self, after: u64) -> impl Iterator<Item = &Arc<Listing>> {
        let rest = self.state.listings.range(after.saturating_add(1)..);
        rest.map(|(_, listing)| listing).filter(|listing| self.is_listed(listing))
    }

    /// Every market listed so far, by ascending id.
    pub fn listings(&self) -> impl Iterator<Item = &Arc<Listing>> {
        self.listings_after(0)
    }

    /// A market by its number.
    #[must_use]
    pub fn market(&self, id: u64) -> Option<&Arc<Listing>> {
        let archived = || self.archive()?.listings.get(&id);
        self.state.listings.get(&id).or_else(archived).filter(|listing| self.is_listed(listing))
    }

    /// A market by its condition.
    #[must_use]
    pub fn by_condition(&self, condition: &str) -> Option<&Arc<Listing>> {
        let archived = || self.archive()?.by_condition(condition);
        self.state.by_condition(condition).or_else(archived).filter(|listing| self.is_listed(listing))
    }

    /// A market by one of its tokens, and which outcome that is.
    #[must_use]
    pub fn by_token(&self, token: &str) -> Option<(&Arc<Listing>, Outcome)> {
        let archived = || self.archive()?.by_token(token);
        self.state.by_token(token).or_else(archived).filter(|(listing, _)| self.is_listed(listing))
    }

    /// A market by its address.
    #[must_use]
    pub fn by_slug(&self, slug: &str) -> Option<&Arc<Listing>> {
        let archived = || self.archive()?.by_slug(slug);
        self.state.by_slug(slug).or_else(archived).filter(|listing| self.is_listed(listing))
    }

    /// Every event with a market listed so far, by ascending id.
    pub fn groups(&self) -> impl Iterator<Item = &Arc<Group>> {
        let groups = self.state.groups.values().filter(|(group, _)| group.created_ms <= self.now_ms);
        groups.map(|(group, _)| group)
    }

    /// An event by its number.
    #[must_use]
    pub fn group(&self, id: u64) -> Option<&Arc<Group>> {
        let archived = || self.archive()?.groups.get(&id);
        let (group, _) = self.state.groups.get(&id).or_else(archived)?;
        (group.created_ms <= self.now_ms).then_some(group)
    }

    /// An event by its address.
    #[must_use]
    pub fn group_by_slug(&self, slug: &str) -> Option<&Arc<Group>> {
        self.group(self.state.group_by_slug(slug)?)
    }

    /// The markets of an event listed so far.
    #[must_use]
    pub fn markets_of(&self, group: u64) -> Vec<&Arc<Listing>> {
        let archived = || self.archive()?.groups.get(&group);
        let ids = self.state.groups.get(&group).or_else(archived).map_or(&[][..], |(_, ids)| ids);
        ids.iter().filter_map(|id| self.market(*id)).collect()
    }

    /// Markets that were over before the world began: found by name, shown in no listing.
    fn archive(&self) -> Option<&State> {
        self.state.crowd.past()
    }

    /// Markets of the archive, by ascending id, from the one after `after` on.
    pub(crate) fn archived_after(&self, after: u64) -> impl Iterator<Item = &Arc<Listing>> {
        self.archive().into_iter().flat_map(move |past| past.listings.range(after.saturating_add(1)..)).map(|(_, m)| m)
    }

    fn is_listed(&self, listing: &Listing) -> bool {
        listing.created_ms <= self.now_ms
    }

    /// Where a market stands.
    #[must_use]
    pub fn phase(&self, listing: &Listing) -> Phase {
        self.phase_at(listing, self.now_ms)
    }

    fn phase_at(&self, listing: &Listing, ms: i64) -> Phase {
        if listing.created_ms > ms {
            return Phase::Unlisted;
        }
        self.fate(listing).phase(ms)
    }

    pub(crate) fn fate(&self, listing: &Listing) -> super::fate::Fate {
        let changed = self.state.changes.get(&listing.id).and_then(|changes| changes.fate);
        changed.unwrap_or(listing.fate)
    }

    /// Published end, unix ms.
    #[must_use]
    pub fn end_ms(&self, listing: &Listing) -> Option<i64> {
        let changed = self.state.changes.get(&listing.id).and_then(|changes| changes.end_ms);
        changed.or(listing.end_ms)
    }

    /// Dollars traded up to now; `None` where the record has no volume.
    #[must_use]
    pub fn volume(&self, listing: &Listing) -> Option<f64> {
        self.volume_at(listing, self.now_ms)
    }

    /// Dollars traded in the last `span` milliseconds.
    #[must_use]
    pub fn volume_since(&self, listing: &Listing, span: i64) -> Option<f64> {
        let before = self.volume_at(listing, self.now_ms - span)?;
        Some(round_to(self.volume(listing)? - before, 4))
    }

    fn volume_at(&self, listing: &Listing, ms: i64) -> Option<f64> {
        let set = self.state.changes.get(&listing.id).and_then(|changes| changes.volume);
        let total = set.or(listing.volume_total)?;
        let (from, to) = listing.volume_span_ms;
        let share = ((ms - from) as f64 / (to - from).max(1) as f64).clamp(0.0, 1.0);
        let share = if set.is_some() { 1.0 } else { share.powf(0.8) };
        Some(round_to(total * share, 4))
    }

    /// The Yes price at each of `moments` (ascending, none later than now); `None` before the first price.
    #[must_use]
    pub fn prices(&self, listing: &Listing, moments: &[i64]) -> Vec<Option<f64>> {
        let mut prices = listing.tape.prices(moments);
        let fate = self.fate(listing);
        let changes = self.state.changes.get(&listing.id);
        for (price, ms) in prices.iter_mut().zip(moments) {
            let simulated = matches!(listing.tape, Tape::Simulated { .. });
            if simulated && fate.proposed_ms.is_some_and(|proposed| proposed <= *ms) && price.is_some() {
                *price = Some(fate.payout.yes().clamp(1.0 - NEARLY_SURE, NEARLY_SURE));
            }
            let set = changes.and_then(|changes| {
                let known = changes.prices.partition_point(|(from, _)| from <= ms);
                changes.prices.get(known.checked_sub(1)?)
            });
            if let Some((_, value)) = set {
                *price = Some(*value);
            }
        }
        prices
    }

    /// The market as the venue lists it now.
    #[must_use]
    pub fn snapshot(&self, listing: &Listing) -> Snapshot {
        let (book_ms, bucket) = self.book_time(listing);
        let back = |span: i64| book_ms - span;
        let moments = [back(30 * DAY), back(7 * DAY), back(DAY), back(HOUR), book_ms];
        let prices = self.prices(listing, &moments);
        let price = |i: usize| prices.get(i).copied().flatten();
        let now = price(4).unwrap_or(0.5);
        let quote = self.quote(listing, now, book_ms, bucket);
        let change = |i: usize| price(i).map(|then| round_to(now - then, 4));
        let phase = self.phase(listing);
        Snapshot {
            at_ms: self.now_ms,
            phase,
            fate: self.fate(listing),
            end_ms: self.end_ms(listing),
            accepting_orders: self.accepting(listing, phase),
            mid: round_to(quote.mid(), 6),
            true_probability: listing.tape.true_probability(book_ms),
            best_bid: quote.bid(),
            best_ask: quote.ask(),
            tick_micros: quote.tick_micros,
            last_trade: last_trade(listing, quote, bucket),
            volume: self.volume(listing),
            volume_24h: self.volume_since(listing, DAY),
            volume_1w: self.volume_since(listing, 7 * DAY),
            liquidity: round_to(listing.level_shares * 4.0, 4),
            changes: [change(3), change(2), change(1), change(0)],
        }
    }

    fn accepting(&self, listing: &Listing, phase: Phase) -> bool {
        let set = self.state.changes.get(&listing.id).and_then(|changes| changes.accepting_orders);
        set.unwrap_or_else(|| !phase.is_closed() && !self.is_stale(listing))
    }

    fn is_stale(&self, listing: &Listing) -> bool {
        listing.stale_after_ms.is_some_and(|after| after < self.now_ms)
    }

    fn style(&self, listing: &Listing) -> BookStyle {
        let set = self.state.changes.get(&listing.id).and_then(|changes| changes.style);
        set.unwrap_or(listing.book)
    }

    /// When the present book was made, and the number of its minute.
    fn book_time(&self, listing: &Listing) -> (i64, u64) {
        let (start, bucket) = bucket_at(listing, self.now_ms);
        let changed = self.state.changes.get(&listing.id).map_or(i64::MIN, |changes| changes.changed_ms);
        let ms = start.max(listing.created_ms).max(changed).min(self.now_ms);
        (ms, bucket)
    }

    /// When the book last became what it is: when it was made or, later, when a trader's order moved it.
    fn touched(&self, listing: &Listing, made_ms: i64) -> i64 {
        let edges = self.nudges(listing).iter().flat_map(|nudge| [nudge.from_ms, nudge.until_ms]);
        edges.filter(|edge| *edge <= self.now_ms).fold(made_ms, i64::max)
    }

    /// How traders' orders move a market's book; not at all once a test has changed it.
    fn nudges<'l>(&self, listing: &'l Listing) -> &'l [Nudge] {
        if self.state.changes.contains_key(&listing.id) { &[] } else { self.state.crowd.nudges(listing, self.now_ms) }
    }

    fn quote(&self, listing: &Listing, price: f64, ms: i64, bucket: u64) -> Quote {
        let set_by_hand = self.state.changes.get(&listing.id).is_some_and(|c| !c.prices.is_empty());
        let recorded = listing.tape.recorded(ms).map(|mut point| {
            if set_by_hand {
                (point.bid, point.ask) = (None, None);
            }
            point
        });
        let quote = ladder::quote(listing, price, recorded, bucket);
        let nudges = self.nudges(listing).iter().filter(|nudge| nudge.holds(self.now_ms));
        nudges.fold(quote, |quote, nudge| nudge.apply(quote))
    }

    /// The orders now resting, seen from Yes, and when they were seen; `None` without a book: it never had one, trading
    /// has ended, or the record has run out.
    #[must_use]
    pub fn orders(&self, listing: &Listing) -> Option<(Orders, i64)> {
        let (ms, bucket) = self.book_time(listing);
        if self.phase(listing).is_closed() || self.is_stale(listing) {
            return None;
        }
        let changes = self.state.changes.get(&listing.id);
        if let Some(orders) = changes.and_then(|changes| changes.orders.clone()) {
            return Some((orders, ms));
        }
        let price = self.prices(listing, &[ms]).first().copied().flatten()?;
        let quote = self.quote(listing, price, ms, bucket);
        Some((ladder::orders(listing, self.style(listing), quote, bucket)?, ms))
    }

    /// The book of one outcome; `None` as for [`View::orders`].
    #[must_use]
    pub fn book(&self, listing: &Listing, outcome: Outcome) -> Option<Book> {
        let (orders, made_ms) = self.orders(listing)?;
        let (bids, asks) = orders.seen_from(outcome);
        let (_, bucket) = self.book_time(listing);
        let price = self.prices(listing, &[made_ms]).first().copied().flatten()?;
        let quote = self.quote(listing, price, made_ms, bucket);
        let last = last_trade(listing, quote, bucket);
        let last = match outcome {
            Outcome::Yes => last,
            Outcome::No => last.complement(),
        };
        Some(Book {
            market: listing.condition_id.clone(),
            asset_id: listing.tokens[outcome.index()].clone(),
            timestamp_ms: self.touched(listing, made_ms),
            bids,
            asks,
            min_order_size: "5".to_owned(),
            tick_size: Price::from_micros(quote.tick_micros).to_string(),
            neg_risk: listing.group.neg_risk,
            // The venue writes this one with three decimals, whatever the tick.
            last_trade_price: format!("{:.3}", last.to_f64()),
        })
    }

    /// Price points (unix seconds, price of the outcome) of about every `step` seconds from `from` to `to`, ending now
    /// or when trading ended. Like the venue's they are not aligned to anything and not evenly spaced.
    #[must_use]
    pub fn history(&self, listing: &Listing, outcome: Outcome, from: i64, to: i64, step: i64) -> Vec<(i64, f64)> {
        let step = step.max(60);
        let closed = self.fate(listing).closed_ms.unwrap_or(i64::MAX);
        let first = from.max(listing.created_ms.div_euclid(1000) + 1);
        let last = to.min(self.now_ms.min(closed).div_euclid(1000));
        let jitter = |slot: i64| {
            let bits = super::dice::mix(listing.seed ^ 0x51, slot.unsigned_abs());
            i64::try_from(bits % 15).unwrap_or(0)
        };
        let slots = first.div_euclid(step)..=last.div_euclid(step);
        let moments: Vec<i64> = slots
            .map(|slot| slot * step + jitter(slot))
            .filter(|ts| (first..=last).contains(ts))
            .map(|ts| ts * 1000)
            .collect();
        let priced = moments.iter().zip(self.prices(listing, &moments));
        let seen = priced.filter_map(|(ms, price)| {
            let yes = price?;
            let value = match outcome {
                Outcome::Yes => yes,
                Outcome::No => 1.0 - yes,
            };
            Some((ms / 1000, round_to(value, 4)))
        });
        seen.collect()
    }
}

/// The start of the minute a market's book at `ms` was made in, and the number of that minute.
pub(crate) fn bucket_at(listing: &Listing, ms: i64) -> (i64, u64) {
    // Each market's minutes start at another second, so that not all books change at once.
    let offset = i64::try_from(listing.seed % MINUTE.unsigned_abs()).unwrap_or(0);
    let bucket = (ms + offset).div_euclid(MINUTE);
    (bucket * MINUTE - offset, bucket.unsigned_abs())
}

/// The last trade hit the bid or lifted the ask.
fn last_trade(listing: &Listing, quote: Quote, bucket: u64) -> Price {
    if super::dice::mix(listing.seed ^ 0xA7, bucket / 2).is_multiple_of(2) { quote.bid() } else { quote.ask() }
}
