//! Recorded traders for the copy replay: what they did, and the markets they did it in.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use chrono::{DateTime, Utc};
use engine_core::backtest::control::martingales;
use engine_core::backtest::copies::control::traders;
use engine_core::backtest::copies::{CopyReplay, CopySettings, Traders};
use engine_core::backtest::metrics::report;
use engine_core::backtest::{BacktestMarket, Record};
use engine_core::copy::activity::ActivityKind;
use engine_core::copy::order::{Action, LeaderOrder, actions};
use engine_core::copy::payouts::Payouts;
use engine_core::market::{ConditionId, Market, Outcome, OutcomeToken};
use engine_core::money::Usd;

use super::universe::{Universe, fate, listed, number_events};
use super::work::{BacktestRun, CONTROL_MARKETS, CONTROL_START, Timing};
use crate::dataset::{DataSetError, RecordedActivity, RecordedMarket};
use crate::score::BOOTSTRAP_SEED;

/// Where outcomes come from that nobody recorded.
const REDEEMED: &str = "redeemed";

/// Recorded traders and every market of the universe and of theirs.
#[derive(Debug)]
pub struct RecordedTraders {
    /// The markets: those of the universe under their numbers, then those known from trades alone.
    pub markets: Vec<BacktestMarket>,
    /// Number of each market's event.
    pub events: Vec<u32>,
    /// What was done.
    pub traders: Traders,
    /// Rows left out, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
}

/// A market as the trades tell of it.
#[derive(Debug, Default)]
struct Traded<'a> {
    first: Option<&'a LeaderOrder>,
    tokens: [Option<&'a OutcomeToken>; 2],
    last_at: Option<DateTime<Utc>>,
    redeemed_at: Option<DateTime<Utc>>,
}

impl RecordedTraders {
    /// Reads `trades.parquet` of a data set. A market whose outcome the universe does not know ends as redemptions of any of
    /// the wallets tell, at the last of them; one it does not list is listed as the trades name it, with `volume` dollars
    /// traded.
    ///
    /// # Errors
    /// [`DataSetError`] when the file is missing or damaged.
    pub fn read(dir: &Path, universe: &Universe, volume: Usd) -> Result<Self, DataSetError> {
        let RecordedActivity { wallets, skipped } = RecordedActivity::read(dir)?;
        let traders: Traders = wallets.into_iter().map(|(wallet, rows)| (wallet, actions(rows))).collect();
        let mut payouts = Payouts::default();
        traders.values().for_each(|actions| payouts.learn(actions));
        payouts.complete();
        let mut traded = traded(&traders);
        let mut markets = universe.markets.clone();
        for market in &mut markets {
            let Some(traded) = traded.remove(&market.listed.condition_id) else { continue };
            name_tokens(&mut market.listed, &traded);
            if market.fate.resolved.is_none() {
                let yes = market.listed.token(Outcome::Yes);
                let outcome = yes.and_then(|yes| payouts.of(yes)).filter(|_| traded.redeemed_at.is_some());
                let as_told = RecordedMarket { outcome, closed_at: traded.redeemed_at, ..RecordedMarket::default() };
                market.fate = fate(&as_told, seconds(traded.last_at));
            }
        }
        for (condition, traded) in traded {
            markets.extend(unlisted(&condition, &traded, &payouts, volume));
        }
        Ok(Self { events: number_events(&markets), markets, traders, skipped })
    }

    /// Category of a market.
    fn category(&self, market: u32) -> Option<&str> {
        self.markets.get(market as usize)?.listed.category.as_deref()
    }
}

/// Replays recorded traders.
#[must_use]
pub fn run_copies(recorded: &RecordedTraders, settings: &CopySettings) -> BacktestRun {
    let begun = Instant::now();
    let record = CopyReplay::new(&recorded.markets, &recorded.events, &recorded.traders, settings).run();
    let timing = Timing { run_s: begun.elapsed().as_secs_f64(), ..Timing::default() };
    let event_of = |market: u32| recorded.events.get(market as usize).copied().unwrap_or(u32::MAX);
    // The traders were picked by what came of these very trades: all of it is in sample and gets no verdict.
    finish(settings, record, &event_of, &|market| recorded.category(market), Some(u32::MAX), timing)
}

