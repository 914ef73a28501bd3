//! Fills orders by walking the current book level by level up to a limit price.
//!
//! Each level is a match of its own, so the fee is charged and floored level by level, as the venue does per fill.

use chrono::{DateTime, Utc};

use crate::book::{BookFault, Level, OrderBook};
use crate::fee::FeeModel;
use crate::fill::Fill;
use crate::market::Side;
use crate::money::{Price, Shares, Usd};

/// The venue's share lot: a hundredth of a share.
pub const LOT: Shares = Shares::from_micros(10_000);

/// What an order may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// Dollars for shares, fees apart.
    Spend(Usd),
    /// Shares to sell.
    Sell(Shares),
}

/// An order that takes from the book at once; what cannot be filled up to the limit is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Buy or sell; must fit the budget.
    pub side: Side,
    /// Worst price accepted.
    pub limit: Price,
    /// What may be used up.
    pub budget: Budget,
    /// Dollars that must cover shares and fees together; `None` when only the budget counts. Not used by a sale.
    pub cash: Option<Usd>,
}

impl Order {
    /// Buys for up to `spend` dollars, fees apart, out of `cash` dollars, fees in.
    #[must_use]
    pub const fn buy(limit: Price, spend: Usd, cash: Usd) -> Self {
        Self { side: Side::Buy, limit, budget: Budget::Spend(spend), cash: Some(cash) }
    }

    /// Sells up to `shares`.
    #[must_use]
    pub const fn sell(limit: Price, shares: Shares) -> Self {
        Self { side: Side::Sell, limit, budget: Budget::Sell(shares), cash: None }
    }
}

/// Fills `order` against `book`. Partial fills are partial; `None` when not one lot could be filled, when the book is
/// crossed, or when side and budget contradict each other.
///
/// Shares are rounded down to whole lots of 0.01 at each level. A buy never costs more than its budget, nor more than
/// its cash with the fee counted. A sale never pays more fee than it brings in.
#[must_use]
pub fn walk(
    book: &OrderBook,
    order: &Order,
    fee: &FeeModel,
    decided_at: DateTime<Utc>,
    filled_at: DateTime<Utc>,
) -> Option<Fill> {
    if book.fault() == Some(BookFault::Crossed) {
        return None;
    }
    let taken = match (order.side, order.budget) {
        (Side::Buy, Budget::Spend(spend)) => buy(book, order, spend, fee),
        (Side::Sell, Budget::Sell(shares)) => sell(book, order.limit, shares, fee),
        (Side::Buy, Budget::Sell(_)) | (Side::Sell, Budget::Spend(_)) => return None,
    };
    Some(Fill {
        token: book.token.clone(),
        side: order.side,
        shares: taken.shares,
        vwap: taken.notional.per_share(taken.shares)?,
        notional: taken.notional,
        fee: taken.fee,
        fee_rate: fee.rate(),
        fee_formula: fee.formula(),
        mid: book.midpoint(),
        book_hash: book.hash.clone(),
        book_at: book.at,
        levels: taken.levels,
        decided_at,
        filled_at,
    })
}

/// What was taken so far.
#[derive(Default)]
struct Taken {
    shares: Shares,
    notional: Usd,
    fee: Usd,
    levels: Vec<Level>,
}

impl Taken {
    fn add(&mut self, price: Price, shares: Shares, fee: Usd) {
        self.shares += shares;
        self.notional += price.cost_of(shares);
        self.fee += fee;
        self.levels.push(Level { price, shares });
    }
}

fn buy(book: &OrderBook, order: &Order, spend: Usd, fee: &FeeModel) -> Taken {
    let mut taken = Taken::default();
    for level in book.asks.iter().take_while(|level| level.price <= order.limit) {
        let wanted = (spend - taken.notional).shares_at(level.price);
        let mut shares = whole_lots(wanted.min(level.shares));
        if let Some(cash) = order.cash {
            let left = cash - taken.notional - taken.fee;
            shares = affordable(level.price, shares, left, fee);
        }
        if shares.is_positive() {
            taken.add(level.price, shares, fee.fee(shares, level.price));
        }
        if shares < whole_lots(level.shares) {
            break;
        }
    }
    taken
}

fn sell(book: &OrderBook, limit: Price, shares: Shares, fee: &FeeModel) -> Taken {
    let mut taken = Taken::default();
    for level in book.bids.iter().take_while(|level| level.price >= limit) {
        let part = whole_lots((shares - taken.shares).min(level.shares));
        if part.is_positive() {
            let charged = fee.fee(part, level.price).min(level.price.cost_of(part));
            taken.add(level.price, part, charged);
        }
    }
    taken
}

/// Rounds down to whole lots; nothing below one.
#[must_use]
pub fn whole_lots(shares: Shares) -> Shares {
    let micros = shares.micros().max(0);
    Shares::from_micros(micros - micros % LOT.micros())
}

