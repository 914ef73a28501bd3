//! The report of a run: every strategy, in sample and out of sample apart.

use std::collections::BTreeMap;

use serde::Serialize;

use super::curve::CurveReport;
use super::slices::{EdgeBin, Slice, edge_bins, horizon, slices};
use super::wagers::{Wagers, wagers};
use crate::backtest::record::{Bet, BookRecord, ForecastSample, Record};
use crate::notice::FunnelStep;
use crate::scoring::{Cluster, ReliabilityBin, Verdict, brier, ece, events_needed, log_loss, reliability_bins, skill};
use crate::scoring::{skill_ci95, verdict};

/// Name of the part without a category.
const NO_CATEGORY: &str = "none";

/// Forecasts against the market price on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// Rows whose outcome is known.
    pub n: u64,
    /// Events they belong to.
    pub events: u64,
    /// Brier score of the forecasts.
    pub brier_model: Option<f64>,
    /// Brier score of the market.
    pub brier_market: Option<f64>,
    /// Log loss of the forecasts.
    pub log_loss_model: Option<f64>,
    /// Log loss of the market.
    pub log_loss_market: Option<f64>,
    /// `1 − brier_model / brier_market`.
    pub skill: Option<f64>,
    /// Its 95 % interval, by resampling events; `None` with fewer than two.
    pub skill_ci95: Option<[f64; 2]>,
    /// Calibration error of the forecasts.
    pub ece_model: Option<f64>,
    /// What that proves.
    pub verdict: Verdict,
    /// About how many more events would prove a skill of this size; `None` when there is none to prove.
    pub events_needed: Option<u64>,
}

/// One strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StrategyReport {
    /// Its name.
    pub strategy: String,
    /// Dollars it started with.
    pub bankroll: f64,
    /// Cash and positions at the end, in dollars.
    pub equity: f64,
    /// Bets placed, the open ones too.
    pub placed: u64,
    /// Bets still open at the end of the record.
    pub open: u64,
    /// All its ended bets. The figures of the contract.
    #[serde(flatten)]
    pub all: Wagers,
    /// Figures of its equity curve.
    #[serde(flatten)]
    pub curve: CurveReport,
    /// Dollars staked over the bankroll.
    pub turnover: f64,
    /// Mean share of equity that was in positions at the ends of the days, 0–1.
    pub exposure: f64,
    /// The forecasts behind its bets against the market.
    #[serde(flatten)]
    pub scores: Scores,
    /// Bets the model may have learned from; `None` when nothing is in sample.
    pub in_sample: Option<Wagers>,
    /// The other bets; `None` when nothing is in sample, since then they are all.
    pub out_of_sample: Option<Wagers>,
    /// By category.
    pub by_category: BTreeMap<String, Slice>,
    /// By days to the published end.
    pub by_horizon: BTreeMap<String, Slice>,
    /// What the bets promised against what came of it.
    pub edge: Vec<EdgeBin>,
    /// Equity at the end of each UTC day: unix seconds, dollars.
    pub days_equity: Vec<(u32, f64)>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunReport {
    /// The strategies in the order of the settings.
    pub strategies: Vec<StrategyReport>,
    /// All bets of all strategies.
    pub totals: Wagers,
    /// Every forecast that was scored, one a market in six hours, whatever gate stopped it.
    pub forecasts: Scores,
    /// Those the model may have learned from.
    pub forecasts_in_sample: Option<Scores>,
    /// The others.
    pub forecasts_out_of_sample: Option<Scores>,
    /// Share of the forecasts that are in sample, 0–1; `None` for a source that is not trained.
    pub in_sample_share: Option<f64>,
    /// Reliability of the forecasts.
    pub reliability: Vec<ReliabilityBin>,
    /// How many markets each gate let through, over all scans.
    pub funnel: Vec<FunnelStep>,
}

/// A forecast beside the market and the outcome.
#[derive(Debug, Clone, Copy)]
struct Row {
    event: u32,
    model: f64,
    market: f64,
    outcome: f64,
}

/// What a record comes to. `trained_to` is the end of the training of the model behind it, unix seconds; `category` gives
/// the category of a market; the same seed gives the same intervals.
#[must_use]
pub fn report<'a>(
    record: &Record,
    event_of: &dyn Fn(u32) -> u32,
    category: &dyn Fn(u32) -> Option<&'a str>,
    trained_to: Option<u32>,
    seed: u64,
) -> RunReport {
    let seen = |event: u32| record.is_in_sample(event, trained_to);
    let strategies =
        record.books.iter().enumerate().map(|(index, book)| strategy(record, index, book, category, trained_to, seed));
    let rows: Vec<Row> = record.samples.iter().filter_map(|sample| row(record, sample, event_of)).collect();
    let (inside, outside): (Vec<Row>, Vec<Row>) = rows.iter().partition(|row| seen(row.event));
    let trained = trained_to.is_some();
    RunReport {
        strategies: strategies.collect(),
        totals: without_verdict(wagers(&record.bets, seed), trained),
        forecasts: score(&rows, seed, trained),
        forecasts_in_sample: trained.then(|| score(&inside, seed, true)),
        forecasts_out_of_sample: trained.then(|| score(&outside, seed, false)),
        in_sample_share: (trained && !rows.is_empty()).then(|| inside.len() as f64 / rows.len() as f64),
        reliability: reliability_bins(rows.iter().map(|row| (row.model, row.outcome))),
        funnel: record.funnel.clone(),
    }
}

