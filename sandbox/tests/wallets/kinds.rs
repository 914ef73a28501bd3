//! The kinds of traders differ as they are meant to, and the same seed gives the same traders.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta};
use engine_clock::Clock;
use engine_core::market::{Outcome, Side};
use sandbox::world::{BookStyle, Deed, Kind, World, WorldConfig};

use crate::harness::{simulated, start, wallets};

/// What a reader of the feed can measure.
#[derive(Debug, Default)]
struct Measured {
    /// Dollars spent on purchases, and realised on what was bought for (fees included in both).
    spent: f64,
    profit: f64,
    /// Closed positions, and those with a profit.
    closed: usize,
    won: usize,
    /// Markets traded, and those in which both outcomes were bought or one was both bought and sold by many fills.
    markets: usize,
    two_sided: usize,
    trades: usize,
    /// Dollars traded below 0.1 or above 0.9.
    extreme: f64,
    traded: f64,
    /// Seconds from first purchase to last exit.
    holding: Vec<i64>,
    kinds: BTreeSet<String>,
    /// Return of every closed position.
    returns: Vec<f64>,
}

#[derive(Debug, Default)]
struct Position {
    bought: f64,
    size: f64,
    cost: f64,
    profit: f64,
    first_s: i64,
    last_s: i64,
}

fn measure(measured: &mut Measured, rows: &[Arc<Deed>]) {
    let mut positions: HashMap<Arc<str>, Position> = HashMap::new();
    let mut sides: HashMap<String, BTreeSet<(u8, bool)>> = HashMap::new();
    for row in rows {
        measured.kinds.insert(row.kind.to_string());
        let mut change = |token: &Arc<str>, size: f64, usdc: f64| {
            let position = positions.entry(token.clone()).or_default();
            if position.bought <= 0.0 {
                position.first_s = row.at_s;
            }
            position.last_s = row.at_s;
            if size > 0.0 {
                (position.bought, position.size, position.cost) =
                    (position.bought + usdc, position.size + size, position.cost + usdc);
            } else if position.size > 0.0 {
                let part = position.cost * (-size / position.size).min(1.0);
                (position.size, position.cost) = (position.size + size, position.cost - part);
                position.profit += usdc - part;
                if position.size < 0.01 {
                    measured.close(position);
                    *position = Position::default();
                }
            }
        };
        match (&*row.kind, row.side) {
            ("TRADE", Some(Side::Buy)) => change(&row.token, row.size, row.usdc),
            ("TRADE", Some(Side::Sell)) | ("REDEEM", _) => change(&row.token, -row.size, row.usdc),
            ("SPLIT", _) => row.subject.tokens.iter().for_each(|token| change(token, row.size, row.usdc / 2.0)),
            ("MERGE", _) => row.subject.tokens.iter().for_each(|token| change(token, -row.size, row.usdc / 2.0)),
            _ => {}
        }
        if let (Some(side), Some(outcome)) = (row.side, row.outcome_index) {
            measured.trades += 1;
            measured.traded += row.size * row.price;
            // A price near 0 is a bet near 1 seen from the other side.
            measured.extreme += if (0.1..=0.9).contains(&row.price) { 0.0 } else { row.size * row.price };
            sides.entry(row.subject.condition.clone()).or_default().insert((outcome, side == Side::Buy));
        }
    }
    measured.markets += sides.len();
    measured.two_sided += sides.values().filter(|seen| seen.contains(&(0, true)) && seen.contains(&(1, true))).count();
}

impl Measured {
    fn close(&mut self, position: &Position) {
        self.spent += position.bought;
        self.profit += position.profit;
        self.closed += 1;
        self.won += usize::from(position.profit > 0.0);
        self.holding.push(position.last_s - position.first_s);
        self.returns.push(position.profit / position.bought.max(0.01));
    }

    fn return_on_spent(&self) -> f64 {
        self.profit / self.spent
    }

    /// How many standard errors the mean return of a closed position lies above zero.
    fn t_statistic(&self) -> f64 {
        let n = self.returns.len() as f64;
        let mean = self.returns.iter().sum::<f64>() / n;
        let variance = self.returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0);
        mean / (variance / n).sqrt()
    }

    fn win_rate(&self) -> f64 {
        self.won as f64 / self.closed as f64
    }

    fn median_holding(&mut self) -> TimeDelta {
        self.holding.sort_unstable();
        TimeDelta::seconds(self.holding[self.holding.len() / 2])
    }
}

