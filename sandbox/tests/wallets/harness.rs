//! A venue over a world whose clock the test holds.

use std::sync::{Arc, Once};

use chrono::{DateTime, TimeDelta, Utc};
use engine_clock::Clock;
use sandbox::polymarket::PolymarketServer;
use sandbox::world::{Kind, World, WorldConfig};
use serde_json::Value;

static TLS: Once = Once::new();

pub(crate) struct Venue {
    pub(crate) world: Arc<World>,
    pub(crate) clock: Clock,
    pub(crate) server: PolymarketServer,
    http: reqwest::Client,
}

pub(crate) fn start() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

pub(crate) fn simulated(seed: u64) -> (Arc<World>, Clock) {
    let clock = Clock::manual(start());
    (World::simulated(WorldConfig::new(seed, start(), clock.clone()).with_markets(100)), clock)
}

impl Venue {
    pub(crate) async fn over(world: Arc<World>) -> Self {
        TLS.call_once(|| {
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let server = PolymarketServer::start(world.clone()).await.unwrap();
        Self { clock: world.clock().clone(), world, server, http: reqwest::Client::new() }
    }

    pub(crate) async fn simulated(seed: u64) -> Self {
        Self::over(simulated(seed).0).await
    }

    pub(crate) async fn empty() -> Self {
        Self::over(World::empty(Clock::manual(start()))).await
    }

    /// Status and body of a path of the Data API, or of Gamma when it begins with `gamma/`.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let url = match path.strip_prefix("gamma/") {
            Some(rest) => format!("{}/{rest}", self.server.gamma_url),
            None => format!("{}/{path}", self.server.data_url),
        };
        let answer = self.http.get(url).send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path}: {status} {text}")))
    }

    pub(crate) async fn ok(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// All rows of a route of version 2, page after page.
    pub(crate) async fn all(&self, path: &str, limit: usize) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let body = self.ok(&format!("{path}&limit={limit}{cursor}")).await;
            let page = body["data"].as_array().unwrap();
            assert!(page.len() <= limit);
            rows.extend(page.iter().cloned());
            let next = &body["pagination"]["next_cursor"];
            assert_eq!(body["pagination"]["has_more"], !next.is_null());
            match next.as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }

    pub(crate) fn pass(&self, span: TimeDelta) {
        self.clock.advance_to(self.clock.now() + span);
    }

    pub(crate) fn wallet(&self, kind: Kind) -> String {
        wallets(&self.world, kind).into_iter().next().unwrap()
    }
}

pub(crate) fn wallets(world: &World, kind: Kind) -> Vec<String> {
    let all = world.traders().into_iter().map(|trader| trader.wallet);
    all.filter(|wallet| world.kind_of(wallet) == Some(kind)).collect()
}
