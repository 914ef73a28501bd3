//! A small fixed world: one market in every state the views can show.

use chrono::{DateTime, TimeDelta, Utc};
use dialogues::Role;
use dialogues::facts::*;
use dialogues::screen::Screen;
use engine_core::book::Level;
use engine_core::calibration::{Calibration, Curve, Lesson, Method, Trial};
use engine_core::engines::Engines;
use engine_core::fee::{FeeModel, FeeRule};
use engine_core::fill::Fill;
use engine_core::gate::{Gate, GateRecord};
use engine_core::market::{ConditionId, MarketGroupId, MarketId, Outcome, OutcomeToken, Side};
use engine_core::model::{ModelCard, ModelStatus};
use engine_core::notice::*;
use engine_core::position::{Position, PositionStatus};
use engine_core::prediction::{Prediction, SignalSource};
use engine_core::probability::Probability;

use engine_core::scoring::{Duel, DuelVerdict, Verdict};
use engine_core::signal::{BookPlan, Candidate, Decision, SignalStatus};
use engine_core::strategy::{BookId, BookMode};

pub(crate) const OWNER: i64 = 100;
pub(crate) const VIEWER: i64 = 200;
pub(crate) const STRANGER: i64 = 300;

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-23T12:03:07Z".parse().unwrap()
}

pub(crate) fn seconds(n: i64) -> TimeDelta {
    TimeDelta::seconds(n)
}

pub(crate) fn reader() -> Reader {
    Reader { user: Some(OWNER), role: Role::Owner, engines: Engines::Both, now: now() }
}

pub(crate) fn passed(gate: Gate, reason: &str) -> GateRecord {
    GateRecord { gate, passed: true, measured: None, limit: None, reason: reason.to_owned() }
}

pub(crate) fn failed(gate: Gate, reason: &str) -> GateRecord {
    GateRecord { passed: false, ..passed(gate, reason) }
}

fn level(price: &str, shares: &str) -> Level {
    Level { price: price.parse().unwrap(), shares: shares.parse().unwrap() }
}

fn takes(book: &str, stake: &str, shares: &str, fee: &str) -> BookPlan {
    BookPlan {
        book: BookId::new(book),
        stake: stake.parse().unwrap(),
        shares: shares.parse().unwrap(),
        vwap: "0.382".parse().unwrap(),
        fee: fee.parse().unwrap(),
        levels: vec![level("0.38", "20"), level("0.386", "10.4")],
        edge: 0.062,
        trace: vec![passed(Gate::MinEdge, "edge at its stake 6.2 % at least 5.0 %")],
        stopped_at: None,
    }
}

pub(crate) fn decision() -> Decision {
    let stopped = BookPlan {
        stake: "0".parse().unwrap(),
        shares: "0".parse().unwrap(),
        fee: "0".parse().unwrap(),
        levels: Vec::new(),
        trace: vec![
            passed(Gate::OpenPosition, "nothing open in the event"),
            failed(Gate::MinEdge, "edge at its stake 6.2 % below 8.0 %"),
        ],
        stopped_at: Some(Gate::MinEdge),
        ..takes("conservative", "0", "0", "0")
    };
    Decision {
        at: now() - seconds(3),
        source: SignalSource::Ensemble,
        model_version: Some("v1".to_owned()),
        market_id: MarketId::new("512340"),
        condition_id: ConditionId::new(format!("0x{}", "ab".repeat(32))),
        group_id: MarketGroupId::new("9001"),
        question: "Will the Fed cut rates in December?".to_owned(),
        path: "event/fed-decision/fed-cut-december".to_owned(),
        category: Some("economy".to_owned()),
        end_at: Some(now() + seconds(449_280)),
        yes_bid: Some("0.619".parse().unwrap()),
        yes_ask: Some("0.623".parse().unwrap()),
        mid: Some(0.621),
        prediction: Some(Prediction {
            probability: Probability::new(0.40).unwrap(),
            learners: vec![0.37, 0.43, 0.40, 0.39, 0.41],
            confidence: 0.68,
        }),
        posterior: Probability::new(0.551),
        calibrated: None,
        copied: None,
        candidate: Some(Candidate {
            outcome: Outcome::No,
            token: OutcomeToken::new("222"),
            outcome_label: "No".to_owned(),
            win_probability: Probability::new(0.449).unwrap(),
            best_ask: "0.38".parse().unwrap(),
            ask_vwap: 0.3775,
            cost: 0.387,
            edge: 0.062,
            effective_edge: 0.042,
            kelly: 0.101,
            depth: "812.4".parse().unwrap(),
        }),
        fee: FeeModel { rule: FeeRule::Schedule { rate_micros: 40_000, exponent: 1 }, fallback_micros: 20_000 },
        trace: vec![
            passed(Gate::Binary, "two outcomes"),
            passed(Gate::Volume, "volume $48210 at least $1000"),
            passed(Gate::BookDepth, "depth of No asks $812 at least $200"),
            passed(Gate::EffectiveEdge, "No edge 6.2 % after costs, effective 4.2 % at least 2.0 %"),
        ],
        stopped_at: None,
        plans: vec![takes("aggressive", "11.62", "30.4", "0.28"), takes("balanced", "5.81", "15.2", "0.15"), stopped],
    }
}

