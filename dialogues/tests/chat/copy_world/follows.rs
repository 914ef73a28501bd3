//! Follows, copies, and what came of them.

use super::*;

pub(crate) fn terms() -> CopyTerms {
    CopyTerms { floor: 0.08, min_bet: "5".parse().unwrap(), equity: "300".parse().unwrap() }
}

pub(crate) fn follow(address: &str, stage: Stage, standing: Standing) -> Follow {
    Follow {
        wallet: wallet(address),
        name: trader(address).name,
        sizing: if stage == Stage::Live { CopySizing::Kelly } else { CopySizing::Proportional { multiplier: 0.5 } },
        caps: CopyCaps { per_event: None, ..FollowDraft::begin(wallet(address), Sizing::Kelly).caps },
        mode: BookMode::Approve,
        stage,
        standing,
        followed_at: now() - seconds(20 * 86_400),
        changed_at: now() - seconds(3 * 86_400 + 4_000),
    }
}

pub(crate) fn tally(events: u64, mean: f64) -> Tally {
    Tally { events, mean, wealth_for: 2.31, wealth_against: 0.42 }
}

pub(crate) fn counts() -> CopyCounts {
    CopyCounts {
        copied: 12,
        asked: 3,
        shadow: 40,
        exits: 1,
        skipped: vec![
            (Some(Gate::Drift), 9),
            (Some(Gate::Staleness), 6),
            (Some(Gate::EffectiveEdge), 4),
            (None, 2),
            (Some(Gate::Sports), 1),
            (Some(Gate::MinBet), 1),
            (Some(Gate::Expiry), 1),
            (Some(Gate::Bankroll), 1),
        ],
    }
}

pub(crate) fn record(staked: bool) -> CopyRecord {
    let n = u32::from(staked);
    CopyRecord {
        money: CopyMoney {
            open: 2 * n,
            invested: if staked { "24.1" } else { "0" }.parse().unwrap(),
            wins: 5 * n,
            losses: 4 * n,
            staked: if staked { "90" } else { "0" }.parse().unwrap(),
            pnl: if staked { "3.2" } else { "0" }.parse().unwrap(),
        },
        shadow_open: 3 * (1 - n),
        tally: tally(12, 0.021),
        counts: counts(),
        last_seen: Some(now() - seconds(720)),
    }
}

pub(crate) fn followed(address: &str) -> FollowedFacts {
    let staked = address == EVE;
    let stage = if staked { Stage::Live } else { Stage::Shadow };
    let standing = if staked { Standing::Paused } else { Standing::Active };
    let verdict = if staked { Some(CopyVerdict::Copyable) } else { None };
    FollowedFacts { follow: follow(address, stage, standing), record: record(staked), verdict }
}

pub(crate) fn is_followed(wallet: &Wallet) -> bool {
    [BOB, EVE].contains(&wallet.as_str())
}

pub(crate) fn copy_position() -> Position {
    Position {
        book: BookId::new("copy"),
        source: SignalSource::CopyTrade,
        trader: Some(EVE.to_owned()),
        ..position(9, "copy", "30.4", "11.62", "0.28")
    }
}

pub(crate) fn copy_book() -> BookReport {
    BookReport { book: BookId::new("copy"), ..reports().remove(1) }
}

pub(crate) fn copied_decision(conviction: Option<f64>) -> Decision {
    let order = CopiedOrder {
        trader: trader(EVE),
        transaction: format!("0x{}", "ab".repeat(32)),
        shares: "120".parse().unwrap(),
        notional: "44.4".parse().unwrap(),
        trade: CopiedTrade { price: "0.37".parse().unwrap(), traded_at: now() - seconds(15), conviction },
    };
    let mut decision =
        Decision { source: SignalSource::CopyTrade, model_version: None, copied: Some(order), ..decision() };
    decision.prediction = decision.prediction.map(|prediction| engine_core::prediction::Prediction {
        learners: Vec::new(),
        confidence: 1.0,
        ..prediction
    });
    decision
}
