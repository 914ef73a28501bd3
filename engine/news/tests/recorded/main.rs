//! The threshold of the lexical matcher, measured on recorded headlines and the questions that were open then.
//!
//! `labels.csv` holds a judgement for each of 320 pairs and no recorded text: the headline by the hash of its link, the
//! market by its id, how many pairs of its stratum the pair stands for, and whether a forecaster of the market should
//! read the headline. ADR 17 says how the pairs were drawn and judged.

#![allow(missing_docs)]

mod data;
mod figures;

use engine_core::news::{LexicalMatcher, Matcher};

use data::Recorded;
use figures::{Judged, at};

const LABELS: &str = include_str!("labels.csv");

fn scored(recorded: &Recorded, matcher: &impl Matcher) -> Vec<Judged> {
    let mut judged = Vec::new();
    for line in LABELS.lines().skip(1) {
        let mut cells = line.split(',');
        let mut cell = || cells.next().unwrap();
        let (headline, market, weight, concerns) = (cell(), cell(), cell(), cell());
        let known = recorded.headlines.iter().find(|known| data::headline_id(known) == headline).unwrap();
        assert!(recorded.markets.iter().any(|known| known.id.as_str() == market), "{market} is not open");
        let found = matcher.matches(known).into_iter().find(|found| found.market.as_str() == market);
        judged.push(Judged {
            score: found.map_or(0.0, |found| found.score),
            weight: weight.parse().unwrap(),
            concerns: concerns == "1",
            held_back: u8::from_str_radix(&headline[headline.len() - 1..], 16).unwrap() % 2 == 1,
        });
    }
    judged
}

#[test]
fn the_threshold_of_words_is_measured() {
    let Some(folder) = data::folder() else {
        eprintln!("SKIPPED: no recorded data beside the repository (../shared/data)");
        return;
    };
    let recorded = data::read(&folder);
    let judged = scored(&recorded, &LexicalMatcher::with_threshold(&recorded.markets, 0.0));
    for held_back in [false, true] {
        let part: Vec<Judged> = judged.iter().filter(|pair| pair.held_back == held_back).cloned().collect();
        eprintln!("{} pairs, {} concern, held back: {held_back}", part.len(), part.iter().filter(|p| p.concerns).count());
        for step in 1..=18 {
            let threshold = f64::from(step) * 0.05;
            eprintln!("{threshold:.2} {}", at(&part, threshold));
        }
    }
}

#[test]
fn look() {
    let recorded = data::read(&data::folder().unwrap());
    let matcher = LexicalMatcher::with_threshold(&recorded.markets, 0.0);
    let mut rows = Vec::new();
    for line in LABELS.lines().skip(1) {
        let c: Vec<&str> = line.split(',').collect();
        if u8::from_str_radix(&c[0][9..], 16).unwrap() % 2 == 1 { continue; }
        let h = recorded.headlines.iter().find(|k| data::headline_id(k) == c[0]).unwrap();
        let q = recorded.markets.iter().find(|k| k.id.as_str() == c[1]).unwrap();
        let s = matcher.matches(h).into_iter().find(|f| f.market.as_str() == c[1]).map_or(0.0, |f| f.score);
        rows.push((s, c[3] == "1", c[2].to_owned(), h.title.clone(), q.question.clone()));
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (s, y, w, h, q) in rows {
        if (y && s < 0.42) || (!y && s > 0.2) { eprintln!("@ {} {s:.2} w{w} {} || {}", u8::from(y), h.chars().take(80).collect::<String>(), q); }
    }
}
