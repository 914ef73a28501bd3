//! Mirroring: a step once with all it does, holdings, sales that are owed, copies on probation, and what came of it all.

use chrono::TimeDelta;
use engine::store::{
    CopyDecision, CopyExit, CopyStep, CreateResult, ExitResult, HoldingChange, NewBet, NewSignal, OrderFate, ReadSpan,
    Resale, Rest, StepResult, Store,
};
use engine_core::copy::activity::{Activity, ActivityId, ActivityKind, Trade, Wallet};
use engine_core::copy::follow::{Follow, Standing};
use engine_core::copy::judge::{CopyCaps, CopySizing};
use engine_core::copy::leader_position::LeaderHoldings;
use engine_core::copy::order::actions;
use engine_core::copy::probation::Stage;
use engine_core::engines::Engines;
use engine_core::gate::Gate;
use engine_core::market::{ConditionId, OutcomeToken, Side};
use engine_core::money::{Shares, Usd};
use engine_core::paper::accounting;
use engine_core::position::{Position, PositionStatus};
use engine_core::prediction::SignalSource;
use engine_core::signal::{Decision, SignalStatus};
use engine_core::strategy::BookMode;

use crate::harness::{Fixture, Kind, on_both};
use crate::samples::{at, bet, book, card_message, decision, fill, fund, message, price, usd};

on_both!(
    a_copy_is_one_transaction_with_its_rows,
    an_exit_is_made_once_and_what_is_owed_is_kept,
    copies_on_probation_are_settled_without_money,
    what_came_of_it_is_counted,
);

fn wallet() -> Wallet {
    Wallet::parse(&format!("0x{:040x}", 7)).unwrap()
}

fn shares(text: &str) -> Shares {
    text.parse().unwrap()
}

fn follow(stage: Stage) -> Follow {
    Follow {
        wallet: wallet(),
        name: "Ann".to_owned(),
        sizing: CopySizing::Kelly,
        caps: CopyCaps::default(),
        mode: BookMode::Auto,
        stage,
        standing: Standing::Active,
        followed_at: at(-1),
        changed_at: at(-1),
    }
}

fn copied(n: u32) -> Decision {
    Decision { source: SignalSource::CopyTrade, ..decision(n, n) }
}

/// Keeps a row of a purchase in transaction `tx` and gives its number.
async fn row(store: &Store, tx: &str) -> i64 {
    let trade = Trade {
        condition: decision(1, 1).condition_id,
        token: OutcomeToken::new("1002"),
        outcome: None,
        side: Side::Buy,
        shares: shares("100"),
        price: price("0.4"),
        fee: Usd::ZERO,
    };
    let activity = Activity {
        id: ActivityId { transaction: tx.to_owned(), subject: "1002".to_owned(), log: 0 },
        wallet: wallet(),
        at: at(0),
        group: None,
        title: String::new(),
        kind: ActivityKind::Trade(trade),
    };
    let span = ReadSpan {
        wallet: wallet(),
        since: at(-1),
        rows: vec![activity],
        read_through: at(0),
        swept_at: None,
        looked_before: None,
        seen_at: at(0),
    };
    store.record_span(&span).await.unwrap().unwrap()[0].id
}

fn step(rows: &[i64], tx: &str, fate: OrderFate, gate: Option<Gate>) -> CopyStep {
    let decision = CopyDecision {
        wallet: wallet(),
        transaction: tx.to_owned(),
        subject: "1002".to_owned(),
        side: Some(Side::Buy),
        fate,
        gate,
        reason: "so".to_owned(),
        condition: Some(decision(1, 1).condition_id),
        traded_at: at(0),
        decided_at: at(1),
        decision: None,
        signal_id: None,
        position_id: None,
    };
    let holdings = HoldingChange::default();
    CopyStep { wallet: wallet(), decision: Some(decision), rows: rows.to_vec(), holdings, at: at(1) }
}

async fn stage(kind: Kind, at_stage: Stage) -> Fixture {
    let fixture = Fixture::new(kind).await;
    fund(&fixture.store).await;
    fixture.store.follow_trader(&follow(at_stage), &[]).await.unwrap();
    fixture
}

