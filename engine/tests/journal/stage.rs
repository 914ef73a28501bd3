//! A live engine over the stand-in world, its books on auto, with a journal.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use engine::engine::Engine;
use engine::journal::{Bounds, Journal, JournalReader, JournalSettings};
use engine::model_slot::ModelSlot;
use engine::predict::{ModelError, ModelInfo, Predictor, TrainingRange};
use engine::settings::{CopySettings, EngineSettings, ModelSettings};
use engine::store::Store;
use engine_clock::Clock;
use engine_core::backtest::BacktestSettings;
use engine_core::engines::Engines;
use engine_core::features::{FEATURES_VERSION, FeatureVector};
use engine_core::journal::Frame;
use engine_core::pipeline::GateSettings;
use engine_core::prediction::Prediction;
use engine_core::probability::Probability;
use engine_core::strategy::{BookMode, StrategyProfile};
use polymarket::{Hosts, Options, Polymarket};
use sandbox::polymarket::PolymarketServer;
use sandbox::world::{World, WorldConfig};
use tempfile::TempDir;

const START: &str = "2026-11-02T00:00:00Z";
/// Markets of the world.
const MARKETS: usize = 80;
/// From scan to scan; housekeeping comes every other time.
pub(crate) const STEP: TimeDelta = TimeDelta::minutes(30);
/// What the model takes every price to be worth.
pub(crate) const SHARE_OF_PRICE: f64 = 0.55;
const NAMES: [&str; 3] = ["aggressive", "balanced", "conservative"];
const BANKROLL: &str = "300";

/// Thinks every market dear.
pub(crate) struct Bear {
    pub(crate) share: f64,
}

impl Predictor for Bear {
    fn predict_each(&self, rows: &[FeatureVector]) -> Result<Vec<Result<Prediction, ModelError>>, ModelError> {
        let forecast = |row: &FeatureVector| {
            let p = row.0[0] * self.share;
            Ok(Prediction { probability: Probability::new(p).unwrap(), learners: vec![p; 5], confidence: 0.75 })
        };
        Ok(rows.iter().map(forecast).collect())
    }

    fn info(&self) -> ModelInfo {
        let at: DateTime<Utc> = "2026-11-01T00:00:00Z".parse().unwrap();
        ModelInfo {
            version: "bear-1".to_owned(),
            sha256: "0".repeat(64),
            created_at: at,
            features_version: FEATURES_VERSION,
            learners: (1..=5).map(|n| format!("learner{n}")).collect(),
            training: TrainingRange { from: at, to: at, rows: 0, events: 0, data_sha256: String::new() },
            metrics: serde_json::Value::Null,
        }
    }
}

pub(crate) struct Stage {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Clock,
    pub(crate) folder: TempDir,
    _server: PolymarketServer,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(MARKETS, Arc::new(Bear { share: SHARE_OF_PRICE })).await
    }

    pub(crate) async fn with(markets: usize, model: Arc<dyn Predictor>) -> Self {
        let clock = Clock::manual(START.parse().unwrap());
        let config =
            WorldConfig::new(11, clock.now(), clock.clone()).with_demo().without_traders().with_markets(markets);
        let world = World::simulated(config);
        let server = PolymarketServer::start(world).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(&format!("sqlite://{}", folder.path().join("odds.db").display())).await.unwrap();
        migration::up(store.connection()).await.unwrap();
        for profile in profiles() {
            store.ensure_book(&profile.book, BANKROLL.parse().unwrap(), clock.now()).await.unwrap();
        }
        store.set_mode(None, BookMode::Auto).await.unwrap();
        let hosts =
            Hosts { gamma: server.gamma_url.clone(), clob: server.clob_url.clone(), data_api: server.data_url.clone() };
        polymarket::install_crypto();
        let options = Options { rate_scale: 10_000.0, clock: clock.clone(), ..Options::default() };
        let venue = Polymarket::new(&hosts, &options).unwrap();
        let model = ModelSlot::with(model);
        let bounds = Bounds { days: 30, bytes: 1 << 30 };
        let journal = Journal::new(JournalSettings { dir: folder.path().join("journal"), bounds });
        let engine = Engine::new(settings(), clock.clone(), store, venue, model).with_journal(journal);
        Self { engine: Arc::new(engine), clock, folder, _server: server }
    }

    /// Lives for a number of scans, with housekeeping after every other one.
    pub(crate) async fn live(&self, scans: usize) {
        for turn in 0..scans {
            self.engine.scan(false).await.unwrap();
            if turn % 2 == 1 {
                self.engine.housekeeping().await.unwrap();
            }
            self.clock.advance_to(self.clock.now() + STEP);
        }
        assert_eq!(self.engine.incidents.snapshot().get("journal: not written"), None);
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    pub(crate) fn reader(&self) -> JournalReader {
        JournalReader::open(&self.dir(), None, None).unwrap()
    }

    pub(crate) fn frames(&self) -> Vec<Frame> {
        let mut reader = self.reader();
        let frames = std::iter::from_fn(|| reader.next_frame().unwrap()).collect();
        assert_eq!(reader.lost(), []);
        frames
    }
}

pub(crate) fn profiles() -> Vec<StrategyProfile> {
    NAMES.map(|name| StrategyProfile::built_in(name).unwrap()).to_vec()
}

/// The live settings as a backtest is told them.
pub(crate) fn told() -> BacktestSettings {
    let live = settings();
    let told = BacktestSettings::new(live.gates, live.profiles, live.bankroll);
    BacktestSettings {
        max_candidates: live.max_candidates,
        stop_loss: live.stop_loss,
        exit_days: live.exit_days,
        ..told
    }
}

pub(crate) fn start() -> DateTime<Utc> {
    START.parse().unwrap()
}

fn settings() -> EngineSettings {
    let nowhere = || PathBuf::from("/nonexistent");
    let every = Duration::from_secs(1_800);
    EngineSettings {
        gates: GateSettings { lr_damping: 1.0, ..GateSettings::default() },
        profiles: profiles(),
        bankroll: BANKROLL.parse().unwrap(),
        scan_every: every,
        housekeeping_every: every,
        heartbeat_every: None,
        signal_expiry: every,
        max_candidates: 15,
        stop_loss: Some(0.1),
        exit_days: None,
        unresolved_alert_after: Duration::from_secs(172_800),
        retention_days: 365,
        models: ModelSettings {
            shipped: nowhere(),
            library: nowhere(),
            retrain_every: Duration::from_secs(24 * 3600),
            trainer: None,
            trainer_limit: Duration::from_secs(60),
            training_data: None,
        },
        copy: CopySettings::default(),
        engines: Engines::Ml,
        recipient: None,
    }
}
