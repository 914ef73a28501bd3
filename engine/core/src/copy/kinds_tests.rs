//! Traders of a known kind, made by seeded chance: does the report tell them apart, and how often?

use super::activity::{Activity, ActivityId, ActivityKind, Trade, Wallet};
use super::follower::Tape;
use super::order::{Action, actions};
use super::payouts::Payouts;
use super::report::{TraderRecord, TraderReport, trader_report};
use super::samples::at;
use super::verdict::{CopyVerdict, Judged, Reason, verdicts};
use crate::chance::SplitMix64;
use crate::fee::{FeeModel, FeeRule};
use crate::market::{ConditionId, Outcome, OutcomeToken, Side};
use crate::money::{Price, Shares, Usd};

const FEE: FeeModel = FeeModel { rule: FeeRule::Schedule { rate_micros: 50_000, exponent: 1 }, fallback_micros: 0 };
const DAY: i64 = 86_400;

/// A world of markets in which traders act. Each market is an event of its own.
struct World {
    chance: SplitMix64,
    payouts: Payouts,
    rows: Vec<Activity>,
    wallet: Wallet,
    name: String,
    count: u32,
}

struct Place {
    condition: ConditionId,
    tokens: [OutcomeToken; 2],
    starts: i64,
}

impl World {
    fn new(seed: u64, name: &str) -> Self {
        let wallet = Wallet::parse(&format!("0x{seed:040x}")).unwrap();
        let (payouts, rows, name) = (Payouts::default(), Vec::new(), name.to_owned());
        Self { chance: SplitMix64::new(seed), payouts, rows, wallet, name, count: 0 }
    }

    /// A market that ends Yes with that probability.
    fn market(&mut self, probability: f64) -> Place {
        self.count += 1;
        let name = format!("{}-{}", self.name, self.count);
        let tokens = ["y", "n"].map(|side| OutcomeToken::new(format!("{name}{side}")));
        let yes = f64::from(u8::from(self.chance.unit() < probability));
        self.payouts.set(&tokens[0], yes);
        self.payouts.set(&tokens[1], 1.0 - yes);
        Place { condition: ConditionId::new(name), tokens, starts: i64::from(self.count) * DAY / 4 }
    }

    fn act(&mut self, place: &Place, after: i64, kind: ActivityKind) {
        let transaction = format!("{}-{}", place.condition, self.rows.len());
        self.rows.push(Activity {
            id: ActivityId { transaction, subject: kind.subject().to_owned(), log: 0 },
            wallet: self.wallet.clone(),
            at: at(place.starts + after),
            group: Some(place.condition.as_str().to_owned()),
            title: "Will it happen?".to_owned(),
            kind,
        });
    }

    fn trade(&mut self, place: &Place, after: i64, outcome: Outcome, side: Side, shares: f64, price: f64) {
        let trade = Trade {
            condition: place.condition.clone(),
            token: place.tokens[outcome.index()].clone(),
            outcome: Some(outcome),
            side,
            shares: Shares::from_f64(shares).unwrap(),
            price: Price::from_f64((price * 1000.0).round() / 1000.0).unwrap(),
            fee: Usd::ZERO,
        };
        self.act(place, after, ActivityKind::Trade(trade));
    }

    fn report(self) -> TraderReport {
        let actions: Vec<Action> = actions(self.rows);
        let tape = Tape::new(&actions);
        let record =
            TraderRecord { wallet: &self.wallet, actions: &actions, payouts: &self.payouts, tape: &tape, fee: &FEE };
        trader_report(&record)
    }
}

/// Buys and holds, with that many points of edge at his own price.
fn holder(seed: u64, name: &str, events: u32, edge: f64) -> TraderReport {
    let mut world = World::new(seed, name);
    for _ in 0..events {
        let price = 0.25 + 0.5 * world.chance.unit();
        let yes = world.chance.unit() < 0.5;
        let (outcome, probability) = if yes { (Outcome::Yes, price + edge) } else { (Outcome::No, 1.0 - price - edge) };
        let place = world.market(probability);
        let shares = 50.0 + 450.0 * world.chance.unit();
        world.trade(&place, 0, outcome, Side::Buy, shares, price);
    }
    world.report()
}

/// No edge, sixty events, and the one of twenty such who happened to win most.
fn lucky(seed: u64) -> TraderReport {
    let one = |place| holder(seed * 1000 + place, "lucky", 60, 0.0);
    (0..20).map(one).max_by(|a, b| a.roi.total_cmp(&b.roi)).unwrap()
}

fn market_maker(seed: u64) -> TraderReport {
    let mut world = World::new(seed, "maker");
    for _ in 0..60 {
        let mid = 0.3 + 0.4 * world.chance.unit();
        let place = world.market(mid);
        for turn in 0..20 {
            let half = 0.01;
            let (outcome, price) =
                if world.chance.unit() < 0.5 { (Outcome::Yes, mid - half) } else { (Outcome::No, 1.0 - mid - half) };
            world.trade(&place, turn * 60, outcome, Side::Buy, 100.0, price);
        }
        let shares = Shares::from_f64(700.0).unwrap();
        world.act(&place, 2_000, ActivityKind::Merge { condition: place.condition.clone(), shares });
    }
    world.report()
}

