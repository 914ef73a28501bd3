//! Things a trader can be told to do, and the rows they make.

use std::sync::Arc;

use engine_core::fee::{FeeModel, FeeRule};
use engine_core::market::{Outcome, Side};
use engine_core::money::{MICROS_PER_UNIT, Price, Shares, Usd};

use super::deed::{Deed, Subject};
use super::desk::subject_of;
use crate::world::config::WorldError;
use crate::world::ids::{hex_id, token_id};
use crate::world::listing::Listing;
use crate::world::number::round_i64;
use crate::world::seed_of;
use crate::world::state::State;

/// Something a trader does.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// An order, in one transaction of `fills` equal fills.
    Trade {
        /// The market.
        market: u64,
        /// Which outcome.
        outcome: Outcome,
        /// Bought or sold.
        side: Side,
        /// Shares in all.
        shares: f64,
        /// Dollars a share.
        price: f64,
        /// Pays the market's fee, which is then in the row's dollars.
        taker: bool,
        /// How many fills.
        fills: usize,
    },
    /// Dollars become shares of both outcomes.
    Split {
        /// The market.
        market: u64,
        /// Shares of each.
        shares: f64,
    },
    /// Shares of both outcomes become dollars.
    Merge {
        /// The market.
        market: u64,
        /// Shares of each.
        shares: f64,
    },
    /// Shares of one outcome are paid out.
    Redeem {
        /// The market.
        market: u64,
        /// Which outcome.
        outcome: Outcome,
        /// Shares.
        shares: f64,
        /// Dollars received.
        paid: f64,
    },
    /// A purchase of a combination of markets: a condition of 62 digits, outcome index 999, a token no market has.
    Combination {
        /// Shares.
        shares: f64,
        /// Dollars a share.
        price: f64,
    },
    /// Any other row by its type, such as `REWARD` or one the venue has not invented yet.
    Other {
        /// The type.
        kind: String,
        /// Dollars.
        dollars: f64,
    },
}

fn market(state: &State, id: u64) -> Result<&Listing, WorldError> {
    state.listings.get(&id).map(AsRef::as_ref).ok_or(WorldError::UnknownMarket(id))
}

/// The rows of an act; everything it does not say is taken from `base`.
pub(super) fn rows_of(state: &State, act: &Act, base: &Deed) -> Result<Vec<Deed>, WorldError> {
    let about = |listing: &Listing| Deed { subject: Arc::new(subject_of(listing)), ..base.clone() };
    let of_outcome = |listing: &Listing, outcome: Outcome| Deed {
        token: Arc::from(listing.tokens[outcome.index()].as_str()),
        outcome_index: u8::try_from(outcome.index()).ok(),
        outcome: Arc::from(listing.labels[outcome.index()].as_str()),
        ..about(listing)
    };
    let whole = |id: u64, kind: &str, shares: f64, price: f64| {
        let row = about(market(state, id)?);
        Ok(vec![Deed { kind: Arc::from(kind), size: shares, usdc: shares, price, ..row }])
    };
    match act {
        Act::Trade { market: id, outcome, side, shares, price, taker, fills } => {
            let listing = market(state, *id)?;
            let row = Deed { side: Some(*side), taker: *taker, ..of_outcome(listing, *outcome) };
            Ok(fills_of(listing, &row, *shares, *price, *taker, *fills))
        }
        Act::Split { market, shares } => whole(*market, "SPLIT", *shares, 0.5),
        Act::Merge { market, shares } => whole(*market, "MERGE", *shares, 0.0),
        Act::Redeem { market: id, outcome, shares, paid } => {
            let row = of_outcome(market(state, *id)?, *outcome);
            Ok(vec![Deed { kind: Arc::from("REDEEM"), size: *shares, usdc: *paid, ..row }])
        }
        Act::Combination { shares, price } => {
            let seed = seed_of(&base.transaction);
            let condition = hex_id(seed).chars().take(64).collect();
            let subject = Subject { condition, title: "A combination".to_owned(), ..Subject::default() };
            Ok(vec![Deed {
                side: Some(Side::Buy),
                taker: true,
                subject: Arc::new(subject),
                token: Arc::from(token_id(seed)),
                outcome: Arc::from("Yes"),
                size: *shares,
                price: *price,
                usdc: shares * price,
                ..base.clone()
            }])
        }
        Act::Other { kind, dollars } => {
            Ok(vec![Deed { kind: Arc::from(kind.as_str()), size: *dollars, usdc: *dollars, ..base.clone() }])
        }
    }
}

/// Equal fills, the last one with what is left; the fee of each is floored for itself.
fn fills_of(listing: &Listing, row: &Deed, shares: f64, price: f64, taker: bool, fills: usize) -> Vec<Deed> {
    let micros = |value: f64| round_i64(value * MICROS_PER_UNIT as f64);
    let rate_micros = listing.fee.filter(|_| taker).map_or(0, |fee| micros(fee.rate));
    let fee = FeeModel { rule: FeeRule::Schedule { rate_micros, exponent: 1 }, fallback_micros: 0 };
    let (total, price) = (micros(shares), Price::from_micros(micros(price)));
    let count = i64::try_from(fills.max(1)).unwrap_or(1);
    let fill = |place: i64| {
        let part = total / count;
        let size = Shares::from_micros(if place + 1 == count { total - part * (count - 1) } else { part });
        let (plain, fee) = (price.cost_of(size).micros(), fee.fee(size, price).micros());
        let usdc = if row.side == Some(Side::Sell) { plain - fee } else { plain + fee };
        Deed {
            seq: row.seq + place.unsigned_abs(),
            size: size.to_f64(),
            price: price.to_f64(),
            usdc: Usd::from_micros(usdc).to_f64(),
            ..row.clone()
        }
    };
    (0..count).map(fill).collect()
}
