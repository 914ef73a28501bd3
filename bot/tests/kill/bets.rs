//! The money: each bet once, none lost, and a ledger that agrees with positions and fills to the last millionth.

use std::collections::{BTreeMap, BTreeSet};

use engine::store::{PositionFilter, SignalRow, Store};
use engine_core::ledger::{Account, Transfer, TransferKind};
use engine_core::market::Side;
use engine_core::money::{Shares, Usd};
use engine_core::notice::Notice;
use engine_core::position::{Position, PositionStatus};
use engine_core::signal::SignalStatus;

use crate::messages::{self, Row};
use crate::stage::{AUTO, Stage};

/// Checks, and says what there was.
pub(crate) async fn audit(stage: &Stage) -> String {
    let store = stage.store().await;
    let positions = store.positions(&PositionFilter::default()).await.unwrap();
    let mut signals = store.pending_signals().await.unwrap();
    signals.extend(store.recent_signals(u64::from(u32::MAX)).await.unwrap());
    let rows = messages::rows(stage).await;
    bets_of_signals(&signals, &positions, &rows);
    ends(&positions, &rows);
    let transfers = store.transfers(None).await.unwrap();
    let balances = ledger(&transfers);
    for position in &positions {
        one(&store, position, &transfers, &balances).await;
    }
    assert_eq!(store.ledger_total().await.unwrap(), Usd::ZERO);
    for book in store.books().await.unwrap() {
        let realized: Usd = positions.iter().filter(|bet| bet.book == book.book).map(|bet| bet.realized_pnl).sum();
        assert_eq!(realized, book.pnl, "profit of {}", book.book);
    }
    store.close().await.unwrap();
    let by_status = count(signals.iter().map(|signal| signal.status.as_str()));
    let by_end = count(positions.iter().map(|bet| bet.status.as_str()));
    format!(
        "{} signals {by_status:?}; {} bets {by_end:?}, 0 doubles, 0 lost; {} transfers, total 0",
        signals.len(),
        positions.len(),
        transfers.len()
    )
}

fn count<'a>(words: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts
}

/// What the owner was told of the bets on each signal is what there is.
fn bets_of_signals(signals: &[SignalRow], positions: &[Position], rows: &[Row]) {
    let mut told: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    let mut cards: BTreeMap<i64, Vec<SignalStatus>> = BTreeMap::new();
    for notice in rows.iter().filter_map(Row::notice) {
        match notice {
            Notice::BetPlaced { signal_id, bets, .. } => {
                assert!(!told.contains_key(&signal_id), "signal {signal_id}: bets told twice");
                told.insert(signal_id, bets.iter().map(|bet| bet.position.id).collect());
            }
            Notice::Signal(card) => {
                cards.entry(card.signal_id).or_default().push(card.status);
                if card.status == SignalStatus::Approved {
                    // The card shows the bets placed at once as well.
                    told.insert(card.signal_id, card.bets.iter().map(|bet| bet.position.id).collect());
                }
            }
            Notice::Settled { .. }
            | Notice::Closed { .. }
            | Notice::Resettled { .. }
            | Notice::Unresolved { .. }
            | Notice::Heartbeat { .. }
            | Notice::DailyReport { .. }
            | Notice::Started { .. }
            | Notice::Stopping { .. }
            | Notice::LoopFailed { .. }
            | Notice::Model(_)
            | Notice::RetrainFailed { .. }
            | Notice::ModelOverdue { .. }
            | Notice::Copy(_)
            | Notice::ModelFault { .. } => {}
        }
    }
    let mut of_signal: BTreeMap<i64, Vec<&Position>> = BTreeMap::new();
    for position in positions {
        of_signal.entry(position.signal_id.expect("every bet has its signal")).or_default().push(position);
    }
    let known: BTreeSet<i64> = signals.iter().map(|signal| signal.id).collect();
    assert!(of_signal.keys().chain(told.keys()).chain(cards.keys()).all(|id| known.contains(id)));
    for signal in signals {
        let bets = of_signal.get(&signal.id).map_or(&[][..], Vec::as_slice);
        let ids: Vec<i64> = bets.iter().map(|bet| bet.id).collect();
        assert_eq!(ids, told.get(&signal.id).cloned().unwrap_or_default(), "bets of signal {}", signal.id);
        let books: BTreeSet<&str> = bets.iter().map(|bet| bet.book.as_str()).collect();
        assert_eq!(books.len(), bets.len(), "a book bet twice on signal {}", signal.id);
        let asked = books.iter().any(|book| *book != AUTO);
        assert_eq!(
            asked,
            signal.status == SignalStatus::Approved,
            "signal {} {:?} {books:?}",
            signal.id,
            signal.status
        );
        let cards = cards.get(&signal.id).map_or(&[][..], Vec::as_slice);
        match signal.status {
            SignalStatus::Auto => assert!(cards.is_empty() && !bets.is_empty()),
            SignalStatus::Pending => assert_eq!(cards, [SignalStatus::Pending]),
            decided @ (SignalStatus::Approved | SignalStatus::Skipped | SignalStatus::Expired) => {
                assert_eq!(cards, [SignalStatus::Pending, decided], "cards of signal {}", signal.id);
            }
        }
    }
}

