//! The stand-in world with a trader told by hand, and a copy engine over it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use engine::copy::{CopyEngine, MirrorRound, NewFollow};
use engine::engine::Engine;
use engine::model_slot::ModelSlot;
use engine::recipient::{BotId, Recipient};
use engine::settings::{CopySettings, EngineSettings, ModelSettings};
use engine::store::{CopyDecision, CopyDecisionFilter, FollowResult, Store};
use engine_clock::Clock;
use engine_core::copy::activity::Wallet;
use engine_core::copy::judge::{CopyCaps, CopySizing};
use engine_core::copy::news::CopyNotice;
use engine_core::copy::probation::Stage as FollowStage;
use engine_core::copy::trader::Trader;
use engine_core::engines::Engines;
use engine_core::market::Outcome;
use engine_core::money::{Shares, Usd};
use engine_core::notice::Notice;
use engine_core::pipeline::GateSettings;
use engine_core::position::Position;
use engine_core::strategy::{BookMode, StrategyProfile};
use polymarket::{Hosts, Options, Polymarket};
use sandbox::polymarket::PolymarketServer;
use sandbox::world::{ActivitySpec, MarketSpec, World};
use tempfile::TempDir;

pub(crate) const OWNER: i64 = 77;
/// The bot he talks with.
pub(crate) const BOT: BotId = BotId::new(7_000_000_001);

pub(crate) struct Stage {
    pub(crate) world: Arc<World>,
    pub(crate) clock: Clock,
    pub(crate) server: PolymarketServer,
    pub(crate) store: Store,
    pub(crate) engine: Arc<Engine>,
    pub(crate) copy: Arc<CopyEngine>,
    pub(crate) gates: GateSettings,
    folder: TempDir,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::over(World::empty(Clock::manual("2026-11-23T09:00:00Z".parse().unwrap()))).await
    }

    pub(crate) async fn over(world: Arc<World>) -> Self {
        let clock = world.clock().clone();
        let server = PolymarketServer::start(world.clone()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(&url(&folder)).await.unwrap();
        migration::up(store.connection()).await.unwrap();
        let gates = GateSettings::default();
        let engine = engine(store.clone(), &clock, &hosts(&server), gates.clone());
        let copy = Arc::new(CopyEngine::new(engine.clone()));
        copy.ensure_book().await.unwrap();
        engine
            .store
            .ensure_book(&StrategyProfile::built_in("balanced").unwrap().book, usd("300"), clock.now())
            .await
            .unwrap();
        Self { world, clock, server, store, engine, copy, gates, folder }
    }

    /// The process is gone with all it remembered, and starts anew.
    pub(crate) async fn restart(&mut self) {
        self.store = Store::connect(&url(&self.folder)).await.unwrap();
        let hosts = hosts(&self.server);
        self.engine = engine(self.store.clone(), &self.clock, &hosts, self.gates.clone());
        self.copy = Arc::new(CopyEngine::new(self.engine.clone()));
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance_to(self.clock.now() + TimeDelta::seconds(seconds));
    }

    /// Reads and mirrors, a few seconds later.
    pub(crate) async fn step(&self) -> MirrorRound {
        self.pass(8);
        let read = self.copy.ingest().round().await.unwrap();
        assert_eq!(read.failures, []);
        self.copy.mirror().await.unwrap()
    }

    pub(crate) fn market(&self, question: &str, price: f64) -> u64 {
        // Deep enough for any copy.
        self.world.add_market(&MarketSpec { level_shares: 5_000.0, ..MarketSpec::new(question, price) }).unwrap()
    }

    /// A trader who is followed: staked, in proportion, at once.
    pub(crate) async fn followed(&self, name: &str) -> Wallet {
        self.follow_as(name, FollowStage::Live, BookMode::Auto, CopyCaps::default()).await
    }

    pub(crate) async fn follow_as(&self, name: &str, stage: FollowStage, mode: BookMode, caps: CopyCaps) -> Wallet {
        let wallet = Wallet::parse(&self.world.add_trader(name)).unwrap();
        self.follow(&wallet, name, stage, mode, caps).await;
        wallet
    }

    pub(crate) async fn follow(&self, wallet: &Wallet, name: &str, stage: FollowStage, mode: BookMode, caps: CopyCaps) {
        let trader = Trader { wallet: wallet.clone(), name: name.to_owned() };
        let sizing = CopySizing::Proportional { multiplier: 1.0 };
        let done = self.copy.follow(NewFollow { trader, sizing, caps, mode, stage }).await.unwrap();
        assert_ne!(done, FollowResult::AlreadyFollowed);
    }

    pub(crate) fn does(&self, wallet: &Wallet, spec: &ActivitySpec) {
        self.world.add_activity(wallet.as_str(), spec).unwrap();
    }

    pub(crate) fn buys(&self, wallet: &Wallet, market: u64, outcome: Outcome, shares: f64, price: f64) {
        self.does(wallet, &ActivitySpec::buy(market, outcome, shares, price));
    }

    pub(crate) fn sells(&self, wallet: &Wallet, market: u64, outcome: Outcome, shares: f64, price: f64) {
        self.does(wallet, &ActivitySpec::sell(market, outcome, shares, price));
    }

    /// Every copy ever staked.
    pub(crate) async fn copies(&self) -> Vec<Position> {
        let all = self.store.positions(&engine::store::PositionFilter::default()).await.unwrap();
        all.into_iter().filter(|position| position.trader.is_some()).collect()
    }

    /// The one copy there is.
    pub(crate) async fn copy(&self) -> Position {
        let copies = self.copies().await;
        assert_eq!(copies.len(), 1, "{:?}", self.why().await);
        copies.into_iter().next().unwrap()
    }

    /// Decisions, oldest first.
    pub(crate) async fn decisions(&self) -> Vec<CopyDecision> {
        let mut all = self.store.copy_decisions(&CopyDecisionFilter::default()).await.unwrap();
        all.reverse();
        all
    }

    /// What came of everything, and why.
    pub(crate) async fn why(&self) -> Vec<String> {
        let line = |one: CopyDecision| format!("{:?} {:?} {:?}: {}", one.fate, one.side, one.gate, one.reason);
        self.decisions().await.into_iter().map(line).collect()
    }

    pub(crate) async fn last(&self) -> CopyDecision {
        self.decisions().await.pop().unwrap()
    }

    /// What the owner was told, in order.
    pub(crate) async fn told(&self) -> Vec<Notice> {
        let mut told = Vec::new();
        for id in 1.. {
            let Some(row) = self.store.outbox_row(id).await.unwrap() else { break };
            assert_eq!(row.message.chat_id, OWNER);
            told.push(serde_json::from_value(row.message.payload["notice"].clone()).unwrap());
        }
        told
    }

    /// News of the copy engine, in order.
    pub(crate) async fn news(&self) -> Vec<CopyNotice> {
        let news = self.told().await.into_iter().filter_map(|notice| match notice {
            Notice::Copy(news) => Some(*news),
            _ => None,
        });
        news.collect()
    }

    /// What holds at any time: no row waits, the ledger sums to zero, no book is overdrawn, positions agree with it.
    pub(crate) async fn check(&self) {
        assert_eq!(self.store.unhandled_activity(10).await.unwrap(), []);
        assert_eq!(self.store.ledger_total().await.unwrap(), Usd::ZERO);
        for book in self.store.books().await.unwrap() {
            assert!(book.cash >= Usd::ZERO, "{book:?}");
        }
    }
}

