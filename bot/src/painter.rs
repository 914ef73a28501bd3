//! Gathers what a picture shows and has it drawn.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use charts::{
    Bin, Curve, Entry, EquityChart, EquityOf, PriceChart, ReliabilityChart, TraderChart, TraderVerdict, equity_chart,
    price_chart, reliability_chart, trader_chart, victory_gif,
};
use chrono::{DateTime, Utc};
use dialogues::message::Picture;
use engine::engine::Engine;
use engine_core::copy::activity::Wallet;
use engine_core::copy::follower::DELAYS;
use engine_core::copy::verdict::CopyVerdict;
use engine_core::market::{ConditionId, Outcome, OutcomeToken};
use engine_core::prediction::SignalSource;
use engine_core::probability::Probability;
use engine_core::scoring::reliability_bins;
use engine_core::signal::Decision;
use engine_core::strategy::StrategyProfile;
use engine_core::tuning::Simulation;
use polymarket::clob::{HistoryInterval, HistoryRange};

use crate::telegram::Painter;

/// Minutes between the points of a price chart over a week.
const FIDELITY_MINS: u32 = 60;

/// Draws for the chat.
pub struct ChartPainter {
    engine: Arc<Engine>,
}

/// What a price chart is about.
struct Subject {
    title: String,
    condition: ConditionId,
    token: OutcomeToken,
    outcome: Outcome,
    label: String,
    decision: Option<Decision>,
    entry: Option<Entry>,
}

impl ChartPainter {
    /// For an engine.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }

    async fn draw(&self, picture: &Picture) -> anyhow::Result<Vec<u8>> {
        match picture {
            Picture::SignalPrice { signal } => {
                let subject = self.signal(*signal).await?;
                self.price(subject).await
            }
            Picture::PositionPrice { position } => {
                let subject = self.position(*position).await?;
                self.price(subject).await
            }
            Picture::Equity => self.equity().await,
            Picture::Profiles => self.profiles().await,
            Picture::Reliability => self.reliability().await,
            Picture::TraderCurve { wallet } => self.trader(wallet).await,
            Picture::Victory { pick } => {
                let pick = *pick;
                Ok(tokio::task::spawn_blocking(move || victory_gif(pick)).await??)
            }
        }
    }

    async fn signal(&self, id: i64) -> anyhow::Result<Subject> {
        let card = self.engine.store.signal_card(id).await?.context("no such signal")?;
        let candidate = card.decision.candidate.clone().context("the signal names nothing to buy")?;
        let entry = card.bets.first().map(|bet| Entry { at: bet.position.opened_at, price: bet.fill.vwap.to_f64() });
        Ok(Subject {
            title: card.decision.question.clone(),
            condition: card.decision.condition_id.clone(),
            token: candidate.token,
            outcome: candidate.outcome,
            label: candidate.outcome_label,
            decision: Some(card.decision),
            entry,
        })
    }

    async fn position(&self, id: i64) -> anyhow::Result<Subject> {
        let position = self.engine.store.position(id).await?.context("no such position")?;
        let decision = match position.signal_id {
            Some(signal) => self.engine.store.signal(signal).await?.map(|row| row.decision),
            None => None,
        };
        let entry = position.average_price().map(|price| Entry { at: position.opened_at, price: price.to_f64() });
        Ok(Subject {
            title: position.question,
            condition: position.condition_id,
            token: position.token,
            outcome: position.outcome,
            label: position.outcome_label,
            decision,
            entry,
        })
    }

