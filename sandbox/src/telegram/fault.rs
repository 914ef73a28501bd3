//! Trouble ordered for coming calls.

use std::time::Duration;

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// 429 with the seconds to wait; nothing is done.
    TooManyRequests {
        /// Seconds.
        retry_after_secs: u64,
    },
    /// 400 with these words behind "Bad Request: "; nothing is done.
    BadRequest(String),
    /// 403 with these words behind "Forbidden: "; nothing is done.
    Forbidden(String),
    /// 502; nothing is done.
    ServerError,
    /// No answer until the caller gives up (or a minute has passed); nothing is done.
    Hang,
    /// The call is carried out, but the connection breaks before the answer arrives.
    LostAnswer,
    /// The connection breaks before anything is done.
    Dropped,
    /// The call is carried out after this much real time.
    Slow(Duration),
}

#[derive(Debug, Clone)]
struct Rule {
    /// Lower case; `*` for all.
    method: String,
    chat: Option<i64>,
    left: u32,
    fault: Fault,
}

/// The faults still to come, first ordered first served.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Rule>);

impl Faults {
    pub(crate) fn order(&mut self, method: &str, chat: Option<i64>, times: u32, fault: Fault) {
        self.0.push(Rule { method: method.to_ascii_lowercase(), chat, left: times, fault });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault for this call, used up by it.
    pub(crate) fn take(&mut self, method: &str, chat: Option<i64>) -> Option<Fault> {
        let method = method.to_ascii_lowercase();
        let rule = self.0.iter_mut().find(|rule| {
            rule.left > 0 && (rule.method == "*" || rule.method == method) && (rule.chat.is_none() || rule.chat == chat)
        })?;
        rule.left -= 1;
        let fault = rule.fault.clone();
        self.0.retain(|rule| rule.left > 0);
        Some(fault)
    }
}
