//! The recorded wallets followed through the stand-in venue, by a process that is killed and away again and again.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use engine::store::OrderFate;
use engine_clock::Clock;
use engine_core::chance::SplitMix64;
use engine_core::copy::activity::{ActivityKind, Wallet};
use engine_core::copy::judge::CopyCaps;
use engine_core::copy::probation::Stage as FollowStage;
use engine_core::market::Side;
use engine_core::notice::DecidedBy;
use engine_core::strategy::{BookId, BookMode, COPY_BOOK};
use sandbox::world::{RecordedConfig, World};

use crate::killed::killed_after;
use crate::stage::{Stage, usd};

/// How long the wallets are followed.
const FOLLOWED: TimeDelta = TimeDelta::hours(3);
/// From look to look.
const STEP: i64 = 6;
/// For so long the process is away.
const AWAY: i64 = 20 * 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recorded_wallets_are_mirrored_through_kills_and_absences() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/polymarket");
    if !directory.join("trades.parquet").exists() {
        eprintln!("skipped: no recorded data set beside the clone");
        return;
    }
    let from: DateTime<Utc> = "2026-02-13T16:00:00Z".parse().unwrap();
    let clock = Clock::manual(from);
    let config = RecordedConfig {
        assumed_volume: Some(50_000.0),
        traded_markets: true,
        ..RecordedConfig::new(from, from + TimeDelta::hours(24), clock.clone())
    };
    let begun = Instant::now();
    let mut stage = Stage::over(World::recorded(&directory, &config).unwrap()).await;
    // Sports are most of what is traded here, and what lies far off or thin is mirrored too: this counts copies, not profit.
    stage.gates.block_sports = false;
    stage.gates.max_days_to_expiry = 4_000.0;
    stage.gates.min_book_depth = usd("0");
    stage.gates.min_bet_price = 0.0;
    stage.restart().await;
    let book = BookId::new(COPY_BOOK);
    stage.store.top_up(&book, usd("300"), usd("1000000"), &DecidedBy::Auto, from).await.unwrap();
    let wallets: Vec<Wallet> =
        stage.world.traders().iter().map(|trader| Wallet::parse(&trader.wallet).unwrap()).collect();
    let caps = CopyCaps { per_trade: Some(usd("6")), ..CopyCaps::default() };
    for wallet in &wallets {
        stage.follow(wallet, "", FollowStage::Live, BookMode::Auto, caps).await;
    }
    eprintln!("{} wallets followed after {:?}", wallets.len(), begun.elapsed());
    let mut chance = SplitMix64::new(86);
    let (mut away, mut killed, mut rounds) = (0, 0, 0);
    while clock.now() < from + FOLLOWED {
        stage.pass(STEP);
        rounds += 1;
        if chance.below(150) == 0 {
            // Everybody is asked in this round, so that there is something to be killed in.
            stage.pass(60);
            let work = async {
                stage.copy.ingest().round().await.unwrap();
                stage.copy.mirror().await.unwrap();
            };
            killed += u32::from(Box::pin(killed_after(1 + chance.below(60), work)).await.is_none());
            away += 1;
            stage.pass(AWAY);
            stage.restart().await;
        } else {
            stage.copy.ingest().round().await.unwrap();
            stage.copy.mirror().await.unwrap();
        }
    }
    let end = clock.now();
    // What shows up late is swept up.
    for _ in 0..30 {
        stage.pass(300);
        stage.copy.ingest().round().await.unwrap();
        stage.copy.mirror().await.unwrap();
    }
    let (served, trades) = compare(&stage, &wallets, from, end).await;
    let copies = check_copies(&stage).await;
    eprintln!(
        "{rounds} rounds, {away} absences, {killed} of them begun in the middle of a round; {served} rows served and seen, {trades} of them trades; {copies} positions; {:?}; {:?}",
        stage.copy.counts(from).await.unwrap(),
        begun.elapsed()
    );
    assert!(away > 2 && killed > 1 && served > 500 && copies > 5);
    stage.check().await;
}

/// The rows seen are the rows served, each once.
async fn compare(stage: &Stage, wallets: &[Wallet], from: DateTime<Utc>, end: DateTime<Utc>) -> (usize, usize) {
    let (mut all, mut trades) = (0, 0);
    for wallet in wallets {
        let mut rows: BTreeMap<(i64, String, String), i64> = BTreeMap::new();
        for deed in stage.world.activity_of(wallet.as_str()) {
            // Combinations are no markets: they are not read.
            if (from.timestamp()..=end.timestamp()).contains(&deed.at_s) && !deed.token.contains('/') {
                let kind = if &*deed.kind == "TRADE" { deed.token.to_string() } else { deed.kind.to_string() };
                *rows.entry((deed.at_s, deed.transaction.to_string(), kind)).or_default() += 1;
                all += 1;
                trades += usize::from(&*deed.kind == "TRADE");
            }
        }
        for seen in stage.store.activity_of(wallet, from).await.unwrap() {
            let row = seen.activity;
            if row.at > end {
                continue;
            }
            let kind = match &row.kind {
                ActivityKind::Trade(trade) => trade.token.as_str().to_owned(),
                ActivityKind::Split { .. } => "SPLIT".to_owned(),
                ActivityKind::Merge { .. } => "MERGE".to_owned(),
                ActivityKind::Redeem { .. } => "REDEEM".to_owned(),
                ActivityKind::Conversion { .. } => "CONVERSION".to_owned(),
                ActivityKind::Reward { name, .. } | ActivityKind::Unknown { name } => name.clone(),
            };
            *rows.entry((row.at.timestamp(), row.id.transaction, kind)).or_default() -= 1;
        }
        rows.retain(|_, count| *count != 0);
        assert!(rows.is_empty(), "{wallet}: {} places differ, {:?} first", rows.len(), rows.first_key_value());
    }
    (all, trades)
}

/// Every copy holds the token its trader bought, in an order of its own.
async fn check_copies(stage: &Stage) -> usize {
    let copies = stage.copies().await;
    let decisions = stage.decisions().await;
    let copied: BTreeMap<i64, _> = decisions
        .iter()
        .filter(|one| one.fate == OrderFate::Copied)
        .map(|one| (one.position_id.unwrap(), one))
        .collect();
    assert_eq!(copied.len(), decisions.iter().filter(|one| one.fate == OrderFate::Copied).count());
    assert_eq!(copied.len(), copies.len());
    for copy in &copies {
        let order = copied[&copy.id];
        assert_eq!((order.subject.as_str(), order.side), (copy.token.as_str(), Some(Side::Buy)));
        assert_eq!(copy.trader.as_deref(), Some(order.wallet.as_str()));
        let bought = stage.world.activity_of(order.wallet.as_str());
        let bought =
            bought.iter().find(|deed| *deed.transaction == *order.transaction && *deed.token == *order.subject);
        assert_eq!(bought.unwrap().side, Some(Side::Buy));
    }
    copies.len()
}
