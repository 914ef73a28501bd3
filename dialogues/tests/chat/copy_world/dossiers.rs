//! What is known of traders: reports of every kind.

use super::*;

pub(crate) fn report() -> TraderReport {
    let follower = |place: usize, roi: f64, edge: f64| {
        Some(FollowerResult {
            delay: DELAYS[place],
            trades: 180,
            events: 61,
            pnl: 180.0 * roi,
            roi,
            edge,
            p_value: 0.124,
            p_loss: 0.876,
        })
    };
    let half = |pnl, roi, follower_edge| Half { markets: 107, pnl, roi, follower_edge };
    TraderReport {
        wallet: wallet(ANN),
        markets: 310,
        closed: 214,
        events: 96,
        coverage: 0.91,
        realized_pnl: 12_400.0,
        spent: 151_000.0,
        roi: 0.082,
        wins: 124,
        win_rate_ci95: Some([0.512, 0.644]),
        halves: [half(8_000.0, 0.101, 0.031), half(4_400.0, 0.06, -0.012)],
        holding_days: 2.4,
        behaviour: Behaviour {
            orders: 812,
            volume: 301_000.0,
            turnover: 3.2,
            reversal_share: 0.03,
            both_sides_share: 0.12,
            extreme_price_share: 0.08,
            mint_ratio: 0.02,
            rewards: 0.0,
            days: 190.0,
        },
        mix: CategoryMix { sports: 0.4, crypto: 0.12, other: 0.48 },
        concentration: Concentration { largest_share: 0.22, hhi: 0.08 },
        followers: [follower(0, 0.031, 0.016), follower(1, 0.022, 0.011), follower(2, 0.018, 0.009)],
        quick_exit_share: 0.06,
        measured: Some(MeasuredEdge { events: 61, mean: 0.041, standard_error: 0.019, price_variance: 0.22 }),
    }
}

pub(crate) fn dossier() -> Dossier {
    let point = |days: i64, his: f64, ours: f64| CurvePoint { at: now() - seconds(days * 86_400), his, ours };
    Dossier {
        trader: trader(ANN),
        at: now() - seconds(10_800),
        report: report(),
        judged: Judged {
            verdict: CopyVerdict::CannotTell,
            reasons: vec![Reason::NotSignificant(0.124), Reason::NotPersistent(-0.012)],
        },
        looked_at: 35,
        edge: ShrunkEdge { edge: 0.008, kept: 0.19, price_variance: 0.22 },
        curve: vec![point(90, 0.0, 0.0), point(2, 0.082, 0.018)],
        rows: 1_250,
        oldest: Some("2026-05-03T00:00:00Z".parse().unwrap()),
        cut: true,
        portfolio: Some(48_200.0),
    }
}

/// A dossier with nothing in it.
pub(crate) fn empty_dossier() -> Dossier {
    let zero = Half::default();
    let report = TraderReport {
        markets: 0,
        closed: 0,
        events: 0,
        coverage: 0.0,
        realized_pnl: 0.0,
        spent: 0.0,
        roi: 0.0,
        wins: 0,
        win_rate_ci95: None,
        halves: [zero, zero],
        holding_days: 0.0,
        behaviour: Behaviour::default(),
        mix: CategoryMix::default(),
        concentration: Concentration::default(),
        followers: [None, None, None],
        quick_exit_share: 0.0,
        measured: None,
        ..report()
    };
    Dossier {
        report,
        judged: Judged { verdict: CopyVerdict::CannotTell, reasons: vec![Reason::FewEvents(0)] },
        looked_at: 1,
        edge: ShrunkEdge::NONE,
        curve: Vec::new(),
        rows: 0,
        oldest: None,
        cut: false,
        portfolio: None,
        ..dossier()
    }
}

/// A dossier of figures as large as they come.
pub(crate) fn huge_dossier() -> Dossier {
    let half = Half { markets: 4_000_000, pnl: -2.0e12, roi: -123.456, follower_edge: -0.99 };
    let follower = |place: usize| {
        Some(FollowerResult {
            delay: DELAYS[place],
            trades: 123_456_789,
            events: 98_765_432,
            pnl: 1e12,
            roi: 1_234.567,
            edge: 0.987,
            p_value: 0.0,
            p_loss: 1.0,
        })
    };
    let report = TraderReport {
        markets: 987_654_321,
        closed: 876_543_210,
        realized_pnl: -9.876e14,
        spent: 1e15,
        roi: -98_765.4,
        halves: [half, half],
        holding_days: 123_456.7,
        behaviour: Behaviour {
            orders: u64::MAX,
            volume: 9.9e15,
            turnover: 1e9,
            reversal_share: 1.0,
            both_sides_share: 1.0,
            extreme_price_share: 1.0,
            mint_ratio: 1e9,
            rewards: 1e12,
            days: 99_999.0,
        },
        followers: [follower(0), follower(1), follower(2)],
        ..report()
    };
    let reasons = vec![
        Reason::MarketMakerTurns(1.0),
        Reason::MarketMakerBothSides(1.0),
        Reason::FarmerExtremePrices(1.0),
        Reason::FarmerMints(1e9),
        Reason::FarmerChurns(1e9),
        Reason::LeavesTooFast(1.0),
        Reason::FollowerLoses(0.0),
    ];
    let judged = Judged { verdict: CopyVerdict::DoNot, reasons };
    Dossier { report, judged, rows: u64::MAX, looked_at: u64::MAX, portfolio: Some(1e15), ..dossier() }
}
