//! One scan: from the venue's list to a judgement of every market.
//!
//! A scan only looks and concludes; what follows from it (log, signals, bets) is in `raise`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use engine_core::calibration::Curves;
use engine_core::features::FeatureVector;
use engine_core::gate::GateRecord;
use engine_core::market::{Market, MarketId};
use engine_core::pipeline::{self, Evidence, book_fault};
use engine_core::prediction::{Prediction, SignalSource};
use engine_core::signal::Decision;
use polymarket::gamma::{Incident, OpenFilter};

use crate::engine::Engine;
use crate::gather::Gathered;
use crate::journal::Recording;
use crate::predict::{ModelInfo, Predictor};

/// What a scan saw and concluded, before any book was asked.
#[derive(Debug)]
pub struct Scan {
    /// When it judged.
    pub at: DateTime<Utc>,
    /// Every market's decision.
    pub decisions: Vec<Decision>,
    /// Markets whose decisions passed the market's gates, for planning.
    pub markets: HashMap<MarketId, Market>,
    /// Their books.
    pub gathered: Gathered,
    /// The features of each scored market.
    pub features: HashMap<MarketId, FeatureVector>,
    /// The model that forecast, or why there is none.
    pub model: Result<ModelInfo, String>,
    /// Rows of the listing that could not be read, by reason.
    pub skipped: Vec<(String, u64)>,
    /// Milliseconds by stage, in real time.
    pub timing_ms: BTreeMap<&'static str, u64>,
    /// What the journal is told of it; `None` when none is kept.
    pub(crate) recording: Option<Recording>,
}

/// A market that passed the gates on listing data.
struct Screened {
    market: Market,
    trace: Vec<GateRecord>,
}

/// A market's features and forecast.
struct Forecast {
    features: FeatureVector,
    prediction: Option<Prediction>,
}

/// Measures the stages of a scan. How long the machine worked is real time, whatever the clock shows.
struct Stopwatch {
    last: Instant,
    stages: BTreeMap<&'static str, u64>,
}

impl Stopwatch {
    fn start() -> Self {
        Self { last: Instant::now(), stages: BTreeMap::new() }
    }

    fn lap(&mut self, stage: &'static str) {
        let now = Instant::now();
        let passed = u64::try_from((now - self.last).as_millis()).unwrap_or(u64::MAX);
        self.stages.insert(stage, passed);
        self.last = now;
    }
}

impl Engine {
    /// Lists, screens, fetches, forecasts and judges all open markets.
    ///
    /// # Errors
    /// When the listing, all books or all histories could not be had. One bad market never stops a scan.
    pub async fn look(&self) -> anyhow::Result<Scan> {
        let mut watch = Stopwatch::start();
        let listing = self.venue.gamma().open_markets(&OpenFilter::default()).await.context("listing the markets")?;
        let skipped = self.note_listing(&listing);
        watch.lap("list");

        let now = self.clock.now();
        let listed = self.journal.is_on().then(|| listing.markets.clone());
        let mut decisions = Vec::with_capacity(listing.markets.len());
        let screened = self.screen(listing.markets, now, &mut decisions);
        watch.lap("screen");

        let mut gathered = Gathered::default();
        let markets = || screened.iter().map(|screened| &screened.market);
        gathered.fetch_books(&self.venue, markets(), &self.incidents).await.context("fetching order books")?;
        watch.lap("books");
        gathered.fetch_histories(&self.venue, markets(), &self.incidents).await.context("fetching price histories")?;
        watch.lap("histories");

        // Books are the latest thing fetched that prices depend on; judged with the time after them.
        let at = self.clock.now();
        let predictor = self.model.current();
        let model = predictor.as_ref().map(|predictor| predictor.info()).map_err(Clone::clone);
        let curves = self.calibration.curves();
        let recording = listed.map(|listed| Recording::new(now, listed, &self.settings, &curves, model.as_ref().ok()));
        let version = model.as_ref().ok().map(|info| info.version.clone());
        let forecasts = self.forecast(&screened, &gathered, predictor.ok(), at).await?;
        watch.lap("forecast");

        let mut features = HashMap::new();
        let mut passed = HashMap::new();
        for (screened, forecast) in screened.into_iter().zip(forecasts) {
            let decision = self.judge(&screened, &gathered, forecast.as_ref(), version.as_ref(), &curves, at);
            if let Some(forecast) = forecast {
                features.insert(screened.market.id.clone(), forecast.features);
            }
            if decision.stopped_at.is_none() {
                passed.insert(screened.market.id.clone(), screened.market);
            }
            decisions.push(decision);
        }
        pipeline::candidate_limit(&mut decisions, self.settings.max_candidates);
        watch.lap("judge");
        let timing_ms = watch.stages;
        Ok(Scan { at, decisions, markets: passed, gathered, features, model, skipped, timing_ms, recording })
    }

