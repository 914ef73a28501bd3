//! The made-up traders: what each kind does in one market.
//!
//! A plan is a pure function of trader and market, so that nobody's asking changes anybody's past. The prices paid are
//! those of the book as it stood. A plan may look ahead only where the kind is meant to know something.

use engine_core::market::{Outcome, Side};

use super::desk::{Desk, Order, Plan};
use super::nudge::Nudge;
use crate::world::dice::{gaussian, mix};
use crate::world::listing::{BookStyle, Listing};
use crate::world::number::round_i64;
use crate::world::tape::{DAY, HOUR, MINUTE, Tape};

/// What a trader lives by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Knows some hours early where the price is going, and the ask firms within five seconds of its buys.
    Sharp,
    /// Bets at random and happened to come out best of the gamblers before the world began.
    Lucky,
    /// Bets at random.
    Gambler,
    /// Quotes both sides: many small fills without a fee, merged in pairs.
    Maker,
    /// Turns money over near 0 and 1, splits and merges, for rewards.
    Farmer,
    /// Buys on thin books, lets copiers lift the price, and sells to them within minutes.
    Baiter,
    /// A recorded wallet.
    Recorded,
    /// Made by a test.
    Scripted,
}

/// A sharp acts when it sees the price move by this much.
const SHARP_MOVE: f64 = 0.08;
/// Spread of its error about the price to come.
const SHARP_ERROR: f64 = 0.03;
/// The book forgets an order after at most so many minutes.
pub(super) const LONGEST_NUDGE_MIN: i64 = 40;
/// Prices of Yes between which a sharp finds a market worth its while.
const SHARP_RANGE: std::ops::Range<f64> = 0.2..0.8;
/// Moments at which a sharp looks at a market.
const SHARP_LOOKS: usize = 24;

impl Kind {
    /// Share of markets it is in, in a world of the usual size.
    pub(super) const fn share(self) -> f64 {
        match self {
            Self::Sharp => 0.6,
            Self::Lucky | Self::Gambler => 0.22,
            Self::Maker => 0.16,
            Self::Farmer => 0.5,
            Self::Baiter => 0.85,
            Self::Recorded | Self::Scripted => 0.0,
        }
    }

    /// True when its orders move the book.
    pub(super) const fn moves_the_book(self) -> bool {
        match self {
            Self::Sharp | Self::Baiter => true,
            Self::Lucky | Self::Gambler | Self::Maker | Self::Farmer | Self::Recorded | Self::Scripted => false,
        }
    }
}

/// What a trader of this kind does in a market; `None` where it stays out.
pub(super) fn plan(kind: Kind, seed: u64, listing: &Listing) -> Option<Plan> {
    let Tape::Simulated { end_ms, .. } = listing.tape else { return None };
    let normal = listing.book == BookStyle::Normal;
    let thin = listing.book == BookStyle::Thin;
    let fits = match kind {
        Kind::Baiter => thin,
        Kind::Maker => normal,
        Kind::Sharp | Kind::Lucky | Kind::Gambler | Kind::Farmer => normal || thin,
        Kind::Recorded | Kind::Scripted => false,
    };
    if !fits || listing.protocol_v2 {
        return None;
    }
    let mut desk = Desk::new(listing, mix(seed, listing.seed));
    let (from, to) = (listing.created_ms + HOUR, end_ms - 2 * HOUR);
    match kind {
        Kind::Sharp => sharp(&mut desk, from, to),
        Kind::Lucky | Kind::Gambler => gambler(&mut desk, from, to),
        Kind::Maker => maker(&mut desk, from, to),
        Kind::Farmer => farmer(&mut desk, from, to),
        Kind::Baiter => baiter(&mut desk, from, to),
        Kind::Recorded | Kind::Scripted => {}
    }
    let mut plan = desk.plan;
    plan.claim_after_ms = 5 * MINUTE + i64::try_from(mix(seed ^ 5, listing.id) % 10_800_000).unwrap_or(0);
    // What lost is worth nothing and many never claim it: it stays among the open positions, out of the record.
    plan.claims_losses = match kind {
        Kind::Lucky | Kind::Gambler => !mix(seed ^ 6, listing.id).is_multiple_of(3),
        Kind::Sharp | Kind::Maker | Kind::Farmer | Kind::Baiter | Kind::Recorded | Kind::Scripted => true,
    };
    (!plan.deeds.is_empty()).then_some(plan)
}

