//! The verdict of the gates on an assumed book, by arithmetic alone.
//!
//! [`screen`](crate::pipeline::screen()) and [`judge`](crate::pipeline::judge()) leave a record in words at every gate,
//! which costs microseconds. A backtest asks millions of times, and nearly always for a market that is stopped. Here the
//! same numbers are compared in the same order by the same functions, so that the gate is the one the pipeline would name
//! and the edge is equal to the last bit: tests hold them against each other. What passes here goes through the pipeline.

use super::books::{assumed_depth, sides};
use super::market::Card;
use super::quote::Quote;
use super::source::Forecast;
use crate::calibration::Curves;
use crate::gate::Gate;
use crate::kelly::kelly_fraction;
use crate::market::Outcome;
use crate::money::{Price, Usd};
use crate::paper::broker::whole_lots;
use crate::pipeline::settings::{MAX_YES_PRICE, MIN_YES_PRICE};
use crate::pipeline::{GateSettings, posterior};
use crate::prediction::{Prediction, SignalSource};
use crate::probability::Probability;

const MILLIS_PER_DAY: f64 = 86_400_000.0;
/// How far the average price of an order may lie below the price of its only level, for rounding: far less than this.
pub(super) const SLACK: f64 = 1e-3;

/// What a verdict depends on beside the market.
#[derive(Debug, Clone, Copy)]
pub struct Quick<'a> {
    pub(super) gates: &'a GateSettings,
    pub(super) source: SignalSource,
    pub(super) curves: Option<&'a Curves>,
    reference_stake: Usd,
    depth: Usd,
    pub(super) floor: f64,
    /// Yes prices between these are bet on.
    range: (Price, Price),
}

/// A market with a price at which it can be bet on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Priced {
    /// Best bid of Yes.
    pub bid: Price,
    /// Best ask of Yes.
    pub ask: Price,
    /// Midpoint of Yes.
    pub mid: f64,
}

impl Priced {
    pub(super) fn new(bid: Price, ask: Price) -> Self {
        Self { bid, ask, mid: (bid.to_f64() + ask.to_f64()) / 2.0 }
    }

    pub(super) fn is_in_range(&self) -> bool {
        self.mid > MIN_YES_PRICE && self.mid < MAX_YES_PRICE
    }
}

/// What a forecast came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// The probability of Yes gone by.
    pub believed: Probability,
    /// The gate that stopped it; `None` when it is a candidate.
    pub stopped_at: Option<Gate>,
    /// Effective edge of a candidate; minus infinity of what was stopped before it was computed.
    pub effective_edge: f64,
    /// Probability that the outcome to buy wins.
    pub win: f64,
    /// What a share of it costs, fees in; infinity of what was stopped before it was computed.
    pub cost: f64,
}

impl<'a> Quick<'a> {
    /// With the limits of a run.
    #[must_use]
    pub fn new(
        gates: &'a GateSettings,
        source: SignalSource,
        curves: Option<&'a Curves>,
        reference_stake: Usd,
    ) -> Self {
        let floor = gates.edge_floor(source);
        let price = |dollars| Price::from_f64(dollars).unwrap_or_default();
        let range = (price(MIN_YES_PRICE), price(MAX_YES_PRICE));
        Self { gates, source, curves, reference_stake, depth: assumed_depth(gates), floor, range }
    }

    /// The gates that need no forecast, at `now_ms` (unix milliseconds).
    ///
    /// # Errors
    /// The gate that stopped it.
    pub fn screen(&self, card: &Card, quote: Quote, now_ms: i64) -> Result<Priced, Gate> {
        let (bid, ask) = self.admit(card, quote, now_ms)?;
        let priced = Priced::new(bid, ask);
        if priced.is_in_range() { Ok(priced) } else { Err(Gate::PriceRange) }
    }

