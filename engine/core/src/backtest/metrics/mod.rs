//! What the bets of a run come to.

mod curve;
mod report;
mod slices;
mod wagers;

pub use curve::{CurveReport, daily_returns, drawdown, sharpe, sortino};
pub use report::{RunReport, Scores, StrategyReport, report};
pub use slices::{EdgeBin, Slice};
pub use wagers::{Wagers, wagers};
