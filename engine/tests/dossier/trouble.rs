//! Wallets with nothing to show, wallets that vanish, huge and odd histories, and a venue that misbehaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use engine::copy::{MAX_ACTIVITY_REQUESTS, MAX_ROWS};
use engine_core::copy::activity::Wallet;
use engine_core::copy::board::Outage;
use engine_core::copy::dossier::{DossierProgress, DossierRead};
use engine_core::market::{Outcome, Side};
use sandbox::polymarket::{FeedFault, HttpFault};
use sandbox::world::{Act, ActivitySpec, Kind, MarketSpec, Payout};
use tokio::sync::watch;

use crate::between::{Answer, between};
use crate::stage::{Stage, start};

/// A trader who did so many orders of so many fills, one order every twenty minutes back from now.
pub(crate) fn busy(stage: &Stage, orders: i64, fills: usize) -> Wallet {
    let wallet = stage.world.add_trader("busy bee");
    let markets: Vec<u64> = (0..40)
        .map(|n| {
            let created_at = Some(start() - TimeDelta::days(400));
            let spec = MarketSpec { created_at, ..MarketSpec::new(&format!("Will plan {n} pass?"), 0.4) };
            let market = stage.world.add_market(&spec).unwrap();
            stage.world.resolve(market, if n % 5 < 2 { Payout::YES } else { Payout::NO }).unwrap();
            market
        })
        .collect();
    for n in 0..orders {
        let market = markets[usize::try_from(n).unwrap() % markets.len()];
        let at = start() - TimeDelta::minutes(20 * (orders - n));
        let spec = ActivitySpec::buy(market, Outcome::Yes, 10.0 * fills as f64, 0.4).at(at).in_fills(fills);
        stage.world.add_activity(&wallet, &spec).unwrap();
    }
    Wallet::parse(&wallet).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wallet_that_never_traded_is_said_so() {
    let stage = Stage::empty().await;
    let nobody = Wallet::parse(&format!("0x{}", "e".repeat(40))).unwrap();
    let idle = Wallet::parse(&stage.world.add_trader("Idle Ida")).unwrap();
    let DossierRead::Nothing { trader, profile: false } = stage.read(&nobody).await else { panic!("not nothing") };
    assert_eq!((trader.wallet, trader.name.as_str()), (nobody.clone(), ""));
    let DossierRead::Nothing { trader, profile: true } = stage.read(&idle).await else { panic!("not nothing") };
    assert_eq!(trader.name, "Idle Ida");
    assert!(stage.requests() < 16, "{:?}", stage.server.requests.all());
    // Nothing was shown of them: nobody counts as looked at, nothing is kept.
    assert_eq!(stage.store.dossier_family().await.unwrap(), 0);
    assert_eq!(stage.store.dossier(&nobody).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trader_who_vanishes_is_missed_and_not_taken_for_another() {
    let stage = Stage::simulated(5).await;
    let wallet = stage.wallets(Kind::Sharp).remove(0);
    let before = stage.made(&wallet).await;
    stage.world.hide_trader(wallet.as_str(), true);
    stage.pass(TimeDelta::hours(1));
    let DossierRead::Vanished { trader, last } = stage.read(&wallet).await else { panic!("not vanished") };
    // His profile is gone with him; what he was called is remembered.
    assert_eq!((&trader, last.as_deref()), (&before.trader, Some(&before)));
    stage.world.hide_trader(wallet.as_str(), false);
    stage.pass(TimeDelta::hours(1));
    assert!(stage.made(&wallet).await.rows >= before.rows);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trader_who_vanishes_between_two_pages_gets_no_report_of_a_part() {
    for pages in 1..6 {
        let stage = Stage::empty().await;
        let wallet = busy(&stage, 2_600, 1);
        let left = Arc::new(AtomicU32::new(pages));
        let gone: Arc<Answer> = Arc::new(move |target: &str| {
            let counted = target.starts_with("/v2/activity")
                && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err();
            let nothing = r#"{"data": [], "pagination": {"has_more": false, "next_cursor": null}}"#;
            counted.then(|| (200, nothing.to_owned()))
        });
        let data_api = between(&stage.server.data_url, gone).await;
        let stage = stage.at_data_api(data_api);
        match stage.read(&wallet).await {
            DossierRead::Vanished { last: None, .. } => {}
            other => panic!("after {pages} pages: {other:?}"),
        }
        assert_eq!(stage.store.dossier(&wallet).await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_huge_history_is_cut_and_says_so_within_bounded_requests() {
    let stage = Stage::empty().await;
    // Thirty thousand fills over two weeks.
    let wallet = busy(&stage, 1_000, 30);
    let (tell, mut told) = watch::channel(DossierProgress::default());
    let (begun, asked) = (std::time::Instant::now(), stage.requests());
    let seen = tokio::spawn(async move {
        let mut all = vec![*told.borrow()];
        while told.changed().await.is_ok() {
            all.push(*told.borrow_and_update());
        }
        all
    });
    let DossierRead::Done(dossier) = stage.dossiers.dossier_with(&wallet, 1, &tell).await.unwrap() else {
        panic!("not made")
    };
    drop(tell);
    let requests = stage.requests() - asked;
    eprintln!("{} rows of 30,000, {requests} requests, {:?}", dossier.rows, begun.elapsed());
    assert!(dossier.cut && dossier.rows >= MAX_ROWS as u64 && dossier.rows < MAX_ROWS as u64 + 2_500);
    assert!(stage.server.requests.count("data/v2/activity") <= u64::from(MAX_ACTIVITY_REQUESTS) + 8);
    assert!(requests < 160, "{:?}", stage.server.requests.all());
    let oldest = stage.world.activity_of(wallet.as_str())[30_000 - usize::try_from(dossier.rows).unwrap()].at_s;
    assert_eq!(dossier.oldest.unwrap().timestamp(), oldest);
    // Who watches sees it grow.
    let seen = seen.await.unwrap();
    assert!(seen.windows(2).all(|pair| pair[0].rows <= pair[1].rows && pair[0].asked <= pair[1].asked));
    let last = seen.last().unwrap();
    assert_eq!((last.rows, last.markets, last.asked), (dossier.rows, 40, 40));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passing_faults_change_nothing_and_lasting_ones_are_named() {
    let stage = Stage::simulated(6).await;
    let wallet = stage.wallets(Kind::Sharp).remove(1);
    let whole = stage.made(&wallet).await;
    let faults = &stage.server.faults;
    for route in ["data/v2/activity", "data/v2/resolutions", "gamma/public-profile", "data/v2/value"] {
        for fault in [
            HttpFault::TooManyHtml,
            HttpFault::TooManyJson { retry_after_s: 0 },
            HttpFault::CutShort,
            HttpFault::HtmlInsteadOfJson,
        ] {
            faults.http(route, fault, 2);
            let again = stage.made(&wallet).await;
            faults.clear();
            assert_eq!((&again.report, again.rows), (&whole.report, whole.rows), "{route} {fault:?}");
        }
    }
    let lasting = [
        ("data/v2/activity", HttpFault::TooManyJson { retry_after_s: 0 }),
        ("data/v2/resolutions", HttpFault::TooManyText),
        ("data/v2/resolutions", HttpFault::ServerError),
        ("data/v2/activity", HttpFault::CutShort),
    ];
    for (route, fault) in lasting {
        faults.http(route, fault, u32::MAX);
        let DossierRead::Unavailable { outage, last, .. } = stage.read(&wallet).await else {
            panic!("{route} {fault:?}: made all the same")
        };
        faults.clear();
        let quiet = matches!(fault, HttpFault::TooManyJson { .. } | HttpFault::TooManyText);
        assert_eq!(matches!(outage, Outage::TooManyRequests { .. }), quiet, "{outage:?}");
        assert_eq!(last.unwrap().report, whole.report);
    }
    // A name and a portfolio are worth having, not worth failing for.
    for route in ["gamma/public-profile", "data/v2/value", "data/value"] {
        faults.http(route, HttpFault::CutShort, u32::MAX);
    }
    let nameless = stage.made(&wallet).await;
    faults.clear();
    assert_eq!((&nameless.trader, nameless.portfolio, &nameless.report), (&whole.trader, None, &whole.report));
    assert!(whole.portfolio.is_some_and(|value| value >= 0.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_version_of_the_api_gives_the_same_report() {
    let stage = Stage::simulated(7).await;
    let wallet = stage.wallets(Kind::Maker).remove(0);
    let second = stage.made(&wallet).await;
    assert!(second.rows > 2_000);
    stage.server.faults.http("data/v2/activity", HttpFault::ServerError, u32::MAX);
    let asked = stage.requests();
    let first = stage.made(&wallet).await;
    eprintln!("{} rows by the first version: {} requests", first.rows, stage.requests() - asked);
    assert_eq!((first.rows, first.report.markets), (second.rows, second.report.markets));
    assert_eq!(first.judged.verdict, second.judged.verdict);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn circles_and_broken_rows_end() {
    let stage = Stage::simulated(8).await;
    let wallet = stage.wallets(Kind::Sharp).remove(0);
    let whole = stage.made(&wallet).await;
    for fault in [FeedFault::RepeatedCursor, FeedFault::BrokenRows] {
        stage.server.faults.feed(fault, true);
        let asked = stage.requests();
        let read = stage.made(&wallet).await;
        stage.server.faults.clear();
        eprintln!("{fault:?}: {} of {} rows, {} requests", read.rows, whole.rows, stage.requests() - asked);
        assert!(read.rows <= whole.rows && stage.requests() - asked < 200);
        assert!(fault == FeedFault::BrokenRows || read.rows == whole.rows);
        stage.pass(TimeDelta::minutes(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn combinations_splits_and_merges_are_not_taken_for_bets() {
    let stage = Stage::empty().await;
    let wallet = stage.world.add_trader("mixed");
    let market = stage.world.add_market(&MarketSpec::new("Will the bill pass?", 0.4)).unwrap();
    let other = stage.world.add_market(&MarketSpec::new("Will the other bill pass?", 0.5)).unwrap();
    let at = |minutes: i64| start() - TimeDelta::days(9) + TimeDelta::minutes(minutes);
    let trade =
        |outcome, side, shares, price| Act::Trade { market, outcome, side, shares, price, taker: false, fills: 3 };
    let acts = [
        Act::Combination { shares: 50.0, price: 0.3 },
        trade(Outcome::Yes, Side::Buy, 100.0, 0.4),
        Act::Split { market, shares: 60.0 },
        trade(Outcome::No, Side::Sell, 60.0, 0.55),
        Act::Merge { market: other, shares: 0.0 },
        Act::Other { kind: "REWARD".to_owned(), dollars: 7.0 },
        Act::Other { kind: "THRESHOLD_COMPOSE".to_owned(), dollars: 7.0 },
        Act::Redeem { market, outcome: Outcome::Yes, shares: 160.0, paid: 160.0 },
    ];
    for (minutes, act) in (0..).zip(acts) {
        let spec = ActivitySpec::now(act).at(at(minutes));
        stage.world.add_activity(&wallet, &spec).unwrap();
    }
    stage.world.resolve(market, Payout::YES).unwrap();
    let dossier = stage.made(&Wallet::parse(&wallet).unwrap()).await;
    let report = &dossier.report;
    assert_eq!((report.markets, report.closed, report.behaviour.orders), (1, 1, 2));
    // 160 came of the redemption and 33 of the sale; 40 and 60 were paid.
    assert!((report.realized_pnl - 93.0).abs() < 1e-6, "{}", report.realized_pnl);
    assert!((report.behaviour.rewards - 7.0).abs() < 1e-9);
    assert_eq!(stage.store.dossier(&dossier.trader.wallet).await.unwrap(), Some(dossier));
}

/// Markets that are not over cost no coverage; one that closed long ago does, and so does one in which somebody redeemed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_markets_are_neither_won_nor_lost_and_forgotten_ones_are_unknown() {
    let stage = Stage::empty().await;
    let wallet = stage.world.add_trader("patient");
    let mut markets = Vec::new();
    for n in 0..6 {
        let market = stage.world.add_market(&MarketSpec::new(&format!("Will it rain on day {n}?"), 0.5)).unwrap();
        let buy = ActivitySpec::buy(market, Outcome::No, 50.0, 0.5).at(start() - TimeDelta::days(2));
        stage.world.add_activity(&wallet, &buy).unwrap();
        match n {
            0 => stage.world.resolve(market, Payout::NO).unwrap(),
            1 => stage.world.resolve(market, Payout::HALF).unwrap(),
            2 | 3 => stage.world.close_unresolved(market).unwrap(),
            _ => {}
        }
        markets.push(market);
    }
    let wallet = Wallet::parse(&wallet).unwrap();
    let report = stage.made(&wallet).await.report;
    assert_eq!((report.markets, report.closed), (6, 2));
    assert!((report.coverage - 1.0).abs() < 1e-9 && report.realized_pnl > 20.0, "{report:?}");
    // Redeemed though nobody says that it is over: won, to be sure, but nobody tells of the others like it.
    let redeem = ActivitySpec::now(Act::Redeem { market: markets[5], outcome: Outcome::No, shares: 50.0, paid: 50.0 });
    stage.world.add_activity(wallet.as_str(), &redeem).unwrap();
    stage.pass(TimeDelta::days(1));
    let report = stage.made(&wallet).await.report;
    assert_eq!((report.closed, (report.coverage - 2.0 / 3.0).abs() < 0.01), (2, true), "{}", report.coverage);
    // Closed forty days ago, and still nobody tells.
    stage.pass(TimeDelta::days(40));
    let report = stage.made(&wallet).await.report;
    assert_eq!((report.closed, (report.coverage - 0.4).abs() < 0.01), (2, true), "{}", report.coverage);
}