    /// Counts what the listing could not read or finish.
    fn note_listing(&self, listing: &polymarket::gamma::Listing) -> Vec<(String, u64)> {
        for incident in &listing.incidents {
            tracing::warn!(?incident, "the listing of markets was cut short or repeated itself");
            self.incidents.add(format!("listing: {}", incident_word(incident)), 1);
        }
        let skipped: Vec<(String, u64)> =
            listing.skipped.iter().map(|(reason, count)| (reason.as_str().to_owned(), *count)).collect();
        for (reason, count) in &skipped {
            self.incidents.add(format!("market: {reason}"), *count);
        }
        skipped
    }

    fn screen(&self, markets: Vec<Market>, now: DateTime<Utc>, rejected: &mut Vec<Decision>) -> Vec<Screened> {
        let mut screened = Vec::new();
        for market in markets {
            match pipeline::screen(&market, SignalSource::Ensemble, now, &self.settings.gates) {
                Ok(trace) => screened.push(Screened { market, trace }),
                Err(decision) => rejected.push(*decision),
            }
        }
        screened
    }

    /// Features and forecast of each market, in order; `None` for a market without a midpoint. Off the async threads,
    /// since it only computes.
    async fn forecast(
        &self,
        screened: &[Screened],
        gathered: &Gathered,
        predictor: Option<Arc<dyn Predictor>>,
        at: DateTime<Utc>,
    ) -> anyhow::Result<Vec<Option<Forecast>>> {
        let features: Vec<Option<FeatureVector>> =
            screened.iter().map(|screened| gathered.features(&screened.market, at)).collect();
        let rows: Vec<FeatureVector> = features.iter().copied().flatten().collect();
        let Some(predictor) = predictor else {
            let bare = |features| Forecast { features, prediction: None };
            return Ok(features.into_iter().map(|features| features.map(bare)).collect());
        };
        let answers = tokio::task::spawn_blocking(move || predictor.predict_each(&rows))
            .await
            .context("the model panicked")?
            .context("running the model")?;
        let mut answers = answers.into_iter();
        Ok(features
            .into_iter()
            .map(|features| {
                let features = features?;
                let prediction = match answers.next() {
                    Some(Ok(prediction)) => Some(prediction),
                    Some(Err(error)) => {
                        tracing::warn!(%error, "a market was not forecast");
                        self.incidents.add("forecast: not a probability", 1);
                        None
                    }
                    None => None,
                };
                Some(Forecast { features, prediction })
            })
            .collect())
    }

    fn judge(
        &self,
        screened: &Screened,
        gathered: &Gathered,
        forecast: Option<&Forecast>,
        version: Option<&String>,
        curves: &Curves,
        at: DateTime<Utc>,
    ) -> Decision {
        let forecast = forecast.and_then(|forecast| forecast.prediction.clone()).zip(version.cloned());
        let evidence = gathered.evidence(&screened.market, SignalSource::Ensemble, forecast, at);
        let evidence = Evidence { curves: Some(curves), ..evidence };
        let stake = self.settings.reference_stake();
        let decision = pipeline::judge(&evidence, screened.trace.clone(), stake, &self.settings.gates);
        if let Some((outcome, fault)) = book_fault(&decision) {
            self.incidents.add(format!("book: {outcome} {fault:?}").to_lowercase(), 1);
        }
        decision
    }
}

const fn incident_word(incident: &Incident) -> &'static str {
    match incident {
        Incident::RepeatedCursor => "repeated cursor",
        Incident::NoProgress => "no progress",
        Incident::EmptyPages => "empty pages",
        Incident::PageLimit => "page limit",
        Incident::PageFailed(_) => "page failed",
    }
}