/// A market that was scored and turned down.
pub(crate) fn rejected() -> Decision {
    Decision {
        trace: vec![
            passed(Gate::Binary, "two outcomes"),
            failed(Gate::EffectiveEdge, "No edge 1.1 % after costs, effective 0.7 % below 2.0 %"),
        ],
        stopped_at: Some(Gate::EffectiveEdge),
        plans: Vec::new(),
        ..decision()
    }
}

pub(crate) fn fill(shares: &str, notional: &str, fee: &str) -> Fill {
    Fill {
        token: OutcomeToken::new("222"),
        side: Side::Buy,
        shares: shares.parse().unwrap(),
        vwap: "0.382".parse().unwrap(),
        notional: notional.parse().unwrap(),
        fee: fee.parse().unwrap(),
        fee_rate: 0.04,
        fee_formula: "0.04 × p(1−p) a share".to_owned(),
        mid: Some(0.379),
        book_hash: Some("c0ffee".to_owned()),
        book_at: now() + seconds(153) - TimeDelta::milliseconds(300),
        levels: vec![level("0.38", "20"), level("0.386", "10.4")],
        decided_at: now(),
        filled_at: now() + seconds(153),
    }
}

pub(crate) fn position(id: i64, book: &str, shares: &str, stake: &str, fee: &str) -> Position {
    let decision = decision();
    Position {
        id,
        book: BookId::new(book),
        source: SignalSource::Ensemble,
        market_id: decision.market_id,
        condition_id: decision.condition_id,
        group_id: decision.group_id,
        question: decision.question,
        path: decision.path,
        token: OutcomeToken::new("222"),
        outcome: Outcome::No,
        outcome_label: "No".to_owned(),
        shares: shares.parse().unwrap(),
        shares_bought: shares.parse().unwrap(),
        cost: stake.parse().unwrap(),
        stake: stake.parse().unwrap(),
        fee: fee.parse().unwrap(),
        status: PositionStatus::Open,
        realized_pnl: -fee.parse::<engine_core::money::Usd>().unwrap(),
        opened_at: now() - seconds(7_200),
        closed_at: None,
        end_at: Some(now() + seconds(449_280)),
        signal_id: Some(12),
        trader: None,
    }
}

pub(crate) fn bets() -> Vec<PlacedBet> {
    vec![
        PlacedBet { position: position(7, "aggressive", "30.4", "11.62", "0.28"), fill: fill("30.4", "11.62", "0.28") },
        PlacedBet { position: position(8, "balanced", "15.2", "5.81", "0.15"), fill: fill("15.2", "5.81", "0.15") },
    ]
}

pub(crate) fn card(status: SignalStatus) -> SignalCard {
    let you = DecidedBy::Person { user_id: OWNER, name: "Ann".to_owned() };
    let (decided_by, bets) = match status {
        SignalStatus::Pending => (None, Vec::new()),
        SignalStatus::Approved => (Some(you), bets()),
        SignalStatus::Skipped => (Some(you), Vec::new()),
        SignalStatus::Expired => (Some(DecidedBy::Timeout), Vec::new()),
        SignalStatus::Auto => (Some(DecidedBy::Auto), bets()),
    };
    SignalCard {
        signal_id: 12,
        decision: decision(),
        status,
        expires_at: now() + seconds(840),
        decided_at: decided_by.as_ref().map(|_| now() + seconds(154)),
        decided_by,
        bets,
        half: false,
    }
}

