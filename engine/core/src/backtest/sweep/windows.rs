//! Time cut into windows: choose on one, score on the next, step on.

use std::collections::BTreeSet;

use serde::Serialize;
use thiserror::Error;

const DAY_S: u32 = 86_400;
/// Stretches a record is cut into when nobody says how.
const STRETCHES: usize = 6;
/// Of these a choice is made on so many.
const CHOOSE: usize = 2;

/// How time is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowPlan {
    /// Six stretches with equally many forecasts each; chosen on two, scored on the next.
    Even,
    /// By days.
    Days {
        /// Days a choice is made on.
        choose: u32,
        /// Days it is scored on, and the step.
        score: u32,
    },
}

/// A window to choose on and the one after it. Unix seconds; ends are not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Window {
    /// Start of the window to choose on.
    pub from: u32,
    /// The moment of the choice.
    pub chosen_at: u32,
    /// End of the window to score on.
    pub to: u32,
}

/// Why a record cannot be walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TooLittle {
    /// The record is shorter than one choice and its score.
    #[error("the record spans {days} days, and choosing on one window and scoring on the next takes {needed}")]
    Days {
        /// Days from the first scan to the last.
        days: u32,
        /// Days that are needed.
        needed: u32,
    },
    /// Forecasts were asked at too few moments.
    #[error("forecasts were asked in {scans} scans only, too few for windows")]
    Scans {
        /// Scans that asked for any.
        scans: u32,
    },
}

/// Cuts the time between the first and last scan (`span`). `scans` are the moments the source was asked at, in order, and
/// about how many markets.
///
/// # Errors
/// [`TooLittle`] when not even one window and its next fit.
pub fn windows(plan: WindowPlan, span: (u32, u32), scans: &[(u32, u32)]) -> Result<Vec<Window>, TooLittle> {
    match plan {
        WindowPlan::Even => even(span, scans),
        WindowPlan::Days { choose, score } => by_days(choose, score, span),
    }
}

/// The stretches all windows are made of, in order: each begins and ends where a window does.
#[must_use]
pub fn stretches(windows: &[Window]) -> Vec<(u32, u32)> {
    let cuts: BTreeSet<u32> = windows.iter().flat_map(|window| [window.from, window.chosen_at, window.to]).collect();
    cuts.iter().copied().zip(cuts.iter().copied().skip(1)).collect()
}

fn even(span: (u32, u32), scans: &[(u32, u32)]) -> Result<Vec<Window>, TooLittle> {
    let total: u64 = scans.iter().map(|(_, count)| u64::from(*count)).sum();
    let mut cuts = Vec::with_capacity(STRETCHES + 1);
    let mut before = 0_u64;
    for &(at, count) in scans {
        // A stretch begins with the first scan at or after its share of the forecasts.
        if cuts.len() < STRETCHES && before * STRETCHES as u64 >= total * cuts.len() as u64 {
            cuts.push(at);
        }
        before += u64::from(count);
    }
    if cuts.len() < STRETCHES {
        return Err(TooLittle::Scans { scans: u32::try_from(scans.len()).unwrap_or(u32::MAX) });
    }
    cuts.push(span.1.saturating_add(1));
    let triple = |cuts: &[u32]| Some(Window { from: *cuts.first()?, chosen_at: *cuts.get(CHOOSE)?, to: *cuts.last()? });
    Ok(cuts.windows(CHOOSE + 2).filter_map(triple).collect())
}

fn by_days(choose: u32, score: u32, span: (u32, u32)) -> Result<Vec<Window>, TooLittle> {
    let needed = choose.saturating_add(score);
    let first = span.0 / DAY_S;
    let days = (span.1 / DAY_S).saturating_sub(first) + 1;
    if score == 0 || choose == 0 || needed > days {
        return Err(TooLittle::Days { days, needed });
    }
    let at = |day: u32| first.saturating_add(day).saturating_mul(DAY_S);
    let steps = (0..=days - needed).step_by(score as usize);
    Ok(steps.map(|day| Window { from: at(day), chosen_at: at(day + choose), to: at(day + needed) }).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_are_whole_and_step_by_what_is_scored() {
        let day = |n: u32| n * DAY_S;
        let got = windows(WindowPlan::Days { choose: 3, score: 2 }, (day(10) + 5, day(18)), &[]).unwrap();
        let expected = [(10, 13, 15), (12, 15, 17), (14, 17, 19)];
        assert_eq!(got, expected.map(|(a, b, c)| Window { from: day(a), chosen_at: day(b), to: day(c) }));
        let all = [(10, 12), (12, 13), (13, 14), (14, 15), (15, 17), (17, 19)];
        assert_eq!(stretches(&got), all.map(|(from, to)| (day(from), day(to))));
        let short = windows(WindowPlan::Days { choose: 14, score: 7 }, (day(10), day(14)), &[]).unwrap_err();
        assert_eq!(short, TooLittle::Days { days: 5, needed: 21 });
        assert!(short.to_string().contains("spans 5 days") && short.to_string().contains("takes 21"));
        assert_eq!(windows(WindowPlan::Even, (0, 9), &[(1, 5); 5]), Err(TooLittle::Scans { scans: 5 }));
    }

    proptest! {
        #[test]
        fn even_windows_follow_each_other_and_hold_about_as_much(counts in prop::collection::vec(1..20_u32, 60..200)) {
            let scans: Vec<(u32, u32)> = (0..).map(|n| 1_000 + 60 * n).zip(counts).collect();
            let span = (scans[0].0, scans[scans.len() - 1].0);
            let got = windows(WindowPlan::Even, span, &scans).unwrap();
            prop_assert_eq!(got.len(), STRETCHES - CHOOSE);
            prop_assert_eq!((got[0].from, got[got.len() - 1].to), (span.0, span.1 + 1));
            prop_assert!(got.windows(2).all(|pair| pair[0].to == pair[1].chosen_at));
            let total: u32 = scans.iter().map(|scan| scan.1).sum();
            for window in got {
                let inside = scans.iter().filter(|scan| (window.chosen_at..window.to).contains(&scan.0));
                let share = inside.map(|scan| scan.1).sum::<u32>() as f64 / f64::from(total);
                prop_assert!((share - 1.0 / 6.0).abs() < 0.15, "{share}");
            }
        }
    }
}
