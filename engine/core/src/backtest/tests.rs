use std::collections::HashMap;

use proptest::prelude::*;

use super::books::AssumedBooks;
use super::control::martingales;
use super::look::moment;
use super::market::{BacktestMarket, Facts};
use super::quick::prediction;
use super::sources::{Recalibration, Reference, ReferenceKind};
use super::*;
use crate::fee::FeeRule;
use crate::market::{Market, Outcome};
use crate::money::{Price, Usd};
use crate::pipeline::{GateSettings, ListedMarket};
use crate::position::PositionStatus;
use crate::scoring::Verdict;
use crate::settlement::Payouts;
use crate::strategy::StrategyProfile;

const HOUR: u32 = 3_600;
const START: u32 = 1_774_000_800;
const SEED: u64 = 5;

/// Says what a table has for each market, or the same of all.
struct Says {
    of: HashMap<u32, f64>,
    else_says: Option<f64>,
    told: Vec<Resolved>,
}

impl Says {
    fn always(p: f64) -> Self {
        Self { of: HashMap::new(), else_says: Some(p), told: Vec::new() }
    }

    /// Knows how every market ends.
    fn oracle(markets: &[BacktestMarket]) -> Self {
        let known = markets.iter().zip(0_u32..);
        let of = known.map(|(market, number)| (number, market.fate.resolved.unwrap().1.outcome_yes())).collect();
        Self { of, else_says: None, told: Vec::new() }
    }
}

impl Source for Says {
    fn name(&self) -> &str {
        "says"
    }

    fn forecast(&mut self, looks: &Looks<'_>, out: &mut Vec<Option<Forecast>>) -> Result<(), SourceError> {
        out.extend(looks.markets().iter().map(|market| {
            let probability = self.of.get(market).copied().or(self.else_says)?;
            Some(Forecast { probability, confidence: 0.75 })
        }));
        Ok(())
    }

    fn resolved(&mut self, resolved: &Resolved) {
        self.told.push(*resolved);
    }
}

fn strategies() -> Vec<StrategyProfile> {
    ["aggressive", "balanced", "conservative"].map(|name| StrategyProfile::built_in(name).unwrap()).to_vec()
}

fn settings() -> BacktestSettings {
    let gates = GateSettings { lr_damping: 1.0, block_yes_side: false, ..GateSettings::default() };
    BacktestSettings::new(gates, strategies(), "300".parse().unwrap())
}

fn run(markets: &[BacktestMarket], ticks: &[Tick], settings: &BacktestSettings, source: &mut dyn Source) -> Record {
    let mut ticks = MemoryTicks::new(ticks.to_vec());
    Backtest::new(markets.to_vec(), settings, source).run(&mut ticks, &mut |_| {}).unwrap()
}

fn judged(record: &Record, markets: &[BacktestMarket]) -> metrics::RunReport {
    let events = events(markets, &settings());
    report(record, &|market| events[market as usize], &|_| None, None, SEED)
}

/// Numbers of the events as a run counts them: each control market is one.
fn events(markets: &[BacktestMarket], settings: &BacktestSettings) -> Vec<u32> {
    let facts = markets.iter().zip(0_u32..);
    facts.map(|(market, n)| Facts::new(market.listed.clone(), n, settings.source, &settings.gates).event).collect()
}

/// One market at one price for two days, which then resolves.
fn one_market(price: f64, payouts: Payouts) -> (Vec<BacktestMarket>, Vec<Tick>) {
    let (mut markets, _) = martingales(1, START, SEED);
    let end = START + 48 * HOUR;
    markets[0].listed.end_at = Some(moment(end));
    markets[0].fate = Fate { over_at: Some(end), resolved: Some((end + HOUR, payouts)) };
    let quote = Quote::new(price, None, None).unwrap();
    (markets, (0..48).map(|hour| Tick::new(START + hour * HOUR, 0, quote)).collect())
}

