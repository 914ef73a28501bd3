//! Forecasts, decisions, scans and resolutions.

use crate::change::Change;

/// This step.
pub(crate) const CHANGE: Change = Change {
    name: "m20261123_000005_forecasts",
    up: UP,
    down: &[
        "DROP TABLE scans",
        "DROP TABLE latest_decisions",
        "DROP TABLE resolutions",
        "DROP TABLE conditions",
        "DROP TABLE predictions",
    ],
};

const UP: &[&str] = &[
    "CREATE TABLE predictions (
        id {ID},
        at_ms BIGINT NOT NULL,
        source TEXT NOT NULL,
        model_version TEXT,
        market_id TEXT NOT NULL,
        condition_id TEXT NOT NULL,
        group_id TEXT NOT NULL,
        category TEXT,
        model_p DOUBLE PRECISION NOT NULL,
        posterior DOUBLE PRECISION,
        confidence DOUBLE PRECISION NOT NULL,
        bid_micros BIGINT,
        ask_micros BIGINT,
        mid DOUBLE PRECISION,
        gate TEXT,
        reason TEXT,
        side_outcome TEXT,
        edge DOUBLE PRECISION,
        end_ms BIGINT,
        outcome DOUBLE PRECISION,
        resolved_ms BIGINT
    )",
    "CREATE INDEX predictions_by_condition ON predictions (condition_id, outcome)",
    "CREATE INDEX predictions_by_time ON predictions (at_ms)",
    "CREATE INDEX predictions_by_market ON predictions (market_id, id)",
    "CREATE INDEX predictions_scored ON predictions (source, id) WHERE outcome IS NOT NULL",
    "CREATE TABLE conditions (
        condition_id TEXT PRIMARY KEY NOT NULL,
        market_id TEXT NOT NULL,
        end_ms BIGINT,
        first_seen_ms BIGINT NOT NULL,
        polled_ms BIGINT NOT NULL,
        closed_ms BIGINT,
        oracle_status TEXT,
        alerted_ms BIGINT,
        resolved_ms BIGINT
    )",
    "CREATE INDEX conditions_queue ON conditions (polled_ms, first_seen_ms) WHERE resolved_ms IS NULL",
    "CREATE TABLE resolutions (
        condition_id TEXT PRIMARY KEY NOT NULL,
        payout_yes_micros BIGINT NOT NULL,
        payout_no_micros BIGINT NOT NULL,
        source TEXT NOT NULL,
        resolved_ms BIGINT,
        recorded_ms BIGINT NOT NULL
    )",
    "CREATE TABLE latest_decisions (
        market_id TEXT PRIMARY KEY NOT NULL,
        condition_id TEXT NOT NULL,
        question TEXT NOT NULL,
        question_lower TEXT NOT NULL,
        path TEXT NOT NULL,
        at_ms BIGINT NOT NULL,
        gate TEXT,
        scored BOOLEAN NOT NULL,
        decision TEXT NOT NULL
    )",
    "CREATE INDEX latest_decisions_by_time ON latest_decisions (at_ms)",
    "CREATE INDEX latest_decisions_by_condition ON latest_decisions (condition_id)",
    "CREATE TABLE scans (
        id {ID},
        started_ms BIGINT NOT NULL,
        ended_ms BIGINT NOT NULL,
        fetched BIGINT NOT NULL,
        scored BIGINT NOT NULL,
        signals BIGINT NOT NULL,
        bets BIGINT NOT NULL,
        summary TEXT NOT NULL
    )",
    "CREATE INDEX scans_by_end ON scans (ended_ms)",
];
