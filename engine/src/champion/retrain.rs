//! One retraining, from the data to a verdict.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use engine_core::model::{ModelCard, ModelStatus};
use engine_core::notice::Notice;
use engine_core::scoring::{Duel, DuelVerdict};
use thiserror::Error;

use super::compare::compare;
use super::library::is_fit_name;
use super::split::Split;
use super::trainer::{Trainer, TrainerError};
use super::trouble::Trouble;
use crate::dataset::{DataSet, DataSetError, SnapshotPlan, own, write_features_of};
use crate::engine::Engine;
use crate::outgoing::{self, Outgoing};
use crate::predict::{Ensemble, Manifest, Predictor};
use crate::store::{NewModel, StoreError};

/// Name of the lease that keeps two trainings apart.
const LEASE: &str = "retrain";
/// Name of a refused model that does not say its own.
const UNNAMED: &str = "unnamed";
/// Longest name of a refused model that is kept.
const NAME_CHARS: usize = 80;

/// How far a retraining is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading the data set.
    Reading,
    /// Making rows.
    Rows {
        /// Markets done.
        done: usize,
        /// Markets in all.
        all: usize,
    },
    /// The trainer works.
    Training,
    /// Its model is checked.
    Checking,
    /// Champion and challenger forecast.
    Comparing {
        /// Rows done.
        done: usize,
        /// Rows in all.
        all: usize,
    },
}

/// Hears how far a retraining is.
pub type Progress = Arc<dyn Fn(Stage) + Send + Sync>;

/// What came of a retraining.
#[derive(Debug, Clone, PartialEq)]
pub enum Retrained {
    /// A new version was compared; its card says whether it serves.
    Compared(ModelCard),
    /// What the trainer wrote was refused; the card says why.
    Refused(ModelCard),
    /// The trainer wrote a version that is known: the data gave nothing new.
    Known(String),
}