    /// Those of them that come before the midpoint; gives best bid and ask of Yes.
    pub(super) fn admit(&self, card: &Card, quote: Quote, now_ms: i64) -> Result<(Price, Price), Gate> {
        if let Some(gate) = card.stop.filter(|gate| *gate < Gate::Expiry) {
            return Err(gate);
        }
        let days = card.end_ms.map(|end| (end - now_ms) as f64 / MILLIS_PER_DAY);
        if !days.is_some_and(|days| days > 0.0 && days <= self.gates.max_days_to_expiry) {
            return Err(Gate::Expiry);
        }
        let (least, most) = self.range;
        // Whole micro-dollars compare as the prices in dollars they stand for do.
        if quote.price() <= least || quote.price() >= most {
            return Err(Gate::PriceRange);
        }
        if let Some(gate) = card.stop {
            return Err(gate);
        }
        sides(quote, self.gates.slippage).ok_or(Gate::BookDepth)
    }

    /// The gates that need a forecast.
    ///
    /// # Errors
    /// [`Gate::Forecast`] when the forecast is no probability.
    pub fn judge(&self, card: &Card, priced: &Priced, forecast: &Forecast) -> Result<Verdict, Gate> {
        let believed = self.believe(priced.mid, forecast).ok_or(Gate::Forecast)?;
        let yes = believed.get() - priced.ask.to_f64();
        let no = believed.complement().get() - priced.bid.complement().to_f64();
        let (outcome, ask, win) = if yes >= no {
            (Outcome::Yes, priced.ask, believed)
        } else {
            (Outcome::No, priced.bid.complement(), believed.complement())
        };
        let price = ask.to_f64();
        let at_best = (win.get() - price - card.fee.per_share(price) + SLACK) * forecast.confidence;
        if at_best < self.floor.max(0.0) {
            let stopped_at = Some(Gate::EffectiveEdge);
            let (effective_edge, cost) = (f64::NEG_INFINITY, f64::INFINITY);
            return Ok(Verdict { believed, stopped_at, effective_edge, win: win.get(), cost });
        }
        let vwap = self.average_price(ask);
        let cost = vwap + card.fee.per_share(vwap);
        let edge = win.get() - cost;
        let effective_edge = edge * forecast.confidence;
        let kelly = kelly_fraction(win.get(), cost);
        let stopped_at = if !(effective_edge >= self.floor && edge > 0.0) {
            Some(Gate::EffectiveEdge)
        } else if self.blocks(outcome) {
            Some(Gate::YesBlock)
        } else if vwap < self.gates.min_bet_price {
            Some(Gate::EntryPrice)
        } else if !(kelly > 0.0 && kelly >= self.gates.min_kelly_size) {
            Some(Gate::KellySize)
        } else {
            None
        };
        Ok(Verdict { believed, stopped_at, effective_edge, win: win.get(), cost })
    }

    /// Whether an outcome is not bought, whatever its edge.
    pub(super) fn blocks(&self, outcome: Outcome) -> bool {
        self.gates.block_yes_side && self.source == SignalSource::Ensemble && outcome == Outcome::Yes
    }

    /// The forecast anchored to the market, and calibrated where a curve is in use.
    #[must_use]
    pub fn believe(&self, mid: f64, forecast: &Forecast) -> Option<Probability> {
        let anchored = posterior(self.source, mid, &prediction(forecast)?, self.gates.lr_damping)?;
        Some(self.curves.and_then(|curves| curves.apply(self.source, anchored)).unwrap_or(anchored))
    }

    /// What the reference stake pays for a share on a book of one level.
    fn average_price(&self, ask: Price) -> f64 {
        let affordable = whole_lots(self.reference_stake.shares_at(ask));
        // What a smaller amount buys is never more.
        let all_rests = self.reference_stake <= self.depth;
        let shares = if all_rests { affordable } else { affordable.min(whole_lots(self.depth.shares_at(ask))) };
        if shares.is_positive() { ask.cost_of(shares).to_f64() / shares.to_f64() } else { ask.to_f64() }
    }
}

