//! What a calibration curve made of a forecast, beside what was said before it: curves are learned from the latter.

use crate::change::Change;

/// This step.
pub(crate) const CHANGE: Change = Change {
    name: "m20261123_000007_calibration",
    up: &["ALTER TABLE predictions ADD COLUMN calibrated DOUBLE PRECISION"],
    down: &["ALTER TABLE predictions DROP COLUMN calibrated"],
};