/// The most whole lots, up to `shares`, whose price and fee `cash` covers. The total grows with the lots, so halving
/// finds the exact number.
fn affordable(price: Price, shares: Shares, cash: Usd, fee: &FeeModel) -> Shares {
    let fits = |lots: i64| {
        let shares = Shares::from_micros(lots * LOT.micros());
        price.cost_of(shares).saturating_add(fee.fee(shares, price)) <= cash
    };
    let most = shares.micros() / LOT.micros();
    if fits(most) {
        return shares;
    }
    let (mut fitting, mut too_many) = (0, most);
    while too_many - fitting > 1 {
        let middle = fitting + (too_many - fitting) / 2;
        if fits(middle) {
            fitting = middle;
        } else {
            too_many = middle;
        }
    }
    Shares::from_micros(fitting * LOT.micros())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fee::FeeRule;
    use crate::market::OutcomeToken;

    fn usd(text: &str) -> Usd {
        text.parse().unwrap()
    }

    fn levels(rows: &[(&str, &str)]) -> Vec<Level> {
        let level =
            |(price, shares): &(&str, &str)| Level { price: price.parse().unwrap(), shares: shares.parse().unwrap() };
        rows.iter().map(level).collect()
    }

    fn book(bids: &[(&str, &str)], asks: &[(&str, &str)]) -> OrderBook {
        OrderBook::new(OutcomeToken::new("1"), levels(bids), levels(asks), DateTime::UNIX_EPOCH, None)
    }

    fn fee(rate_micros: i64) -> FeeModel {
        FeeModel { rule: FeeRule::Schedule { rate_micros, exponent: 1 }, fallback_micros: 20_000 }
    }

    fn fill(book: &OrderBook, order: &Order, fee: &FeeModel) -> Option<Fill> {
        walk(book, order, fee, DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_buy_walks_the_asks() {
        let thin = book(&[("0.36", "100")], &[("0.38", "10"), ("0.39", "20"), ("0.45", "1000")]);
        let order = Order::buy("0.40".parse().unwrap(), usd("100"), usd("1000"));
        let got = fill(&thin, &order, &fee(40_000)).unwrap();
        assert_eq!(got.levels, levels(&[("0.38", "10"), ("0.39", "20")]));
        assert_eq!(got.notional, usd("11.6"));
        // 10 × 0.04 × 0.38 × 0.62 = 0.09424, 20 × 0.04 × 0.39 × 0.61 = 0.19032
        assert_eq!(got.fee, usd("0.28456"));
        assert_eq!(got.vwap.to_string(), "0.386667");
        assert!((got.mid.unwrap() - 0.37).abs() < 1e-12);
    }

    #[test]
    fn budget_lots_and_cash_bind() {
        let deep = book(&[("0.36", "100")], &[("0.38", "1000")]);
        let limit = "0.40".parse().unwrap();
        let got = fill(&deep, &Order::buy(limit, usd("10"), usd("1000")), &fee(0)).unwrap();
        assert_eq!(got.shares.to_string(), "26.31");
        let tight = fill(&deep, &Order::buy(limit, usd("10"), usd("10")), &fee(40_000)).unwrap();
        assert!(tight.notional + tight.fee <= usd("10"));
        let one_more = tight.shares + LOT;
        let price: Price = "0.38".parse().unwrap();
        assert!(price.cost_of(one_more) + fee(40_000).fee(one_more, price) > usd("10"));
        assert_eq!(fill(&deep, &Order::buy(limit, usd("10"), Usd::ZERO), &fee(0)), None);
        assert_eq!(fill(&deep, &Order::buy(limit, usd("0.003"), usd("1")), &fee(0)), None);
    }

    #[test]
    fn a_sale_takes_the_bids_and_pays_out_of_the_proceeds() {
        let deep = book(&[("0.36", "10"), ("0.35", "5"), ("0.10", "99")], &[("0.38", "1")]);
        let order = Order::sell("0.30".parse().unwrap(), "50".parse().unwrap());
        let got = fill(&deep, &order, &fee(50_000)).unwrap();
        assert_eq!(got.shares.to_string(), "15");
        assert_eq!(got.notional, usd("5.35"));
        assert_eq!(got.fee, usd("0.17207"));
        assert!((got.slippage().unwrap() - (0.37 - 5.35 / 15.0)).abs() < 1e-6);
    }

    #[test]
    fn nothing_is_filled_on_a_crossed_or_empty_book_or_beyond_the_limit() {
        let order = Order::buy("0.40".parse().unwrap(), usd("10"), usd("10"));
        let crossed = book(&[("0.39", "10")], &[("0.38", "10")]);
        assert_eq!(fill(&crossed, &order, &fee(0)), None);
        assert_eq!(fill(&book(&[], &[]), &order, &fee(0)), None);
        assert_eq!(fill(&book(&[], &[("0.41", "10")]), &order, &fee(0)), None);
        let muddled = Order { side: Side::Sell, ..order };
        assert_eq!(fill(&book(&[("0.3", "1")], &[]), &muddled, &fee(0)), None);
    }

    proptest! {
        #[test]
        fn a_fill_keeps_to_its_limits(
            rows in proptest::collection::vec((1..999_i64, 1..5_000_000_i64), 0..12),
            limit in 1..999_i64,
            spend in 0..200_000_000_i64,
            cash in 0..200_000_000_i64,
            rate in 0..100_000_i64,
        ) {
            let asks: Vec<Level> = rows
                .iter()
                .map(|&(price, shares)| Level { price: Price::from_micros(price * 1000), shares: Shares::from_micros(shares * 77) })
                .collect();
            let total: Shares = asks.iter().map(|level| level.shares).sum();
            let book = OrderBook::new(OutcomeToken::new("1"), vec![], asks, DateTime::UNIX_EPOCH, None);
            let limit = Price::from_micros(limit * 1000);
            let (spend, cash) = (Usd::from_micros(spend), Usd::from_micros(cash));
            if let Some(got) = fill(&book, &Order::buy(limit, spend, cash), &fee(rate)) {
                prop_assert!(got.notional <= spend);
                prop_assert!(got.notional + got.fee <= cash);
                prop_assert!(got.vwap <= limit && got.shares <= total);
                prop_assert_eq!(got.shares.micros() % LOT.micros(), 0);
                let parts: Shares = got.levels.iter().map(|level| level.shares).sum();
                prop_assert_eq!(parts, got.shares);
            }
        }
    }
}
