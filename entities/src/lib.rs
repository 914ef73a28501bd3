//! Tables of the database, one a file, without logic.
//!
//! Amounts are integer millionths (`*_micros`) and times integer milliseconds since 1970 in UTC (`*_ms`), so that SQLite
//! and PostgreSQL hold, sort and add up the same values (ADR 0003). JSON is kept as text.

pub mod actions;
pub mod books;
pub mod bots;
pub mod candidates;
pub mod conditions;
pub mod copy_activity;
pub mod copy_cursors;
pub mod copy_decisions;
pub mod copy_dossiers;
pub mod copy_follows;
pub mod copy_holdings;
pub mod copy_looked_at;
pub mod copy_rests;
pub mod copy_shadows;
pub mod dialogues;
pub mod feature_snapshots;
pub mod fills;
pub mod inbox;
pub mod kv;
pub mod latest_decisions;
pub mod models;
pub mod mutes;
pub mod outbox;
pub mod positions;
pub mod predictions;
pub mod profile_changes;
pub mod profile_trials;
pub mod profiles;
pub mod resolutions;
pub mod scans;
pub mod settlements;
pub mod signals;
pub mod transfers;
pub mod trial_positions;