#[test]
fn one_bet_by_hand() {
    let (markets, ticks) = one_market(0.60, Payouts::NO);
    let settings = BacktestSettings { profiles: vec![StrategyProfile::built_in("balanced").unwrap()], ..settings() };
    let mut source = Says::always(0.30);
    let record = run(&markets, &ticks, &settings, &mut source);
    assert_eq!(record.bets.len(), 1, "it holds the event from then on");
    let bet = &record.bets[0];
    // Odds 1.5 × ((3/7) / 1.5)^0.75 = 0.5862: posterior 0.3696. No at 1 − 0.60 + 0.01 = 0.41, with 2 % fee 0.4182.
    let odds = 1.5 * ((3.0 / 7.0) / 1.5_f64).powf(0.75);
    let win = 1.0 - odds / (1.0 + odds);
    assert_eq!((bet.outcome, bet.price.to_string().as_str()), (Outcome::No, "0.41"));
    assert!((bet.believed - (1.0 - win)).abs() < 1e-9 && (bet.mid - 0.60).abs() < 1e-12);
    // A quarter of Kelly of 300 dollars: the price does not move with the stake on a level of 1,000 dollars.
    let kelly = (win - 0.4182) / (1.0 - 0.4182);
    let wanted = 300.0 * 0.25 * kelly;
    assert!((bet.stake.to_f64() - wanted).abs() < 0.015, "{} is not {wanted}", bet.stake);
    assert!((bet.fee.to_f64() - 0.02 * bet.stake.to_f64()).abs() < 1e-4);
    assert_eq!(bet.status, PositionStatus::Settled);
    assert!((bet.pnl.to_f64() - (bet.shares.to_f64() - bet.stake.to_f64() - bet.fee.to_f64())).abs() < 1e-6);
    assert_eq!((bet.opened_at, bet.closed_at), (START, Some(START + 49 * HOUR)));
    assert_eq!(record.ledger_total, Usd::ZERO);
    assert_eq!(record.books[0].cash, record.books[0].equity);
    assert!((record.books[0].cash.to_f64() - 300.0 - bet.pnl.to_f64()).abs() < 1e-6);
    // Told once, at its time.
    assert_eq!(source.told.iter().map(|told| told.at).collect::<Vec<_>>(), [START + 49 * HOUR]);
    // 48 hourly prices, one forecast in six hours of the clock kept.
    assert_eq!((record.counts.events, record.counts.forecasts, record.samples.len()), (48, 48, 9));
}

#[test]
fn a_tie_pays_half_and_an_unresolved_bet_stays_open() {
    let (markets, ticks) = one_market(0.60, Payouts::TIE);
    let record = run(&markets, &ticks, &settings(), &mut Says::always(0.30));
    let bet = &record.bets[0];
    assert!((bet.pnl.to_f64() - (0.5 * bet.shares.to_f64() - bet.stake.to_f64() - bet.fee.to_f64())).abs() < 1e-6);
    assert_eq!(bet.outcome_yes, Some(0.5));
    let open = vec![BacktestMarket { fate: Fate::default(), ..markets[0].clone() }];
    let record = run(&open, &ticks, &settings(), &mut Says::always(0.30));
    let book = &record.books[0];
    assert_eq!((record.bets[0].status, record.bets[0].outcome_yes), (PositionStatus::Open, None));
    // Marked at the midpoint of No, 0.40.
    let marked = book.cash.to_f64() + 0.40 * record.bets[0].shares.to_f64();
    assert!((book.equity.to_f64() - marked).abs() < 1e-6);
    assert_eq!(record.ledger_total, Usd::ZERO);
}

#[test]
fn recorded_sides_are_paid_and_early_exits_sell_at_the_bid() {
    let (markets, _) = one_market(0.60, Payouts::NO);
    let tick = |hour: u32, price: f64| {
        Tick::new(START + hour * HOUR, 0, Quote::new(price, Some(price - 0.02), Some(price + 0.02)).unwrap())
    };
    // No costs 0.42 at first; then Yes rises, the No bid falls to 0.08: nine tenths of the price are gone.
    let ticks: Vec<Tick> = (0..4).map(|hour| tick(hour, 0.60)).chain((4..8).map(|hour| tick(hour, 0.90))).collect();
    let exit = BacktestSettings { stop_loss: Some(0.5), ..settings() };
    let record = run(&markets, &ticks, &exit, &mut Says::always(0.30));
    let bet = &record.bets[0];
    assert_eq!((bet.price.to_string().as_str(), bet.status), ("0.42", PositionStatus::Closed));
    assert_eq!(bet.closed_at, Some(START + 4 * HOUR));
    let proceeds = 0.08 * bet.shares.to_f64();
    let fees = 0.02 * (bet.stake.to_f64() + proceeds);
    assert!((bet.pnl.to_f64() - (proceeds - bet.stake.to_f64() - fees)).abs() < 0.001, "{bet:?}");
    assert_eq!(bet.outcome_yes, Some(0.0), "sold at a loss is not resolved Yes");
    assert_eq!(record.ledger_total, Usd::ZERO);
}

