//! Running it: schema, leases, exports, forgetting, several processes, speed.

use std::time::{Duration, Instant};

use engine::store::{ExportTable, NewUpdate, Retention, Store, StoreError};
use engine_core::gate::Gate;
use engine_core::notice::ScanSummary;
use engine_core::signal::Decision;
use sea_orm::ConnectionTrait;
use serde_json::Value;

use crate::harness::{Fixture, Kind, on_both};
use crate::samples::{BOT, approve, at, bet, card_message, decision, fund, message, no_candidates, raise, stopped};

on_both!(
    the_schema_goes_up_and_down,
    a_database_of_a_newer_version_is_refused,
    a_second_process_is_refused,
    exports_have_the_promised_columns,
    old_things_are_forgotten_and_proof_is_kept,
    two_processes_share_a_database,
);

async fn the_schema_goes_up_and_down(kind: Kind) {
    let Fixture { store, .. } = &Fixture::empty(kind).await;
    let db = store.connection();
    assert!(migration::status(db).await.unwrap().iter().all(|step| !step.applied));
    let steps = migration::up(db).await.unwrap();
    assert!(steps > 3);
    assert_eq!(migration::up(db).await.unwrap(), 0);
    assert!(migration::status(db).await.unwrap().iter().all(|step| step.applied));
    migration::down(db, u32::try_from(steps).unwrap()).await.unwrap();
    assert!(store.books().await.is_err());
    assert_eq!(migration::up(db).await.unwrap(), steps);
    fund(store).await;
}

async fn a_database_of_a_newer_version_is_refused(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let future = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_future', 0)";
    store.connection().execute_unprepared(future).await.unwrap();
    let error = migration::up(store.connection()).await.unwrap_err().to_string();
    assert!(error.contains("m20990101_000001_future") && error.contains("newer"), "{error}");
    assert!(migration::status(store.connection()).await.is_err());
}

async fn a_second_process_is_refused(kind: Kind) {
    let fixture = Fixture::empty(kind).await;
    let other = Store::connect(&fixture.url).await.unwrap();
    let lease = fixture.store.acquire_lease("ml").await.unwrap();
    lease.check().await.unwrap();
    let refused = other.acquire_lease("ml").await.unwrap_err();
    assert!(matches!(refused, StoreError::LeaseTaken { .. }), "{refused}");
    other.acquire_lease("copy").await.unwrap();
    lease.release().await.unwrap();
    other.acquire_lease("ml").await.unwrap();
}

#[tokio::test]
async fn connecting_in_vain_does_not_tell_the_password() {
    let error = Store::connect("postgres://odds:canary@127.0.0.1:1/x").await.unwrap_err();
    assert!(!error.to_string().contains("canary") && !format!("{error:?}").contains("canary"), "{error:?}");
}

