//! The curve itself.

use serde::{Deserialize, Serialize};

use super::{isotonic, platt};
use crate::probability::Probability;

/// What a curve says is kept this far from certainty, like the posterior it corrects.
const MARGIN: f64 = 0.001;

/// How a curve is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A line in the log odds (Platt 1999): two numbers, so it needs little data.
    Platt,
    /// Any rising curve (isotonic regression, pool adjacent violators): needs much.
    Isotonic,
}

impl Method {
    /// `platt` or `isotonic`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Platt => "platt",
            Self::Isotonic => "isotonic",
        }
    }
}

/// A curve from P(Yes) as said to P(Yes) as it turned out; never falling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Curve {
    /// `log odds out = intercept + slope · log odds in`.
    Platt {
        /// In log odds.
        intercept: f64,
        /// At least 0.
        slope: f64,
    },
    /// Straight lines between the points; level beyond the first and the last.
    Isotonic {
        /// Said and happened, both rising.
        points: Vec<(f64, f64)>,
    },
}

impl Curve {
    /// Fits a curve to pairs of probability said and outcome (0–1); `None` when nothing can be fitted.
    #[must_use]
    pub fn fit(method: Method, rows: &[(f64, f64)]) -> Option<Self> {
        match method {
            Method::Platt => platt::fit(rows).map(|(intercept, slope)| Self::Platt { intercept, slope }),
            Method::Isotonic => isotonic::fit(rows).map(|points| Self::Isotonic { points }),
        }
    }

    /// How it was fitted.
    #[must_use]
    pub const fn method(&self) -> Method {
        match self {
            Self::Platt { .. } => Method::Platt,
            Self::Isotonic { .. } => Method::Isotonic,
        }
    }

    /// What a probability becomes, within [0.001, 0.999]. A curve that gives no number leaves it as it is.
    #[must_use]
    pub fn apply(&self, said: Probability) -> Probability {
        let bent = match self {
            Self::Platt { intercept, slope } => platt::apply(*intercept, *slope, said.get()),
            Self::Isotonic { points } => isotonic::apply(points, said.get()),
        };
        // `clamp` leaves NaN a NaN, and that is no probability.
        Probability::new(bent.clamp(MARGIN, 1.0 - MARGIN)).unwrap_or(said)
    }
}
