//! A recorded day, back-tested, gives the bets, the fills and the ledger of the bot that lived it.

use std::collections::BTreeSet;

use engine_core::backtest::{BacktestSettings, Playback, Played};
use engine_core::fill::Fill;
use engine_core::journal::Frame;
use engine_core::ledger::TransferKind;
use engine_core::market::Side;
use engine_core::money::Usd;
use engine_core::pipeline::GateSettings;
use engine_core::position::PositionStatus;

use crate::stage::{Stage, start, told};

/// A day and a half.
const SCANS: usize = 72;

fn played(frames: &[Frame], settings: &BacktestSettings) -> Played {
    let mut playback = Playback::new(settings, start());
    frames.iter().for_each(|frame| playback.apply(frame));
    playback.finish()
}

/// Live fills are stamped when they were made, those of the backtest when they were decided.
fn as_decided(fill: Fill) -> Fill {
    Fill { filled_at: fill.decided_at, ..fill }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_back_tested_is_the_day_that_was_lived() {
    let stage = Stage::new().await;
    stage.live(SCANS).await;
    let settings = told();
    let played = played(&stage.frames(), &settings);

    let store = &stage.engine.store;
    let positions = store.positions(&engine::store::PositionFilter::default()).await.unwrap();
    let mut positions = positions;
    positions.sort_by_key(|position| position.id);
    let bets = &played.record.bets;
    assert!(bets.len() >= 20, "{} bets", bets.len());
    let books: Vec<&str> = settings.profiles.iter().map(|profile| profile.book.as_str()).collect();
    let bet = |bet: &engine_core::backtest::Bet| {
        let condition = played.markets[bet.market as usize].condition_id.clone();
        (books[bet.book].to_owned(), condition, bet.outcome, bet.shares, bet.stake, bet.fee, bet.pnl, bet.status)
    };
    let lived = |position: &engine_core::position::Position| {
        let condition = position.condition_id.clone();
        let (shares, stake, fee) = (position.shares_bought, position.stake, position.fee);
        let book = position.book.to_string();
        (book, condition, position.outcome, shares, stake, fee, position.realized_pnl, position.status)
    };
    assert_eq!(bets.iter().map(bet).collect::<Vec<_>>(), positions.iter().map(lived).collect::<Vec<_>>());
    let ends: BTreeSet<&str> = positions.iter().map(|position| position.status.as_str()).collect();
    assert_eq!(ends, BTreeSet::from(["closed", "open", "settled"]), "every end a bet can come to is in the day");

    let mut fills = Vec::new();
    for position in &positions {
        let of = store.fills_of(position.id).await.unwrap();
        fills.extend(of.into_iter().filter(|fill| fill.side == Side::Buy).map(as_decided));
    }
    assert_eq!(played.kept.fills, fills);
    assert!(fills.iter().any(|fill| fill.levels.len() > 1), "some fill takes more than one level");

    assert_eq!(played.kept.transfers, store.transfers(None).await.unwrap());
    assert!(played.kept.transfers.iter().any(|transfer| transfer.kind == TransferKind::Return));
    assert_eq!(played.record.ledger_total, Usd::ZERO);
    assert!(!played.other_gates);
    let cash: Vec<Usd> = played.record.books.iter().map(|book| book.cash).collect();
    let live: Vec<Usd> = store.books().await.unwrap().into_iter().map(|book| book.cash).collect();
    assert_eq!(cash, live);

    what_is_changed_changes_the_bets(&stage.frames());
}

fn what_is_changed_changes_the_bets(frames: &[Frame]) {
    let (mut strict, mut patient) = (told(), told());
    strict.profiles.iter_mut().for_each(|profile| profile.min_edge = 0.5);
    assert_eq!(played(frames, &strict).record.bets, []);
    let looser = BacktestSettings { gates: GateSettings { lr_damping: 0.9, ..told().gates }, ..told() };
    assert!(played(frames, &looser).other_gates);
    patient.stop_loss = None;
    let bets = played(frames, &patient).record.bets;
    assert!(!bets.is_empty() && bets.iter().all(|bet| bet.status != PositionStatus::Closed));
}
