//! What the Bot API answers when it refuses.

use serde_json::{Value, json};

/// A refusal in the Bot API's own words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApiError {
    pub(crate) code: u16,
    pub(crate) description: String,
    pub(crate) retry_after_secs: Option<u64>,
    pub(crate) migrate_to: Option<i64>,
}

impl ApiError {
    pub(crate) fn new(code: u16, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), retry_after_secs: None, migrate_to: None }
    }

    /// 400 with the usual prefix.
    pub(crate) fn bad(reason: impl std::fmt::Display) -> Self {
        Self::new(400, format!("Bad Request: {reason}"))
    }

    /// 403 with the usual prefix.
    pub(crate) fn forbidden(reason: impl std::fmt::Display) -> Self {
        Self::new(403, format!("Forbidden: {reason}"))
    }

    /// 409 with the usual prefix.
    pub(crate) fn conflict(reason: impl std::fmt::Display) -> Self {
        Self::new(409, format!("Conflict: {reason}"))
    }

    /// 429; the caller must wait so many seconds.
    pub(crate) fn too_many(retry_after_secs: u64) -> Self {
        Self {
            retry_after_secs: Some(retry_after_secs),
            ..Self::new(429, format!("Too Many Requests: retry after {retry_after_secs}"))
        }
    }

    /// The group has become a supergroup with another id.
    pub(crate) fn migrated(to: i64) -> Self {
        Self { migrate_to: Some(to), ..Self::bad("group chat was upgraded to a supergroup chat") }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut body = json!({ "ok": false, "error_code": self.code, "description": self.description });
        if let Some(seconds) = self.retry_after_secs {
            body["parameters"] = json!({ "retry_after": seconds });
        }
        if let Some(chat) = self.migrate_to {
            body["parameters"] = json!({ "migrate_to_chat_id": chat });
        }
        body
    }
}
