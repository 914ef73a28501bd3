//! Calibration: a monotone curve from what a source says to what happens, learned from its own resolved forecasts.
//!
//! It is learned from the anchored forecasts **before** any curve was applied, so that a curve in use never feeds on
//! itself, and it is used only while it improves forecasts it was not fitted on; else forecasts stand as they are.

pub mod curve;
mod isotonic;
pub mod learn;
mod platt;
mod set;
pub mod trial;

pub use curve::{Curve, Method};
pub use learn::{Lesson, MIN_EVENTS, MIN_ROWS, learn};
pub use set::{Calibration, Curves};
pub use trial::{Sample, Trial};

#[cfg(test)]
mod tests;
