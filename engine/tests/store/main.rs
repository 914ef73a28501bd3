//! The store on SQLite and on PostgreSQL: one suite, run on both.
//!
//! PostgreSQL is the one of `ODDSMITH_TEST_PG_URL`, or a private one started from the installed binaries.

mod betting;
mod chat;
mod forecasts;
mod harness;
mod ledger;
mod operation;
mod postgres;
mod samples;