#[test]
fn kinds_differ_as_intended() {
    let mut by_kind: BTreeMap<Kind, Measured> = BTreeMap::new();
    let mut sharpness: BTreeMap<Kind, Vec<f64>> = BTreeMap::new();
    for seed in [1, 2, 3] {
        let (world, _) = simulated(seed);
        for trader in world.traders() {
            let kind = world.kind_of(&trader.wallet).unwrap();
            let rows = world.activity_of(&trader.wallet);
            measure(by_kind.entry(kind).or_default(), &rows);
            let mut own = Measured::default();
            measure(&mut own, &rows);
            sharpness.entry(kind).or_default().push(own.t_statistic());
        }
    }
    for (kind, t) in &mut sharpness {
        t.sort_by(f64::total_cmp);
        eprintln!("{kind:?}: t of the mean return of a closed position {:.1} to {:.1}", t[0], t[t.len() - 1]);
    }
    for (kind, measured) in &mut by_kind {
        let (roi, win, hold) = (measured.return_on_spent(), measured.win_rate(), measured.median_holding());
        let both = measured.two_sided as f64 / measured.markets as f64;
        let extreme = measured.extreme / measured.traded;
        eprintln!(
            "{kind:?}: {} trades in {} markets, {} closed, ROI {roi:.3}, win {win:.3}, two-sided {both:.2}, \
             extreme {extreme:.2}, holds {} min, profit {:.0}",
            measured.trades,
            measured.markets,
            measured.closed,
            hold.num_minutes(),
            measured.profit
        );
    }
    let m = |kind: Kind| &by_kind[&kind];
    let both = |kind: Kind| m(kind).two_sided as f64 / m(kind).markets as f64;
    let hold = |kind: Kind| TimeDelta::seconds(m(kind).holding[m(kind).holding.len() / 2]);
    assert!(m(Kind::Sharp).closed > 300 && m(Kind::Sharp).return_on_spent() > 0.05);
    // The lucky were chosen for it; the many show what their bets are worth: less than nothing, after spread and fees.
    assert!(m(Kind::Lucky).return_on_spent() > 0.15);
    assert!(m(Kind::Gambler).return_on_spent() < 0.02);
    // Most sharps stand out among all the traders of the world, none loses; the luck of gamblers is not significant.
    let sharps = &sharpness[&Kind::Sharp];
    assert!(sharps[0] > 1.0 && sharps[sharps.len() / 2] > 3.0, "{sharpness:?}");
    let luck = sharpness[&Kind::Gambler].iter().chain(&sharpness[&Kind::Lucky]);
    assert!(luck.into_iter().all(|t| *t < 2.5), "{sharpness:?}");
    assert!(both(Kind::Maker) > 0.8 && both(Kind::Sharp) < 0.25 && both(Kind::Gambler) < 0.25);
    assert!(m(Kind::Maker).trades > 10 * m(Kind::Maker).markets);
    assert!(m(Kind::Farmer).extreme > 0.9 * m(Kind::Farmer).traded);
    assert!(m(Kind::Farmer).return_on_spent().abs() < 0.02);
    assert!(m(Kind::Baiter).win_rate() > 0.8 && hold(Kind::Baiter) < TimeDelta::minutes(15));
    assert!(hold(Kind::Sharp) > TimeDelta::hours(4) && hold(Kind::Gambler) > TimeDelta::hours(4));
    for kind in ["SPLIT", "MERGE", "REWARD"] {
        assert!(m(Kind::Farmer).kinds.contains(kind), "{kind}");
    }
}

/// Nothing about traders is thought up before somebody asks: making the world costs the same with them.
#[test]
fn making_the_demo_world_is_as_fast_with_traders() {
    let made = |traders: bool| {
        let began = Instant::now();
        let config = WorldConfig::new(42, start(), Clock::manual(start())).with_demo();
        let world = World::simulated(if traders { config } else { config.without_traders() });
        let made = began.elapsed();
        let view = world.view();
        let asks: i64 = view.listings().map(|listing| view.snapshot(listing).best_ask.micros()).sum();
        let listed = began.elapsed() - made;
        drop(view);
        let began = Instant::now();
        let rows: usize = world.traders().iter().map(|trader| world.activity_of(&trader.wallet).len()).sum();
        eprintln!(
            "traders {traders}: made {made:?}, first look at all books {listed:?}, {rows} rows {:?}",
            began.elapsed()
        );
        (made, asks)
    };
    let (without, _) = made(false);
    let (with, asks) = made(true);
    assert!(asks > 0);
    assert!(with < without * 3 + Duration::from_millis(200), "{with:?} against {without:?}");
}