#[test]
fn nothing_is_seen_before_it_is_listed_or_after_it_is_over_and_no_stale_price_is_bet_at() {
    let (mut markets, ticks) = one_market(0.60, Payouts::NO);
    markets[0].listed.created_at = Some(moment(START + 10 * HOUR));
    markets[0].fate.over_at = Some(START + 20 * HOUR);
    let record = run(&markets, &ticks, &settings(), &mut Says::always(0.30));
    assert_eq!(record.counts.ignored["price before the market was created"], 10);
    assert_eq!(record.counts.ignored["price after the market was over"], 28);
    assert_eq!((record.bets[0].opened_at, record.counts.forecasts), (START + 10 * HOUR, 10));
    // A single price is fresh for two hours.
    let record = run(&one_market(0.60, Payouts::NO).0, &ticks[..1], &settings(), &mut Says::always(0.5));
    assert_eq!(record.counts.forecasts, 2);
}

#[test]
fn buying_nothing_buys_nothing_and_is_the_market() {
    let (markets, ticks) = martingales(40, START, SEED);
    let record = run(&markets, &ticks, &settings(), &mut Reference::new(ReferenceKind::BuyNothing, SEED));
    let report = judged(&record, &markets);
    assert!(record.bets.is_empty() && report.forecasts.n > 500);
    assert!(report.forecasts.skill.unwrap().abs() < 1e-9, "{:?}", report.forecasts);
    assert_eq!(report.strategies[0].all.roi, None);
    assert_eq!(report.funnel.last().map(|step| step.passed), Some(0));
}

#[test]
fn an_oracle_earns_and_a_coin_does_not() {
    let (markets, ticks) = martingales(400, START, SEED);
    let record = run(&markets, &ticks, &settings(), &mut Says::oracle(&markets));
    let report = judged(&record, &markets);
    assert_eq!(report.forecasts.verdict, Verdict::Proven);
    for one in &report.strategies {
        let [low, _] = one.all.roi_ci95.unwrap();
        assert!(low > 0.0 && one.all.hit_rate > Some(0.99) && one.curve.sharpe.unwrap() > 1.0, "{one:?}");
    }
    assert_eq!(record.ledger_total, Usd::ZERO);
    let coin = run(&markets, &ticks, &settings(), &mut Reference::new(ReferenceKind::CoinFlip, SEED));
    let report = judged(&coin, &markets);
    for one in &report.strategies {
        let [low, high] = one.all.roi_before_costs_ci95.unwrap();
        assert!(one.all.bets > 10 && low < 0.0 && high > 0.0, "{}: {low} {high}", one.strategy);
        assert_ne!(one.all.verdict, Verdict::Proven);
    }
    assert_ne!(report.forecasts.verdict, Verdict::Proven);
}

#[test]
fn no_reference_finds_an_edge_where_there_is_none() {
    let (markets, ticks) = martingales(400, START, 11);
    for kind in ReferenceKind::ALL {
        let report = judged(&run(&markets, &ticks, &settings(), &mut Reference::new(kind, SEED)), &markets);
        assert_ne!(report.forecasts.verdict, Verdict::Proven, "{kind:?}");
        assert_ne!(report.totals.verdict, Verdict::Proven, "{kind:?}");
    }
    let report = judged(&run(&markets, &ticks, &settings(), &mut Recalibration::new()), &markets);
    assert_ne!(report.forecasts.verdict, Verdict::Proven);
}

/// The same markets scan by scan through the whole pipeline with real order books, as the live bot goes.
fn by_the_pipeline(markets: &[BacktestMarket], ticks: &[Tick], settings: &BacktestSettings, source: &Says) -> Vec<Bet> {
    let mut desk = Desk::new(settings, moment(0));
    let (first, last) = (ticks[0].ts(), ticks[ticks.len() - 1].ts());
    let mut at = first.div_ceil(settings.scan_every_s) * settings.scan_every_s;
    let mut paid = vec![false; markets.len()];
    while at <= last + settings.scan_every_s {
        for (number, market) in markets.iter().enumerate() {
            if let Some((when, payouts)) = market.fate.resolved.filter(|(when, _)| !paid[number] && *when <= at) {
                desk.settle(&market.listed.condition_id, payouts, moment(when));
                paid[number] = true;
            }
        }
        let mut quotes = HashMap::new();
        for tick in ticks.iter().filter(|tick| tick.ts() <= at && tick.ts() + settings.max_quote_age_s >= at) {
            quotes.insert(tick.market(), tick.quote);
        }
        let alive = |number: &u32| markets[*number as usize].fate.over_at.is_none_or(|over| at < over);
        let mut numbers: Vec<u32> = quotes.keys().copied().filter(alive).collect();
        numbers.sort_unstable();
        let listed: Vec<(u32, Market, Option<AssumedBooks>)> = numbers
            .into_iter()
            .map(|number| {
                let quote = quotes[&number];
                let market = Market { yes_price_hint: Some(quote.price()), ..markets[number as usize].listed.clone() };
                let books = AssumedBooks::new(&market, quote, moment(at), &settings.gates);
                (number, market, books)
            })
            .collect();
        let scan: Vec<ListedMarket<'_>> = listed
            .iter()
            .map(|(number, market, books)| {
                let probability = source.of.get(number).copied().unwrap();
                ListedMarket {
                    market,
                    number: (*number, *number),
                    yes_book: books.as_ref().map(|books| &books.yes),
                    no_book: books.as_ref().map(|books| &books.no),
                    prediction: prediction(&Forecast { probability, confidence: 0.75 }),
                }
            })
            .collect();
        desk.scan(&scan, &settings.cycle(moment(at)));
        at += settings.scan_every_s;
    }
    desk.into_bets()
}

