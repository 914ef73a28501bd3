//! Many settings over one record: which thresholds would have earned most, and is that more than luck?
//!
//! A [`Grid`] says what is tried; the settings in use are always the first try. The source is asked once, onto a [`Tape`]:
//! no [`Axis`] changes what it is asked. Whoever has the record runs each try through [`Backtest`](super::Backtest) on that
//! tape and hands over what came of it as [`Tried`]; [`report`] does the rest. It chooses by the ratio of a profit to its
//! standard error over events, since money alone would choose the largest stakes and a return on stakes the fewest bets.

mod axis;
mod grid;
mod guard;
mod map;
mod report;
mod tape;
mod tried;
mod walk;
mod windows;

pub use axis::Axis;
pub use grid::{Grid, GridError, MAX_TRIES};
pub use guard::{Guard, GuardVerdict, PROVEN_BELOW, TRUSTED_FROM};
pub use map::{Cell, HeatMap};
pub use report::{AxisReport, Basis, SweepReport, SweepTask, TryReport, report};
pub use tape::{Recording, Replay, Tape};
pub use tried::{Ended, Tried};
pub use walk::{Fold, MIN_CHOICE_EVENTS, WalkForward};
pub use windows::{TooLittle, Window, WindowPlan, stretches, windows};

#[cfg(test)]
mod tests;
