//! The thresholds of matching, measured on recorded headlines and the questions that were open then.
//!
//! `labels.csv` holds a judgement for each of 500 pairs and no recorded text: the headline by the hash of its link, the
//! market by its id, how many pairs of its stratum the pair stands for, and whether a forecaster of the market should
//! read the headline. ADR 17 says how the pairs were drawn and judged, and what the figures mean.

// Helpers of tests may fail loudly like the tests themselves.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

mod data;
mod figures;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use engine_core::news::{Headline, LEXICAL_THRESHOLD, LexicalMatcher, Matcher, NewsMarket};
use news::matching::Matching;
use news::meaning::{ByMeaning, MINILM_THRESHOLD, MiniLm};

use data::Recorded;
use figures::{Judged, at};

const LABELS: &str = include_str!("labels.csv");

/// A line of `labels.csv`.
struct Label {
    headline: String,
    market: String,
    weight: f64,
    concerns: bool,
}

fn labels() -> Vec<Label> {
    let line = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let [headline, market, weight, concerns] = cells.as_slice() else { panic!("{line}") };
        Label {
            headline: (*headline).to_owned(),
            market: (*market).to_owned(),
            weight: weight.parse().unwrap(),
            concerns: *concerns == "1",
        }
    };
    LABELS.lines().skip(1).map(line).collect()
}

/// The labels with the scores found: by headline and market.
fn judged(scores: &BTreeMap<(String, String), f64>) -> Vec<Judged> {
    let pair = |label: Label| Judged {
        score: scores.get(&(label.headline.clone(), label.market)).copied().unwrap_or(0.0),
        weight: label.weight,
        concerns: label.concerns,
        // Half of the headlines, by chance.
        held_back: label.headline.ends_with(['1', '3', '5', '7', '9', 'b', 'd', 'f']),
    };
    labels().into_iter().map(pair).collect()
}

fn print(what: &str, judged: &[Judged]) {
    for (part, halves) in [("adjusted on", vec![false]), ("held back", vec![true]), ("all", vec![false, true])] {
        let pairs: Vec<Judged> = judged.iter().filter(|pair| halves.contains(&pair.held_back)).cloned().collect();
        let concerning = pairs.iter().filter(|pair| pair.concerns).count();
        eprintln!("{what}, {part}: {} pairs, {concerning} concern", pairs.len());
        for step in 3..=16 {
            let threshold = f64::from(step) * 0.05;
            eprintln!("  {threshold:.2}  {}", at(&pairs, threshold));
        }
    }
}

fn recorded() -> Option<Recorded> {
    let folder = data::folder();
    if folder.is_none() {
        eprintln!("SKIPPED: no recorded data beside the repository (../shared/data)");
    }
    folder.map(|folder| data::read(&folder))
}

#[test]
fn the_threshold_of_words_holds_on_recorded_news() {
    let Some(recorded) = recorded() else { return };
    let matcher = LexicalMatcher::with_threshold(&recorded.markets, 0.0);
    let mut scores = BTreeMap::new();
    let mut told = 0;
    for headline in &recorded.headlines {
        for found in matcher.matches(headline) {
            told += usize::from(found.score >= LEXICAL_THRESHOLD);
            scores.insert((data::headline_id(headline), found.market.as_str().to_owned()), found.score);
        }
    }
    eprintln!("{} headlines, {} questions, {told} matches", recorded.headlines.len(), recorded.markets.len());
    let judged = judged(&scores);
    print("words", &judged);
    let held_back: Vec<Judged> = judged.into_iter().filter(|pair| pair.held_back).collect();
    let figures = at(&held_back, LEXICAL_THRESHOLD);
    // ADR 17; a change of the matcher that falls below has to be measured and written down anew.
    assert!(figures.precision.low > 0.7 && figures.recall.estimate > 0.5, "{figures}");
}

/// Takes minutes without optimisation, so it is asked for by name: `cargo test -p news --test recorded -- --ignored`.
#[tokio::test]
#[ignore = "runs the sentence model on some 250 texts"]
async fn the_threshold_of_the_sentence_model_holds_on_recorded_news() {
    let Some(recorded) = recorded() else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/sentence");
    let model = match MiniLm::load(&folder) {
        Ok(model) => model,
        Err(error) => {
            eprintln!("SKIPPED: {error} (scripts/fetch-sentence-model.sh)");
            return;
        }
    };
    // As ONNX Runtime 1.32 computes them with the model's own tokenizer.
    let reference = [-0.040_493_94, 0.001_030_18, -0.030_377_59, -0.009_164_81, -0.097_180_52_f32];
    let vector = model.vector("Will Bitcoin reach $100,000 by December 31, 2025?").unwrap();
    assert!(reference.iter().zip(&vector).all(|(a, b)| (a - b).abs() < 1e-5), "{:?}", vector.get(..5));
    let labels = labels();
    let wanted: BTreeSet<&str> =
        labels.iter().flat_map(|label| [label.headline.as_str(), label.market.as_str()]).collect();
    let headlines: Vec<Headline> = recorded
        .headlines
        .into_iter()
        .filter(|headline| wanted.contains(data::headline_id(headline).as_str()))
        .collect();
    let markets: Vec<NewsMarket> =
        recorded.markets.into_iter().filter(|market| wanted.contains(market.id.as_str())).collect();
    let texts = headlines.len() + markets.len();
    let begun = std::time::Instant::now();
    let found = ByMeaning::new(Box::new(model), 0.0).matches(&headlines, &markets).await.unwrap();
    eprintln!("{texts} texts in {:?}", begun.elapsed());
    let mut scores = BTreeMap::new();
    for (headline, found) in headlines.iter().zip(found) {
        for found in found {
            scores.insert((data::headline_id(headline), found.market.as_str().to_owned()), found.score);
        }
    }
    let judged = judged(&scores);
    print("sentence model", &judged);
    let figures = at(&judged, MINILM_THRESHOLD);
    assert!(figures.precision.estimate > 0.4, "{figures}");
}
