//! A glance at a forecast: the gate that would stop it, from tables and products alone, when that is beyond doubt.
//!
//! [`Quick::judge`] takes two logarithms, an exponential and half a dozen divisions, and of most of what it works out only
//! on which side of a limit it lies is ever used. Here the anchored belief is read off tables and the average price is taken
//! for the best, both of which are off by less than `SLACK` together. What lies further than that from every limit needs
//! no closer look; what does not, and whoever may be among the best of a scan, gets one. A test holds both together.

use super::market::Card;
use super::quick::{Priced, Quick, SLACK};
use super::source::Forecast;
use crate::anchoring::{log_odds, probability_of};
use crate::gate::Gate;
use crate::market::Outcome;
use crate::prediction::SignalSource;

/// Lines in the table of log odds, for each unit of probability.
const ODDS_LINES: f64 = 1_024.0;
/// Forecasts further out are not read off the table: there the log odds bend too much.
const ODDS_RANGE: std::ops::RangeInclusive<f64> = 0.02..=0.98;
/// Log odds up to which the table of probabilities goes, either way: those of 0.98 are 3.9.
const MOST_LOG_ODDS: f64 = 4.0;
/// Lines of it for each unit of log odds.
const CHANCE_LINES: f64 = 64.0;
const DOLLARS_A_MICRO: f64 = 1e-6;

/// What a glance tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Glance {
    /// This gate stops it, without doubt.
    Stopped(Gate),
    /// No gate stops it, without doubt; its effective edge lies between the two.
    Candidate {
        /// No less than this.
        low: f64,
        /// No more than this.
        high: f64,
    },
    /// Too close to a limit to tell.
    Close,
}

/// Log odds and their inverse as short straight lines: value in the middle and slope.
#[derive(Debug, Clone)]
pub struct Tables {
    odds: Vec<(f32, f32)>,
    chances: Vec<(f32, f32)>,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            odds: lines(ODDS_LINES, 1.0, |p| log_odds(p).unwrap_or(f64::NAN)),
            chances: lines(CHANCE_LINES, 2.0 * MOST_LOG_ODDS, |above| probability_of(above - MOST_LOG_ODDS)),
        }
    }
}

impl Tables {
    /// About what [`anchor`](crate::anchoring::anchor) makes of it; not a number outside of the tables. Without a branch,
    /// so that a processor works on several at once.
    fn anchor(&self, mid: f64, model: f64, weight: f64) -> f64 {
        let prior = read(&self.odds, mid * ODDS_LINES);
        let believed = prior + weight * (read(&self.odds, model * ODDS_LINES) - prior);
        let probability = read(&self.chances, (believed + MOST_LOG_ODDS) * CHANCE_LINES);
        let known = ODDS_RANGE.contains(&mid) & ODDS_RANGE.contains(&model) & (0.0..=1.0).contains(&weight);
        if known { probability } else { f64::NAN }
    }
}