fn new_copy(decision: &Decision) -> NewSignal<'_> {
    NewSignal {
        decision,
        features: &[],
        features_version: 0,
        at: at(1),
        expires_at: at(5),
        status: SignalStatus::Auto,
        auto_bets: vec![NewBet { trader: Some(wallet().as_str().to_owned()), ..bet("bold", decision, "50") }],
    }
}

async fn copy(store: &Store, n: u32, tx: &str) -> Position {
    let (row, decision) = (row(store, tx).await, copied(n));
    let step = step(&[row], tx, OrderFate::Copied, None);
    match store.create_copy(new_copy(&decision), step, card_message).await.unwrap() {
        CreateResult::Created { card, .. } => card.bets[0].position.clone(),
        other => panic!("{other:?}"),
    }
}

async fn a_copy_is_one_transaction_with_its_rows(kind: Kind) {
    let fixture = stage(kind, Stage::Live).await;
    let store = &fixture.store;
    let (first, late) = (row(store, "0xa").await, copied(1));
    // His holdings go with it.
    let mut holdings = LeaderHoldings::from_start();
    let rows = store.unhandled_activity(9).await.unwrap();
    let action = actions(rows.into_iter().map(|row| row.activity)).remove(0);
    holdings.apply(&action);
    let condition: ConditionId = late.condition_id.clone();
    let market = holdings.market_holding(&condition).unwrap().clone();
    let change = HoldingChange { frame: Some(holdings.frame()), markets: vec![(condition.clone(), market)] };
    let taken = CopyStep { holdings: change, ..step(&[first], "0xa", OrderFate::Copied, None) };
    let created = store.create_copy(new_copy(&late), taken.clone(), card_message).await.unwrap();
    assert!(matches!(created, CreateResult::Created { .. }), "{created:?}");
    assert_eq!(store.holdings_of(&wallet(), std::slice::from_ref(&condition)).await.unwrap(), holdings);
    let logged = store.copy_decisions(&Default::default()).await.unwrap().remove(0);
    assert!(logged.signal_id.is_some() && logged.position_id.is_some());
    assert_eq!(store.unhandled_activity(9).await.unwrap(), []);
    // The end of the market is awaited although no scan ever saw it.
    let awaited = store.unresolved_conditions(Engines::Both, 9, Some(at(2))).await.unwrap();
    assert_eq!(awaited.len(), 1);
    // The same rows again, then other rows of the same order: neither bets.
    let again = store.create_copy(new_copy(&copied(2)), taken, card_message).await.unwrap();
    assert_eq!(again, CreateResult::NotTaken(StepResult::Lost));
    let fresh = row(store, "0xb").await;
    let other_fill = step(&[fresh], "0xa", OrderFate::Copied, None);
    let again = store.create_copy(new_copy(&copied(2)), other_fill.clone(), card_message).await.unwrap();
    assert_eq!(again, CreateResult::NotTaken(StepResult::DecidedBefore));
    assert_eq!(store.unhandled_activity(9).await.unwrap().len(), 1, "nothing was changed");
    let noted = CopyStep { decision: None, ..other_fill };
    assert_eq!(store.take_steps(&[noted]).await.unwrap(), StepResult::Taken);
    assert_eq!(store.open_positions().await.unwrap().len(), 1);
    // The end of the follow lets everything go.
    let last = row(store, "0xc").await;
    store.set_standing(&wallet(), Standing::Ended, at(2), &[]).await.unwrap();
    let late = step(&[last], "0xc", OrderFate::Skipped, None);
    assert_eq!(store.take_steps(&[late]).await.unwrap(), StepResult::Lost);
    assert_eq!(store.holdings_of(&wallet(), &[condition]).await.unwrap(), LeaderHoldings::from_window());
    assert_eq!(store.ledger_total().await.unwrap(), Usd::ZERO);
}

