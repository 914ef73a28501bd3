//! The ledger.

use crate::change::Change;

/// This step.
pub(crate) const CHANGE: Change = Change { name: "m20261123_000004_ledger", up: UP, down: &["DROP TABLE transfers"] };

const UP: &[&str] = &[
    "CREATE TABLE transfers (
        id {ID},
        at_ms BIGINT NOT NULL,
        from_account TEXT NOT NULL,
        to_account TEXT NOT NULL CHECK (from_account <> to_account),
        amount_micros BIGINT NOT NULL CHECK (amount_micros > 0),
        kind TEXT NOT NULL,
        book TEXT NOT NULL REFERENCES books (name),
        position_id BIGINT REFERENCES positions (id)
    )",
    "CREATE INDEX transfers_by_book_and_time ON transfers (book, at_ms)",
    "CREATE INDEX transfers_by_position ON transfers (position_id)",
];
