//! Where a made-up trader plans what to do in one market: orders, splits and merges at the prices of the market's book.

use std::sync::Arc;

use engine_core::fee::{FeeModel, FeeRule};
use engine_core::market::{Outcome, Side};
use engine_core::money::{MICROS_PER_UNIT, Price, Shares, Usd};

use super::deed::{Deed, Subject};
use super::nudge::Nudge;
use crate::world::dice::{Dice, mix};
use crate::world::ids::hex_id;
use crate::world::ladder::{self, Quote};
use crate::world::listing::Listing;
use crate::world::number::{round_i64, round_to};
use crate::world::view::bucket_at;

/// Most rows one plan may have; keeps the places of two plans apart.
const MOST_ROWS: u64 = 1 << 20;

/// What a trader does in one market, as if it were never closed early; and how that moves the book.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub(crate) deeds: Vec<Arc<Deed>>,
    pub(crate) nudges: Vec<Nudge>,
    /// From the payout to the claim; `None` when the trader never claims what lost.
    pub(crate) claim_after_ms: i64,
    pub(crate) claims_losses: bool,
}

/// An order to carry out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) ms: i64,
    pub(crate) side: Side,
    pub(crate) outcome: Outcome,
    pub(crate) shares: f64,
    /// At the book's price and with the fee, else one tick better and without.
    pub(crate) taker: bool,
    /// How many fills it takes.
    pub(crate) fills: usize,
    /// Ticks added to the price.
    pub(crate) ticks: i64,
}

