//! Facts of the pages.

use super::*;

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
