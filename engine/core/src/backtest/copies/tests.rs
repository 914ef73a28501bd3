use proptest::prelude::*;

use super::control::traders;
use super::*;
use crate::backtest::control::martingales;
use crate::backtest::look::moment;
use crate::backtest::{BacktestMarket, BacktestSettings, Bet, Fate, Record, report};
use crate::copy::activity::Wallet;
use crate::copy::follower::Delay;
use crate::copy::order::{Action, LeaderOrder};
use crate::copy::samples::{shares, usd};
use crate::market::{Outcome, Side};
use crate::money::Usd;
use crate::pipeline::GateSettings;
use crate::position::PositionStatus;
use crate::settlement::Payouts;
use crate::strategy::StrategyProfile;

const START: u32 = 1_774_000_800;
const HOUR: u32 = 3_600;
const SEED: u64 = 9;

fn settings(trial: bool) -> CopySettings {
    let told = BacktestSettings::new(GateSettings::default(), Vec::new(), Usd::ZERO);
    let (profile, delay) = (StrategyProfile::copying(0.25), Delay { seconds: 60, penalty: 0.02 });
    if trial {
        CopySettings::trial(&told, &profile, delay)
    } else {
        CopySettings::staked(&told, &profile, usd("10000"), delay)
    }
}

fn run(markets: &[BacktestMarket], traders: &Traders, settings: &CopySettings) -> Record {
    let events: Vec<u32> = (0_u32..).take(markets.len()).collect();
    CopyReplay::new(markets, &events, traders, settings).run()
}

fn wallet(digit: char) -> Wallet {
    Wallet::parse(&format!("0x{}", digit.to_string().repeat(40))).unwrap()
}

/// An order in one of the control's markets, so many hours after the start.
fn order(digit: char, market: u32, hours: u32, side: Side, outcome: Outcome, count: &str, price: &str) -> Action {
    let name = format!("control-{market}");
    let token = if outcome == Outcome::Yes { "yes" } else { "no" };
    let at = moment(START + hours * HOUR);
    let price: crate::money::Price = price.parse().unwrap();
    Action::Order(LeaderOrder {
        wallet: wallet(digit),
        transaction: format!("{market}-{hours}-{count}"),
        condition: crate::market::ConditionId::new(name.clone()),
        token: crate::market::OutcomeToken::new(format!("{name}-{token}")),
        outcome: Some(outcome),
        side,
        shares: shares(count),
        notional: price.cost_of(shares(count)),
        fee: Usd::ZERO,
        fills: 1,
        first_at: at,
        last_at: at,
        group: Some(name),
        title: "control".to_owned(),
    })
}

fn one_market(payouts: Payouts) -> Vec<BacktestMarket> {
    let (mut markets, _) = martingales(1, START, SEED);
    let end = START + 72 * HOUR;
    markets[0].listed.end_at = Some(moment(end));
    markets[0].fate = Fate { over_at: Some(end), resolved: Some((end, payouts)) };
    markets
}

#[test]
fn a_copy_by_hand() {
    let markets = one_market(Payouts::NO);
    let did = vec![
        order('a', 0, 1, Side::Buy, Outcome::No, "100", "0.5"),
        order('a', 0, 2, Side::Sell, Outcome::Yes, "40", "0.6"),
        order('a', 0, 3, Side::Sell, Outcome::No, "25", "0.6"),
    ];
    let record = run(&markets, &Traders::from([(wallet('a'), did)]), &settings(true));
    assert_eq!(record.bets.len(), 1);
    let bet = &record.bets[0];
    // The same token a minute later and two cents dearer, for ten dollars: 19.23 shares.
    assert_eq!((bet.outcome, bet.price.to_string().as_str(), bet.shares), (Outcome::No, "0.52", shares("19.23")));
    assert_eq!((bet.opened_at, bet.closed_at), (START + HOUR + 60, Some(START + 72 * HOUR)));
    assert_eq!((bet.status, bet.outcome_yes), (PositionStatus::Settled, Some(0.0)));
    // He sold a quarter: 4.80 of ours at 0.58; the other 14.43 pay a dollar each. His sale of Yes was none of ours. Two
    // per cent of every stake is fee.
    let (paid, sold) = (19.23 * 0.52, 4.80 * 0.58);
    let profit = sold + 14.43 - paid - 0.02 * (paid + sold);
    assert!((bet.pnl.to_f64() - profit).abs() < 1e-3, "{} is not {profit}", bet.pnl);
    assert_eq!(record.ledger_total, Usd::ZERO);
    assert!((record.books[0].cash.to_f64() - 100_000.0 - profit).abs() < 1e-3);
    // Without a measured edge nothing is staked.
    assert_eq!(run(&markets, &Traders::from([(wallet('a'), did_again())]), &settings(false)).bets, []);
}