impl Quick<'_> {
    /// About the probability gone by of each forecast; not a number where a table does not tell.
    pub fn believe_roughly(
        &self,
        tables: &Tables,
        mids: &[f64],
        forecasts: &[Option<Forecast>],
        believed: &mut Vec<f64>,
    ) {
        let is_anchored = self.source != SignalSource::CopyTrade && self.curves.is_none();
        let damping = if is_anchored { self.gates.lr_damping } else { f64::NAN };
        believed.clear();
        believed.extend(mids.iter().zip(forecasts).map(|(&mid, forecast)| {
            let Forecast { probability, confidence } =
                forecast.unwrap_or(Forecast { probability: f64::NAN, confidence: f64::NAN });
            tables.anchor(mid, probability, confidence * damping)
        }));
    }

    /// Puts the places of the looks that need more than a first glance into `rest`: all but those whose edge is certain to
    /// be too small. Without a branch on what a forecast says, which nothing could foretell.
    pub fn sift<'c>(
        &self,
        priced: &[Priced],
        forecasts: &[Option<Forecast>],
        believed: &[f64],
        cards: impl Iterator<Item = &'c Card>,
        rest: &mut Vec<usize>,
    ) {
        rest.clear();
        rest.resize(priced.len(), 0);
        let mut kept = 0;
        for (look, ((priced, card), (forecast, &believed))) in
            priced.iter().zip(cards).zip(forecasts.iter().zip(believed)).enumerate()
        {
            let confidence = forecast.map_or(f64::NAN, |forecast| forecast.confidence);
            let too_small =
                is_sound(confidence, believed) & Leaning::new(card, priced, believed).is_hopeless(self, confidence);
            if let Some(place) = rest.get_mut(kept) {
                *place = look;
            }
            kept += usize::from(!too_small);
        }
        rest.truncate(kept);
    }

    /// What a forecast comes to, when a glance is enough; `believed` is the probability gone by, rough or exact. Asks the
    /// gates in their order with every number uncertain by `SLACK`.
    #[must_use]
    pub fn glance(&self, card: &Card, priced: &Priced, confidence: f64, believed: f64) -> Glance {
        if !is_sound(confidence, believed) {
            return Glance::Close;
        }
        let leaning = Leaning::new(card, priced, believed);
        if leaning.is_hopeless(self, confidence) {
            return Glance::Stopped(Gate::EffectiveEdge);
        }
        let Leaning { sure, outcome, ask, edge, cost } = leaning;
        let (low, high) = ((edge - SLACK) * confidence, (edge + SLACK) * confidence);
        if !sure || low < self.floor || edge - SLACK <= 0.0 {
            return Glance::Close;
        }
        if self.blocks(outcome) {
            return Glance::Stopped(Gate::YesBlock);
        }
        let least = self.gates.min_bet_price;
        if (ask - least).abs() < SLACK || cost + SLACK >= 1.0 {
            return Glance::Close;
        }
        if ask < least {
            return Glance::Stopped(Gate::EntryPrice);
        }
        // The Kelly fraction is the edge for what can be won, `1 − cost`.
        let least = self.gates.min_kelly_size;
        let beyond = edge - least * (1.0 - cost);
        if beyond.abs() < SLACK * (1.0 + least.abs()) {
            return Glance::Close;
        }
        if beyond < 0.0 { Glance::Stopped(Gate::KellySize) } else { Glance::Candidate { low, high } }
    }
}

/// The side a forecast leans to, at the best price.
struct Leaning {
    /// It leans far enough for the side to be beyond doubt.
    sure: bool,
    outcome: Outcome,
    ask: f64,
    edge: f64,
    cost: f64,
}

impl Leaning {
    fn new(card: &Card, priced: &Priced, believed: f64) -> Self {
        let (yes_ask, no_ask) = (dollars(priced.ask.micros()), dollars(priced.bid.complement().micros()));
        let (yes, no) = (believed - yes_ask, 1.0 - believed - no_ask);
        let (outcome, ask) = if yes > no { (Outcome::Yes, yes_ask) } else { (Outcome::No, no_ask) };
        let fee = card.fee.per_share(ask);
        Self { sure: (yes - no).abs() >= SLACK, outcome, ask, edge: yes.max(no) - fee, cost: ask + fee }
    }

    fn is_hopeless(&self, quick: &Quick<'_>, confidence: f64) -> bool {
        self.sure & (((self.edge + SLACK) * confidence < quick.floor) | (self.edge + SLACK <= 0.0))
    }
}

fn is_sound(confidence: f64, believed: f64) -> bool {
    (0.0..=1.0).contains(&believed) & (0.0..=1.0).contains(&confidence)
}

#[allow(clippy::cast_precision_loss)] // a price
fn dollars(micros: i64) -> f64 {
    micros as f64 * DOLLARS_A_MICRO
}

/// Straight lines that touch a function on `0..=to` at each of `a_unit` places a unit.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // half the digits are plenty; a count
fn lines(a_unit: f64, to: f64, of: impl Fn(f64) -> f64) -> Vec<(f32, f32)> {
    let line = |place: u32| {
        let slope = of((f64::from(place) + 0.5) / a_unit) - of((f64::from(place) - 0.5) / a_unit);
        (of(f64::from(place) / a_unit) as f32, slope as f32)
    };
    (0..=(a_unit * to) as u32).map(line).collect()
}