    /// The price of the outcome's own token over the last week.
    async fn price(&self, subject: Subject) -> anyhow::Result<Vec<u8>> {
        let clob = self.engine.venue.clob();
        let range = HistoryRange::Recent(HistoryInterval::Week);
        let history = clob.price_history(&subject.token, range, FIDELITY_MINS).await?;
        let quote = match clob.book(&subject.token).await? {
            Some(book) => book.best_bid().zip(book.best_ask()).map(|(bid, ask)| (bid.to_f64(), ask.to_f64())),
            None => None,
        };
        let points = history
            .points()
            .iter()
            .filter_map(|point| Some((DateTime::<Utc>::from_timestamp(point.ts, 0)?, point.price)))
            .collect();
        let of_outcome = |p: Probability| match subject.outcome {
            Outcome::Yes => p.get(),
            Outcome::No => p.complement().get(),
        };
        let decision = subject.decision.as_ref();
        let chart = PriceChart {
            title: subject.title.clone(),
            outcome: subject.label.clone(),
            points,
            entry: subject.entry,
            model: decision.and_then(|d| d.prediction.as_ref()).map(|p| of_outcome(p.probability)),
            anchored: decision.and_then(Decision::believed).map(of_outcome),
            quote,
            now: self.engine.clock.now(),
        };
        tracing::debug!(condition = %subject.condition, "drawing a price chart");
        Ok(tokio::task::spawn_blocking(move || price_chart(&chart)).await??)
    }

    async fn equity(&self) -> anyhow::Result<Vec<u8>> {
        let mut curves = Vec::new();
        for row in self.engine.store.books().await? {
            if !self.engine.settings.engines.show(&row.book) {
                continue;
            }
            let points = self.engine.store.equity_series(Some(&row.book)).await?;
            curves.push(Curve {
                name: dialogues::format::book_plain(&row.book),
                points: points.into_iter().map(|point| (point.at, point.equity.to_f64())).collect(),
            });
        }
        let chart = EquityChart { of: EquityOf::Books, curves, now: self.engine.clock.now() };
        Ok(tokio::task::spawn_blocking(move || equity_chart(&chart)).await??)
    }

    /// What each strategy would have come to over the last days.
    async fn profiles(&self) -> anyhow::Result<Vec<u8>> {
        let (window, compared) = self.engine.compare_profiles().await?;
        let curve = |(profile, course): (StrategyProfile, Simulation)| Curve {
            name: dialogues::format::book_plain(&profile.book),
            points: course.equity,
        };
        let curves = compared.into_iter().map(curve).collect();
        let chart = EquityChart { of: EquityOf::Simulated, curves, now: window.until() };
        Ok(tokio::task::spawn_blocking(move || equity_chart(&chart)).await??)
    }

    /// From the dossier kept.
    async fn trader(&self, wallet: &Wallet) -> anyhow::Result<Vec<u8>> {
        let dossier = self.engine.store.dossier(wallet).await?.context("no report of this trader is kept")?;
        let slowest = dossier.report.slowest();
        let chart = TraderChart {
            wallet: dossier.trader.wallet.to_string(),
            verdict: match dossier.judged.verdict {
                CopyVerdict::Copyable => TraderVerdict::Copyable,
                CopyVerdict::CannotTell => TraderVerdict::CannotTell,
                CopyVerdict::DoNot => TraderVerdict::DoNot,
            },
            points: dossier.curve.iter().map(|point| (point.at, point.his, point.ours)).collect(),
            delay_seconds: DELAYS.last().map_or(0, |delay| delay.seconds),
            copies: slowest.map_or((0, 0), |result| (result.trades, result.events)),
            until: dossier.at,
            name: dossier.trader.name,
        };
        Ok(tokio::task::spawn_blocking(move || trader_chart(&chart)).await??)
    }

    async fn reliability(&self) -> anyhow::Result<Vec<u8>> {
        let forecasts = self.engine.forecasts(SignalSource::Ensemble).await?;
        let bins = |rows: Vec<(f64, f64)>| {
            reliability_bins(rows)
                .into_iter()
                .map(|bin| Bin { forecast: bin.mean_forecast, happened: bin.mean_outcome, n: bin.n })
                .collect()
        };
        let chart = ReliabilityChart {
            source: SignalSource::Ensemble.as_str().to_owned(),
            model: bins(forecasts.iter().map(|row| (row.model, row.outcome)).collect()),
            market: bins(forecasts.iter().map(|row| (row.market, row.outcome)).collect()),
        };
        Ok(tokio::task::spawn_blocking(move || reliability_chart(&chart)).await??)
    }
}

#[async_trait]
impl Painter for ChartPainter {
    async fn paint(&self, picture: &Picture) -> Option<Vec<u8>> {
        match self.draw(picture).await {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                tracing::warn!(?picture, error = format!("{error:#}"), "a picture could not be drawn");
                None
            }
        }
    }
}
