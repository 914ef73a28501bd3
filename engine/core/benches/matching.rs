//! A round's headlines against a large listing: 200 headlines, 5,000 questions.

#![allow(missing_docs)] // the macros of criterion make public items

use std::hint::black_box;

use chrono::DateTime;
use criterion::{Criterion, criterion_group, criterion_main};
use engine_core::chance::SplitMix64;
use engine_core::market::MarketId;
use engine_core::news::{Headline, LexicalMatcher, Matcher, NewsMarket, title_key};

const QUESTIONS: usize = 5_000;
const HEADLINES: usize = 200;
/// Different names; a name has some ten questions, as siblings of one event have.
const NAMES: usize = 500;

const ASKS: [&str; 6] = [
    "Will {name} win the 2028 presidential election?",
    "Will {name} reach $100,000 by December 31?",
    "Will {name} resign before July 2027?",
    "Will the price of {name} be between $80 and $90 on March 3?",
    "Will {name} release a new model by June 30?",
    "Will {name} and {other} agree on a ceasefire this year?",
];
const TELLS: [&str; 5] = [
    "{name} slides as traders unwind positions after the central bank's decision",
    "{name} gains in new poll ahead of primary, {other} falls behind",
    "Regulators open probe into {name} over market data",
    "{name} and {other} envoys meet for another round of talks",
    "What {name} says about the outlook for interest rates",
];

/// A made-up name of two words.
fn name(n: usize) -> String {
    let mut chance = SplitMix64::new(n as u64);
    let mut word = || -> String {
        let syllables = ["ka", "ro", "li", "ven", "tor", "mas", "del", "ni", "su", "bra", "quo", "fen", "har", "wil"];
        let word: String = (0..3).filter_map(|_| syllables.get(chance.below(syllables.len()))).copied().collect();
        word[..1].to_uppercase() + &word[1..]
    };
    format!("{} {}", word(), word())
}

fn filled(forms: &[&str], n: usize) -> String {
    let form = forms[n % forms.len()];
    form.replace("{name}", &name(n % NAMES)).replace("{other}", &name((n * 7 + 1) % NAMES))
}

fn matching(criterion: &mut Criterion) {
    let markets: Vec<NewsMarket> =
        (0..QUESTIONS).map(|n| NewsMarket { id: MarketId::new(n.to_string()), question: filled(&ASKS, n) }).collect();
    let headlines: Vec<Headline> = (0..HEADLINES)
        .map(|n| {
            let title = filled(&TELLS, n * 3);
            let title_key = title_key(&title);
            let summary = filled(&TELLS, n * 11);
            let feed = "feed".to_owned();
            Headline { title, summary, link: None, feed, published_at: DateTime::UNIX_EPOCH, title_key, link_key: None }
        })
        .collect();
    criterion.bench_function("prepare_5000_questions", |bench| {
        bench.iter(|| LexicalMatcher::new(black_box(&markets)));
    });
    let matcher = LexicalMatcher::new(&markets);
    criterion.bench_function("match_200_headlines_with_5000_questions", |bench| {
        bench.iter(|| headlines.iter().map(|headline| matcher.matches(black_box(headline)).len()).sum::<usize>());
    });
}

criterion_group!(benches, matching);
criterion_main!(benches);
