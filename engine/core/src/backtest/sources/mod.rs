//! Sources that need no model: the recalibrated market, and simple references to hold a model against.

mod recalibration;
mod references;

pub use recalibration::Recalibration;
pub use references::{Reference, ReferenceKind};