/// When a trader may order in a market, without the work of finding out whether it does: only for kinds that move the
/// book.
pub(super) fn looks(kind: Kind, seed: u64, listing: &Listing) -> Vec<i64> {
    let Tape::Simulated { end_ms, .. } = listing.tape else { return Vec::new() };
    let mut desk = Desk::new(listing, mix(seed, listing.seed));
    let (from, to) = (listing.created_ms + HOUR, end_ms - 2 * HOUR);
    match kind {
        Kind::Sharp => sharp_looks(&mut desk, from, to).1,
        Kind::Baiter => baiter_looks(&mut desk, from, to).1,
        Kind::Lucky | Kind::Gambler | Kind::Maker | Kind::Farmer | Kind::Recorded | Kind::Scripted => Vec::new(),
    }
}

/// How far ahead a sharp sees in this market, and when it looks.
fn sharp_looks(desk: &mut Desk<'_>, from: i64, to: i64) -> (i64, Vec<i64>) {
    let ahead = round_i64(desk.dice.between(4.0, 14.0) * HOUR as f64);
    let looks = desk.moments(from, to - ahead, SHARP_LOOKS);
    (ahead, looks)
}

fn sharp(desk: &mut Desk<'_>, from: i64, to: i64) {
    let (ahead, looks) = sharp_looks(desk, from, to);
    let then: Vec<i64> = looks.iter().map(|ms| ms + ahead).collect();
    let listed = desk.listing.tape.prices(&looks);
    let truth = desk.listing.tape.true_probabilities(&then);
    let (mut busy_until, mut buys, mut side) = (i64::MIN, 0, None);
    for ((ms, listed), truth) in looks.iter().zip(listed).zip(truth) {
        let listed = listed.unwrap_or(truth);
        let seen = truth + SHARP_ERROR * gaussian(desk.dice.bits()) - listed;
        if *ms < busy_until || buys == 2 || seen.abs() < SHARP_MOVE || !SHARP_RANGE.contains(&listed) {
            continue;
        }
        let outcome = if seen > 0.0 { Outcome::Yes } else { Outcome::No };
        if *side.get_or_insert(outcome) != outcome {
            continue;
        }
        let dollars = desk.dice.log_normal(260.0, 0.5) * (seen.abs() / SHARP_MOVE).min(3.0);
        let price = desk.quote(*ms).map_or(0.5, |quote| quote.mid());
        let price = if outcome == Outcome::Yes { price } else { 1.0 - price };
        let fills = 1 + desk.dice.below(4);
        let shares = dollars / price.max(0.05);
        let bought = desk.order(Order { ms: *ms, side: Side::Buy, outcome, shares, taker: true, fills, ticks: 0 });
        let firm = 15_000 + i64::try_from(desk.dice.bits() % 5_001).unwrap_or(0);
        desk.plan.nudges.push(Nudge {
            from_ms: ms + 500 + round_i64(desk.dice.between(0.0, 3_000.0)),
            until_ms: ms + round_i64(desk.dice.between(15.0, LONGEST_NUDGE_MIN as f64) * MINUTE as f64),
            outcome,
            ask_micros: firm,
            bid_micros: 0,
        });
        leave(desk, outcome, bought, ms + ahead, 0.75);
        (busy_until, buys) = (ms + ahead, buys + 1);
    }
}

/// Three ways on: sell all, sell 30 %, or hold to the end. Now and then the other outcome is bought and sold again,
/// which says nothing about the position.
fn leave(desk: &mut Desk<'_>, outcome: Outcome, bought: f64, ms: i64, all: f64) {
    let draw = desk.dice.unit();
    let share = if draw < all {
        1.0
    } else if draw < all + 0.15 {
        0.3
    } else {
        0.0
    };
    let fills = 1 + desk.dice.below(2);
    let sell = |outcome, shares, ms| Order { ms, side: Side::Sell, outcome, shares, taker: true, fills, ticks: 0 };
    if share > 0.0 {
        desk.order(sell(outcome, bought * share, ms));
    }
    if desk.dice.chance(0.05) {
        let other = outcome.other();
        let shares = bought * 0.2;
        let buy = Order { ms: ms + MINUTE, side: Side::Buy, outcome: other, shares, taker: true, fills: 1, ticks: 0 };
        let got = desk.order(buy);
        desk.order(sell(other, got, ms + 30 * MINUTE));
    }
}

fn gambler(desk: &mut Desk<'_>, from: i64, to: i64) {
    let Some(ms) = desk.moments(from, to - 2 * HOUR, 1).first().copied() else { return };
    let outcome = if desk.dice.chance(0.5) { Outcome::Yes } else { Outcome::No };
    let Some(quote) = desk.quote(ms) else { return };
    let price = if outcome == Outcome::Yes { quote.ask().to_f64() } else { 1.0 - quote.bid().to_f64() };
    let dollars = desk.dice.log_normal(90.0, 0.8);
    let fills = 1 + desk.dice.below(3);
    let shares = dollars / price.max(0.03);
    let bought = desk.order(Order { ms, side: Side::Buy, outcome, shares, taker: true, fills, ticks: 0 });
    let later = round_i64(desk.dice.between((ms + HOUR) as f64, to as f64));
    leave(desk, outcome, bought, later.max(ms + HOUR), 0.15);
    if desk.dice.chance(0.04) {
        let dollars = desk.dice.log_normal(25.0, 0.4);
        desk.combination(ms + 3 * MINUTE, dollars);
    }
}