async fn an_exit_is_made_once_and_what_is_owed_is_kept(kind: Kind) {
    let fixture = stage(kind, Stage::Live).await;
    let store = &fixture.store;
    let position = copy(store, 1, "0xa").await;
    let sale = |shares: &str| fill(&copied(1), Side::Sell, shares, "0.5", at(2));
    let rest = Rest {
        position_id: position.id,
        wallet: wallet(),
        shares: shares("5"),
        fraction: 0.3,
        acted_at: at(1),
        since: at(1),
        tried_at: at(1),
        told_at: None,
    };
    let rows = [row(store, "0xb").await];
    let taken = step(&rows, "0xb", OrderFate::Exit, None);
    let exit = CopyExit { sale: Some((position.id, sale("10"))), rest: Some(rest.clone()), shadow: None };
    let told = |_: Option<&accounting::Reduction>| vec![message("sold")];
    let done = store.take_exit(&taken, &exit, told).await.unwrap();
    let ExitResult::Taken(Some(reduction)) = done else { panic!("{done:?}") };
    assert_eq!(reduction.position.shares, shares("40"));
    assert_eq!(store.take_exit(&taken, &exit, told).await.unwrap(), ExitResult::Lost);
    // More than is held: nothing happens, and the rows wait.
    let rows = [row(store, "0xc").await];
    let too_much = CopyExit { sale: Some((position.id, sale("41"))), ..CopyExit::default() };
    let next = step(&rows, "0xc", OrderFate::Exit, None);
    assert_eq!(store.take_exit(&next, &too_much, told).await.unwrap(), ExitResult::Changed);
    assert_eq!(store.unhandled_activity(9).await.unwrap().len(), 1);
    // What is owed is sold once.
    assert_eq!(store.copy_rests().await.unwrap(), std::slice::from_ref(&rest));
    let tried = Rest { tried_at: at(3), told_at: Some(at(3)), ..rest.clone() };
    assert!(store.put_off(&rest, &tried, &[message("stuck")]).await.unwrap());
    assert!(!store.put_off(&rest, &tried, &[message("stuck")]).await.unwrap());
    let settled = Rest { shares: Shares::ZERO, tried_at: at(4), ..tried.clone() };
    let resold = store.resell(&tried, &settled, &sale("5"), |_| Vec::new()).await.unwrap();
    assert!(matches!(resold, Resale::Done(_)));
    assert_eq!(store.resell(&tried, &settled, &sale("5"), |_| Vec::new()).await.unwrap(), Resale::Changed);
    assert_eq!(store.copy_rests().await.unwrap(), []);
    assert_eq!(store.position(position.id).await.unwrap().unwrap().shares, shares("35"));
    assert_eq!(store.ledger_total().await.unwrap(), Usd::ZERO);
}

async fn copies_on_probation_are_settled_without_money(kind: Kind) {
    let fixture = stage(kind, Stage::Shadow).await;
    let store = &fixture.store;
    let decision = copied(1);
    let bought = fill(&decision, Side::Buy, "50", "0.4", at(1));
    let position = accounting::open_position(&decision, &book("copy"), &bought, None).unwrap();
    let rows = [row(store, "0xa").await];
    let taken = step(&rows, "0xa", OrderFate::Shadow, None);
    assert_eq!(store.take_shadow(&taken, &position, &bought).await.unwrap(), StepResult::Taken);
    let rows = [row(store, "0xb").await];
    let second = step(&rows, "0xb", OrderFate::Shadow, None);
    assert_eq!(store.take_shadow(&second, &position, &bought).await.unwrap(), StepResult::DecidedBefore);
    assert_eq!(store.unresolved_conditions(Engines::Both, 9, Some(at(2))).await.unwrap().len(), 1);
    let open = store.open_shadows(&[wallet()]).await.unwrap().remove(0);
    let sold = fill(&decision, Side::Sell, "20", "0.5", at(2));
    let rows = [store.unhandled_activity(9).await.unwrap()[0].id];
    let exit = CopyExit { shadow: Some((open.id, sold)), ..CopyExit::default() };
    let exited = step(&rows, "0xb", OrderFate::Exit, None);
    assert_eq!(store.take_exit(&exited, &exit, |_| Vec::new()).await.unwrap(), ExitResult::Taken(None));
    // No won: 30 shares at a dollar, 20 sold at 0.5, 50 bought at 0.4, a cent a share each way.
    let resolution = engine::store::Resolution {
        condition_id: decision.condition_id.clone(),
        payout_yes: price("0"),
        payout_no: price("1"),
        source: "oracle".to_owned(),
        resolved_at: None,
    };
    let settled =
        store.settle_condition(Engines::Both, &resolution, at(60), |_| panic!("there is no bet")).await.unwrap();
    assert_eq!((settled.shadows, settled.is_empty()), (1, true));
    let results = store.copy_results(&follow(Stage::Shadow)).await.unwrap();
    let pnl = 30.0 + 20.0 * 0.5 - 50.0 * 0.4 - 0.7;
    assert!((results[0].profit - pnl / 50.0).abs() < 1e-9, "{results:?}");
    assert_eq!((results[0].event.as_str(), results[0].ended_at), ("g1", at(60)));
    // Again changes nothing; a reversal is followed.
    assert_eq!(store.settle_condition(Engines::Both, &resolution, at(61), |_| Vec::new()).await.unwrap().shadows, 0);
    let reversed = engine::store::Resolution { payout_yes: price("1"), payout_no: price("0"), ..resolution };
    assert_eq!(store.settle_condition(Engines::Both, &reversed, at(62), |_| Vec::new()).await.unwrap().shadows, 1);
    let results = store.copy_results(&follow(Stage::Shadow)).await.unwrap();
    assert!((results[0].profit - (pnl - 30.0) / 50.0).abs() < 1e-9, "{results:?}");
    let shadow = store.shadows_of(&wallet()).await.unwrap().remove(0);
    assert_eq!((shadow.position.status, shadow.fills.len()), (PositionStatus::Settled, 2));
    assert_eq!(store.open_shadow_counts().await.unwrap().len(), 0);
    // Before the stage began nothing counts, and none of it is money.
    let later = Follow { changed_at: at(61), ..follow(Stage::Shadow) };
    assert_eq!(store.copy_results(&later).await.unwrap(), []);
    assert_eq!(store.copy_money(&wallet()).await.unwrap(), engine_core::copy::record::CopyMoney::default());
    assert_eq!(store.positions(&Default::default()).await.unwrap(), []);
}