async fn export(store: &Store, table: ExportTable) -> Vec<Value> {
    let mut rows = Vec::new();
    let count = store
        .export::<StoreError, _>(table, |row| {
            rows.push(row);
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(usize::try_from(count).unwrap(), rows.len());
    rows
}

async fn exports_have_the_promised_columns(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    fund(store).await;
    let decision = decision(1, 1);
    store.record_decisions(std::slice::from_ref(&decision), at(0)).await.unwrap();
    let id = raise(store, &decision).await;
    store.decide_signal(approve(id, vec![bet("balanced", &decision, "50")]), card_message).await.unwrap();
    let update = NewUpdate { update_id: 3, kind: "message".to_owned(), raw: "{}".to_owned() };
    store.insert_updates(BOT, &[update], at(0)).await.unwrap();
    // As the contract lists them; what it does not list comes last.
    let table = [
        (
            ExportTable::Positions,
            "id, book, source, market_id, condition_id, token_id, outcome, shares, price, stake, \
          fee, status, pnl, opened_at, closed_at, signal_id, trader",
        ),
        (
            ExportTable::Fills,
            "id, position_id, book, token_id, side, shares, vwap, stake, fee, fee_rate, mid, \
          book_hash, book_at, levels, decided_at, filled_at, latency_ms",
        ),
        (ExportTable::Ledger, "transfer_id, at, from, to, amount, kind, book, position_id"),
        (
            ExportTable::Signals,
            "id, source, market_id, condition_id, token_id, outcome, model_p, posterior, \
          confidence, edge, status, created_at, expires_at, decided_by, decided_at",
        ),
        (
            ExportTable::Predictions,
            "id, at, source, model_version, market_id, condition_id, model_p, posterior, \
          confidence, bid, ask, mid, gate, reason, outcome, calibrated",
        ),
        (ExportTable::Updates, "update_id, kind, received_at, handled_at, bot"),
    ];
    for (table, columns) in table {
        assert_eq!(table.columns().join(", "), columns);
        assert_eq!(ExportTable::parse(table.as_str()), Some(table));
        let rows = export(store, table).await;
        assert!(!rows.is_empty(), "{}", table.as_str());
        let mut wanted: Vec<&str> = columns.split(", ").collect();
        wanted.sort_unstable();
        let mut found: Vec<&str> = rows[0].as_object().unwrap().keys().map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(found, wanted);
    }
    let position = &export(store, ExportTable::Positions).await[0];
    assert_eq!(
        (&position["shares"], &position["price"], &position["stake"], &position["pnl"]),
        (&50.0.into(), &0.4.into(), &20.0.into(), &(-0.5).into())
    );
    assert_eq!(position["opened_at"], "2026-11-23T12:01:00.000Z");
    assert_eq!(position["closed_at"], Value::Null);
    let fill = &export(store, ExportTable::Fills).await[0];
    assert_eq!((&fill["levels"], &fill["latency_ms"]), (&serde_json::json!([[0.4, 50.0]]), &25.into()));
    let ledger = export(store, ExportTable::Ledger).await;
    assert_eq!((&ledger[0]["from"], &ledger[0]["amount"]), (&"capital:balanced".into(), &300.0.into()));
    assert_eq!(export(store, ExportTable::Signals).await[0]["decided_by"], "user:5");
}

async fn old_things_are_forgotten_and_proof_is_kept(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let (resolved, open) = (decision(1, 1), decision(2, 2));
    let summary = ScanSummary::default();
    store.record_scan(at(0), at(1), &summary, &[resolved.clone(), open], &no_candidates(), |_| true).await.unwrap();
    // Two more in the same hour as the first, one in the next: scores count one an hour.
    let again = [20, 40, 70].map(|minutes| stopped(Decision { at: at(minutes), ..resolved.clone() }, Gate::MinEdge));
    store.record_decisions(&again, at(70)).await.unwrap();
    let resolution = engine::store::Resolution {
        condition_id: resolved.condition_id,
        payout_yes: engine_core::money::Price::ONE,
        payout_no: engine_core::money::Price::ZERO,
        source: "test".to_owned(),
        resolved_at: None,
    };
    store.record_resolutions(&[resolution], at(75)).await.unwrap();
    store.enqueue(&[message("sent"), message("waits")], at(0)).await.unwrap();
    let sent = store.due(BOT, at(0), 1).await.unwrap()[0].id;
    store.mark_sending(&[sent], None).await.unwrap();
    store.mark_sent(&[sent], Some(1), at(0)).await.unwrap();
    for update_id in [1, 2] {
        let update = NewUpdate { update_id, kind: "message".to_owned(), raw: "{}".to_owned() };
        store.insert_updates(BOT, &[update], at(0)).await.unwrap();
        store.mark_handled(BOT, update_id, &engine::store::HandledUpdate::default(), at(0)).await.unwrap();
    }
    store.put_action(BOT, "t", &Value::Null, at(1)).await.unwrap();
    let day = 60 * 24;
    let keep = Retention {
        unresolved_prediction_days: 3,
        every_resolved_prediction_days: 3,
        thin_to: Duration::from_secs(3_600),
        scan_days: 3,
        candidate_days: 3,
        message_days: 3,
        activity_days: 3,
    };
    let nothing = store.delete_old(at(2 * day), &keep).await.unwrap();
    assert_eq!((nothing.predictions, nothing.scans, nothing.messages), (0, 0, 0));
    let deleted = store.delete_old(at(4 * day), &keep).await.unwrap();
    // The open forecast and two that no score counts; a scan and the decision without a forecast in the
    // log; a message, an update and a token.
    assert_eq!((deleted.predictions, deleted.scans, deleted.messages), (3, 2, 3));
    assert_eq!(store.prediction_counts().await.unwrap(), (2, 2));
    let hour = Some(keep.thin_to);
    assert_eq!(store.scored_predictions(None, hour).await.unwrap().len(), 2);
    assert_eq!(store.last_update_id(BOT).await.unwrap(), Some(2));
    assert_eq!(store.outbox_stats().await.unwrap().pending, 1);
}

async fn two_processes_share_a_database(kind: Kind) {
    let fixture = Fixture::new(kind).await;
    fund(&fixture.store).await;
    let other = Store::connect(&fixture.url).await.unwrap();
    let mut tasks = Vec::new();
    for n in 0..30 {
        let store = if n % 2 == 0 { fixture.store.clone() } else { other.clone() };
        tasks.push(tokio::spawn(async move {
            let decision = decision(n, n);
            store.record_decisions(std::slice::from_ref(&decision), at(0)).await.unwrap();
            let id = raise(&store, &decision).await;
            store.decide_signal(approve(id, vec![bet("bold", &decision, "1")]), card_message).await.unwrap();
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(other.open_positions().await.unwrap().len(), 30);
    assert_eq!(other.ledger_total().await.unwrap(), engine_core::money::Usd::ZERO);
}

/// `cargo test -p engine --release --test store -- --ignored --nocapture`: how long a scan of 10,000 takes to write.
#[tokio::test]
#[ignore = "a measurement"]
async fn ten_thousand_decisions() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let Fixture { store, .. } = &Fixture::new(kind).await;
        let all: Vec<Decision> = (0..10_000).map(|n| decision(n, n)).collect();
        for latest in [false, true] {
            let begun = Instant::now();
            store.record_scan(at(0), at(1), &ScanSummary::default(), &all, &no_candidates(), |_| latest).await.unwrap();
            eprintln!("{kind:?}, newest decisions kept: {latest}: {:?}", begun.elapsed());
        }
    }
}
