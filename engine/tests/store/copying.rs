//! Followed traders: begun and ended, read gap-free, each row and each order once.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use engine::store::{
    CopyDecision, CopyDecisionFilter, CopyStep, FollowResult, HoldingChange, OrderFate, ReadSpan, Retention,
    StepResult, Store, StoreError,
};
use engine_core::copy::activity::{Activity, ActivityId, ActivityKind, Trade, Wallet};
use engine_core::copy::follow::{Follow, Standing};
use engine_core::copy::judge::{CopyCaps, CopySizing};
use engine_core::copy::probation::Stage;
use engine_core::gate::Gate;
use engine_core::market::{ConditionId, OutcomeToken, Side};
use engine_core::money::Usd;
use engine_core::strategy::BookMode;

use crate::harness::{Fixture, Kind, on_both};
use crate::samples::{at, decision, message, usd};

on_both!(
    a_follow_begins_once_ends_and_begins_anew,
    rows_and_cursor_are_kept_together_and_each_row_once,
    readers_that_race_keep_each_row_once,
    what_was_read_for_an_earlier_follow_counts_for_nothing,
    an_order_is_decided_on_once,
    activity_is_forgotten_only_when_it_is_not_read_again,
    the_lag_of_the_feed_is_told_apart_from_ours,
);

fn wallet(n: u8) -> Wallet {
    Wallet::parse(&format!("0x{n:040x}")).unwrap()
}

fn follow(n: u8) -> Follow {
    Follow {
        wallet: wallet(n),
        name: "Ann \u{0}<b>".to_owned(),
        sizing: CopySizing::Proportional { multiplier: 0.5 },
        caps: CopyCaps { per_trade: Some(usd("25")), ..CopyCaps::default() },
        mode: BookMode::Approve,
        stage: Stage::Shadow,
        standing: Standing::Active,
        followed_at: at(0),
        changed_at: at(0),
    }
}

/// A buy of wallet `n` in transaction `tx`, so many minutes after noon.
fn buy(n: u8, tx: &str, shares: &str, minutes: i64) -> Activity {
    let trade = Trade {
        condition: ConditionId::new(format!("0x{:064x}", 5)),
        token: OutcomeToken::new("55"),
        outcome: None,
        side: Side::Buy,
        shares: shares.parse().unwrap(),
        price: "0.4".parse().unwrap(),
        fee: Usd::ZERO,
    };
    Activity {
        id: ActivityId { transaction: tx.to_owned(), subject: "55".to_owned(), log: 0 },
        wallet: wallet(n),
        at: at(minutes),
        group: None,
        title: "Zero \u{0} byte".to_owned(),
        kind: ActivityKind::Trade(trade),
    }
}

fn span(n: u8, rows: Vec<Activity>, through: i64) -> ReadSpan {
    ReadSpan {
        wallet: wallet(n),
        since: at(0),
        rows,
        read_through: at(through),
        swept_at: None,
        looked_before: None,
        seen_at: at(through),
    }
}

async fn ids(store: &Store, n: u8) -> Vec<(String, u32)> {
    let rows = store.activity_of(&wallet(n), at(-999)).await.unwrap();
    rows.into_iter().map(|row| (row.activity.id.transaction, row.activity.id.log)).collect()
}