fn strategy<'a>(
    record: &Record,
    index: usize,
    book: &BookRecord,
    category: &dyn Fn(u32) -> Option<&'a str>,
    trained_to: Option<u32>,
    seed: u64,
) -> StrategyReport {
    let own: Vec<&Bet> = record.bets.iter().filter(|bet| bet.book == index).collect();
    let ended: Vec<&Bet> = own.iter().copied().filter(|bet| bet.is_ended()).collect();
    let seen = |bet: &&&Bet| record.is_in_sample(bet.event, trained_to);
    let inside: Vec<&Bet> = own.iter().filter(seen).copied().collect();
    let outside: Vec<&Bet> = own.iter().filter(|bet| !seen(bet)).copied().collect();
    let rows: Vec<Row> = own
        .iter()
        .filter_map(|bet| {
            Some(Row { event: bet.event, model: bet.believed, market: bet.mid, outcome: bet.outcome_yes? })
        })
        .collect();
    let values: Vec<f64> = book.days.iter().map(|(_, equity)| *equity).collect();
    let shares = values.iter().zip(&book.invested).map(|(equity, invested)| invested / equity.max(f64::MIN_POSITIVE));
    let all = without_verdict(wagers(own.iter().copied(), seed), !inside.is_empty());
    let bankroll = book.bankroll.to_f64();
    StrategyReport {
        strategy: book.book.to_string(),
        bankroll,
        equity: book.equity.to_f64(),
        placed: own.len() as u64,
        open: (own.len() - ended.len()) as u64,
        turnover: own.iter().fold(0.0, |sum, bet| sum + bet.stake.to_f64()) / bankroll,
        exposure: shares.fold(0.0, |sum, share| sum + share) / (values.len() as f64).max(1.0),
        scores: score(&rows, seed, !inside.is_empty()),
        in_sample: trained_to.map(|_| without_verdict(wagers(inside, seed), true)),
        out_of_sample: trained_to.map(|_| wagers(outside, seed)),
        by_category: slices(&ended, |bet| category(bet.market).unwrap_or(NO_CATEGORY).to_owned()),
        by_horizon: slices(&ended, |bet| horizon(bet).to_owned()),
        edge: edge_bins(&ended),
        curve: CurveReport::new(bankroll, &values),
        days_equity: book.days.clone(),
        all,
    }
}

/// What is measured on rows a model was fitted on is no result.
fn without_verdict(wagers: Wagers, seen: bool) -> Wagers {
    if seen { Wagers { verdict: Verdict::NotProven, ..wagers } } else { wagers }
}

fn row(record: &Record, sample: &ForecastSample, event_of: &dyn Fn(u32) -> u32) -> Option<Row> {
    let outcome = record.outcomes.get(sample.market as usize).copied().flatten()?;
    Some(Row { event: event_of(sample.market), model: sample.model, market: sample.market_price, outcome })
}

fn score(rows: &[Row], seed: u64, seen: bool) -> Scores {
    let model = || rows.iter().map(|row| (row.model, row.outcome));
    let market = || rows.iter().map(|row| (row.market, row.outcome));
    let mut by_event: BTreeMap<u32, Cluster> = BTreeMap::new();
    for row in rows {
        let cluster = by_event.entry(row.event).or_default();
        cluster.n += 1;
        cluster.model += (row.model - row.outcome).powi(2);
        cluster.market += (row.market - row.outcome).powi(2);
    }
    let clusters: Vec<Cluster> = by_event.into_values().collect();
    let events = clusters.len() as u64;
    let skill = brier(model()).zip(brier(market())).map(|(model, market)| skill(model, market));
    let skill_ci95 = skill_ci95(&clusters, seed);
    let judged = skill_ci95.filter(|_| !seen);
    Scores {
        n: rows.len() as u64,
        events,
        brier_model: brier(model()),
        brier_market: brier(market()),
        log_loss_model: log_loss(model()),
        log_loss_market: log_loss(market()),
        skill,
        skill_ci95,
        ece_model: ece(model()),
        verdict: judged.map_or(Verdict::NotProven, |ci95| verdict(ci95, events)),
        events_needed: skill.zip(judged).and_then(|(skill, ci95)| events_needed(skill, ci95, events)),
    }
}
