//! The log of what the bot asked for.

use chrono::{DateTime, Utc};
use serde_json::Value;

/// One call of the bot, in the order of their arrival.
#[derive(Debug, Clone)]
pub struct Call {
    /// Counts from 1.
    pub number: u64,
    /// When it came, by the sandbox's clock.
    pub at: DateTime<Utc>,
    /// Method in the Bot API's spelling; as sent, if there is no such method.
    pub method: String,
    /// Arguments; uploads are named with their size.
    pub params: Value,
    /// HTTP status of the answer; `None` while there is none (a long poll, a hanging fault).
    pub status: Option<u16>,
    /// The refusal's words, if it was refused.
    pub error: Option<String>,
    /// What was answered.
    pub result: Option<Value>,
}

impl Call {
    /// Chat the call speaks to, if it names one by number.
    #[must_use]
    pub fn chat(&self) -> Option<i64> {
        self.params["chat_id"].as_i64()
    }

    /// Whether it was answered with success.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.status == Some(200)
    }
}

/// A call that does not fit the Bot API.
#[derive(Debug, Clone)]
pub struct Violation {
    /// When, by the sandbox's clock.
    pub at: DateTime<Utc>,
    /// Method as called.
    pub method: String,
    /// What is wrong, with the path to the field.
    pub problem: String,
}
