use chrono::TimeDelta;

use super::*;
use crate::anchoring::anchor;
use crate::chance::SplitMix64;

const SEED: u64 = 7;

fn row(cluster: impl Into<String>, model: f64, market: f64, outcome: f64) -> Forecast {
    let at = DateTime::UNIX_EPOCH;
    let end_at = Some(at + TimeDelta::days(2));
    Forecast { cluster: cluster.into(), model, market, outcome, at, end_at, category: None }
}

fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-9, "{got} is not {expected}");
}

#[test]
fn worked_values() {
    let rows = [(0.8, 1.0), (0.4, 0.0), (0.5, 0.5)];
    close(brier(rows).unwrap(), (0.04 + 0.16) / 3.0);
    let half = -(0.5_f64.ln());
    close(log_loss(rows).unwrap(), (-(0.8_f64.ln()) - 0.6_f64.ln() + half) / 3.0);
    close(log_loss([(0.0, 1.0)]).unwrap(), -(0.001_f64.ln()));
    assert_eq!(brier([]), None);
    close(skill(0.15, 0.20), 0.25);
    close(skill(0.0, 0.0), 0.0);
    assert!(skill(0.1, 0.0) < -1e300);
    // Bins of 0.8 and 0.4: gaps of 0.2 and 0.4.
    close(ece([(0.85, 1.0), (0.75, 1.0), (0.4, 0.0)]).unwrap(), (0.15 + 0.25 + 0.4) / 3.0);
    let bins = reliability_bins([(1.0, 1.0), (0.95, 0.0), (0.0, 0.0), (f64::NAN, 1.0)]);
    assert_eq!(bins.iter().map(|bin| bin.n).collect::<Vec<_>>(), [1, 2]);
    close(bins[1].mean_outcome, 0.5);
}

#[test]
fn the_verdict_needs_the_interval_and_the_events() {
    let table = [
        ([0.01, 0.1], 500, Verdict::Proven),
        ([0.01, 0.1], MIN_EVENTS - 1, Verdict::NotProven),
        ([-0.01, 0.1], 500, Verdict::NotProven),
        ([0.0, 0.0], 500, Verdict::NotProven),
        ([-0.2, -0.01], 500, Verdict::Worse),
        ([f64::NAN, f64::NAN], 500, Verdict::NotProven),
    ];
    for (ci95, events, expected) in table {
        assert_eq!(verdict(ci95, events), expected, "{ci95:?} {events}");
    }
    // The interval reaches twice as far as the skill: four times the events.
    assert_eq!(events_needed(0.05, [-0.05, 0.15], 200), Some(601));
    assert_eq!(events_needed(0.05, [0.01, 0.09], 500), Some(0));
    assert_eq!(events_needed(0.05, [0.01, 0.09], 40), Some(60));
    assert_eq!(events_needed(-0.05, [-0.1, 0.0], 500), None);
    assert_eq!(events_needed(f64::NAN, [0.0, 0.0], 500), None);
}

/// A martingale: the market price is exactly the probability, `rows` times along the way of each event. The model sees
/// the market and noise, and is anchored as the bot anchors.
fn zero_edge(events: usize, rows: usize, seed: u64) -> Vec<Forecast> {
    let mut chance = SplitMix64::new(seed);
    let mut all = Vec::new();
    for event in 0..events {
        let mut price: f64 = 0.2 + 0.6 * chance.unit();
        let mut seen = Vec::new();
        for _ in 0..rows {
            let step = 0.3 * price.min(1.0 - price);
            price += if chance.unit() < 0.5 { step } else { -step };
            seen.push(price);
        }
        let outcome = if chance.unit() < price { 1.0 } else { 0.0 };
        for market in seen {
            let noisy = (market + 0.2 * (chance.unit() - 0.5)).clamp(0.01, 0.99);
            let model = anchor(market, noisy, 0.5, 0.5).unwrap().get();
            all.push(row(format!("e{event}"), model, market, outcome));
        }
    }
    all
}

#[test]
fn a_market_without_an_edge_proves_nothing() {
    // Noise costs a little skill, so "worse" may be found rightly; "proven" only by the 2.5 % chance of the interval.
    let proven = (0..20).filter(|seed| {
        let score = summarise("control", &zero_edge(400, 4, *seed), SEED).unwrap();
        assert!(score.skill.abs() < 0.02, "seed {seed}: {}", score.skill);
        score.verdict == "proven"
    });
    assert!(proven.count() <= 1);
    // The market itself as the model: no skill, and never proven.
    let mirror: Vec<Forecast> =
        zero_edge(400, 4, 1).into_iter().map(|row| Forecast { model: row.market, ..row }).collect();
    let score = summarise("mirror", &mirror, SEED).unwrap();
    close(score.skill, 0.0);
    assert_eq!((score.verdict.as_str(), score.events_needed), ("not proven", None));
}

/// The market is 10 cents off the truth, the model 5.
fn half_the_error(events: usize, sign: f64) -> Vec<Forecast> {
    let mut chance = SplitMix64::new(99);
    (0..events)
        .map(|event| {
            let truth = 0.2 + 0.6 * chance.unit();
            let off = if chance.unit() < 0.5 { 0.15 } else { -0.15 };
            let outcome = if chance.unit() < truth { 1.0 } else { 0.0 };
            let (near, far) = (truth + off / 3.0, truth + off);
            let (model, market) = if sign > 0.0 { (near, far) } else { (far, near) };
            row(format!("e{event}"), model, market, outcome)
        })
        .collect()
}

