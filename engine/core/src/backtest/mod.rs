//! The pipeline on history: the gates, stakes, fills, ledger and settlement of the live bot, fed with recorded time, prices
//! and books.
//!
//! Nothing is decided here that the live bot decides elsewhere: [`screen`](crate::pipeline::screen()),
//! [`judge`](crate::pipeline::judge()), [`plan`](crate::pipeline::plan()), [`accounting`](crate::paper::accounting) and
//! [`settlement`](crate::settlement) are the live ones. What is here supplies them: [`Tick`]s in order of time, the state
//! they add up to, and the moments of the scans. A [`Source`] sees a market through a [`Look`], which holds what was applied
//! before and cannot reach anything later; how a market ends is in its [`Fate`], which a look has no way to.
//!
//! A [`Playback`] does the same with what the live bot itself saw, scan by scan, from its journal.
//!
//! A market that no gate can let through is told apart by [`quick`] arithmetic on whole numbers, without words or
//! allocations; a test holds it to the verdict of the pipeline itself.

pub mod books;
mod calendar;
pub mod control;
pub mod copies;
pub mod desk;
pub mod glance;
pub mod history;
pub mod look;
pub mod market;
pub mod metrics;
pub mod playback;
pub mod quick;
pub mod quote;
pub mod record;
pub mod run;
pub mod settings;
pub mod source;
pub mod sources;
mod state;
pub mod sweep;

pub use books::{AssumedBooks, assumed_depth};
pub use desk::{Desk, Kept};
pub use history::HourlyHistory;
pub use look::{Look, Looks};
pub use market::{BacktestMarket, Card, Facts, Fate};
pub use metrics::{StrategyReport, report};
pub use playback::{Playback, Played};
pub use quote::{Quote, Tick};
pub use record::{Bet, Counts, ForecastSample, Record};
pub use run::{Backtest, MemoryTicks, TickSource};
pub use settings::BacktestSettings;
pub use source::{Forecast, Resolved, Source, SourceError};

#[cfg(test)]
mod tests;
