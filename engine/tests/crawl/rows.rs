//! What arrives is what the world holds.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use engine::crawl::{CrawlEnd, CrawlPlan, crawl, working_folder};
use engine::dataset::{RecordedMarket, SnapshotPlan, training_rows, write_features};
use engine_core::market::Outcome;
use sandbox::world::{Listing, Phase, View};
use tokio_util::sync::CancellationToken;

use crate::stage::{ALL, Stage, bytes, read};

/// History reaches so far back from the published end.
const REACH_S: i64 = 60 * 86_400;

/// Resolved markets the bot could have traded, latest published end first.
fn resolved<'v>(view: &'v View<'_>) -> Vec<&'v Listing> {
    let ended = |listing: &&Listing| {
        let end = view.end_ms(listing).unwrap_or(i64::MAX);
        matches!(view.phase(listing), Phase::Resolved(_)) && end <= view.now_ms() && !listing.protocol_v2
    };
    let mut found: Vec<&Listing> = view.listings().map(AsRef::as_ref).filter(ended).collect();
    found.sort_by_key(|listing| std::cmp::Reverse((view.end_ms(listing), listing.id)));
    found
}

fn seconds(at: Option<DateTime<Utc>>) -> Option<i64> {
    at.map(|at| at.timestamp())
}

fn check_market(view: &View<'_>, listing: &Listing, market: &RecordedMarket) {
    let fate = listing.fate();
    let whole = |ms: i64| ms.div_euclid(1000);
    assert_eq!(market.question, listing.question);
    assert_eq!(market.outcome, Some(fate.payout.yes()), "{}", listing.question);
    assert_eq!(market.outcome_source.as_deref(), Some("uma_settled"));
    assert_eq!(market.event, Some(listing.group.id.to_string()));
    assert_eq!(market.gamma_market_id, Some(listing.id.to_string()));
    assert_eq!(market.condition_id.as_ref(), Some(&listing.condition_id));
    assert_eq!(
        [&market.yes_token_id, &market.no_token_id].map(Option::as_deref),
        listing.tokens.each_ref().map(|t| Some(t.as_str()))
    );
    assert_eq!(market.yes_label.as_ref(), Some(&listing.labels[0]));
    assert_eq!(market.volume, view.volume(listing));
    let tags: Vec<&str> = listing.group.tags.iter().map(|tag| tag.slug.as_str()).collect();
    assert_eq!(market.tags, tags);
    assert_eq!(market.category.as_deref(), tags.first().copied());
    assert_eq!(seconds(market.created_at), Some(whole(listing.created_ms)));
    assert_eq!(seconds(market.end_at), listing.end_ms.map(whole));
    assert_eq!(seconds(market.closed_at), fate.closed_ms.map(whole));

    let (end, closed) = (whole(listing.end_ms.unwrap()), whole(fate.closed_ms.unwrap()));
    let from = whole(listing.created_ms).max(end - REACH_S);
    let wanted: Vec<(u32, f64)> = view
        .history(listing, Outcome::Yes, from, closed, 3_600)
        .into_iter()
        .filter(|(ts, _)| (from..closed).contains(ts))
        .map(|(ts, price)| (u32::try_from(ts).unwrap(), price))
        .collect();
    let got: Vec<(u32, f64)> = market.prices.iter().map(|price| (price.ts, price.price())).collect();
    assert_eq!(got, wanted, "{}", listing.question);
}

#[tokio::test]
async fn the_data_set_holds_what_the_world_does() {
    let stage = Stage::new(100, 40).await;
    let dir = stage.dir("data");
    let report = stage.crawl(&dir, ALL).await.unwrap();
    assert_eq!(report.end, CrawlEnd::NoMore);
    let set = read(&dir);
    let by_id: BTreeMap<&str, &RecordedMarket> =
        set.markets.iter().map(|market| (market.condition_id.as_deref().unwrap(), market)).collect();
    let view = stage.world.view();
    let all = resolved(&view);
    assert!(all.len() > 250, "{} resolved markets", all.len());
    assert_eq!((set.markets.len(), report.markets, report.progress.done), (all.len(), all.len(), all.len()));
    for listing in &all {
        check_market(&view, listing, by_id[listing.condition_id.as_str()]);
    }
    assert!(set.markets.iter().any(|market| market.outcome == Some(0.5)), "a tie pays half");
    assert!(set.skipped.is_empty() && report.failed.is_empty(), "{report:?}");
    // Closed is not resolved: such markets are counted, not guessed at.
    let stuck = view.listings().filter(|listing| {
        view.phase(listing) == Phase::Closed
            && !listing.protocol_v2
            && view.end_ms(listing).is_some_and(|end| end <= view.now_ms())
    });
    let stuck = u64::try_from(stuck.count()).unwrap();
    let left_out: u64 =
        report.skipped.iter().filter(|(reason, _)| reason.starts_with("not resolved")).map(|(_, n)| n).sum();
    assert!(stuck > 0 && left_out == stuck, "{stuck} stuck, {:?}", report.skipped);
    assert!(!working_folder(&dir).exists(), "a finished crawl leaves nothing else behind");
}