async fn a_follow_begins_once_ends_and_begins_anew(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    assert_eq!(store.follow_trader(&follow(1), &[message("followed")]).await.unwrap(), FollowResult::Added);
    let other = Follow { mode: BookMode::Auto, ..follow(1) };
    assert_eq!(store.follow_trader(&other, &[message("again")]).await.unwrap(), FollowResult::AlreadyFollowed);
    assert_eq!(store.outbox_stats().await.unwrap().pending, 1);
    let kept = Follow { name: "Ann <b>".to_owned(), ..follow(1) };
    assert_eq!(store.follows().await.unwrap(), [kept]);

    assert!(store.change_follow(&wallet(1), CopySizing::Kelly, &CopyCaps::default(), BookMode::Auto).await.unwrap());
    assert!(store.rename_follow(&wallet(1), "Bob").await.unwrap());
    assert!(!store.rename_follow(&wallet(1), "Bob").await.unwrap());
    let now = store.follow_of(&wallet(1)).await.unwrap().unwrap();
    assert_eq!((now.name.as_str(), now.sizing, now.mode), ("Bob", CopySizing::Kelly, BookMode::Auto));

    let told = [message("moved")];
    assert!(store.move_stage(&wallet(1), Stage::Shadow, Stage::Live, at(5), &told).await.unwrap());
    assert!(!store.move_stage(&wallet(1), Stage::Shadow, Stage::Live, at(6), &told).await.unwrap());
    assert_eq!(store.outbox_stats().await.unwrap().pending, 2);
    assert!(store.set_standing(&wallet(1), Standing::Paused, at(7), &[]).await.unwrap());
    assert!(store.set_standing(&wallet(1), Standing::Active, at(8), &[]).await.unwrap());
    store.record_span(&span(1, vec![buy(1, "0xa", "5", 1)], 9)).await.unwrap().unwrap();
    assert_eq!(store.unhandled_activity(9).await.unwrap().len(), 1);
    assert!(store.set_standing(&wallet(1), Standing::Ended, at(10), &[]).await.unwrap());
    for to in [Standing::Ended, Standing::Active] {
        assert!(!store.set_standing(&wallet(1), to, at(11), &told).await.unwrap(), "what has ended stays so");
    }
    assert!(!store.move_stage(&wallet(1), Stage::Live, Stage::Failed, at(11), &told).await.unwrap());
    assert!(store.follows().await.unwrap().is_empty() && store.read_states().await.unwrap().is_empty());
    assert!(store.unhandled_activity(9).await.unwrap().is_empty(), "nothing is copied after the end");
    assert!(!store.change_follow(&wallet(1), CopySizing::Kelly, &CopyCaps::default(), BookMode::Auto).await.unwrap());

    let again = Follow { followed_at: at(60), changed_at: at(60), ..follow(1) };
    assert_eq!(store.follow_trader(&again, &[]).await.unwrap(), FollowResult::Renewed);
    let state = store.read_states().await.unwrap()[&wallet(1)];
    assert_eq!((state.since, state.read_through, state.swept_at), (at(60), at(60), None));
    assert_eq!(store.follow_of(&wallet(1)).await.unwrap().unwrap().sizing, follow(1).sizing);
    let ended = Follow { standing: Standing::Ended, ..follow(2) };
    assert!(matches!(store.follow_trader(&ended, &[]).await, Err(StoreError::Invalid(_))));
}

async fn rows_and_cursor_are_kept_together_and_each_row_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    store.follow_trader(&follow(1), &[]).await.unwrap();
    let twins = vec![buy(1, "0xa", "5", 1), buy(1, "0xa", "5", 1), buy(1, "0xb", "7", 2)];
    let first = span(1, twins.clone(), 5);
    assert!(store.has_news(&first).await.unwrap());
    let kept = store.record_span(&first).await.unwrap().unwrap();
    assert_eq!(kept.len(), 3);
    assert!(kept.windows(2).all(|pair| pair[0].id < pair[1].id && pair[0].activity.at <= pair[1].activity.at));
    assert_eq!(kept[0].lag(), TimeDelta::minutes(4));
    assert!(!store.has_news(&first).await.unwrap());
    // Read again with a fill of the first transaction that shows up late, and one of another time.
    let mut more = twins;
    more.extend([buy(1, "0xa", "4", 1), buy(1, "0xc", "1", 6)]);
    let kept = store.record_span(&span(1, more, 7)).await.unwrap().unwrap();
    let fresh: Vec<(&str, u32)> =
        kept.iter().map(|row| (row.activity.id.transaction.as_str(), row.activity.id.log)).collect();
    assert_eq!(fresh, [("0xa", 2), ("0xc", 0)]);
    // A cursor never goes back, and a reading clears the fault.
    store.note_failing_read(&wallet(1), "down", at(8)).await.unwrap();
    store.note_failing_read(&wallet(1), "still down", at(9)).await.unwrap();
    let failing = store.failing_reads(at(8)).await.unwrap();
    assert_eq!((failing.len(), failing[0].since, failing[0].error.as_str()), (1, at(8), "still down"));
    let swept = ReadSpan { swept_at: Some(at(6)), ..span(1, Vec::new(), 3) };
    assert!(store.record_span(&swept).await.unwrap().unwrap().is_empty());
    let state = store.read_states().await.unwrap()[&wallet(1)];
    assert_eq!((state.read_through, state.swept_at), (at(7), Some(at(6))));
    assert!(store.failing_reads(at(99)).await.unwrap().is_empty());
    let all: BTreeSet<(String, u32)> = ids(store, 1).await.into_iter().collect();
    assert_eq!(all.len(), 5);
}