/// The value at a place counted in lines; not a number beyond them.
fn read(lines: &[(f32, f32)], place: f64) -> f64 {
    // Added to 2^52 a number is rounded to a whole one, which then stands in the lowest bits: quicker than a conversion.
    const WHOLE: f64 = 4_503_599_627_370_496.0;
    const BITS: u64 = 0xffff_ffff;
    let shifted = place + WHOLE;
    #[allow(clippy::cast_possible_truncation)] // 32 bits of it
    let index = (shifted.to_bits() & BITS) as usize;
    let (middle, slope) = lines.get(index).copied().unwrap_or((f32::NAN, f32::NAN));
    f64::from(middle) + (place - (shifted - WHOLE)) * f64::from(slope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::market::Facts;
    use crate::backtest::quote::Quote;
    use crate::chance::SplitMix64;
    use crate::fee::FeeRule;
    use crate::market::Market;
    use crate::money::{Price, Usd};
    use crate::pipeline::GateSettings;
    use crate::pipeline::samples::{market, now};

    const DRAWS: u32 = 40_000;

    /// Limits, fees, stakes, prices and forecasts of every kind: what a glance is sure of is what a close look finds.
    #[test]
    fn it_is_sure_of_nothing_that_is_not_so() {
        let mut chance = SplitMix64::new(11);
        let tables = Tables::default();
        let (mut close, mut candidates) = (0, 0);
        for _ in 0..DRAWS {
            let mut between = |low: f64, high: f64| low + (high - low) * chance.unit();
            let gates = GateSettings {
                lr_damping: between(-0.1, 1.4),
                ensemble_min_effective_edge: between(-0.02, 0.06),
                min_kelly_size: between(-0.02, 0.1),
                min_bet_price: between(0.0, 0.3),
                block_yes_side: between(0.0, 1.0) < 0.3,
                ..GateSettings::default()
            };
            let fee = match between(0.0, 3.0) {
                free if free < 1.0 => FeeRule::Free,
                flat if flat < 2.0 => FeeRule::Undocumented,
                _ => FeeRule::Schedule { rate_micros: micros(between(0.0, 0.1)), exponent: 1 },
            };
            let listed = Market { fee, ..market() };
            let (price, spread) = (between(0.03, 0.97), between(0.001, 0.02));
            let recorded = between(0.0, 1.0) < 0.5;
            let sides = recorded.then_some((price - spread, price + spread));
            let quote = Quote::new(price, sides.map(|sides| sides.0), sides.map(|sides| sides.1)).unwrap();
            let forecast = Forecast { probability: between(0.0, 1.0), confidence: between(0.0, 1.0) };
            let stake = Usd::from_micros(micros(between(0.0, 100.0)));
            let source = if between(0.0, 1.0) < 0.9 { SignalSource::Ensemble } else { SignalSource::CopyTrade };
            let facts = Facts::new(listed, 0, source, &gates);
            let quick = Quick::new(&gates, source, None, stake);
            let Ok(priced) = quick.screen(&facts.card, quote, now().timestamp_millis()) else { continue };
            let exact = quick.judge(&facts.card, &priced, &forecast);
            let known = (between(0.0, 1.0) < 0.2).then(|| exact.map(|verdict| verdict.believed.get()).ok()).flatten();
            let mut rough = Vec::new();
            quick.believe_roughly(&tables, &[priced.mid], &[Some(forecast)], &mut rough);
            let believed = known.unwrap_or(rough[0]);
            let (glance, mut rest) = (quick.glance(&facts.card, &priced, forecast.confidence, believed), Vec::new());
            quick.sift(&[priced], &[Some(forecast)], &[believed], std::iter::once(&facts.card), &mut rest);
            assert_eq!(rest.is_empty(), glance == Glance::Stopped(Gate::EffectiveEdge));
            match (glance, exact) {
                (Glance::Stopped(gate), exact) => assert_eq!(Ok(Some(gate)), exact.map(|verdict| verdict.stopped_at)),
                (Glance::Candidate { low, high }, exact) => {
                    let exact = exact.unwrap();
                    assert_eq!(exact.stopped_at, None);
                    assert!((low..=high).contains(&exact.effective_edge), "{low} {exact:?} {high}");
                    candidates += 1;
                }
                (Glance::Close, _) => close += 1,
            }
        }
        assert!(candidates > DRAWS / 20, "{candidates} candidates");
        assert!(close < DRAWS / 4, "{close} that need a closer look");
    }

    /// The tables are off by a tenth of the slack at most: the rest is for the rounding of the average price.
    #[test]
    fn the_tables_are_close() {
        let tables = Tables::default();
        let steps = || (20..=980).map(|thousandth| f64::from(thousandth) / 1e3);
        for (mid, model) in steps().flat_map(|mid| steps().step_by(7).map(move |model| (mid, model))) {
            for weight in [0.0, 0.3, 1.0] {
                let exact = crate::anchoring::anchor(mid, model, weight, 1.0).unwrap().get();
                let read = tables.anchor(mid, model, weight);
                assert!((read - exact).abs() < SLACK / 10.0, "{mid} {model} {weight}: {read}, not {exact}");
            }
        }
    }

    fn micros(dollars: f64) -> i64 {
        Price::from_f64(dollars).unwrap().micros()
    }
}
