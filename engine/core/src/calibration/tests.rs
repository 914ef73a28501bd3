use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::chance::SplitMix64;
use crate::probability::Probability;
use crate::scoring::Verdict;

const SEED: u64 = 11;

fn p(value: f64) -> Probability {
    Probability::new(value).unwrap()
}

/// `events` events a day apart with three forecasts each, said as `said(truth)`; known two days later.
fn samples(events: usize, seed: u64, said: impl Fn(f64) -> f64) -> Vec<Sample> {
    let mut chance = SplitMix64::new(seed);
    let mut all = Vec::new();
    for event in 0..events {
        let truth = 0.05 + 0.9 * chance.unit();
        let outcome = if chance.unit() < truth { 1.0 } else { 0.0 };
        for step in 0..3 {
            let at = DateTime::UNIX_EPOCH + TimeDelta::hours(24 * event as i64 + 6 * step);
            let known_at = at + TimeDelta::days(2);
            all.push(Sample { cluster: format!("e{event}"), said: said(truth), outcome, at, known_at });
        }
    }
    all
}

/// Too sure of itself: log odds twice as far from even as they should be.
fn overconfident(truth: f64) -> f64 {
    let odds = (truth / (1.0 - truth)).powi(2);
    odds / (1.0 + odds)
}

#[test]
fn platt_finds_the_line_that_undoes_overconfidence() {
    let pairs: Vec<(f64, f64)> =
        samples(3_000, 5, overconfident).iter().map(|sample| (sample.said, sample.outcome)).collect();
    let Some(Curve::Platt { intercept, slope }) = Curve::fit(Method::Platt, &pairs) else { panic!("no line") };
    assert!(intercept.abs() < 0.1 && (slope - 0.5).abs() < 0.05, "{intercept} {slope}");
    // What always happens has no finite answer of its own: the pull towards the identity keeps it finite.
    let sure: Vec<(f64, f64)> = (0..50).map(|i| (0.3 + 0.01 * f64::from(i), 1.0)).collect();
    let curve = Curve::fit(Method::Platt, &sure).unwrap();
    assert!(curve.apply(p(0.5)).get() > 0.8 && curve.apply(p(0.5)).get() < 0.999, "{curve:?}");
    // Whoever is always wrong is not turned round, only silenced.
    let wrong: Vec<(f64, f64)> = (0..400).map(|i| if i % 2 == 0 { (0.9, 0.0) } else { (0.1, 1.0) }).collect();
    assert_eq!(Curve::fit(Method::Platt, &wrong), Some(Curve::Platt { intercept: 0.0, slope: 0.0 }));
    assert_eq!(Curve::fit(Method::Platt, &[]), None);
}

#[test]
fn a_curve_is_used_only_where_it_helps() {
    let few = learn(&samples(150, 1, overconfident), SEED);
    assert_eq!((few.rows, few.events, few.trial, few.curve), (450, 150, None, None));

    let bent = learn(&samples(450, 2, overconfident), SEED);
    let trial = bent.trial.unwrap();
    assert_eq!(trial.verdict, Verdict::Proven, "{trial:?}");
    assert!(bent.curve.unwrap().apply(p(0.95)).get() < 0.9);
    // Only events whose forecasts were made after the first window are judged.
    assert!(trial.n < bent.rows && trial.events < bent.events);

    // Honest forecasts gain nothing: of 20 worlds at most one or two look otherwise by chance (two methods of 2.5 %).
    let on = (0..20).filter(|seed| learn(&samples(700, 100 + seed, |truth| truth), SEED).curve.is_some());
    assert!(on.count() <= 2);
}

#[test]
fn what_was_not_known_yet_teaches_nothing() {
    // Every outcome became known only after the last forecast: no window has anything to learn from.
    let mut late = samples(300, 3, overconfident);
    for sample in &mut late {
        sample.known_at = DateTime::UNIX_EPOCH + TimeDelta::days(10_000);
    }
    assert_eq!(trial::trial(&late, Method::Platt, SEED), None);
    // Nor do forecasts of an event teach about the event itself.
    let mut one = samples(300, 3, overconfident);
    for sample in &mut one {
        sample.cluster = "the one".to_owned();
    }
    assert_eq!(trial::trial(&one, Method::Platt, SEED), None);
    // Unsound ones are left out.
    let mut broken = samples(200, 3, overconfident);
    broken[0].said = f64::NAN;
    broken[1].outcome = 2.0;
    assert_eq!(learn(&broken, SEED).rows, 598);
}

proptest! {
    #[test]
    fn every_curve_rises_and_stays_a_probability(
        pairs in prop::collection::vec((0.0..=1.0_f64, prop::sample::select(vec![0.0, 0.5, 1.0])), 1..60),
        a in 0.0..=1.0_f64,
        b in 0.0..=1.0_f64,
    ) {
        for method in [Method::Platt, Method::Isotonic] {
            let curve = Curve::fit(method, &pairs).unwrap();
            let (low, high) = (curve.apply(p(a.min(b))).get(), curve.apply(p(a.max(b))).get());
            prop_assert!(low <= high + 1e-12, "{curve:?} {low} {high}");
            prop_assert!(low >= 0.001 && high <= 0.999);
            let text = serde_json::to_string(&curve).unwrap();
            prop_assert_eq!(serde_json::from_str::<Curve>(&text).unwrap(), curve);
        }
    }
}