fn did_again() -> Vec<Action> {
    vec![order('a', 0, 1, Side::Buy, Outcome::No, "100", "0.5")]
}

#[test]
fn it_pays_what_others_paid_meanwhile_and_not_when_the_price_ran_away() {
    let markets = one_market(Payouts::YES);
    let after = |seconds: i64, price: &str| {
        let Action::Order(mut other) = order('b', 0, 1, Side::Buy, Outcome::Yes, "5", price) else { unreachable!() };
        other.last_at += chrono::TimeDelta::seconds(seconds);
        Action::Order(other)
    };
    let copied = |other: Action| {
        let his = vec![order('a', 0, 1, Side::Buy, Outcome::Yes, "100", "0.5")];
        let traders = Traders::from([(wallet('a'), his), (wallet('b'), vec![other])]);
        run(&markets, &traders, &settings(true)).bets.first().map(|bet| bet.price.to_string())
    };
    assert_eq!(copied(after(30, "0.51")).as_deref(), Some("0.53"));
    assert_eq!(copied(after(61, "0.51")).as_deref(), Some("0.52"), "nobody knew it yet");
    // Beyond the drift of five cents; what is copied then is the other's own purchase.
    assert_eq!(copied(after(30, "0.58")).as_deref(), Some("0.6"));
}

/// A trader who knows how markets end is staked on once his record tells, and not before; one who does not never is.
#[test]
fn only_what_was_known_by_then_is_staked_on() {
    let (markets, ticks) = martingales(200, START, SEED);
    let random = traders(&markets, &ticks, SEED);
    assert_eq!(run(&markets, &random, &settings(false)).bets, []);
    let sharp: Vec<Action> = (0..200_u32)
        .map(|market| {
            let wins = markets[market as usize].fate.resolved.unwrap().1.outcome_yes() > 0.5;
            let outcome = if wins { Outcome::Yes } else { Outcome::No };
            // Each market starts half an hour after the one before and trades for six days.
            order('c', market, market + 2, Side::Buy, outcome, "100", "0.5")
        })
        .collect();
    let record = run(&markets, &Traders::from([(wallet('c'), sharp)]), &settings(false));
    let first = record.bets.first().map(|bet| bet.opened_at).unwrap();
    // Nothing had ended when edges were first measured, and they are measured anew each week.
    assert!(first >= START + 168 * HOUR, "{} h", (first - START) / HOUR);
    assert!(record.bets.len() > 10 && record.bets.iter().all(|bet| bet.pnl.is_positive()));
}

#[test]
fn copying_traders_without_an_edge_earns_nothing_before_costs() {
    let (markets, ticks) = martingales(400, START, SEED);
    let record = run(&markets, &traders(&markets, &ticks, SEED), &settings(true));
    let report = report(&record, &|market| market, &|_| None, None, SEED);
    let [low, high] = report.totals.roi_before_costs_ci95.unwrap();
    assert!(report.totals.bets > 200 && low < 0.0 && high > 0.0, "{low} {high}");
    assert_eq!(record.ledger_total, Usd::ZERO);
}

fn opening(bets: &[Bet], until: u32) -> Vec<(u32, Outcome, u32, Usd, u64)> {
    let before = bets.iter().filter(|bet| bet.opened_at <= until);
    before.map(|bet| (bet.market, bet.outcome, bet.opened_at, bet.stake, bet.edge.to_bits())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn cutting_the_future_off_changes_no_past_copy(seed: u64, hours in 160..260_u32, trial: bool) {
        let (markets, ticks) = martingales(200, START, seed);
        let cut = START + hours * HOUR;
        let mut all = traders(&markets, &ticks, seed);
        // One who knows, so that there is something to stake on.
        let knows = (0..200_u32).map(|market| {
            let wins = markets[market as usize].fate.resolved.unwrap().1.outcome_yes() > 0.5;
            order('c', market, market + 1, Side::Buy, if wins { Outcome::Yes } else { Outcome::No }, "100", "0.5")
        });
        all.insert(wallet('c'), knows.collect());
        let known = i64::from(cut);
        let part: Traders = all
            .iter()
            .map(|(wallet, actions)| {
                let before = actions.iter().filter(|action| action.at().timestamp() <= known);
                (wallet.clone(), before.cloned().collect())
            })
            .collect();
        let past: Vec<BacktestMarket> = markets
            .iter()
            .map(|market| BacktestMarket {
                fate: Fate { resolved: market.fate.resolved.filter(|(at, _)| *at <= cut), ..market.fate },
                ..market.clone()
            })
            .collect();
        let (whole, part) = (run(&markets, &all, &settings(trial)), run(&past, &part, &settings(trial)));
        prop_assert!(!whole.bets.is_empty());
        prop_assert_eq!(opening(&whole.bets, cut), opening(&part.bets, cut));
        prop_assert_eq!(&run(&markets, &all, &settings(trial)), &whole, "twice the same");
    }
}