fn maker(desk: &mut Desk<'_>, from: i64, to: i64) {
    let days = (to - from) as f64 / DAY as f64;
    let count = (days * desk.dice.between(3.0, 9.0)).clamp(10.0, 90.0);
    let lot = desk.dice.between(15.0, 60.0);
    for ms in desk.moments(from, to, crate::world::number::floor_usize(count)) {
        let (yes, no) = (desk.held(Outcome::Yes), desk.held(Outcome::No));
        // Quotes lean against the inventory.
        let lean = ((no - yes) / (6.0 * lot)).clamp(-0.5, 0.5);
        let outcome = if desk.dice.chance(0.5 + lean) { Outcome::Yes } else { Outcome::No };
        let shares = lot * desk.dice.between(0.5, 1.5);
        let sells = desk.held(outcome.other()) > 3.0 * lot && desk.dice.chance(0.5);
        // Selling the other outcome is the same trade seen from its side.
        let (side, outcome) = if sells { (Side::Sell, outcome.other()) } else { (Side::Buy, outcome) };
        desk.order(Order { ms, side, outcome, shares, taker: false, fills: 1, ticks: 0 });
        if desk.held(Outcome::Yes).min(desk.held(Outcome::No)) > 4.0 * lot {
            desk.merge(ms + 2 * MINUTE, 4.0 * lot);
        }
    }
    let pairs = desk.held(Outcome::Yes).min(desk.held(Outcome::No));
    desk.merge(to, pairs);
    if pairs > 0.0 {
        let dollars = lot * desk.dice.between(0.05, 0.2);
        desk.income("MAKER_REBATE", to + HOUR, dollars);
    }
}

fn farmer(desk: &mut Desk<'_>, from: i64, to: i64) {
    let mut rounds = 0;
    for ms in desk.moments(from, to - 3 * HOUR, 12) {
        let Some(quote) = desk.quote(ms) else { continue };
        let mid = quote.mid();
        if (0.08..0.92).contains(&mid) || rounds == 4 {
            continue;
        }
        rounds += 1;
        let sure = if mid > 0.5 { Outcome::Yes } else { Outcome::No };
        let shares = desk.dice.between(200.0, 1_200.0).round();
        if desk.dice.chance(0.5) {
            desk.split(ms, shares);
            let wait = desk.dice.between(10.0, 90.0);
            desk.merge(ms + round_i64(wait * MINUTE as f64), shares);
        } else {
            let buy = Order { ms, side: Side::Buy, outcome: sure, shares, taker: true, fills: 2, ticks: 0 };
            let got = desk.order(buy);
            let wait = round_i64(desk.dice.between(5.0, 120.0) * MINUTE as f64);
            if desk.dice.chance(0.8) {
                desk.order(Order { ms: ms + wait, side: Side::Sell, shares: got, taker: false, ..buy });
            }
        }
        if desk.dice.chance(0.5) {
            let dollars = desk.dice.between(0.5, 4.0);
            desk.income("REWARD", ms + 3 * HOUR, dollars);
        }
    }
}

/// Which outcome a baiter baits with in this market, and when.
fn baiter_looks(desk: &mut Desk<'_>, from: i64, to: i64) -> (Outcome, Vec<i64>) {
    let count = 2 + desk.dice.below(3);
    let outcome = if desk.dice.chance(0.6) { Outcome::Yes } else { Outcome::No };
    (outcome, desk.moments(from, to - HOUR, count))
}

fn baiter(desk: &mut Desk<'_>, from: i64, to: i64) {
    let (outcome, looks) = baiter_looks(desk, from, to);
    for ms in looks {
        let Some(quote) = desk.quote(ms) else { continue };
        if !(0.12..0.88).contains(&quote.mid()) {
            continue;
        }
        let shares = desk.listing.level_shares * desk.dice.between(0.8, 2.0);
        // Bought patiently at the bid, shown to the copiers, sold to them above the old ask.
        let buy = Order { ms, side: Side::Buy, outcome, shares, taker: false, fills: 3, ticks: 0 };
        let got = desk.order(buy);
        let out = ms + round_i64(desk.dice.between(3.0, 9.0) * MINUTE as f64);
        desk.plan.nudges.push(Nudge {
            from_ms: ms + 2_000,
            until_ms: out,
            outcome,
            ask_micros: 40_000,
            bid_micros: 10_000,
        });
        desk.order(Order { ms: out, side: Side::Sell, shares: got, fills: 2, ticks: 1, ..buy });
    }
}
