//! Traders' dossiers: the newest counts, and who was looked at is never forgotten.

use chrono::TimeDelta;
use engine::store::{ReadSpan, Store};
use engine_core::copy::activity::{Activity, ActivityId, ActivityKind, Trade, Wallet};
use engine_core::copy::curve::curve;
use engine_core::copy::dossier::Dossier;
use engine_core::copy::edge::EdgePrior;
use engine_core::copy::follow::{Follow, Standing};
use engine_core::copy::follower::Tape;
use engine_core::copy::judge::{CopyCaps, CopySizing};
use engine_core::copy::order::actions;
use engine_core::copy::payouts::Payouts;
use engine_core::copy::probation::Stage;
use engine_core::copy::report::{TraderRecord, trader_report};
use engine_core::copy::trader::Trader;
use engine_core::copy::verdict::{CopyVerdict, verdict_alone};
use engine_core::fee::{FeeModel, FeeRule};
use engine_core::market::{ConditionId, OutcomeToken, Side};
use engine_core::money::Usd;
use engine_core::strategy::BookMode;
use sea_orm::ConnectionTrait;

use crate::harness::{Fixture, Kind, on_both};
use crate::samples::at;

on_both!(
    a_dossier_is_kept_as_it_was_made_and_the_newest_counts,
    who_was_looked_at_counts_once_and_for_ever,
    a_dossier_nobody_can_read_any_more_counts_as_none,
    the_orders_of_others_are_found_by_token,
);

fn wallet(n: u8) -> Wallet {
    Wallet::parse(&format!("0x{n:040x}")).unwrap()
}

fn buy(n: u8, token: u32, minutes: i64) -> Activity {
    let trade = Trade {
        condition: ConditionId::new(format!("0x{token:064x}")),
        token: OutcomeToken::new(token.to_string()),
        outcome: None,
        side: Side::Buy,
        shares: "20".parse().unwrap(),
        price: "0.4".parse().unwrap(),
        fee: Usd::ZERO,
    };
    Activity {
        id: ActivityId { transaction: format!("0x{n}-{minutes}"), subject: token.to_string(), log: 0 },
        wallet: wallet(n),
        at: at(minutes),
        group: None,
        title: "Zero \u{0} byte \u{202e}".to_owned(),
        kind: ActivityKind::Trade(trade),
    }
}

/// Of wallet `n` with so many markets, every other one won.
fn dossier(n: u8, markets: u32, minutes: i64) -> Dossier {
    let actions = actions((0..markets).map(|m| buy(n, m, minutes + i64::from(m))));
    let mut payouts = Payouts::default();
    (0..markets).for_each(|m| payouts.set(&OutcomeToken::new(m.to_string()), f64::from(m % 2)));
    let (tape, wallet) = (Tape::new(&actions), wallet(n));
    let fee = FeeModel { rule: FeeRule::Free, fallback_micros: 0 };
    let record = TraderRecord { wallet: &wallet, actions: &actions, payouts: &payouts, tape: &tape, fee: &fee };
    let report = trader_report(&record);
    Dossier {
        at: at(minutes + i64::from(markets)),
        judged: verdict_alone(&report, 3),
        looked_at: 3,
        edge: report.shrunk_edge(&EdgePrior::sceptical()),
        curve: curve(&record),
        rows: u64::from(markets),
        oldest: Some(at(minutes)),
        cut: false,
        portfolio: Some(12.5),
        report,
        trader: Trader { wallet: record.wallet.clone(), name: "Zero \u{0} byte \u{202e} 🐳".to_owned() },
    }
}

async fn count(store: &Store, table: &str) -> i64 {
    let query = sea_orm::Statement::from_string(
        store.connection().get_database_backend(),
        format!("SELECT COUNT(*) AS n FROM {table}"),
    );
    store.connection().query_one_raw(query).await.unwrap().unwrap().try_get("", "n").unwrap()
}