pub(crate) fn reports() -> Vec<BookReport> {
    let report = |book: &str, cash: &str, invested: &str, open, pnl: &str, wins, losses| BookReport {
        book: BookId::new(book),
        mode: BookMode::Approve,
        cash: cash.parse().unwrap(),
        invested: invested.parse().unwrap(),
        capital: "300".parse().unwrap(),
        open,
        pnl_today: pnl.parse().unwrap(),
        pnl_week: pnl.parse().unwrap(),
        pnl_all: pnl.parse().unwrap(),
        fees: "1.04".parse().unwrap(),
        record: WinLoss { wins, losses },
    };
    vec![
        report("aggressive", "1204.6", "11.62", 1, "27.74", 3, 1),
        report("balanced", "294.04", "5.81", 1, "-3.104", 1, 1),
        report("conservative", "300", "0", 0, "0", 0, 0),
    ]
}

pub(crate) fn scan() -> ScanSummary {
    let step = |gate: &str, entered, passed| FunnelStep { gate: gate.to_owned(), entered, passed };
    ScanSummary {
        at: Some(now() - seconds(41)),
        fetched: 312,
        scored: 133,
        signals: 3,
        bets: 0,
        skipped: vec![("missing_tokens".to_owned(), 4)],
        funnel: vec![
            step("fetched", 312, 312),
            step("binary", 312, 312),
            step("price_range", 312, 240),
            step("sports", 240, 191),
            step("book_depth", 191, 133),
            step("effective_edge", 133, 21),
            step("yes_block", 21, 9),
            step("kelly_size", 9, 6),
            step("min_edge", 6, 3),
            step("signals", 3, 3),
        ],
        took_ms: 4_210,
    }
}

pub(crate) fn score() -> ScoreSummary {
    ScoreSummary {
        source: "ensemble".to_owned(),
        n: 212,
        events: 174,
        brier_model: 0.171,
        brier_market: 0.169,
        skill: -0.012,
        skill_ci95: [-0.040, 0.017],
        verdict: "not proven".to_owned(),
        events_needed: None,
    }
}

pub(crate) fn performance() -> Performance {
    Performance {
        pnl: "24.64".parse().unwrap(),
        staked: "61.2".parse().unwrap(),
        wins: 4,
        losses: 2,
        gross_profit: "36.1".parse().unwrap(),
        gross_loss: "11.46".parse().unwrap(),
        max_drawdown: Some(0.031),
        fees: "2.08".parse().unwrap(),
        exposure: "17.43".parse().unwrap(),
        equity: "924.64".parse().unwrap(),
        open: 2,
    }
}

/// A calibration with so many resolved forecasts and events, the gain of its trial, and whether the curve is in use.
pub(crate) fn calibration(rows: u64, events: u64, gain: Option<f64>, on: bool) -> SourceCalibration {
    let trial = gain.map(|gain| Trial {
        method: Method::Platt,
        n: 1_640,
        events: 310,
        brier_before: 0.171,
        brier_after: 0.171 * (1.0 - gain),
        gain,
        gain_ci95: [gain - 0.009, gain + 0.009],
        verdict: if on { Verdict::Proven } else { Verdict::NotProven },
    });
    let curve = on.then_some(Curve::Platt { intercept: 0.0, slope: 0.8 });
    SourceCalibration {
        source: "ensemble".to_owned(),
        calibration: Calibration {
            lesson: Lesson { rows, events, trial, curve },
            since: on.then(|| now() - seconds(3 * 86_400)),
        },
    }
}

pub(crate) fn brier() -> BrierFacts {
    let slice = |label: &str, n, brier_model, brier_market| ScoreSlice {
        label: label.to_owned(),
        n,
        brier_model,
        brier_market,
    };
    BrierFacts {
        scores: vec![score()],
        by_horizon: vec![slice("0-1d", 80, 0.141, 0.139), slice("1-3d", 132, 0.189, 0.187)],
        by_category: vec![slice("economy", 212, 0.171, 0.169)],
        by_price: vec![slice("10-30%", 90, 0.121, 0.120), slice("50-70%", 122, 0.208, 0.205)],
        calibration: vec![calibration(212, 74, None, false)],
        bins: vec![
            CalibrationBin { n: 90, forecast: 0.22, observed: 0.19 },
            CalibrationBin { n: 122, forecast: 0.71, observed: 0.74 },
        ],
        waiting: 1_904,
    }
}

