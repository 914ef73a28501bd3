//! A venue with traders on it, a store, and what makes dossiers of them.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use engine::copy::Dossiers;
use engine::store::Store;
use engine_clock::Clock;
use engine_core::copy::activity::Wallet;
use engine_core::copy::dossier::{Dossier, DossierRead};
use polymarket::{Hosts, Options, Polymarket};
use sandbox::polymarket::PolymarketServer;
use sandbox::world::{Kind, World, WorldConfig};
use tempfile::TempDir;

pub(crate) struct Stage {
    pub(crate) world: Arc<World>,
    pub(crate) clock: Clock,
    pub(crate) server: PolymarketServer,
    pub(crate) store: Store,
    pub(crate) dossiers: Arc<Dossiers>,
    _folder: TempDir,
}

pub(crate) fn start() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

impl Stage {
    /// A world of traders of every kind, standing still.
    pub(crate) async fn simulated(seed: u64) -> Self {
        let clock = Clock::manual(start());
        Self::over(World::simulated(WorldConfig::new(seed, start(), clock).with_markets(100))).await
    }

    /// A world without traders but those a test adds, and without markets but its own.
    pub(crate) async fn empty() -> Self {
        Self::over(World::empty(Clock::manual(start()))).await
    }

    async fn over(world: Arc<World>) -> Self {
        let server = PolymarketServer::start(world.clone()).await.unwrap();
        let hosts =
            Hosts { gamma: server.gamma_url.clone(), clob: server.clob_url.clone(), data_api: server.data_url.clone() };
        let clock = world.clock().clone();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(&format!("sqlite://{}", folder.path().join("odds.db").display())).await.unwrap();
        migration::up(store.connection()).await.unwrap();
        let dossiers = Arc::new(Dossiers::new(store.clone(), client(&hosts, &clock), clock.clone()));
        Self { world, clock, server, store, dossiers, _folder: folder }
    }

    pub(crate) fn hosts(&self) -> Hosts {
        let server = &self.server;
        Hosts { gamma: server.gamma_url.clone(), clob: server.clob_url.clone(), data_api: server.data_url.clone() }
    }

    /// The same after a restart, with other addresses of the venue.
    pub(crate) fn again(self, hosts: &Hosts) -> Self {
        let dossiers = Dossiers::new(self.store.clone(), client(hosts, &self.clock), self.clock.clone());
        Self { dossiers: Arc::new(dossiers), ..self }
    }

    /// The same with the data API at another address.
    pub(crate) fn at_data_api(self, data_api: String) -> Self {
        let hosts = Hosts { data_api, ..self.hosts() };
        self.again(&hosts)
    }

    pub(crate) fn wallets(&self, kind: Kind) -> Vec<Wallet> {
        let all = self.world.traders().into_iter().map(|trader| trader.wallet);
        let of_kind = all.filter(|wallet| self.world.kind_of(wallet) == Some(kind));
        of_kind.map(|wallet| Wallet::parse(&wallet).unwrap()).collect()
    }

    pub(crate) async fn read(&self, wallet: &Wallet) -> DossierRead {
        self.dossiers.dossier(wallet, 1).await.unwrap()
    }

    pub(crate) async fn made(&self, wallet: &Wallet) -> Dossier {
        match self.read(wallet).await {
            DossierRead::Done(dossier) => *dossier,
            other => panic!("{wallet}: {other:?}"),
        }
    }

    pub(crate) fn pass(&self, span: TimeDelta) {
        self.clock.advance_to(self.clock.now() + span);
    }

    /// Requests so far, to all hosts.
    pub(crate) fn requests(&self) -> u64 {
        self.server.requests.all().values().sum()
    }
}

/// The real client without waiting: its limits and pauses are shortened, not left out.
fn client(hosts: &Hosts, clock: &Clock) -> Polymarket {
    let options = Options {
        rate_scale: 10_000.0,
        backoff_min: Duration::from_millis(1),
        backoff_max: Duration::from_millis(5),
        patience: Duration::from_secs(2),
        clock: clock.clone(),
        ..Options::default()
    };
    Polymarket::new(hosts, &options).unwrap()
}
