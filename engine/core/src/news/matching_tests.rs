use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::market::MarketId;
use crate::news::title_key;

fn markets(questions: &[&str]) -> Vec<NewsMarket> {
    let market = |question: &&str| NewsMarket { id: MarketId::new(*question), question: (*question).to_owned() };
    questions.iter().map(market).collect()
}

fn told(title: &str, summary: &str) -> Headline {
    Headline {
        title: title.to_owned(),
        summary: summary.to_owned(),
        link: None,
        feed: "feed".to_owned(),
        published_at: DateTime::UNIX_EPOCH,
        title_key: title_key(title),
        link_key: None,
    }
}

const QUESTIONS: [&str; 14] = [
    "Will Bitcoin reach $100,000 by December 31, 2026?",
    "Will Bitcoin dip to $80,000 in March?",
    "Will Ethereum hit $7,000 by December 31?",
    "Fed rate hike in 2026?",
    "Will there be no change in Fed interest rates after the April 2026 meeting?",
    "Will Elon Musk win the 2028 US Presidential Election?",
    "Will SpaceX IPO before 2027?",
    "Ramp IPO before 2027?",
    "Will Russia and Ukraine agree on a ceasefire by June 30?",
    "Will Marine Le Pen win the 2027 French presidential election?",
    "Will Grok 5 be released by January 31?",
    "Will the Boston Celtics win the 2026 NBA Finals?",
    "Will the highest temperature in London be 12°C on May 3?",
    "Will Gavin Newsom be arrested?",
];

/// Markets at the threshold, best first.
fn matched(title: &str) -> Vec<String> {
    let matcher = LexicalMatcher::new(&markets(&QUESTIONS));
    matcher.matches(&told(title, "")).into_iter().map(|found| found.market.as_str().to_owned()).collect()
}

#[test]
fn headlines_find_their_questions_and_no_others() {
    let table: [(&str, &[usize]); 12] = [
        ("Bitcoin slides below $90K as traders sell", &[0, 1]),
        ("BTC price rallies past resistance", &[0, 1]),
        ("Fed slashes interest rates again", &[3, 4]),
        ("SpaceX files for IPO", &[6]),
        ("Survey: investors plan to ramp up IPO buying", &[]),
        ("Russian and Ukrainian envoys near ceasefire agreement", &[8]),
        ("Le Pen gains in French presidential election poll", &[9]),
        ("xAI releases Grok 5", &[10]),
        ("Celtics win again as Boston eyes NBA Finals", &[11]),
        ("London mayor opens a new bridge in May", &[]),
        ("Elon Musk's dog learns a trick", &[]),
        ("How to prune roses before the frost", &[]),
    ];
    for (title, expected) in table {
        let mut got = matched(title);
        got.sort();
        let mut expected: Vec<String> = expected.iter().map(|n| QUESTIONS[*n].to_owned()).collect();
        expected.sort();
        assert_eq!(got, expected, "{title}");
    }
}

fn score(question: &str, title: &str, summary: &str) -> f64 {
    let matcher = LexicalMatcher::with_threshold(&markets(&[question]), 0.0);
    matcher.matches(&told(title, summary)).first().map_or(0.0, |found| found.score)
}

#[test]
fn each_guard_lowers_what_it_guards_against() {
    let musk = "Will Elon Musk leave Tesla?";
    // A whole name against a part of it, a name against the word, the title against the summary, the lead against the tail.
    let table = [
        (musk, ("Elon Musk to leave Tesla", ""), ("Elon leaves Tesla", "")),
        ("Ramp IPO in May?", ("Ramp files for an IPO", ""), ("Firms ramp up IPO plans at Nasdaq", "")),
        (musk, ("Elon Musk to leave Tesla", ""), ("A quiet day", "Elon Musk to leave Tesla")),
        (
            musk,
            ("Elon Musk to leave Tesla", ""),
            ("Shares of Detroit carmakers and Nasdaq suppliers dip as Elon Musk is to leave Tesla", ""),
        ),
        ("Will Bitcoin dip to $80,000?", ("Bitcoin falls to $80K", ""), ("Bitcoin falls to $70K", "")),
        ("Will Bitcoin dip to $80,000?", ("Bitcoin price falls", ""), ("Bitcoin conference opens", "")),
        ("Will the U.S. strike Iran?", ("US strike on Iran", ""), ("Tell us about the strike in Iran", "")),
    ];
    for (question, strong, weak) in table {
        let (strong, weak) = (score(question, strong.0, strong.1), score(question, weak.0, weak.1));
        assert!(strong > weak, "{question}: {strong} against {weak}");
    }
}

#[test]
fn spellings_of_one_thing_are_one() {
    let table = [
        ("Will Bitcoin reach $100,000?", "BTC nears $100K", "Bitcoin nears $100,000"),
        ("Will Zelensky meet Putin?", "Zelenskyy to meet Putin", "Zelensky to meet Putin"),
        ("Will José Müller win?", "JOSE MULLER wins", "José Müller wins"),
        ("Will the U.S. recognise Somaliland?", "US recognises Somaliland", "U.S. recognises Somaliland"),
    ];
    for (question, one, other) in table {
        let (one, other) = (score(question, one, ""), score(question, other, ""));
        assert!(one > 0.3 && (one - other).abs() < 0.12, "{question}: {one} {other}");
    }
}

#[test]
fn nothing_to_compare_matches_nothing() {
    for (question, title) in [("", "Fed cuts"), ("Will it be?", "It will be"), ("Fed rate cut?", ""), ("2026?", "2026")]
    {
        assert!(score(question, title, "").abs() < f64::EPSILON, "{question} {title}");
    }
    assert!(LexicalMatcher::new(&[]).matches(&told("Fed cuts rates", "")).is_empty());
}

proptest! {
    #[test]
    fn scores_are_shares_in_order_and_always_the_same(questions in prop::collection::vec("[A-Za-z0-9$%., ?é]{0,40}", 0..12), title in "\\PC{0,80}", summary in any::<String>()) {
        let texts: Vec<&str> = questions.iter().map(String::as_str).collect();
        let matcher = LexicalMatcher::with_threshold(&markets(&texts), 0.0);
        let found = matcher.matches(&told(&title, &summary));
        prop_assert!(found.iter().all(|found| (0.0..=1.0).contains(&found.score)));
        prop_assert!(found.is_sorted_by(|a, b| a.score >= b.score));
        prop_assert_eq!(&matcher.matches(&told(&title, &summary)), &found);
        let mut turned = texts.clone();
        turned.reverse();
        let mut again = LexicalMatcher::with_threshold(&markets(&turned), 0.0).matches(&told(&title, &summary));
        again.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.market.cmp(&b.market)));
        let mut found = found;
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.market.cmp(&b.market)));
        prop_assert_eq!(again, found);
    }
}