/// Replays traders who buy at prices without an edge.
#[must_use]
pub fn run_copies_control(settings: &CopySettings, seed: u64) -> BacktestRun {
    let mut settings = settings.clone();
    (settings.backtest.from, settings.backtest.to) = (None, None);
    let (markets, ticks) = martingales(CONTROL_MARKETS, CONTROL_START, seed);
    let traders = traders(&markets, &ticks, seed);
    let events: Vec<u32> = (0..CONTROL_MARKETS).collect();
    let begun = Instant::now();
    let record = CopyReplay::new(&markets, &events, &traders, &settings).run();
    let timing = Timing { run_s: begun.elapsed().as_secs_f64(), ..Timing::default() };
    finish(&settings, record, &|market| market, &|_| Some("control"), None, timing)
}

fn finish<'a>(
    settings: &CopySettings,
    record: Record,
    event_of: &dyn Fn(u32) -> u32,
    category: &dyn Fn(u32) -> Option<&'a str>,
    in_sample_to: Option<u32>,
    timing: Timing,
) -> BacktestRun {
    let report = report(&record, event_of, category, in_sample_to, BOOTSTRAP_SEED);
    BacktestRun::new(settings.name(), None, report, record, timing)
}

/// Gives a market whose tokens nobody recorded those that were traded.
fn name_tokens(market: &mut Market, traded: &Traded<'_>) {
    let known = traded.tokens.iter().flatten().any(|token| market.tokens.contains(token));
    if !known {
        for (token, traded) in market.tokens.iter_mut().zip(traded.tokens) {
            *token = traded.cloned().unwrap_or_else(|| token.clone());
        }
    }
}

fn traded(traders: &Traders) -> BTreeMap<ConditionId, Traded<'_>> {
    let mut all: BTreeMap<ConditionId, Traded<'_>> = BTreeMap::new();
    for action in traders.values().flatten() {
        let Some(condition) = action.condition() else { continue };
        let one = all.entry(condition.clone()).or_default();
        match action {
            Action::Order(order) => {
                // The earliest names the market, whatever the order of the wallets.
                let earlier =
                    |first: &&LeaderOrder| (first.first_at, &first.transaction) <= (order.first_at, &order.transaction);
                one.first = one.first.filter(earlier).or(Some(order));
                one.last_at = one.last_at.max(Some(order.last_at));
                let place = order.outcome.map(|outcome| usize::from(outcome == Outcome::No));
                if let Some(token) = place.and_then(|place| one.tokens.get_mut(place)) {
                    *token = Some(&order.token);
                }
            }
            Action::Other(row) if matches!(row.kind, ActivityKind::Redeem { .. }) => {
                one.redeemed_at = one.redeemed_at.max(Some(row.at));
            }
            Action::Other(_) => {}
        }
    }
    all
}

/// A market that is known from trades alone; `None` when it was only split, merged or redeemed.
fn unlisted(condition: &ConditionId, traded: &Traded<'_>, payouts: &Payouts, volume: Usd) -> Option<BacktestMarket> {
    let first = traded.first?;
    let [yes, no] = traded.tokens;
    let of_yes = yes.and_then(|token| payouts.of(token));
    let of_no = || Some(1.0 - payouts.of(no?)?);
    let outcome = of_yes.or_else(of_no).filter(|_| traded.redeemed_at.is_some());
    let text = |token: Option<&OutcomeToken>| token.map(|token| token.as_str().to_owned());
    let market = RecordedMarket {
        mid: condition.as_str().to_owned(),
        condition_id: Some(condition.as_str().to_owned()),
        question: first.title.clone(),
        event: first.group.clone(),
        yes_token_id: text(yes),
        no_token_id: text(no),
        outcome,
        outcome_source: outcome.map(|_| REDEEMED.to_owned()),
        closed_at: traded.redeemed_at.filter(|_| outcome.is_some()),
        ..RecordedMarket::default()
    };
    Some(BacktestMarket { listed: listed(&market, volume), fate: fate(&market, seconds(traded.last_at)) })
}

fn seconds(at: Option<DateTime<Utc>>) -> u32 {
    at.and_then(|at| u32::try_from(at.timestamp()).ok()).unwrap_or(0)
}