async fn a_dossier_is_kept_as_it_was_made_and_the_newest_counts(kind: Kind) {
    let fixture = Fixture::new(kind).await;
    let store = &fixture.store;
    assert_eq!(store.dossier(&wallet(1)).await.unwrap(), None);
    for (n, markets) in [(1, 0), (1, 4), (2, 40), (1, 12), (1, 30)] {
        let made = dossier(n, markets, 100);
        store.keep_dossier(&made).await.unwrap();
        assert_eq!(store.dossier(&wallet(n)).await.unwrap(), Some(made));
    }
    // The one before the newest is kept, the others are not.
    assert_eq!(count(store, "copy_dossiers").await, 3);
    let verdicts = store.newest_verdicts().await.unwrap();
    assert_eq!(verdicts.keys().cloned().collect::<Vec<_>>(), [wallet(1), wallet(2)]);
    assert_eq!(verdicts[&wallet(1)], (dossier(1, 30, 100).at, CopyVerdict::CannotTell));
    // The population somebody is compared with has himself not in.
    let other = dossier(2, 40, 100).report.measured;
    assert_eq!(store.measured_edges(&wallet(1)).await.unwrap(), other.into_iter().collect::<Vec<_>>());
    assert_eq!(store.measured_edges(&wallet(9)).await.unwrap().len(), 2);
}

async fn who_was_looked_at_counts_once_and_for_ever(kind: Kind) {
    let fixture = Fixture::new(kind).await;
    let store = &fixture.store;
    assert_eq!(store.dossier_family().await.unwrap(), 0);
    store.note_looked_at(&[], at(0)).await.unwrap();
    let ten: Vec<Wallet> = (1..=10).map(wallet).collect();
    store.note_looked_at(&ten, at(0)).await.unwrap();
    store.note_looked_at(&ten[3..], at(5)).await.unwrap();
    store.keep_dossier(&dossier(3, 4, 100)).await.unwrap();
    store.keep_dossier(&dossier(77, 4, 100)).await.unwrap();
    assert_eq!(store.dossier_family().await.unwrap(), 11);
    assert!(store.was_looked_at(&wallet(77)).await.unwrap() && !store.was_looked_at(&wallet(78)).await.unwrap());
    // Two who look at the same page at once.
    let (one, other) = (store.clone(), store.clone());
    let page: Vec<Wallet> = (20..40).map(wallet).collect();
    let (a, b) = tokio::join!(one.note_looked_at(&page, at(9)), other.note_looked_at(&page, at(9)));
    assert!(a.is_ok() && b.is_ok());
    assert_eq!(store.dossier_family().await.unwrap(), 31);
}

async fn a_dossier_nobody_can_read_any_more_counts_as_none(kind: Kind) {
    let fixture = Fixture::new(kind).await;
    let store = &fixture.store;
    store.keep_dossier(&dossier(1, 4, 100)).await.unwrap();
    store.connection().execute_unprepared("UPDATE copy_dossiers SET body = '{\"at\": 3}'").await.unwrap();
    assert_eq!(store.dossier(&wallet(1)).await.unwrap(), None);
    store.keep_dossier(&dossier(1, 5, 200)).await.unwrap();
    assert!(store.dossier(&wallet(1)).await.unwrap().is_some());
}

async fn the_orders_of_others_are_found_by_token(kind: Kind) {
    let fixture = Fixture::new(kind).await;
    let store = &fixture.store;
    for n in [1, 2] {
        let follow = Follow {
            wallet: wallet(n),
            name: String::new(),
            sizing: CopySizing::Kelly,
            caps: CopyCaps::default(),
            mode: BookMode::Approve,
            stage: Stage::Shadow,
            standing: Standing::Active,
            followed_at: at(0),
            changed_at: at(0),
        };
        store.follow_trader(&follow, &[]).await.unwrap();
        let span = ReadSpan {
            wallet: wallet(n),
            since: at(0),
            rows: (0..30).map(|m| buy(n, m, 10 + i64::from(m))).collect(),
            read_through: at(60),
            swept_at: None,
            looked_before: None,
            seen_at: at(60) + TimeDelta::seconds(1),
        };
        store.record_span(&span).await.unwrap().unwrap();
    }
    let tokens: Vec<OutcomeToken> = (10..2_000).map(|m: u32| OutcomeToken::new(m.to_string())).collect();
    let found = store.activity_in(&tokens, &wallet(1), 1_000).await.unwrap();
    assert_eq!(found.len(), 20);
    assert!(found.iter().all(|row| row.wallet == wallet(2)));
    assert_eq!(store.activity_in(&tokens, &wallet(1), 5).await.unwrap().len(), 5);
    assert!(store.activity_in(&[], &wallet(1), 5).await.unwrap().is_empty());
}
