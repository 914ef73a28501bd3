//! An engine with a database, a shipped model, a data set, and a trainer that hands out what the test prepared.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use engine::champion::{Library, RetrainError, Retrained, serving_model};
use engine::engine::Engine;
use engine::recipient::{BotId, Recipient};
use engine::settings::{CopySettings, EngineSettings, ModelSettings};
use engine::store::Store;
use engine_clock::Clock;
use engine_core::engines::Engines;
use engine_core::model::ModelCard;
use engine_core::money::Usd;
use engine_core::notice::{DecidedBy, Notice};
use engine_core::pipeline::GateSettings;
use polymarket::{Hosts, Options, Polymarket};
use serde_json::Value;
use tempfile::TempDir;

use crate::recorded;
use crate::tiny_model::TinyModel;

pub(crate) const OWNER: i64 = 77;
/// Events of the data set: the last 200 or so are held back.
pub(crate) const EVENTS: usize = 450;

/// `$1` is what the trainer hands out, `$3` the rows, `$5` where to.
const TRAINER: &str = r#"
test -s "$3" || { echo "no rows" >&2; exit 9; }
case "$1" in
  fail:*) echo "so many words $$" >&2; exit "${1#fail:}" ;;
  hang) sleep 600 & echo $! > "$5.child"; wait ;;
esac
mkdir -p "$5" && cp "$1"/* "$5"/
echo "trained" >&2
"#;

pub(crate) struct Stage {
    pub(crate) engine: Arc<Engine>,
    pub(crate) folder: TempDir,
    pub(crate) clock: Clock,
}

impl Stage {
    /// With the old model shipped and in use.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        old().write(folder.path(), "shipped");
        recorded::write(&folder.path().join("data"), EVENTS);
        std::fs::write(folder.path().join("trainer.sh"), TRAINER).unwrap();
        let clock = Clock::manual("2027-06-01T00:00:00Z".parse().unwrap());
        let engine = start(folder.path(), &clock, "nothing").await;
        Self { engine, folder, clock }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The bot is started anew; its trainer hands out a folder.
    pub(crate) async fn restart(&mut self, prepared: &str) {
        self.engine = start(self.folder.path(), &self.clock, prepared).await;
    }

    /// Trains; the trainer hands out the folder of that name.
    pub(crate) async fn retrain(&mut self, prepared: &str) -> Result<Retrained, RetrainError> {
        let prepared = if prepared.contains(':') || prepared == "hang" {
            prepared.to_owned()
        } else {
            self.path(prepared).display().to_string()
        };
        self.restart(&prepared).await;
        self.engine.retrain(None, Arc::new(|_| {})).await
    }

    pub(crate) fn serving(&self) -> String {
        self.engine.model.info().unwrap().version
    }

    /// What the owner was told of models, in order.
    pub(crate) async fn told(&self) -> Vec<Notice> {
        let mut told = Vec::new();
        for id in 1.. {
            let Some(row) = self.engine.store.outbox_row(id).await.unwrap() else { break };
            assert_eq!(row.message.chat_id, OWNER);
            let notice: Value = row.message.payload["notice"].clone();
            told.push(serde_json::from_value(notice).unwrap());
        }
        told
    }

    pub(crate) fn pass(&self, hours: i64) {
        self.clock.advance_to(self.clock.now() + TimeDelta::hours(hours));
    }
}

/// Forecasts the price; trained before anything of the data set that is held back.
pub(crate) fn old() -> TinyModel {
    TinyModel::new("old", 0.0, "2026-03-01T00:00:00Z")
}

pub(crate) fn owner() -> DecidedBy {
    DecidedBy::Person { user_id: OWNER, name: "Ann".to_owned() }
}

pub(crate) fn compared(outcome: Result<Retrained, RetrainError>) -> ModelCard {
    let outcome = outcome.unwrap();
    let Retrained::Compared(card) = outcome else { panic!("{outcome:?}") };
    card
}

pub(crate) fn refused(outcome: Result<Retrained, RetrainError>) -> ModelCard {
    let outcome = outcome.unwrap();
    let Retrained::Refused(card) = outcome else { panic!("{outcome:?}") };
    card
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn start(folder: &Path, clock: &Clock, prepared: &str) -> Arc<Engine> {
    let store = Store::connect(&format!("sqlite://{}", folder.join("test.sqlite").display())).await.unwrap();
    migration::up(store.connection()).await.unwrap();
    let command = ["/bin/sh", &folder.join("trainer.sh").display().to_string(), prepared];
    let models = ModelSettings {
        shipped: folder.join("shipped"),
        library: folder.join("library"),
        retrain_every: Duration::from_secs(24 * 3600),
        trainer: Some(command.map(str::to_owned).to_vec()),
        trainer_limit: Duration::from_secs(if prepared == "hang" { 1 } else { 60 }),
        training_data: Some(folder.join("data")),
    };
    let slot = serving_model(&store, &Library::new(&models), clock.now(), true).await.unwrap();
    let settings = EngineSettings {
        gates: GateSettings { lr_damping: 1.0, ..GateSettings::default() },
        profiles: Vec::new(),
        bankroll: Usd::ZERO,
        scan_every: Duration::from_secs(600),
        housekeeping_every: Duration::from_secs(600),
        heartbeat_every: None,
        signal_expiry: Duration::from_secs(600),
        max_candidates: 15,
        stop_loss: None,
        exit_days: None,
        unresolved_alert_after: Duration::from_secs(600),
        retention_days: 365,
        models,
        copy: CopySettings::default(),
        engines: Engines::Ml,
        recipient: Some(Recipient { bot: BotId::new(7001), chat: OWNER }),
    };
    // Nothing here asks the venue.
    let nowhere = || "http://127.0.0.1:9".to_owned();
    let hosts = Hosts { gamma: nowhere(), clob: nowhere(), data_api: nowhere() };
    polymarket::install_crypto();
    let venue = Polymarket::new(&hosts, &Options { clock: clock.clone(), ..Options::default() }).unwrap();
    let engine = Arc::new(Engine::new(settings, clock.clone(), store, venue, slot));
    engine.refresh_model().await.unwrap();
    engine
}
