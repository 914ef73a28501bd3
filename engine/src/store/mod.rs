//! The store: what the bot remembers, on SQLite or PostgreSQL.
//!
//! What belongs together is one transaction: a bet with its transfers, fill, features, the signal's new state and the
//! message that tells of it. Each such step is guarded by the state it starts from (`WHERE status = 'pending'`) and by
//! unique indexes, so that neither a race nor a restart can do it twice. What is refused for such a reason is a value,
//! not an error.
//!
//! Amounts are stored as integer millionths and times as integer milliseconds since 1970.

mod actions;
mod bets;
mod books;
mod bots;
mod candidates;
mod closing;
mod connect;
mod convert;
mod copy_activity;
mod copy_decisions;
mod copy_dossiers;
mod copy_follows;
mod copy_holdings;
mod copy_record;
mod copy_rests;
mod copy_shadows;
mod copy_steps;
mod deciding;
mod decisions;
mod error;
mod export;
mod inbox;
mod kv;
mod lease;
mod ledger;
mod models;
mod mutes;
mod outbox;
mod positions;
mod predictions;
mod profiles;
mod queries;
mod reports;
mod resolutions;
mod resolved_log;
mod retention;
mod scans;
mod scope;
mod settlements;
mod signals;
mod trials;

pub use actions::ActionRow;
pub use bets::{NewBet, Refusal};
pub use books::{BookRow, BookState};
pub use bots::bot_fact;
pub use closing::CloseResult;
pub use connect::Store;
pub use copy_activity::{FeedLag, ReadSpan, SeenActivity};
pub use copy_decisions::{CopyDecision, CopyDecisionFilter, OrderFate};
pub use copy_follows::{FailingRead, FollowResult};
pub use copy_holdings::HoldingChange;
pub use copy_rests::Rest;
pub use copy_shadows::Shadow;
pub use copy_steps::{CopyExit, CopyStep, ExitResult, Resale, StepResult};
pub use deciding::{CreateResult, DecideResult, NewSignal, SignalDecision};
pub use decisions::StoredDecision;
pub use error::StoreError;
pub use export::ExportTable;
pub use inbox::{HandledUpdate, InboxRow, NewUpdate};
pub use lease::Lease;
pub use ledger::{BookSums, EquityPoint};
pub use models::{ModelRow, NewModel};
pub use outbox::{NewOutbox, OutboxRow, OutboxStats, OutboxStatus};
pub use positions::PositionFilter;
pub use predictions::ScoredPrediction;
pub use profiles::{ChangeKind, ProfileChange, ProfileSave, SaveResult, TopUpResult};
pub use reports::PeriodStats;
pub use resolutions::{AwaitedCondition, Resolution, StoredResolution};
pub use resolved_log::{ResolvedLog, SeenQuote};
pub use retention::{Deleted, Retention};
pub use scans::Tried;
pub use settlements::{CorrectedBet, Settled};
pub use signals::{SignalKey, SignalRow};
pub use trials::{BetSums, TrialBet, TrialRow};