/// A forecast as the pipeline takes it; `None` when it is no probability.
#[must_use]
pub fn prediction(forecast: &Forecast) -> Option<Prediction> {
    let probability = Probability::new(forecast.probability)?;
    Some(Prediction { probability, learners: Vec::new(), confidence: forecast.confidence })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::backtest::books::AssumedBooks;
    use crate::backtest::market::Facts;
    use crate::fee::FeeRule;
    use crate::market::Market;
    use crate::pipeline::samples::{market, now};
    use crate::pipeline::{Evidence, judge, screen};
    use crate::signal::Decision;

    /// The pipeline's own verdict on the same market.
    fn by_the_pipeline(
        listed: &Market,
        quote: Quote,
        forecast: Forecast,
        gates: &GateSettings,
        stake: Usd,
    ) -> Decision {
        let at = now();
        let price = quote.price();
        let listed = Market { yes_price_hint: Some(price), ..listed.clone() };
        let trace = match screen(&listed, SignalSource::Ensemble, at, gates) {
            Ok(trace) => trace,
            Err(decision) => return *decision,
        };
        let books = AssumedBooks::new(&listed, quote, at, gates);
        let evidence = Evidence {
            market: &listed,
            yes_book: books.as_ref().map(|books| &books.yes),
            no_book: books.as_ref().map(|books| &books.no),
            source: SignalSource::Ensemble,
            model_version: None,
            prediction: prediction(&forecast),
            curves: None,
            only: None,
            copied: None,
            at,
        };
        judge(&evidence, trace, stake, gates)
    }

    fn by_arithmetic(
        listed: &Market,
        quote: Quote,
        forecast: Forecast,
        gates: &GateSettings,
        stake: Usd,
    ) -> (Option<Gate>, f64, Option<Probability>) {
        let facts = Facts::new(listed.clone(), 0, SignalSource::Ensemble, gates);
        let quick = Quick::new(gates, SignalSource::Ensemble, None, stake);
        let verdict = quick
            .screen(&facts.card, quote, now().timestamp_millis())
            .and_then(|priced| quick.judge(&facts.card, &priced, &forecast));
        match verdict {
            Ok(verdict) => (verdict.stopped_at, verdict.effective_edge, Some(verdict.believed)),
            Err(gate) => (Some(gate), f64::NEG_INFINITY, None),
        }
    }

    fn fees() -> impl Strategy<Value = FeeRule> {
        prop_oneof![
            Just(FeeRule::Free),
            Just(FeeRule::Undocumented),
            (0..100_000_i64).prop_map(|rate_micros| FeeRule::Schedule { rate_micros, exponent: 1 }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn it_says_what_the_pipeline_says(
            price in 0..=1_000_i64,
            spread in prop::option::of((1..60_i64, 1..60_i64)),
            probability in 0.0..=1.0_f64,
            confidence in 0.0..=1.0_f64,
            damping in 0.0..=1.0_f64,
            (floor, slippage, stake) in (-0.01..0.1_f64, 0..40_i64, 0..300_i64),
            (volume, minutes) in (900..1_100_i64, -1_500..30_000_i64),
            fee in fees(),
            (sports, yes_block) in (any::<bool>(), any::<bool>()),
        ) {
            let end_at = Some(now() + chrono::TimeDelta::minutes(minutes));
            let tags = if sports { vec!["nba".to_owned()] } else { Vec::new() };
            let volume = Some(Usd::from_micros(volume * 1_000_000));
            let listed = Market { end_at, tags, volume, fee, best_bid_hint: None, best_ask_hint: None, ..market() };
            let gates = GateSettings {
                lr_damping: damping,
                ensemble_min_effective_edge: floor,
                slippage: Price::from_micros(slippage * 1_000),
                block_yes_side: yes_block,
                ..GateSettings::default()
            };
            let dollars = |thousandths: i64| thousandths as f64 / 1e3;
            let bid = spread.map(|(below, _)| dollars(price - below));
            let ask = spread.map(|(_, above)| dollars(price + above));
            let quote = Quote::new(dollars(price), bid, ask).unwrap();
            let forecast = Forecast { probability, confidence };
            let stake = Usd::from_micros(stake * 1_000_000);
            let decision = by_the_pipeline(&listed, quote, forecast, &gates, stake);
            let (gate, edge, believed) = by_arithmetic(&listed, quote, forecast, &gates, stake);
            prop_assert_eq!(gate, decision.stopped_at, "{:?}", decision.trace.last());
            if gate.is_none_or(|gate| gate > Gate::BookDepth) {
                prop_assert_eq!(believed, decision.posterior);
            }
            if gate.is_none() {
                prop_assert_eq!(edge.to_bits(), decision.candidate.unwrap().effective_edge.to_bits());
            }
        }
    }
}