fn opening(bets: &[Bet]) -> Vec<(usize, u32, Outcome, u32, Usd, Price, u64)> {
    bets.iter()
        .map(|bet| (bet.book, bet.market, bet.outcome, bet.opened_at, bet.stake, bet.price, bet.edge.to_bits()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn its_bets_are_those_of_the_pipeline_scan_by_scan(
        seed: u64,
        count in 5..25_u32,
        candidates in 1..6_usize,
        yes_block: bool,
        fee in prop_oneof![Just(FeeRule::Free), Just(FeeRule::Undocumented), Just(FeeRule::Schedule { rate_micros: 50_000, exponent: 1 })],
        said in prop::collection::vec(0.0..1.0_f64, 25),
    ) {
        let (mut markets, ticks) = martingales(count, START, seed);
        markets.iter_mut().for_each(|market| market.listed.fee = fee);
        let of = (0_u32..).zip(said).take(count as usize).collect();
        let mut source = Says { of, else_says: None, told: Vec::new() };
        let mut settings = BacktestSettings { max_candidates: candidates, ..settings() };
        settings.gates.block_yes_side = yes_block;
        let mut sorted = ticks.clone();
        sorted.sort_unstable();
        let expected = by_the_pipeline(&markets, &sorted, &settings, &source);
        let got = run(&markets, &ticks, &settings, &mut source);
        prop_assert_eq!(opening(&got.bets), opening(&expected));
        prop_assert_eq!(got.ledger_total, Usd::ZERO);
    }

    #[test]
    fn the_order_of_the_rows_changes_nothing(seed: u64, shuffle: u64) {
        let (markets, ticks) = martingales(30, START, seed);
        let mut chance = crate::chance::SplitMix64::new(shuffle);
        let mut mixed = ticks.clone();
        for place in (1..mixed.len()).rev() {
            mixed.swap(place, chance.below(place + 1));
        }
        let source = || Reference::new(ReferenceKind::CoinFlip, SEED);
        let one = run(&markets, &ticks, &settings(), &mut source());
        prop_assert!(!one.bets.is_empty());
        prop_assert_eq!(one, run(&markets, &mixed, &settings(), &mut source()));
    }

    #[test]
    fn cutting_the_future_off_changes_no_past_bet(seed: u64, hours in 30..250_u32, kind in 0..6_usize) {
        let (markets, ticks) = martingales(60, START, seed);
        let cut = START + hours * HOUR;
        let known: Vec<Tick> = ticks.iter().copied().filter(|tick| tick.ts() <= cut).collect();
        let blind = |market: &BacktestMarket| BacktestMarket {
            fate: Fate { resolved: market.fate.resolved.filter(|(at, _)| *at <= cut), ..market.fate },
            ..market.clone()
        };
        let past: Vec<BacktestMarket> = markets.iter().map(blind).collect();
        let source = || -> Box<dyn Source> {
            match ReferenceKind::ALL.get(kind) {
                Some(kind) => Box::new(Reference::new(*kind, SEED)),
                None => Box::new(Recalibration::new()),
            }
        };
        let whole = run(&markets, &ticks, &settings(), &mut *source());
        let part = run(&past, &known, &settings(), &mut *source());
        let before = |bets: &[Bet]| opening(&bets.iter().filter(|bet| bet.opened_at <= cut).cloned().collect::<Vec<_>>());
        prop_assert_eq!(before(&whole.bets), before(&part.bets));
        let said = |record: &Record| record.samples.iter().filter(|one| one.at <= cut).copied().collect::<Vec<_>>();
        prop_assert_eq!(said(&whole), said(&part));
    }
}
