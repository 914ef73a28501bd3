//! Reading the activity of followed traders without gaps: which window of time is read next, whose turn it is, and
//! which of the rows read are new. What asks the venue and keeps the rows is elsewhere; here is only the reasoning.

mod arrival;
mod back;
mod queue;
mod window;

pub use arrival::newcomers;
pub use back::{BackWalk, BackWindow};
pub use queue::{Failure, Pace, PollQueue, Polled};
pub use window::{AHEAD, OVERLAP, ReadState, SWEEP_BACK, SWEEP_EVERY, Window, WindowWalk};