/// Why a retraining came to nothing.
#[derive(Debug, Error)]
pub enum RetrainError {
    /// `TRAINER` is empty.
    #[error("no trainer is set up (TRAINER)")]
    NoTrainer,
    /// Neither `TRAINING_DATA` nor a folder was given.
    #[error("no training data is set up (TRAINING_DATA)")]
    NoData,
    /// The data set cannot be used.
    #[error(transparent)]
    Data(#[from] DataSetError),
    /// The data set holds nothing to learn from.
    #[error("the training data holds no market that had ended early enough to learn from")]
    NothingToLearn,
    /// The folder of models cannot be written.
    #[error("the folder of models (MODEL_STORE) cannot be written: {0}")]
    Library(#[from] std::io::Error),
    /// The trainer failed.
    #[error(transparent)]
    Trainer(#[from] TrainerError),
    /// It is being done already, or the database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A part of ours broke.
    #[error("{0:#}")]
    Broken(#[from] anyhow::Error),
}

impl RetrainError {
    fn cause(&self) -> String {
        match self {
            Self::Trainer(error) => error.cause(),
            Self::NoTrainer
            | Self::NoData
            | Self::Data(_)
            | Self::NothingToLearn
            | Self::Library(_)
            | Self::Store(_)
            | Self::Broken(_) => self.to_string(),
        }
    }

    /// False for what says nothing about retraining itself.
    const fn is_told(&self) -> bool {
        match self {
            Self::NoTrainer | Self::NoData | Self::Store(_) | Self::Broken(_) => false,
            Self::Data(_) | Self::NothingToLearn | Self::Library(_) | Self::Trainer(_) => true,
        }
    }
}

/// What a trainer left, looked at.
enum Arrived {
    /// It loads and is new.
    Sound(Arc<dyn Predictor>),
    /// It is one we have.
    Known(String),
    /// It is not fit to serve: its name and why.
    Bad(String, String),
}

impl Engine {
    /// Trains a new version on the data set in `data` (else `TRAINING_DATA`), compares it with the champion on what
    /// neither has seen, and lets it serve if it is better. The owner is told either way; failures once for each cause.
    ///
    /// # Errors
    /// [`RetrainError`]. What serves goes on serving.
    pub async fn retrain(&self, data: Option<PathBuf>, progress: Progress) -> Result<Retrained, RetrainError> {
        let lease = self.store.acquire_lease(LEASE).await?;
        let outcome = self.retrain_alone(data, progress).await;
        match &outcome {
            Ok(Retrained::Refused(card)) => {
                self.note_attempt(false).await?;
                let cause = card.reason.clone().unwrap_or_default();
                self.tell_once(Trouble::Retraining, &cause, Notice::Model(Box::new(card.clone()))).await?;
            }
            Ok(Retrained::Compared(_) | Retrained::Known(_)) => {
                self.note_attempt(true).await?;
                self.trouble_over(Trouble::Retraining).await?;
            }
            Err(error) if error.is_told() => {
                self.note_attempt(false).await?;
                self.incidents.add("model: retraining failed", 1);
                let notice = Notice::RetrainFailed { cause: error.to_string() };
                self.tell_once(Trouble::Retraining, &error.cause(), notice).await?;
            }
            Err(_) => {}
        }
        lease.release().await?;
        outcome
    }

    async fn retrain_alone(&self, data: Option<PathBuf>, progress: Progress) -> Result<Retrained, RetrainError> {
        let settings = &self.settings.models;
        let command = settings.trainer.clone().ok_or(RetrainError::NoTrainer)?;
        let data = data.or_else(|| settings.training_data.clone()).ok_or(RetrainError::NoData)?;
        let incoming = self.library().incoming()?;
        let data = self.with_own_data(data, incoming.join("own")).await?;
        let rows = incoming.join("rows.parquet");
        let cut = self.write_rows(&data, &rows, &progress).await?;
        progress(Stage::Training);
        let out = incoming.join("model");
        Trainer { command, limit: settings.trainer_limit }.train(&rows, &out).await?;
        progress(Stage::Checking);
        match self.look_at(&out).await? {
            Arrived::Known(version) => Ok(Retrained::Known(version)),
            Arrived::Bad(version, reason) => self.refuse(&out, version, reason).await,
            Arrived::Sound(challenger) => self.judge_model(&out, challenger, &data, cut, progress).await,
        }
    }

    /// The folders to learn from: the data set and, when there is any, what the bot saw and bet on itself.
    async fn with_own_data(&self, data: PathBuf, own: PathBuf) -> Result<Vec<PathBuf>, RetrainError> {
        let report = own::write(&self.store, &own).await?;
        tracing::info!(markets = report.markets, bets = report.own_bets, "own resolved markets written");
        Ok(if report.markets == 0 { vec![data] } else { vec![data, own] })
    }

    /// Writes the rows of what had ended by the cut, and gives the cut.
    async fn write_rows(
        &self,
        data: &[PathBuf],
        out: &Path,
        progress: &Progress,
    ) -> Result<DateTime<Utc>, RetrainError> {
        let (data, out, progress) = (data.to_owned(), out.to_owned(), progress.clone());
        blocking(move || {
            progress(Stage::Reading);
            let split = Split::new(recorded(&data)?);
            let cut = split.cut().ok_or(RetrainError::NothingToLearn)?;
            let tell = &mut |done, all| progress(Stage::Rows { done, all });
            let report = write_features_of(&split.ended_by(cut), &out, &SnapshotPlan::default(), tell)?;
            tracing::info!(rows = report.rows, events = report.events, %cut, "training rows written");
            if report.rows == 0 { Err(RetrainError::NothingToLearn) } else { Ok(cut) }
        })
        .await
    }

    /// Loads what the trainer left.
    async fn look_at(&self, out: &Path) -> Result<Arrived, RetrainError> {
        let folder = out.to_owned();
        let loaded = blocking(move || Ok(Ensemble::load(folder))).await?;
        let model = match loaded {
            Ok(model) => model,
            Err(error) => return Ok(Arrived::Bad(stated_version(out), error.to_string())),
        };
        let info = model.info();
        if !is_fit_name(&info.version) {
            let reason = "its version is no name for a folder (letters, digits, `.`, `_` and `-`)".to_owned();
            return Ok(Arrived::Bad(stated_version(out), reason));
        }
        Ok(match self.store.model_named(&info.version).await? {
            None => Arrived::Sound(Arc::new(model)),
            Some(row) if row.sha256 == info.sha256 => Arrived::Known(info.version),
            Some(_) => Arrived::Bad(info.version, "another model of that version is known".to_owned()),
        })
    }

    /// Compares the challenger with what serves, and acts on the verdict.
    async fn judge_model(
        &self,
        out: &Path,
        challenger: Arc<dyn Predictor>,
        data: &[PathBuf],
        cut: DateTime<Utc>,
        progress: Progress,
    ) -> Result<Retrained, RetrainError> {
        let info = challenger.info();
        let known_to = info.training.to.max(cut);
        let champion = self.store.champion().await?;
        let serving = self.model.current().ok();
        let rival = serving.as_ref().map(|model| model.info());
        let duel = match serving {
            None => None,
            Some(serving) => {
                let row = champion.as_ref().filter(|row| row.version == serving.info().version);
                let seen = row.and_then(|row| row.known_to).unwrap_or(serving.info().training.to);
                let after = known_to.max(seen).max(serving.info().training.to);
                match self.duel(serving, challenger, data, after, progress).await? {
                    Ok(duel) => duel,
                    Err(reason) => return self.refuse(out, info.version, reason).await,
                }
            }
        };
        if let Some(row) = &champion
            && rival.as_ref().is_some_and(|rival| rival.version == row.version)
            && let Err(error) = self.library().keep_shipped_version(row)
        {
            tracing::warn!(version = row.version, %error, "the shipped model could not be kept beside the others");
        }
        let better = duel.is_some_and(|duel| duel.verdict == DuelVerdict::Better);
        let new = NewModel {
            path: self.library().admit(out, &info.version)?,
            version: info.version,
            sha256: info.sha256,
            status: if better { ModelStatus::Champion } else { ModelStatus::Candidate },
            replaces: champion.map(|row| row.version),
            trained_at: Some(info.created_at),
            known_to: Some(known_to),
            rival: rival.map(|rival| rival.version),
            duel,
            reason: None,
        };
        self.conclude(new).await
    }

    /// The duel on the rows of events that began after `after`; a challenger that fails on them is refused with a reason.
    async fn duel(
        &self,
        champion: Arc<dyn Predictor>,
        challenger: Arc<dyn Predictor>,
        data: &[PathBuf],
        after: DateTime<Utc>,
        progress: Progress,
    ) -> Result<Result<Option<Duel>, String>, RetrainError> {
        let (data, damping) = (data.to_owned(), self.settings.gates.lr_damping);
        blocking(move || {
            let split = Split::new(recorded(&data)?);
            let rows = split.rows_after(after);
            let tell = &mut |done| progress(Stage::Comparing { done, all: rows.len() });
            tell(0);
            Ok(compare(champion.as_ref(), challenger.as_ref(), &rows, damping, tell).map_err(|error| error.to_string()))
        })
        .await
    }

    /// Notes the new version, tells of it, and lets it serve if that is the verdict.
    async fn conclude(&self, new: NewModel) -> Result<Retrained, RetrainError> {
        let proved = new.duel.is_some_and(|duel| duel.verdict != DuelVerdict::TooFewEvents);
        let told = proved || new.rival.is_none();
        let recipient = self.settings.recipient.filter(|_| told);
        let message =
            |card: &ModelCard| outgoing::rows(recipient, vec![Outgoing::news(Notice::Model(Box::new(card.clone())))]);
        let card = self.store.add_model(&new, self.clock.now(), message).await?;
        if !told {
            // Day after day the same: too little has ended since the champion was trained.
            let cause = card.rival.clone().unwrap_or_default();
            self.tell_once(Trouble::TooFewEvents, &cause, Notice::Model(Box::new(card.clone()))).await?;
        }
        self.refresh_model().await?;
        Ok(Retrained::Compared(card))
    }

    async fn refuse(&self, out: &Path, version: String, reason: String) -> Result<Retrained, RetrainError> {
        tracing::error!(version, reason, "the trainer's model is refused; what serves goes on");
        self.incidents.add("model: refused", 1);
        let new = NewModel {
            path: self.library().set_aside(out)?,
            version,
            sha256: String::new(),
            status: ModelStatus::Refused,
            replaces: None,
            trained_at: None,
            known_to: None,
            rival: self.model.info().ok().map(|info| info.version),
            duel: None,
            reason: Some(reason),
        };
        let card = self.store.add_model(&new, self.clock.now(), |_| Vec::new()).await?;
        Ok(Retrained::Refused(card))
    }

    /// The scheduled round: trains when it is due. What goes wrong was told of by then and is no failure of the loop.
    ///
    /// # Errors
    /// When the store refuses or a part of ours breaks.
    pub async fn retrain_if_due(&self) -> anyhow::Result<()> {
        if !self.is_retraining_due().await? {
            return Ok(());
        }
        match self.retrain(None, Arc::new(|_| {})).await {
            Ok(outcome) => tracing::info!(?outcome, "retraining is done"),
            Err(RetrainError::Store(StoreError::LeaseTaken { .. })) => {
                tracing::info!("another process is retraining");
            }
            Err(error) if error.is_told() => tracing::error!(%error, "retraining failed"),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

/// What there is to learn from and to judge by. Read again for each use: kept, it would take memory from the trainer.
fn recorded(data: &[PathBuf]) -> Result<DataSet, DataSetError> {
    DataSet::read_all(data)
}

/// Long work off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RetrainError> + Send + 'static,
) -> Result<T, RetrainError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| RetrainError::Broken(error.into()))?
}

/// The version a model that does not load says it is, if it says so.
fn stated_version(folder: &Path) -> String {
    let manifest = std::fs::read(folder.join(Manifest::FILE)).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap_or_default();
    let version = manifest.get("version").and_then(|version| version.as_str()).unwrap_or(UNNAMED);
    version.chars().take(NAME_CHARS).collect()
}
