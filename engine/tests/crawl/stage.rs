//! A venue whose markets have mostly ended, and a folder to crawl it into.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use engine::crawl::{CrawlPlan, CrawlProgress, CrawlReport, crawl};
use engine::dataset::DataSet;
use engine_clock::Clock;
use polymarket::{Hosts, Options, Polymarket};
use sandbox::polymarket::PolymarketServer;
use sandbox::world::{World, WorldConfig};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(crate) struct Stage {
    pub(crate) world: Arc<World>,
    pub(crate) clock: Clock,
    pub(crate) server: PolymarketServer,
    pub(crate) venue: Polymarket,
    folder: TempDir,
}

/// No limit on how many.
pub(crate) const ALL: CrawlPlan = CrawlPlan { markets: usize::MAX, since: None };

impl Stage {
    /// A world of `markets` markets after so many days, standing still.
    pub(crate) async fn new(markets: usize, days: i64) -> Self {
        let start: DateTime<Utc> = "2026-06-01T00:00:00Z".parse().unwrap();
        let clock = Clock::manual(start);
        let config = WorldConfig::new(11, start, clock.clone()).with_markets(markets);
        let world = World::simulated(WorldConfig { oddities: 3.0, ..config });
        clock.advance_to(start + TimeDelta::days(days));
        let server = PolymarketServer::start(world.clone()).await.unwrap();
        let venue = client(&server, clock.clone());
        Self { world, clock, server, venue, folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn dir(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn crawl(&self, dir: &Path, plan: CrawlPlan) -> anyhow::Result<CrawlReport> {
        self.watched(dir, plan, &CancellationToken::new(), &mut |_| ()).await
    }

    pub(crate) async fn watched(
        &self,
        dir: &Path,
        plan: CrawlPlan,
        stop: &CancellationToken,
        watch: &mut (dyn FnMut(CrawlProgress) + Send),
    ) -> anyhow::Result<CrawlReport> {
        crawl(&self.venue, &self.clock, dir, plan, stop, watch).await
    }
}

/// The real client without waiting: its limits and pauses are shortened, not left out.
fn client(server: &PolymarketServer, clock: Clock) -> Polymarket {
    let hosts =
        Hosts { gamma: server.gamma_url.clone(), clob: server.clob_url.clone(), data_api: server.data_url.clone() };
    let options = Options {
        rate_scale: 10_000.0,
        backoff_min: Duration::from_millis(1),
        backoff_max: Duration::from_millis(5),
        clock,
        ..Options::default()
    };
    Polymarket::new(&hosts, &options).unwrap()
}

pub(crate) fn read(dir: &Path) -> DataSet {
    DataSet::read(dir).unwrap()
}

/// Both files, byte by byte.
pub(crate) fn bytes(dir: &Path) -> [Vec<u8>; 2] {
    ["markets.parquet", "prices.parquet"].map(|name| std::fs::read(dir.join(name)).unwrap())
}
