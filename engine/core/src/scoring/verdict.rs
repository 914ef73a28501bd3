//! What may be said about a skill.

use serde::{Deserialize, Serialize};

/// With fewer events than this nothing is called proven or worse: a bootstrap over a handful of events is too narrow,
/// and its 95 % are not 95 %.
pub const MIN_EVENTS: u64 = 100;

/// What the numbers prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// Better than the market: the whole interval lies above 0.
    #[serde(rename = "proven")]
    Proven,
    /// Neither: luck would explain it.
    #[serde(rename = "not proven")]
    NotProven,
    /// Worse than the market: the whole interval lies below 0.
    #[serde(rename = "worse")]
    Worse,
}

impl Verdict {
    /// `proven`, `not proven` or `worse`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::NotProven => "not proven",
            Self::Worse => "worse",
        }
    }
}

/// The verdict on a skill's 95 % interval over that many events.
#[must_use]
pub fn verdict(ci95: [f64; 2], events: u64) -> Verdict {
    let [low, high] = ci95;
    if events < MIN_EVENTS {
        Verdict::NotProven
    } else if low > 0.0 {
        Verdict::Proven
    } else if high < 0.0 {
        Verdict::Worse
    } else {
        Verdict::NotProven
    }
}

/// About how many more events would lift the whole interval above 0, were the skill to stay as it is: an interval
/// narrows with the root of the events. 0 when it is proven; `None` when there is no skill to prove.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // finite, positive, capped on the line before
pub fn events_needed(skill: f64, ci95: [f64; 2], events: u64) -> Option<u64> {
    let [low, high] = ci95;
    let reach = skill - low;
    if !(skill > 0.0 && reach.is_finite() && high.is_finite()) {
        return None;
    }
    let total = (events as f64 * (reach / skill).powi(2)).ceil();
    let total = if low > 0.0 { events } else { total.min(1e12) as u64 + 1 };
    Some(total.max(MIN_EVENTS).saturating_sub(events))
}