/// The desk.
pub(crate) struct Desk<'a> {
    pub(crate) listing: &'a Listing,
    pub(crate) dice: Dice,
    pub(crate) plan: Plan,
    seed: u64,
    subject: Arc<Subject>,
    tokens: [Arc<str>; 2],
    labels: [Arc<str>; 2],
    held: [i64; 2],
    transactions: u64,
    fee: FeeModel,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(listing: &'a Listing, seed: u64) -> Self {
        let subject = Arc::new(subject_of(listing));
        let rule = listing.fee.map_or(FeeRule::Free, |fee| FeeRule::Schedule {
            rate_micros: round_i64(fee.rate * MICROS_PER_UNIT as f64),
            exponent: 1,
        });
        Self {
            listing,
            dice: Dice::new(mix(seed, 1)),
            plan: Plan::default(),
            seed,
            subject,
            tokens: [0, 1].map(|i: usize| Arc::from(listing.tokens[i].as_str())),
            labels: [0, 1].map(|i: usize| Arc::from(listing.labels[i].as_str())),
            held: [0; 2],
            transactions: 0,
            fee: FeeModel { rule, fallback_micros: 0 },
        }
    }

    /// The quote in force at a moment, without anybody's influence; `None` before the first price.
    pub(crate) fn quote(&self, ms: i64) -> Option<Quote> {
        let (start, bucket) = bucket_at(self.listing, ms);
        let price = self.listing.tape.prices(&[start.max(self.listing.created_ms)]).first().copied().flatten()?;
        Some(ladder::quote(self.listing, price, None, bucket))
    }

    /// `count` moments between two, ascending; none when the span is empty.
    pub(crate) fn moments(&mut self, from_ms: i64, to_ms: i64, count: usize) -> Vec<i64> {
        if to_ms <= from_ms {
            return Vec::new();
        }
        let mut found: Vec<i64> =
            (0..count).map(|_| round_i64(self.dice.between(from_ms as f64, to_ms as f64))).collect();
        found.sort_unstable();
        found
    }

    /// Shares held of an outcome.
    pub(crate) fn held(&self, outcome: Outcome) -> f64 {
        Shares::from_micros(self.held[outcome.index()]).to_f64()
    }

    /// Carries out an order in one transaction of several fills; a sale never sells more than is held. Returns the
    /// shares traded.
    pub(crate) fn order(&mut self, order: Order) -> f64 {
        let Some(quote) = self.quote(order.ms) else { return 0.0 };
        let yes = match (order.outcome, order.side, order.taker) {
            (Outcome::Yes, Side::Buy, true) | (Outcome::No, Side::Sell, true) => quote.ask(),
            (Outcome::Yes, Side::Sell, true) | (Outcome::No, Side::Buy, true) => quote.bid(),
            (Outcome::Yes, Side::Buy, false) | (Outcome::No, Side::Sell, false) => quote.bid(),
            (Outcome::Yes, Side::Sell, false) | (Outcome::No, Side::Buy, false) => quote.ask(),
        };
        let plain = if order.outcome == Outcome::Yes { yes } else { yes.complement() };
        let step = quote.tick_micros;
        let top = MICROS_PER_UNIT - step;
        let lots = round_i64(order.shares * 100.0) * 10_000;
        let total = match order.side {
            Side::Buy => lots,
            Side::Sell => lots.min(self.held[order.outcome.index()]),
        };
        if total <= 0 {
            return 0.0;
        }
        let transaction = self.transaction();
        let fills = i64::try_from(order.fills.max(1)).unwrap_or(1);
        let part = (total / fills / 10_000).max(1) * 10_000;
        let mut left = total;
        for fill in 0..fills {
            let shares = if fill + 1 == fills { left } else { part.min(left) };
            if shares <= 0 {
                break;
            }
            left -= shares;
            // A taker's later fills eat into the next level.
            let slip = if order.taker && fill > 1 { 1 } else { 0 };
            let away = if order.side == Side::Buy { slip } else { -slip };
            let price = Price::from_micros((plain.micros() + (order.ticks + away) * step).clamp(step, top));
            self.fill(&order, Shares::from_micros(shares), price, &transaction);
        }
        Shares::from_micros(total).to_f64()
    }

    fn fill(&mut self, order: &Order, shares: Shares, price: Price, transaction: &Arc<str>) {
        let fee = if order.taker { self.fee.fee(shares, price) } else { Usd::ZERO };
        let plain = price.cost_of(shares).micros();
        let index = order.outcome.index();
        let usdc = match order.side {
            Side::Buy => {
                self.held[index] += shares.micros();
                plain + fee.micros()
            }
            Side::Sell => {
                self.held[index] -= shares.micros();
                plain - fee.micros()
            }
        };
        let row = Deed {
            side: Some(order.side),
            taker: order.taker,
            token: self.tokens[index].clone(),
            outcome_index: u8::try_from(index).ok(),
            outcome: self.labels[index].clone(),
            size: shares.to_f64(),
            price: price.to_f64(),
            usdc: Usd::from_micros(usdc).to_f64(),
            ..self.blank("TRADE", order.ms, transaction)
        };
        self.push(row);
    }

    /// Dollars become as many shares of both outcomes.
    pub(crate) fn split(&mut self, ms: i64, shares: f64) {
        self.both("SPLIT", ms, round_i64(shares) * MICROS_PER_UNIT, 0.5);
    }

    /// As many shares of both outcomes become dollars; at most what is held of both.
    pub(crate) fn merge(&mut self, ms: i64, shares: f64) {
        let most = self.held[0].min(self.held[1]);
        let micros = (round_i64(shares * 100.0) * 10_000).min(most);
        if micros > 0 {
            self.both("MERGE", ms, -micros, 0.0);
        }
    }

    fn both(&mut self, kind: &'static str, ms: i64, change: i64, price: f64) {
        self.held = self.held.map(|held| held + change);
        let amount = Shares::from_micros(change.abs()).to_f64();
        let transaction = self.transaction();
        let row = Deed { size: amount, usdc: amount, price, ..self.blank(kind, ms, &transaction) };
        self.push(row);
    }

    /// Dollars from a programme of the venue.
    pub(crate) fn income(&mut self, kind: &'static str, ms: i64, dollars: f64) {
        let transaction = self.transaction();
        let dollars = round_to(dollars, 4);
        let nothing = Arc::new(Subject::default());
        let row = Deed { size: dollars, usdc: dollars, subject: nothing, ..self.blank(kind, ms, &transaction) };
        self.push(row);
    }

    /// Buys a combination of markets: a condition of 62 digits, a token no market has. It pays its shares or nothing.
    pub(crate) fn combination(&mut self, ms: i64, dollars: f64) {
        let price = round_to(self.dice.between(0.08, 0.3), 2);
        let shares = round_to(dollars / price, 2);
        let won = self.dice.chance(price);
        let hex = hex_id(mix(self.seed, 70));
        let subject = Arc::new(Subject {
            condition: hex.chars().take(64).collect(),
            title: format!("{} + 2 more", self.listing.question),
            ..Subject::default()
        });
        let token: Arc<str> = Arc::from(crate::world::ids::token_id(mix(self.seed, 71)));
        let transaction = self.transaction();
        let bought = Deed {
            side: Some(Side::Buy),
            taker: true,
            subject,
            token,
            outcome: self.labels[0].clone(),
            size: shares,
            price,
            usdc: round_to(shares * price, 6),
            ..self.blank("TRADE", ms, &transaction)
        };
        let paid = if won { shares } else { 0.0 };
        let transaction = self.transaction();
        let claim = Deed {
            subject: bought.subject.clone(),
            token: bought.token.clone(),
            outcome: bought.outcome.clone(),
            size: shares,
            usdc: paid,
            ..self.blank("REDEEM", ms + 2 * crate::world::tape::DAY, &transaction)
        };
        self.push(bought);
        self.push(claim);
    }

    fn blank(&self, kind: &'static str, ms: i64, transaction: &Arc<str>) -> Deed {
        Deed {
            at_s: ms.div_euclid(1_000),
            seq: 0,
            kind: Arc::from(kind),
            subject: self.subject.clone(),
            token: Arc::from(""),
            side: None,
            outcome_index: None,
            outcome: Arc::from(""),
            size: 0.0,
            price: 0.0,
            usdc: 0.0,
            transaction: transaction.clone(),
            late_ms: 0,
            taker: false,
        }
    }

    fn transaction(&mut self) -> Arc<str> {
        self.transactions += 1;
        Arc::from(hex_id(mix(mix(self.seed, 9), self.transactions)))
    }

    fn push(&mut self, deed: Deed) {
        let place = self.plan.deeds.len() as u64 % MOST_ROWS;
        // Markets are numbered below 2^40; a combination's rows hang on the market they were thought up in.
        let seq = self.listing.id * MOST_ROWS + place;
        self.plan.deeds.push(Arc::new(Deed { seq, ..deed }));
    }
}

/// What a row about this market says of it.
pub(crate) fn subject_of(listing: &Listing) -> Subject {
    Subject {
        condition: listing.condition_id.clone(),
        title: listing.question.clone(),
        slug: listing.slug.clone(),
        event_slug: listing.group.slug.clone(),
        tokens: listing.tokens.iter().map(|token| Arc::from(token.as_str())).collect(),
    }
}
