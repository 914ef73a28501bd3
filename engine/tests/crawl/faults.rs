//! A venue that misbehaves as the real one does.

use engine::crawl::CrawlEnd;
use engine::dataset::RecordedMarket;
use sandbox::polymarket::{HttpFault, ListingFault};

use crate::stage::{ALL, Stage, bytes, read};

#[tokio::test]
async fn refusals_and_circles_are_got_over() {
    let stage = Stage::new(50, 30).await;
    let whole = stage.dir("whole");
    stage.crawl(&whole, ALL).await.unwrap();
    let faults = &stage.server.faults;
    for (name, fault) in [("repeated", ListingFault::RepeatedCursor), ("ignored", ListingFault::CursorIgnored)] {
        faults.listing(fault, true);
        let dir = stage.dir(name);
        let report = stage.crawl(&dir, ALL).await.unwrap();
        faults.clear();
        assert_eq!(bytes(&dir), bytes(&whole), "{name}");
        // At the very end a circle cannot be told from more to come.
        assert!(matches!(report.end, CrawlEnd::ListingBroke(_)), "{name}: {:?}", report.end);
    }
    let broken = [
        ("gamma/markets/keyset", HttpFault::TooManyHtml),
        ("clob/batch-prices-history", HttpFault::TooManyText),
        ("clob/batch-prices-history", HttpFault::CutShort),
        ("data/v2/resolutions", HttpFault::TooManyJson { retry_after_s: 0 }),
        ("data/v2/resolutions", HttpFault::ServerError),
        ("data/v2/resolutions", HttpFault::HtmlInsteadOfJson),
    ];
    for (n, (route, fault)) in broken.into_iter().enumerate() {
        faults.http(route, fault, 2);
        let dir = stage.dir(&format!("fault{n}"));
        let report = stage.crawl(&dir, ALL).await.unwrap();
        faults.clear();
        assert!(report.is_complete(), "{route}: {report:?}");
        assert_eq!(bytes(&dir), bytes(&whole), "{route} {fault:?}");
    }
}

#[tokio::test]
async fn broken_rows_cost_themselves_only() {
    let stage = Stage::new(60, 30).await;
    let whole = stage.dir("whole");
    stage.crawl(&whole, ALL).await.unwrap();
    stage.server.faults.listing(ListingFault::BrokenRows, true);
    let dir = stage.dir("broken");
    let report = stage.crawl(&dir, ALL).await.unwrap();
    assert!(report.skipped.keys().any(|reason| reason.starts_with("listed row")), "{:?}", report.skipped);
    let (all, got) = (read(&whole).markets, read(&dir).markets);
    assert!(!got.is_empty() && got.len() < all.len());
    for market in &got {
        let right = all.iter().find(|one| one.mid == market.mid).unwrap();
        let points = |of: &RecordedMarket| of.prices.iter().map(|p| (p.ts, p.price())).collect::<Vec<_>>();
        assert_eq!((market.outcome, points(market)), (right.outcome, points(right)), "{}", market.question);
    }
}

#[tokio::test]
async fn a_venue_that_goes_away_loses_nothing() {
    let stage = Stage::new(60, 40).await;
    let whole = stage.dir("whole");
    stage.crawl(&whole, ALL).await.unwrap();
    for route in ["data/v2/resolutions", "clob", "gamma"] {
        let dir = stage.dir(&route.replace('/', "_"));
        let faults = stage.server.faults.clone();
        let mut watch = |progress: engine::crawl::CrawlProgress| {
            if progress.done > 0 {
                faults.http(route, HttpFault::ServerError, u32::MAX);
            }
        };
        let stop = tokio_util::sync::CancellationToken::new();
        let gone = stage.watched(&dir, ALL, &stop, &mut watch).await.unwrap_err();
        assert!(format!("{gone:#}").contains("failed (500)"), "{gone:#}");
        stage.server.faults.clear();
        assert!(!read(&dir).markets.is_empty());
        assert!(stage.crawl(&dir, ALL).await.unwrap().is_complete());
        assert_eq!(bytes(&dir), bytes(&whole), "{route}");
    }
}
