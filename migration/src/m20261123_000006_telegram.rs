//! What goes to and comes from Telegram.

use crate::change::Change;

/// This step.
pub(crate) const CHANGE: Change = Change {
    name: "m20261123_000006_telegram",
    up: UP,
    down: &["DROP TABLE actions", "DROP TABLE dialogues", "DROP TABLE inbox", "DROP TABLE outbox"],
};

const UP: &[&str] = &[
    "CREATE TABLE outbox (
        id {ID},
        chat_id BIGINT NOT NULL,
        kind TEXT NOT NULL,
        card TEXT,
        edit BOOLEAN NOT NULL,
        silent BOOLEAN NOT NULL,
        payload TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('queued', 'sending', 'sent', 'failed')),
        attempts INTEGER NOT NULL,
        created_ms BIGINT NOT NULL,
        due_ms BIGINT NOT NULL,
        probe_from BIGINT,
        message_id BIGINT,
        sent_ms BIGINT,
        error TEXT
    )",
    "CREATE INDEX outbox_waiting ON outbox (chat_id, id) WHERE status IN ('queued', 'sending')",
    "CREATE INDEX outbox_cards ON outbox (chat_id, card, id) WHERE card IS NOT NULL",
    "CREATE INDEX outbox_sent ON outbox (sent_ms) WHERE status = 'sent'",
    "CREATE TABLE inbox (
        update_id BIGINT PRIMARY KEY NOT NULL,
        kind TEXT NOT NULL,
        raw TEXT NOT NULL,
        received_ms BIGINT NOT NULL,
        handled_ms BIGINT
    )",
    "CREATE INDEX inbox_unhandled ON inbox (update_id) WHERE handled_ms IS NULL",
    "CREATE TABLE dialogues (
        chat_id BIGINT PRIMARY KEY NOT NULL,
        state TEXT NOT NULL,
        updated_ms BIGINT NOT NULL
    )",
    "CREATE TABLE actions (
        token TEXT PRIMARY KEY NOT NULL,
        action TEXT NOT NULL,
        expires_ms BIGINT NOT NULL,
        used_ms BIGINT,
        used_by BIGINT
    )",
    "CREATE INDEX actions_by_expiry ON actions (expires_ms)",
];
