//! Backtests on recorded data: reads it in order of time with bounded memory, and runs the core over it.

mod copies;
mod ensemble;
mod journal;
mod ordered;
mod spill;
mod sweep;
mod universe;
mod work;

pub use copies::{RecordedTraders, run_copies, run_copies_control};
pub use ensemble::EnsembleSource;
pub use journal::{JournalRun, run_journal};
pub use ordered::{OrderedTicks, RUN_TICKS, Recorder, SortedTicks};
pub use sweep::{SweepRun, run_sweep};
pub use universe::{Universe, UniverseSettings};
pub use work::{BacktestError, BacktestRun, SourceKind, Timing, run_control, run_source};