pub(crate) fn health() -> HealthFacts {
    let host = |name: &str, requests, errors| HostHealth {
        name: name.to_owned(),
        last_ok: Some(now() - seconds(41)),
        requests,
        errors,
    };
    HealthFacts {
        version: "0.1.0".to_owned(),
        started_at: now() - seconds(11_000),
        loops: vec![
            LoopHealth {
                name: "scan".to_owned(),
                last_ok: Some(now() - seconds(41)),
                runs: 18,
                errors: 0,
                failing: None,
            },
            LoopHealth {
                name: "housekeeping".to_owned(),
                last_ok: None,
                runs: 1,
                errors: 1,
                failing: Some("data-api: <429> after 5 tries".to_owned()),
            },
        ],
        hosts: vec![host("Gamma", 118, 0), host("CLOB", 2_310, 3)],
        model: Ok(ModelHealth { version: "v1".to_owned(), created_at: Some(now() - seconds(260_000)) }),
        retraining: retraining(),
        last_duel: Some(model_card(ModelStatus::Candidate)),
        database: "SQLite".to_owned(),
        outbox_pending: 1,
        outbox_oldest: Some(now() - seconds(2)),
        skipped: vec![("missing_tokens".to_owned(), 4), ("unknown_enum".to_owned(), 1)],
        book_faults: vec![("crossed".to_owned(), 2)],
    }
}

pub(crate) fn retraining() -> Retraining {
    Retraining { every_hours: 24.0, trainer: true, due_at: Some(now() + seconds(7_200)), trouble: None }
}

pub(crate) fn model_duel() -> Duel {
    Duel {
        n: 4_812,
        events: 214,
        brier_champion: 0.1745,
        brier_challenger: 0.1712,
        brier_market: 0.175,
        difference: 0.0033,
        difference_ci95: Some([0.0004, 0.0062]),
        verdict: DuelVerdict::Better,
    }
}

/// A version that beat the one in use; whatever its status, the figures are the same.
pub(crate) fn model_card(status: ModelStatus) -> ModelCard {
    let serves = status == ModelStatus::Champion;
    ModelCard {
        id: 2,
        version: "v5-2026-11-20-0badcafe".to_owned(),
        status,
        trained_at: Some(now() - seconds(5_400)),
        added_at: now() - seconds(600),
        rival: Some("v5-2026-04-10-772d58c3".to_owned()),
        duel: Some(model_duel()),
        reason: None,
        decided_by: serves.then_some(DecidedBy::Auto),
        decided_at: serves.then(|| now() - seconds(600)),
        serving: Some(if serves { "v5-2026-11-20-0badcafe" } else { "v5-2026-04-10-772d58c3" }.to_owned()),
        previous: serves.then(|| "v5-2026-04-10-772d58c3".to_owned()),
    }
}

pub(crate) fn models() -> ModelsFacts {
    let old = ModelCard {
        id: 1,
        version: "v5-2026-04-10-772d58c3".to_owned(),
        rival: None,
        duel: None,
        ..model_card(ModelStatus::Retired)
    };
    let champion = model_card(ModelStatus::Champion);
    ModelsFacts {
        serving: Ok(ModelHealth { version: champion.version.clone(), created_at: champion.trained_at }),
        retraining: retraining(),
        recent: vec![champion.clone(), old],
        champion: Some(champion),
    }
}

pub(crate) fn features() -> Vec<f64> {
    let mut features = vec![0.0; 29];
    for (index, value) in [(0, 0.621), (1, 0.004), (2, -0.031), (3, 0.012), (4, 0.44), (5, 10.783), (9, 0.02)] {
        features[index] = value;
    }
    features
}

pub(crate) fn modes() -> ModesFacts {
    ModesFacts {
        books: vec![
            (BookId::new("aggressive"), BookMode::Auto),
            (BookId::new("balanced"), BookMode::Approve),
            (BookId::new("conservative"), BookMode::Paused),
        ],
    }
}

