//! Several Telegram bots on one database: each numbers its updates and messages by itself, so what comes and goes is kept
//! apart by bot. Bot 0 is the one that was there before: its number is learned when it starts next.

use crate::change::Change;

/// This step.
pub(crate) const CHANGE: Change = Change { name: "m20261123_000011_bots", up: UP, down: DOWN };

const UP: &[&str] = &[
    "CREATE TABLE bots (
        id BIGINT PRIMARY KEY NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('main', 'copy')),
        started_ms BIGINT NOT NULL,
        left_ms BIGINT
    )",
    "ALTER TABLE outbox ADD COLUMN bot BIGINT NOT NULL DEFAULT 0",
    "DROP INDEX outbox_waiting",
    "CREATE INDEX outbox_waiting ON outbox (bot, chat_id, id) WHERE status IN ('queued', 'sending')",
    "ALTER TABLE actions ADD COLUMN bot BIGINT NOT NULL DEFAULT 0",
    // Where the copy engine has a bot of its own, its owner is told there of a market that does not resolve.
    "ALTER TABLE conditions ADD COLUMN copy_alerted_ms BIGINT",
    // A primary key cannot be altered everywhere: the tables are made anew around their rows.
    "CREATE TABLE inbox_of_bots (
        bot BIGINT NOT NULL,
        update_id BIGINT NOT NULL,
        kind TEXT NOT NULL,
        raw TEXT NOT NULL,
        received_ms BIGINT NOT NULL,
        handled_ms BIGINT,
        PRIMARY KEY (bot, update_id)
    )",
    "INSERT INTO inbox_of_bots (bot, update_id, kind, raw, received_ms, handled_ms)
        SELECT 0, update_id, kind, raw, received_ms, handled_ms FROM inbox",
    "DROP TABLE inbox",
    "ALTER TABLE inbox_of_bots RENAME TO inbox",
    "CREATE INDEX inbox_unhandled ON inbox (bot, update_id) WHERE handled_ms IS NULL",
    "CREATE TABLE dialogues_of_bots (
        bot BIGINT NOT NULL,
        chat_id BIGINT NOT NULL,
        state TEXT NOT NULL,
        updated_ms BIGINT NOT NULL,
        PRIMARY KEY (bot, chat_id)
    )",
    "INSERT INTO dialogues_of_bots (bot, chat_id, state, updated_ms)
        SELECT 0, chat_id, state, updated_ms FROM dialogues",
    "DROP TABLE dialogues",
    "ALTER TABLE dialogues_of_bots RENAME TO dialogues",
];

/// Keeps what is of the main bot. Of the others only what still has to be said stays: the main bot says it, anew.
const DOWN: &[&str] = &[
    "CREATE TABLE main_bot (id BIGINT NOT NULL)",
    "INSERT INTO main_bot (id) SELECT COALESCE(
        (SELECT id FROM bots WHERE role = 'main' AND left_ms IS NULL ORDER BY started_ms DESC LIMIT 1), 0)",
    "CREATE TABLE inbox_of_one (
        update_id BIGINT PRIMARY KEY NOT NULL,
        kind TEXT NOT NULL,
        raw TEXT NOT NULL,
        received_ms BIGINT NOT NULL,
        handled_ms BIGINT
    )",
    "INSERT INTO inbox_of_one (update_id, kind, raw, received_ms, handled_ms)
        SELECT update_id, kind, raw, received_ms, handled_ms FROM inbox WHERE bot = (SELECT id FROM main_bot)",
    "DROP TABLE inbox",
    "ALTER TABLE inbox_of_one RENAME TO inbox",
    "CREATE INDEX inbox_unhandled ON inbox (update_id) WHERE handled_ms IS NULL",
    "CREATE TABLE dialogues_of_one (
        chat_id BIGINT PRIMARY KEY NOT NULL,
        state TEXT NOT NULL,
        updated_ms BIGINT NOT NULL
    )",
    "INSERT INTO dialogues_of_one (chat_id, state, updated_ms)
        SELECT chat_id, state, updated_ms FROM dialogues WHERE bot = (SELECT id FROM main_bot)",
    "DROP TABLE dialogues",
    "ALTER TABLE dialogues_of_one RENAME TO dialogues",
    "UPDATE outbox SET status = 'queued', probe_from = NULL
        WHERE status = 'sending' AND bot <> (SELECT id FROM main_bot)",
    "UPDATE outbox SET message_id = NULL WHERE bot <> (SELECT id FROM main_bot)",
    "DELETE FROM actions WHERE bot <> (SELECT id FROM main_bot)",
    "UPDATE kv SET key = SUBSTR(key, LENGTH('bot.' || (SELECT id FROM main_bot) || '.') + 1)
        WHERE key LIKE 'bot.' || (SELECT id FROM main_bot) || '.%'",
    "DELETE FROM kv WHERE key LIKE 'bot.%'",
    "DROP INDEX outbox_waiting",
    "ALTER TABLE outbox DROP COLUMN bot",
    "CREATE INDEX outbox_waiting ON outbox (chat_id, id) WHERE status IN ('queued', 'sending')",
    "ALTER TABLE actions DROP COLUMN bot",
    "ALTER TABLE conditions DROP COLUMN copy_alerted_ms",
    "DROP TABLE main_bot",
    "DROP TABLE bots",
];