async fn what_came_of_it_is_counted(kind: Kind) {
    let fixture = stage(kind, Stage::Live).await;
    let store = &fixture.store;
    let open = copy(store, 1, "0xa").await;
    let closed = copy(store, 2, "0xb").await;
    let sale = fill(&copied(2), Side::Sell, "50", "0.5", at(2));
    store.close_position(closed.id, &sale, at(2), |_| Vec::new()).await.unwrap();
    for (tx, gate) in [("0xc", Some(Gate::Drift)), ("0xd", Some(Gate::Drift)), ("0xe", None)] {
        let rows = [row(store, tx).await];
        store.take_steps(&[step(&rows, tx, OrderFate::Skipped, gate)]).await.unwrap();
    }
    let money = store.copy_money(&wallet()).await.unwrap();
    assert_eq!((money.open, money.invested), (1, open.cost));
    assert_eq!((money.wins, money.losses, money.staked), (1, 0, closed.stake));
    // Five dollars gained less a dollar of fees; the open one has paid half a dollar.
    assert_eq!(money.pnl, usd("3.5"));
    let exposure = store.copy_exposure(&wallet(), at(3)).await.unwrap();
    assert_eq!((exposure.trader, exposure.today), (open.cost, open.stake + closed.stake));
    let tomorrow = store.copy_exposure(&wallet(), at(3) + TimeDelta::days(1)).await.unwrap();
    assert_eq!((tomorrow.trader, tomorrow.today), (open.cost, Usd::ZERO));
    for wallet in [Some(&wallet()), None] {
        let counts = store.copy_counts(wallet, at(0)).await.unwrap();
        assert_eq!((counts.copied, counts.exits), (2, 0));
        assert_eq!(counts.skipped, [(Some(Gate::Drift), 2), (None, 1)]);
    }
    let stranger = Wallet::parse(&format!("0x{:040x}", 8)).unwrap();
    assert_eq!(store.copy_counts(Some(&stranger), at(0)).await.unwrap().copied, 0);
    assert_eq!(store.last_activity(&wallet()).await.unwrap(), Some(at(0)));
    assert_eq!(store.last_activity(&stranger).await.unwrap(), None);
    assert_eq!(store.open_copies(&[stranger, wallet()]).await.unwrap(), [open]);
    let results = store.copy_results(&follow(Stage::Live)).await.unwrap();
    assert!((results[0].profit - 0.08).abs() < 1e-9 && results.len() == 1, "{results:?}");
}