/// The facts of any screen in this world.
pub(crate) fn facts(screen: &Screen) -> Facts {
    if let Some(facts) = crate::copy_world::facts(screen) {
        return facts;
    }
    match screen {
        Screen::Home => Facts::Home(HomeFacts {
            books: reports(),
            last_scan: Some(scan()),
            model: Ok("v1".to_owned()),
            pending: 1,
            note: None,
        }),
        Screen::Signals => Facts::Signals(SignalsFacts {
            pending: vec![card(SignalStatus::Pending)],
            recent: vec![card(SignalStatus::Skipped)],
        }),
        Screen::Signal { id: 12 } => Facts::Signal(Box::new(card(SignalStatus::Pending))),
        Screen::SignalWhy { id: 12 } => {
            Facts::SignalWhy(Box::new(SignalWhyFacts { card: card(SignalStatus::Pending), features: Some(features()) }))
        }
        Screen::SignalChart { id: 12 } => Facts::SignalChart(Box::new(card(SignalStatus::Pending))),
        Screen::Signal { id } | Screen::SignalWhy { id } | Screen::SignalChart { id } => {
            Facts::Missing(format!("signal {id}"))
        }
        Screen::Open { page } => Facts::Open(OpenFacts {
            positions: vec![
                OpenPosition::value(
                    position(7, "aggressive", "30.4", "11.62", "0.28"),
                    Some("0.445".parse().unwrap()),
                    Some(0.45),
                    Some(now() - seconds(4)),
                ),
                OpenPosition::value(position(8, "balanced", "15.2", "5.81", "0.15"), None, None, None),
            ],
            page: *page,
            pages: 2,
            total: 7,
            invested: "68.1".parse().unwrap(),
        }),
        Screen::ClosePreview { position: id } => Facts::ClosePreview(Box::new(ClosePreviewFacts {
            position: position(*id, "aggressive", "30.4", "11.62", "0.28"),
            preview: Ok(ClosePreview {
                fill: Fill {
                    side: Side::Sell,
                    vwap: "0.445".parse().unwrap(),
                    notional: "13.53".parse().unwrap(),
                    mid: Some(0.45),
                    ..fill("30.4", "13.53", "0.3")
                },
                pnl: "1.33".parse().unwrap(),
            }),
        })),
        Screen::PositionWhy { position: id } => Facts::PositionWhy(Box::new(PositionWhyFacts {
            position: position(*id, "aggressive", "30.4", "11.62", "0.28"),
            decision: Some(decision()),
            fills: vec![fill("30.4", "11.62", "0.28")],
        })),
        Screen::PositionChart { position: id } => {
            Facts::PositionChart(Box::new(position(*id, "aggressive", "30.4", "11.62", "0.28")))
        }
        Screen::Stats { book, period } => Facts::Stats(StatsFacts {
            book: book.clone(),
            period: *period,
            chosen: performance(),
            books: vec![
                (BookId::new("aggressive"), performance()),
                (BookId::new("conservative"), Performance::default()),
            ],
        }),
        Screen::EquityChart => Facts::EquityChart(reports()),
        Screen::Brier => Facts::Brier(brier()),
        Screen::ReliabilityChart => Facts::ReliabilityChart(brier()),
        Screen::Why { query: None } => Facts::Why(WhyFacts { funnel: scan().funnel, scans: 72, signals: 3, bets: 1 }),
        Screen::Why { query: Some(query) } => {
            let found =
                if query.contains("fed") { MarketFound::One(Box::new(rejected())) } else { MarketFound::Nothing };
            Facts::MarketWhy(Box::new(MarketWhyFacts { query: query.clone(), found }))
        }
        Screen::Modes => Facts::Modes(modes()),
        Screen::PauseAll => Facts::PauseAll(modes()),
        Screen::Models => Facts::Models(models()),
        Screen::Model { id: 2 } => Facts::Model(Box::new(model_card(ModelStatus::Champion))),
        Screen::Model { id } => Facts::Missing(format!("model {id}")),
        Screen::Health => Facts::Health(health()),
        Screen::Help => Facts::Help,
        Screen::Leaderboard { .. }
        | Screen::Trader { .. }
        | Screen::TraderChart { .. }
        | Screen::FindTrader { .. }
        | Screen::Traders { .. }
        | Screen::Followed { .. }
        | Screen::Follow { .. }
        | Screen::UnfollowWhom { .. }
        | Screen::Unfollow { .. }
        | Screen::StageAsk { .. }
        | Screen::Copy => unreachable!("copy trading has a world of its own"),
    }
}
