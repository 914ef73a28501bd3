//! Traders without an edge: they buy at martingale prices, so a copy can earn nothing before costs.

use std::collections::BTreeMap;

use super::replay::Traders;
use crate::backtest::look::moment;
use crate::backtest::market::BacktestMarket;
use crate::backtest::quote::Tick;
use crate::chance::SplitMix64;
use crate::copy::activity::Wallet;
use crate::copy::order::{Action, LeaderOrder};
use crate::market::{Market, Outcome, Side};
use crate::money::{Price, Shares, Usd};

/// Traders.
const TRADERS: usize = 8;
/// Each buys once in so many of the markets.
const BUYS_ONE_IN: usize = 4;
/// Shares of a purchase.
const SHARES: Shares = Shares::from_micros(100_000_000);
const HALF: Shares = Shares::from_micros(50_000_000);

/// Traders who buy an outcome of some of the markets at a price chance picks, and sell half of it later in one of three. The
/// same seed gives the same.
#[must_use]
pub fn traders(markets: &[BacktestMarket], ticks: &[Tick], seed: u64) -> Traders {
    let mut by_market: BTreeMap<u32, Vec<Tick>> = BTreeMap::new();
    ticks.iter().for_each(|tick| by_market.entry(tick.market()).or_default().push(*tick));
    let mut chance = SplitMix64::new(seed);
    let mut traders = Traders::new();
    for number in 0..TRADERS {
        let Some(wallet) = Wallet::parse(&format!("0x{:040x}", number + 1)) else { continue };
        let mut actions: Vec<Action> = Vec::new();
        for (market, prices) in &by_market {
            let Some(listed) = markets.get(*market as usize).map(|market| &market.listed) else { continue };
            if chance.below(BUYS_ONE_IN) != 0 || prices.is_empty() {
                continue;
            }
            let first = chance.below(prices.len());
            let outcome = if chance.unit() < 0.5 { Outcome::Yes } else { Outcome::No };
            let bought = prices.get(first).and_then(|tick| order(&wallet, listed, outcome, Side::Buy, SHARES, tick));
            let later = first + 1 + chance.below(prices.len());
            let sold = prices.get(later).filter(|_| chance.below(3) == 0);
            let sold = sold.and_then(|tick| order(&wallet, listed, outcome, Side::Sell, HALF, tick));
            actions.extend(bought.into_iter().chain(sold).map(Action::Order));
        }
        actions.sort_by_key(Action::at);
        traders.insert(wallet, actions);
    }
    traders
}

/// An order filled at a recorded price.
fn order(
    wallet: &Wallet,
    market: &Market,
    outcome: Outcome,
    side: Side,
    shares: Shares,
    tick: &Tick,
) -> Option<LeaderOrder> {
    let price: Price = match outcome {
        Outcome::Yes => tick.quote.price(),
        Outcome::No => tick.quote.price().complement(),
    };
    let at = moment(tick.ts());
    Some(LeaderOrder {
        wallet: wallet.clone(),
        transaction: format!("{}-{}-{}", market.condition_id, tick.ts(), side.as_str()),
        condition: market.condition_id.clone(),
        token: market.token(outcome)?.clone(),
        outcome: Some(outcome),
        side,
        shares,
        notional: price.cost_of(shares),
        fee: Usd::ZERO,
        fills: 1,
        first_at: at,
        last_at: at,
        group: market.group_id.as_ref().map(|group| group.as_str().to_owned()),
        title: market.question.clone(),
    })
}