fn farmer(seed: u64) -> TraderReport {
    let mut world = World::new(seed, "farmer");
    for _ in 0..200 {
        let price = 0.96 + 0.03 * world.chance.unit();
        let place = world.market(price);
        world.trade(&place, 0, Outcome::Yes, Side::Buy, 1_000.0, price);
    }
    world.report()
}

/// Buys a thin book up, and sells to who followed, two minutes later.
fn baiter(seed: u64) -> TraderReport {
    let mut world = World::new(seed, "baiter");
    for _ in 0..100 {
        let price = 0.2 + 0.5 * world.chance.unit();
        let place = world.market(price);
        world.trade(&place, 0, Outcome::Yes, Side::Buy, 300.0, price);
        let sold = price + 0.02 + 0.02 * world.chance.unit();
        world.trade(&place, 120, Outcome::Yes, Side::Sell, 300.0, sold);
    }
    world.report()
}

/// One of each kind and thirty who flip coins, judged together: the leaderboard of a seed.
fn leaderboard(seed: u64) -> Vec<Judged> {
    let mut reports =
        vec![holder(seed, "sharp", 800, 0.12), lucky(seed), market_maker(seed), farmer(seed), baiter(seed)];
    reports.extend((0..30).map(|n| holder(7_000_000 + seed * 100 + n, "coin", 150, 0.0)));
    verdicts(&reports)
}

#[test]
fn the_report_tells_the_kinds_apart() {
    const SEEDS: u64 = 20;
    let (mut sharp, mut lucky, mut coins) = (0, 0, 0);
    for seed in 1..=SEEDS {
        let judged = leaderboard(seed);
        let [sharp_one, lucky_one, maker, farmer, baiter, coin @ ..] = judged.as_slice() else { panic!() };
        sharp += u64::from(sharp_one.verdict == CopyVerdict::Copyable);
        lucky += u64::from(lucky_one.verdict == CopyVerdict::Copyable);
        coins += coin.iter().filter(|one| one.verdict == CopyVerdict::Copyable).count();
        let by = |judged: &Judged, wanted: fn(&Reason) -> bool| {
            assert_eq!(judged.verdict, CopyVerdict::DoNot, "{judged:?}");
            assert!(judged.reasons.iter().any(wanted), "{judged:?}");
        };
        by(maker, |reason| matches!(reason, Reason::MarketMakerTurns(_) | Reason::MarketMakerBothSides(_)));
        by(farmer, |reason| matches!(reason, Reason::FarmerExtremePrices(_)));
        by(baiter, |reason| matches!(reason, Reason::LeavesTooFast(_)));
        assert_ne!(sharp_one.verdict, CopyVerdict::DoNot, "{sharp_one:?}");
    }
    // Stated rates: a sharp of 12 points with 800 events (9 after costs) is found nine times in ten; nobody is called copyable for luck in
    // more than one of twenty; coin-flippers in less than one of a hundred.
    assert!(sharp * 10 >= SEEDS * 9, "{sharp} of {SEEDS} sharps found");
    assert!(lucky * 20 <= SEEDS, "{lucky} of {SEEDS} lucky ones called copyable");
    assert!(coins * 100 <= usize::try_from(SEEDS).unwrap() * 30, "{coins} coin-flippers called copyable");
}

#[test]
fn the_figures_of_a_report_add_up() {
    let report = holder(5, "one", 300, 0.10);
    assert_eq!((report.markets, report.closed, report.events), (300, 300, 300));
    assert!((report.coverage - 1.0).abs() < 1e-12);
    assert!((report.roi - report.realized_pnl / report.spent).abs() < 1e-12);
    let [first, second] = report.halves;
    assert_eq!((first.markets, second.markets), (150, 150));
    assert!((first.pnl + second.pnl - report.realized_pnl).abs() < 1e-6);
    let [low, high] = report.win_rate_ci95.unwrap();
    assert!(low < report.wins as f64 / 300.0 && high > report.wins as f64 / 300.0);
    assert!((report.mix.sports + report.mix.crypto + report.mix.other - 1.0).abs() < 1e-9);
    assert!(report.concentration.hhi > 1.0 / 300.0 && report.concentration.largest_share < 0.1);
    // Later is never cheaper, and every follower gives up more than the trader's own edge.
    let [soon, later, last] = report.followers.map(Option::unwrap);
    assert!(soon.edge > later.edge && later.edge >= last.edge - 1e-12);
    let measured = report.measured.unwrap();
    assert!(measured.mean > soon.edge && (measured.mean - 0.10).abs() < 3.0 * measured.standard_error);
    let shrunk = report.shrunk_edge(&super::edge::EdgePrior::sceptical());
    assert!(shrunk.edge > 0.0 && shrunk.edge < measured.mean);
    let nobody = World::new(1, "nobody").report();
    assert_eq!(verdicts(std::slice::from_ref(&nobody))[0].verdict, CopyVerdict::CannotTell);
    assert_eq!((nobody.coverage, nobody.measured), (0.0, None));
}