#[test]
fn everything_a_feed_can_hold_occurs() {
    let (world, _) = simulated(4);
    let rows: Vec<Arc<Deed>> = world.traders().iter().flat_map(|trader| world.activity_of(&trader.wallet)).collect();
    let has = |what: &str, seen: &dyn Fn(&Deed) -> bool| assert!(rows.iter().any(|row| seen(row)), "no {what}");
    has("purchase of No", &|row| row.side == Some(Side::Buy) && row.outcome_index == Some(1));
    has("sale", &|row| row.side == Some(Side::Sell));
    has("combination", &|row| row.subject.condition.len() == 64 && row.outcome_index.is_none());
    has("claim of a loss", &|row| &*row.kind == "REDEEM" && row.usdc == 0.0);
    has("fee", &|row| row.fee() > 0.01);
    has("maker's trade", &|row| row.is_trade() && !row.taker && row.fee() < 1e-9);
    let mut fills: HashMap<&str, usize> = HashMap::new();
    for row in rows.iter().filter(|row| row.is_trade()) {
        *fills.entry(&row.transaction).or_default() += 1;
    }
    assert!(fills.values().any(|count| *count > 2));
    // A sale of 30 % of what was bought.
    let sharps = wallets(&world, Kind::Sharp);
    let partial = sharps.iter().flat_map(|wallet| {
        let rows = world.activity_of(wallet);
        let mut bought: HashMap<Arc<str>, f64> = HashMap::new();
        let mut sold: HashMap<(Arc<str>, Arc<str>), f64> = HashMap::new();
        for row in rows {
            match row.side {
                Some(Side::Buy) => *bought.entry(row.token.clone()).or_default() += row.size,
                Some(Side::Sell) => *sold.entry((row.token.clone(), row.transaction.clone())).or_default() += row.size,
                None => {}
            }
        }
        sold.into_iter().map(move |((token, _), size)| size / bought[&token]).collect::<Vec<_>>()
    });
    assert!(partial.into_iter().filter(|share| (share - 0.3).abs() < 0.005).count() > 3);
}

#[test]
fn the_same_seed_gives_the_same_traders_whenever_they_are_asked() {
    let later = start() + TimeDelta::days(4);
    let picture = |seed, stops: &[i64]| {
        let (world, clock) = simulated(seed);
        for hours in stops {
            clock.advance_to(start() + TimeDelta::hours(*hours));
            for trader in world.traders() {
                let _ = world.activity_of(&trader.wallet);
            }
        }
        clock.advance_to(later);
        let all = world.traders().into_iter().map(|trader| (world.activity_of(&trader.wallet), trader));
        all.collect::<Vec<_>>()
    };
    let once = picture(6, &[]);
    assert_eq!(once, picture(6, &[1, 30, 31, 70]));
    assert_ne!(once, picture(7, &[]));
    // What was told stays told: the past only grows.
    let (world, clock) = simulated(6);
    let wallet = &once[0].1.wallet;
    let early = world.activity_of(wallet);
    clock.advance_to(later);
    let late = world.activity_of(wallet);
    assert_eq!(late[..early.len()], early);
    assert!(late.len() > early.len());
}

#[test]
fn the_ask_firms_by_two_cents_within_five_seconds_of_a_sharps_purchase() {
    let (world, clock) = simulated(8);
    clock.advance_to(start() + TimeDelta::days(5));
    let mut bought: Vec<Arc<Deed>> =
        wallets(&world, Kind::Sharp).iter().flat_map(|wallet| world.activity_of(wallet)).collect();
    bought
        .retain(|row| row.at_s > start().timestamp() && row.side == Some(Side::Buy) && (0.1..0.9).contains(&row.price));
    bought.sort_by_key(|row| row.at_s);
    bought.dedup_by(|a, b| a.transaction == b.transaction);
    let make = |traders: bool| {
        let clock = Clock::manual(start());
        let config = WorldConfig::new(8, start(), clock.clone()).with_markets(100);
        (World::simulated(if traders { config } else { config.without_traders() }), clock)
    };
    let (with, without) = (make(true), make(false));
    let ask = |(world, clock): &(Arc<World>, Clock), row: &Deed| {
        clock.advance_to(DateTime::from_timestamp(row.at_s + 5, 0).unwrap());
        let view = world.view();
        let (listing, outcome) = view.by_token(&row.token)?;
        let style = listing.book == BookStyle::Normal;
        let seen = view.snapshot(listing);
        let price = if outcome == Outcome::Yes { seen.best_ask } else { seen.best_bid.complement() };
        style.then_some(price.micros())
    };
    let firmed: Vec<i64> = bought.iter().filter_map(|row| Some(ask(&with, row)? - ask(&without, row)?)).collect();
    let right = firmed.iter().filter(|micros| (15_000..=20_000).contains(*micros)).count();
    eprintln!("{right} of {} within 1.5 to 2 cents: {firmed:?}", firmed.len());
    assert!(firmed.len() > 15);
    // The others met another sharp, or are purchases of the other outcome, which move nothing.
    assert!(right * 10 >= firmed.len() * 8);
}