/// The end of each bet was told once.
fn ends(positions: &[Position], rows: &[Row]) {
    let mut settled: BTreeMap<i64, u32> = BTreeMap::new();
    let mut closed: BTreeMap<i64, u32> = BTreeMap::new();
    for notice in rows.iter().filter_map(Row::notice) {
        if let Notice::Settled { bets } = notice {
            for bet in bets {
                *settled.entry(bet.position.id).or_default() += 1;
            }
        } else if let Notice::Closed { position, .. } = notice
            && position.status == PositionStatus::Closed
        {
            *closed.entry(position.id).or_default() += 1;
        }
    }
    for position in positions {
        let told = |told: &BTreeMap<i64, u32>| told.get(&position.id).copied().unwrap_or(0);
        let wanted = match position.status {
            PositionStatus::Open => (0, 0),
            PositionStatus::Settled => (1, 0),
            PositionStatus::Closed => (0, 1),
        };
        assert_eq!((told(&settled), told(&closed)), wanted, "ends told of position {}", position.id);
    }
}

/// Balances of all accounts; no cash account may ever have been below zero.
fn ledger(transfers: &[Transfer]) -> BTreeMap<Account, Usd> {
    let mut balances: BTreeMap<Account, Usd> = BTreeMap::new();
    for transfer in transfers {
        *balances.entry(transfer.from.clone()).or_default() -= transfer.amount;
        *balances.entry(transfer.to.clone()).or_default() += transfer.amount;
        if let Account::Cash(book) = &transfer.from {
            assert!(balances[&transfer.from] >= Usd::ZERO, "{book} is below zero");
        }
    }
    assert_eq!(balances.values().copied().sum::<Usd>(), Usd::ZERO);
    balances
}

/// A position, its fills and its transfers say the same.
async fn one(store: &Store, position: &Position, transfers: &[Transfer], balances: &BTreeMap<Account, Usd>) {
    let fills = store.fills_of(position.id).await.unwrap();
    let bought: Vec<_> = fills.iter().filter(|fill| fill.side == Side::Buy).collect();
    assert_eq!(bought.len(), 1, "position {} was bought {} times", position.id, bought.len());
    let shares = |side: Side| fills.iter().filter(|fill| fill.side == side).map(|fill| fill.shares).sum::<Shares>();
    assert_eq!((shares(Side::Buy), bought[0].notional), (position.shares_bought, position.stake));
    assert!(shares(Side::Sell) <= position.shares_bought);
    if position.status == PositionStatus::Open {
        assert_eq!(position.shares_bought - shares(Side::Sell), position.shares);
    }
    assert_eq!(fills.iter().map(|fill| fill.fee).sum::<Usd>(), position.fee);
    let moved = |kind: TransferKind| {
        let of_it = transfers.iter().filter(|transfer| transfer.position_id == Some(position.id));
        of_it.filter(|transfer| transfer.kind == kind).map(|transfer| transfer.amount).sum::<Usd>()
    };
    assert_eq!((moved(TransferKind::Buy), moved(TransferKind::Fee)), (position.stake, position.fee));
    assert_eq!(moved(TransferKind::Profit) - moved(TransferKind::Loss) - position.fee, position.realized_pnl);
    let held = balances.get(&Account::Cost(position.id)).copied().unwrap_or_default();
    assert_eq!(held, position.cost, "cost of position {}", position.id);
}