async fn readers_that_race_keep_each_row_once(kind: Kind) {
    let fixture = Fixture::new(kind).await;
    fixture.store.follow_trader(&follow(1), &[]).await.unwrap();
    let mut tasks = Vec::new();
    for n in 0..8_i64 {
        let store = Store::connect(&fixture.url).await.unwrap();
        tasks.push(tokio::spawn(async move {
            let rows = (0..40).map(|row| buy(1, &format!("0x{}", row / 4), "5", row / 4)).collect();
            store.record_span(&span(1, rows, 10 + n)).await.unwrap().unwrap().len()
        }));
    }
    let mut kept = 0;
    for task in tasks {
        kept += task.await.unwrap();
    }
    assert_eq!((kept, ids(&fixture.store, 1).await.len()), (40, 40));
    assert_eq!(fixture.store.read_states().await.unwrap()[&wallet(1)].read_through, at(17));
}

async fn what_was_read_for_an_earlier_follow_counts_for_nothing(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let under_way = span(1, vec![buy(1, "0xa", "5", 1)], 5);
    assert_eq!(store.record_span(&under_way).await.unwrap(), None, "nobody follows");
    store.follow_trader(&follow(1), &[]).await.unwrap();
    store.set_standing(&wallet(1), Standing::Ended, at(2), &[]).await.unwrap();
    assert_eq!(store.record_span(&under_way).await.unwrap(), None, "it has ended");
    let again = Follow { followed_at: at(3), ..follow(1) };
    store.follow_trader(&again, &[]).await.unwrap();
    assert_eq!(store.record_span(&under_way).await.unwrap(), None, "it began anew");
    assert!(ids(store, 1).await.is_empty());
    assert_eq!(store.read_states().await.unwrap()[&wallet(1)].read_through, at(3));
}

fn skipped(tx: &str, gate: Option<Gate>) -> CopyDecision {
    CopyDecision {
        wallet: wallet(1),
        transaction: tx.to_owned(),
        subject: "55".to_owned(),
        side: Some(Side::Buy),
        fate: OrderFate::Skipped,
        gate,
        reason: "traded 400 s ago, beyond 300 s".to_owned(),
        condition: Some(ConditionId::new("0x5")),
        traded_at: at(1),
        decided_at: at(8),
        decision: Some(decision(1, 1)),
        signal_id: None,
        position_id: None,
    }
}

/// The step of a decision, or of rows alone.
fn step(decision: Option<&CopyDecision>, rows: &[i64], minutes: i64) -> CopyStep {
    let holdings = HoldingChange::default();
    CopyStep { wallet: wallet(1), decision: decision.cloned(), rows: rows.to_vec(), holdings, at: at(minutes) }
}

