//! The reasoning of a decision in sentences, from its own numbers only.

use engine_core::market::Outcome;
use engine_core::prediction::SignalSource;
use engine_core::signal::{Candidate, Decision};

use crate::escape::plain;
use crate::format::{cents, percent, price, usd};

/// What probabilities are said of: "Yes" in a Yes/No market; where outcomes have names, the outcome bought.
pub(crate) struct Said {
    /// The word, plain text.
    pub(crate) word: String,
    flipped: bool,
}

impl Said {
    pub(crate) fn of(decision: &Decision) -> Self {
        match &decision.candidate {
            Some(candidate) if !is_yes_no(candidate) => {
                Self { word: plain(&candidate.outcome_label, 30), flipped: candidate.outcome == Outcome::No }
            }
            Some(_) | None => Self { word: "Yes".to_owned(), flipped: false },
        }
    }

    /// A probability of Yes, turned to what we speak of.
    pub(crate) fn p(&self, yes: f64) -> f64 {
        if self.flipped { 1.0 - yes } else { yes }
    }
}

fn is_yes_no(candidate: &Candidate) -> bool {
    candidate.outcome_label.eq_ignore_ascii_case(candidate.outcome.as_str())
}

/// The outcome as shown on a card: `NO`, or the venue's own name. Plain text.
pub(crate) fn outcome_name(outcome: Outcome, label: &str) -> String {
    if label.eq_ignore_ascii_case(outcome.as_str()) || label.trim().is_empty() {
        outcome.as_str().to_uppercase()
    } else {
        plain(label, 30)
    }
}

/// Who forecast.
pub(crate) const fn source_name(source: SignalSource) -> &'static str {
    match source {
        SignalSource::Ensemble => "Model",
        SignalSource::LlmConsensus => "Agents",
        SignalSource::News => "News",
        SignalSource::CopyTrade => "Copied trader",
    }
}

/// The reasoning as plain sentences, one a line; empty when nothing was forecast.
pub(crate) fn sentences(decision: &Decision) -> Vec<String> {
    if let Some(sentences) = super::copy::sentences(decision) {
        return sentences;
    }
    let said = Said::of(decision);
    let mut out = Vec::new();
    let Some(prediction) = &decision.prediction else {
        return out;
    };
    out.extend(agreement(&prediction.learners, &said));
    if let (Some(mid), Some(posterior)) = (decision.mid, decision.posterior) {
        let (market, model, ours) = (said.p(mid), said.p(prediction.probability.get()), said.p(posterior.get()));
        out.push(format!(
            "The market says {} {}, the forecast {}. Trusted {:.2}, it moves the market's number to {}.",
            percent(market, 1),
            said.word,
            percent(model, 1),
            prediction.confidence,
            percent(ours, 1),
        ));
    }
    if let Some(calibrated) = decision.calibrated {
        let now = percent(said.p(calibrated.get()), 1);
        out.push(format!("Going by how such numbers came out so far, the calibration curve makes that {now}."));
    }
    if let Some(candidate) = &decision.candidate {
        out.push(format!(
            "A share of {} costs {} with the fee and wins {} of the time by that number: {} a share, {} once \
             weighed by the confidence.",
            outcome_name(candidate.outcome, &candidate.outcome_label),
            cents(candidate.cost),
            percent(candidate.win_probability.get(), 1),
            cents(candidate.edge),
            cents(candidate.effective_edge),
        ));
        out.push(format!(
            "Its own book offers {} near the best ask of {}. Full Kelly would be {} of a bankroll; each book stakes \
             its own part of that.",
            usd(candidate.depth),
            price(candidate.best_ask),
            percent(candidate.kelly, 1),
        ));
    }
    out
}

fn agreement(learners: &[f64], said: &Said) -> Option<String> {
    let p: Vec<f64> = learners.iter().map(|p| said.p(*p)).filter(|p| p.is_finite()).collect();
    if p.len() < 2 {
        return None;
    }
    let low = p.iter().copied().fold(f64::INFINITY, f64::min);
    let high = p.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let points = ((high - low) * 100.0).round();
    let verdict = match points {
        spread if spread <= 8.0 => format!("agree within {points:.0} points"),
        spread if spread <= 20.0 => format!("are {points:.0} points apart"),
        _ => format!("disagree by {points:.0} points, which lowers the confidence"),
    };
    Some(format!(
        "{} learners {verdict}: {:.0} to {:.0} % {}.",
        number_word(p.len()),
        low * 100.0,
        high * 100.0,
        said.word
    ))
}

fn number_word(n: usize) -> String {
    let words = ["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"];
    words.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}
