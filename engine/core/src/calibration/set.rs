//! The curves in use, one a source at most.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::curve::Curve;
use super::learn::Lesson;
use crate::prediction::SignalSource;
use crate::probability::Probability;

/// What the calibration of a source has come to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Calibration {
    /// What its resolved forecasts taught.
    pub lesson: Lesson,
    /// Since when a curve is in use without a break; `None` when none is.
    pub since: Option<DateTime<Utc>>,
}

impl Calibration {
    /// After another lesson at `now`: a curve that was in use and still is keeps the time it came into use.
    #[must_use]
    pub fn after(self, lesson: Lesson, now: DateTime<Utc>) -> Self {
        let since = lesson.curve.is_some().then(|| self.since.unwrap_or(now));
        Self { lesson, since }
    }
}

/// The curves in use. A source without one keeps its forecasts as they are.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Curves(BTreeMap<SignalSource, Curve>);

impl Curves {
    /// The curves of these calibrations.
    #[must_use]
    pub fn new(calibrations: &BTreeMap<SignalSource, Calibration>) -> Self {
        let curve =
            |(source, calibration): (&SignalSource, &Calibration)| Some((*source, calibration.lesson.curve.clone()?));
        Self(calibrations.iter().filter_map(curve).collect())
    }

    /// What a source's posterior becomes; `None` when no curve of that source is in use.
    #[must_use]
    pub fn apply(&self, source: SignalSource, posterior: Probability) -> Option<Probability> {
        self.0.get(&source).map(|curve| curve.apply(posterior))
    }
}