#[test]
fn a_real_edge_is_proven_and_a_real_fault_is_found() {
    let good = summarise("good", &half_the_error(1_500, 1.0), SEED).unwrap();
    assert_eq!((good.verdict.as_str(), good.events_needed), ("proven", Some(0)), "{good:?}");
    let bad = summarise("bad", &half_the_error(1_500, -1.0), SEED).unwrap();
    assert_eq!((bad.verdict.as_str(), bad.events_needed), ("worse", None), "{bad:?}");
}

#[test]
fn events_not_rows_make_the_interval() {
    let few = half_the_error(60, 1.0);
    // The same rows fifty times over say no more than once.
    let repeated: Vec<Forecast> = (0..50).flat_map(|_| few.clone()).collect();
    let (once, often) = (report(&few, SEED).unwrap().total, report(&repeated, SEED).unwrap().total);
    assert_eq!((once.events, often.events, often.n), (60, 60, 3_000));
    close(once.skill_ci95[0], often.skill_ci95[0]);
    assert_eq!(report(&few, SEED), report(&few, SEED));
    assert_eq!(once.verdict, Verdict::NotProven);
}

#[test]
fn parts_add_up_and_unsound_rows_are_left_out() {
    let mut rows = half_the_error(50, 1.0);
    rows[0].end_at = None;
    rows[1].end_at = Some(rows[1].at + TimeDelta::days(30));
    rows[2].category = Some("politics".to_owned());
    rows.push(row("bad", f64::NAN, 0.5, 1.0));
    rows.push(row("bad", 0.5, 0.5, 2.0));
    let got = report(&rows, SEED).unwrap();
    assert_eq!((got.total.n, got.total.events), (50, 50));
    let count = |parts: &std::collections::BTreeMap<String, Score>| {
        parts.iter().map(|(name, score)| (name.clone(), score.n)).collect::<Vec<_>>()
    };
    let named = |parts: &[(&str, u64)]| -> Vec<(String, u64)> {
        parts.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect()
    };
    assert_eq!(count(&got.by_horizon), named(&[("1-3d", 48), ("over 14d", 1), ("unknown", 1)]));
    assert_eq!(count(&got.by_category), named(&[("none", 49), ("politics", 1)]));
    let json = serde_json::to_value(&got).unwrap();
    assert_eq!(json["verdict"], "not proven");
    assert!(json["skill_ci95"][0].is_number() && json["brier_model"].is_number());
    assert_eq!(report(&[], SEED), None);
}

#[test]
fn returns_have_an_interval_too() {
    let bet = |cluster: &str, stake, pnl| BetReturn { cluster: cluster.to_owned(), stake, pnl };
    let bets = [bet("a", 10.0, 10.0), bet("a", 10.0, -10.0), bet("b", 20.0, 4.0), bet("c", 0.0, 1.0)];
    let got = return_score(&bets, SEED).unwrap();
    assert_eq!((got.bets, got.events), (3, 2));
    close(got.roi, 0.1);
    let [low, high] = got.roi_ci95.unwrap();
    assert!((low - 0.0).abs() < 1e-9 && (high - 0.2).abs() < 1e-9, "{low} {high}");
    assert_eq!(return_score(&bets[3..], SEED), None);
    assert_eq!(return_score(&bets[..1], SEED).unwrap().roi_ci95, None);
}

#[test]
fn calibration_is_compared_on_the_same_events() {
    // The market says the truth in log odds, the model twice as far out.
    let mut chance = SplitMix64::new(3);
    let rows: Vec<Forecast> = (0..2_000)
        .map(|event| {
            let truth = 0.05 + 0.9 * chance.unit();
            let odds = (truth / (1.0 - truth)).powi(2);
            row(format!("e{}", event / 4), odds / (1.0 + odds), truth, if chance.unit() < truth { 1.0 } else { 0.0 })
        })
        .collect();
    let got = report(&rows, SEED).unwrap();
    close(got.ece_gap, got.total.ece_model - got.total.ece_market);
    assert!(got.ece_gap_ci95[0] > 0.02, "{:?}", got.ece_gap_ci95);
    // The market against itself: no gap whatever is drawn.
    let mirror: Vec<Forecast> = rows.iter().map(|row| Forecast { model: row.market, ..row.clone() }).collect();
    let (gap, ci95) = ece_gap(&mirror, SEED).unwrap();
    assert!(gap.abs() < 1e-12 && ci95 == [0.0, 0.0]);
    assert_eq!(ece_gap(&rows[..4], SEED), None);
}

#[test]
fn prices_fall_into_bands() {
    let prices = [0.0, 0.1, 0.100_1, 0.3, 0.5, 0.69, 0.9, 0.901, 1.0];
    let rows: Vec<Forecast> = prices.iter().map(|&price| row("e", 0.5, price, 1.0)).collect();
    let got = report(&rows, SEED).unwrap().by_price;
    let counts: Vec<(&str, u64)> = got.iter().map(|(name, score)| (name.as_str(), score.n)).collect();
    let expected = [("0-10%", 2), ("10-30%", 2), ("30-50%", 1), ("50-70%", 1), ("70-90%", 1), ("90-100%", 2)];
    assert_eq!(counts, expected);
}