fn url(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("odds.db").display())
}

fn hosts(server: &PolymarketServer) -> Hosts {
    Hosts { gamma: server.gamma_url.clone(), clob: server.clob_url.clone(), data_api: server.data_url.clone() }
}

fn engine(store: Store, clock: &Clock, hosts: &Hosts, gates: GateSettings) -> Arc<Engine> {
    let nowhere = || PathBuf::from("/nonexistent");
    let settings = EngineSettings {
        gates,
        profiles: vec![StrategyProfile::built_in("balanced").unwrap()],
        bankroll: usd("300"),
        scan_every: Duration::from_secs(600),
        housekeeping_every: Duration::from_secs(600),
        heartbeat_every: None,
        signal_expiry: Duration::from_secs(1_800),
        max_candidates: 15,
        stop_loss: None,
        exit_days: None,
        unresolved_alert_after: Duration::from_secs(3_600),
        retention_days: 365,
        models: ModelSettings {
            shipped: nowhere(),
            library: nowhere(),
            retrain_every: Duration::from_secs(24 * 3600),
            trainer: None,
            trainer_limit: Duration::from_secs(60),
            training_data: None,
        },
        copy: CopySettings { poll_every: Duration::from_secs(5), ..CopySettings::default() },
        engines: Engines::Both,
        recipient: Some(Recipient { bot: BOT, chat: OWNER }),
    };
    polymarket::install_crypto();
    let options = Options {
        rate_scale: 10_000.0,
        backoff_min: Duration::from_millis(1),
        backoff_max: Duration::from_millis(5),
        max_tries: 1,
        clock: clock.clone(),
        ..Options::default()
    };
    let venue = Polymarket::new(hosts, &options).unwrap();
    Arc::new(Engine::new(settings, clock.clone(), store, venue, ModelSlot::without("none here".to_owned())))
}

pub(crate) fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

pub(crate) fn shares(text: &str) -> Shares {
    text.parse().unwrap()
}