async fn an_order_is_decided_on_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    store.follow_trader(&follow(1), &[]).await.unwrap();
    let rows = vec![buy(1, "0xa", "5", 1), buy(1, "0xb", "5", 2), buy(1, "0xc", "5", 3)];
    let ids: Vec<i64> = store.record_span(&span(1, rows, 5)).await.unwrap().unwrap().iter().map(|row| row.id).collect();
    let all = [skipped("0xa", Some(Gate::Staleness)), skipped("0xb", Some(Gate::Staleness)), skipped("0xc", None)];
    let first = [step(Some(&all[0]), &ids[..1], 8), step(Some(&all[1]), &ids[1..2], 8)];
    assert_eq!(store.take_steps(&first).await.unwrap(), StepResult::Taken);
    let waiting: Vec<i64> = store.unhandled_activity(9).await.unwrap().iter().map(|row| row.id).collect();
    assert_eq!(waiting, ids[2..]);
    // Again after a restart, with another verdict: what was decided stands.
    let copied = CopyDecision { fate: OrderFate::Copied, ..all[0].clone() };
    assert_eq!(store.take_steps(&[step(Some(&copied), &ids[..1], 9)]).await.unwrap(), StepResult::Lost);
    let late_fill = [step(Some(&copied), &[], 9), step(Some(&all[2]), &ids[2..], 9)];
    assert_eq!(store.take_steps(&late_fill).await.unwrap(), StepResult::Taken);
    let sold = CopyDecision { side: Some(Side::Sell), fate: OrderFate::Exit, ..all[0].clone() };
    let merged = CopyDecision { side: None, fate: OrderFate::Ignored, decision: None, ..all[0].clone() };
    let others = [step(Some(&sold), &[], 9), step(Some(&merged), &[], 9)];
    assert_eq!(store.take_steps(&others).await.unwrap(), StepResult::Taken);
    let of = |fate| CopyDecisionFilter { fate: Some(fate), ..CopyDecisionFilter::default() };
    assert!(store.copy_decisions(&of(OrderFate::Copied)).await.unwrap().is_empty());
    let kept = store.copy_decisions(&of(OrderFate::Skipped)).await.unwrap();
    assert_eq!(kept, [all[2].clone(), all[1].clone(), all[0].clone()]);
    assert_eq!(store.copy_decisions(&of(OrderFate::Ignored)).await.unwrap(), [merged]);
    let filter = CopyDecisionFilter { wallet: Some(wallet(2)), ..CopyDecisionFilter::default() };
    assert!(store.copy_decisions(&filter).await.unwrap().is_empty());
    let counts = store.copy_counts(None, at(8)).await.unwrap();
    assert_eq!(counts.skipped, [(Some(Gate::Staleness), 2), (None, 1)]);
    assert!(store.copy_counts(None, at(9)).await.unwrap().skipped.is_empty());
}

async fn activity_is_forgotten_only_when_it_is_not_read_again(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    store.follow_trader(&follow(1), &[]).await.unwrap();
    let day = 60 * 24;
    let rows = vec![buy(1, "0xa", "5", 1), buy(1, "0xb", "5", 2), buy(1, "0xc", "5", day)];
    let kept = store.record_span(&span(1, rows, day + 1)).await.unwrap().unwrap();
    store.take_steps(&[step(None, &[kept[0].id, kept[2].id], day + 2)]).await.unwrap();
    let keep = Retention {
        unresolved_prediction_days: 1,
        every_resolved_prediction_days: 1,
        thin_to: std::time::Duration::from_secs(3_600),
        scan_days: 1,
        candidate_days: 1,
        message_days: 1,
        activity_days: 1,
    };
    assert_eq!(store.delete_old(at(day + 3), &keep).await.unwrap().activity, 0);
    // Down for a week: the last row is old, but the next reading begins before it.
    assert_eq!(store.delete_old(at(9 * day), &keep).await.unwrap().activity, 1);
    assert_eq!(ids(store, 1).await, [("0xb".to_owned(), 0), ("0xc".to_owned(), 0)]);
    store.record_span(&span(1, Vec::new(), 9 * day)).await.unwrap().unwrap();
    assert_eq!(store.delete_old(at(9 * day), &keep).await.unwrap().activity, 1);
    assert_eq!(ids(store, 1).await, [("0xb".to_owned(), 0)], "what nobody acted on stays");
}

async fn the_lag_of_the_feed_is_told_apart_from_ours(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    store.follow_trader(&follow(1), &[]).await.unwrap();
    // Read after a start, then while looking every minute, then after an hour of being away.
    for (tx, minutes, looked) in [("0xa", 5, None), ("0xb", 7, Some(6)), ("0xc", 9, Some(8)), ("0xd", 70, Some(9))] {
        let rows = vec![buy(1, tx, "5", minutes - 1)];
        let read = ReadSpan { looked_before: looked.map(at), ..span(1, rows, minutes) };
        store.record_span(&read).await.unwrap().unwrap();
    }
    let lag = store.feed_lag(at(0)).await.unwrap();
    assert_eq!((lag.rows, lag.missed, lag.median_secs, lag.max_secs), (2, 2, 60.0, 60.0));
    assert_eq!(store.feed_lag(at(71)).await.unwrap().rows, 0);
}