#[tokio::test]
async fn training_rows_come_of_it() {
    let stage = Stage::new(60, 30).await;
    let dir = stage.dir("data");
    // As the retraining does it: in a task of its own.
    let (venue, clock, to) = (stage.venue.clone(), stage.clock.clone(), dir.clone());
    let task = tokio::spawn(async move {
        crawl(&venue, &clock, &to, ALL, &CancellationToken::new(), &mut |_| ()).await.unwrap();
    });
    task.await.unwrap();
    let out = stage.dir("rows.parquet");
    let report = write_features(&dir, &out, &SnapshotPlan::default(), &mut |_, _| ()).unwrap();
    let set = read(&dir);
    let groups: std::collections::BTreeSet<&str> = set
        .markets
        .iter()
        .filter(|market| !training_rows(market, &SnapshotPlan::default()).is_empty())
        .filter_map(|market| market.event.as_deref())
        .collect();
    assert!(report.rows > 1_000, "{report:?}");
    assert_eq!(report.events, u64::try_from(groups.len()).unwrap(), "the venue's own events cluster the rows");
}

#[tokio::test]
async fn the_newest_come_first_and_later_runs_add_what_resolved_since() {
    let stage = Stage::new(150, 25).await;
    let dir = stage.dir("data");
    let plan = CrawlPlan { markets: 40, since: None };
    let report = stage.crawl(&dir, plan).await.unwrap();
    assert_eq!((report.end, report.markets), (CrawlEnd::Reached, 40));
    let ids = |listings: &[&Listing]| {
        let mut ids: Vec<String> = listings.iter().map(|listing| format!("c:{}", listing.condition_id)).collect();
        ids.sort();
        ids
    };
    let held = || read(&dir).markets.into_iter().map(|market| market.mid).collect::<Vec<_>>();
    let first = {
        let view = stage.world.view();
        ids(&resolved(&view)[..40])
    };
    assert_eq!(held(), first);

    stage.clock.advance_to(stage.clock.now() + TimeDelta::days(2));
    let before = stage.server.requests.count("clob/batch-prices-history");
    let report = stage.crawl(&dir, plan).await.unwrap();
    let mut wanted = {
        let view = stage.world.view();
        ids(&resolved(&view)[..40])
    };
    let new = wanted.iter().filter(|id| !first.contains(id)).count();
    assert!(new > 0 && new < 40, "{new} new");
    assert_eq!((report.progress.known, report.progress.done), (40 - new, 40));
    wanted.extend(first);
    wanted.sort();
    wanted.dedup();
    assert_eq!(held(), wanted, "what was there stays");
    assert!(stage.server.requests.count("clob/batch-prices-history") > before);

    // The same moment again: nothing is asked about markets that are there.
    let (asked, files) = (stage.server.requests.count("data/v2/resolutions"), bytes(&dir));
    let report = stage.crawl(&dir, plan).await.unwrap();
    assert_eq!(report.progress.known, 40);
    assert_eq!(stage.server.requests.count("data/v2/resolutions"), asked);
    assert_eq!(bytes(&dir), files);
}

#[tokio::test]
async fn since_bounds_the_published_end() {
    let stage = Stage::new(80, 30).await;
    let since = stage.clock.now() - TimeDelta::days(5);
    let dir = stage.dir("data");
    stage.crawl(&dir, CrawlPlan { since: Some(since), ..ALL }).await.unwrap();
    let view = stage.world.view();
    let wanted = resolved(&view).iter().filter(|l| view.end_ms(l).unwrap() >= since.timestamp_millis()).count();
    assert!(wanted > 10);
    assert_eq!(read(&dir).markets.len(), wanted);
}

#[tokio::test]
async fn of_what_ended_long_ago_the_coarse_prices_are_taken() {
    let stage = Stage::new(30, 130).await;
    let dir = stage.dir("data");
    let report = stage.crawl(&dir, ALL).await.unwrap();
    assert!(!report.skipped.contains_key("without a price history"), "{:?}", report.skipped);
    let kept_from = stage.clock.now() - TimeDelta::days(90);
    let gap = |market: &RecordedMarket| {
        let gaps = market.prices.windows(2).map(|pair| pair[1].ts - pair[0].ts);
        gaps.min().unwrap_or(u32::MAX)
    };
    let markets = read(&dir).markets;
    let (old, new): (Vec<_>, Vec<_>) = markets.iter().partition(|market| market.closed_at.unwrap() < kept_from);
    assert!(old.len() > 10 && new.len() > 10, "{} old, {} new", old.len(), new.len());
    assert!(old.iter().all(|market| gap(market) > 10_000), "every three hours");
    assert!(new.iter().all(|market| market.created_at.unwrap() < kept_from || gap(market) < 4_000), "every hour");
}
