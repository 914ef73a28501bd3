//! Notices as rows of the outbox.

use engine_core::notice::{Notice, SignalCard};
use serde_json::json;

use crate::recipient::Recipient;
use crate::store::NewOutbox;

/// Key of a message's payload that holds a notice.
pub const NOTICE: &str = "notice";

/// A notice on its way to the owner.
#[derive(Debug, Clone)]
pub struct Outgoing {
    notice: Notice,
    card: Option<String>,
    edit: bool,
}

impl Outgoing {
    /// A message of its own.
    #[must_use]
    pub const fn news(notice: Notice) -> Self {
        Self { notice, card: None, edit: false }
    }

    /// The card of a signal: new, or edited in place.
    #[must_use]
    pub fn signal(card: &SignalCard, edit: bool) -> Self {
        Self { notice: Notice::Signal(Box::new(card.clone())), card: Some(signal_card_key(card.signal_id)), edit }
    }
}

/// Key under which the message of a signal's card is known.
#[must_use]
pub fn signal_card_key(signal_id: i64) -> String {
    format!("signal:{signal_id}")
}

/// Rows for whoever is told; none when no chat is attached.
#[must_use]
pub fn rows(recipient: Option<Recipient>, outgoing: Vec<Outgoing>) -> Vec<NewOutbox> {
    let Some(Recipient { bot, chat }) = recipient else { return Vec::new() };
    outgoing
        .into_iter()
        .map(|Outgoing { notice, card, edit }| NewOutbox {
            bot,
            chat_id: chat,
            kind: notice.kind().to_owned(),
            card,
            edit,
            silent: is_routine(&notice),
            payload: json!({ NOTICE: notice }),
        })
        .collect()
}

/// News nobody must be woken for, and of which a backlog may go out as one message.
const fn is_routine(notice: &Notice) -> bool {
    match notice {
        Notice::Heartbeat { .. } | Notice::Started { .. } | Notice::Stopping { .. } | Notice::ModelOverdue { .. } => {
            true
        }
        // Silent as well, by its own words, but too long to be folded into a line.
        Notice::DailyReport { .. } => false,
        Notice::Signal(_)
        | Notice::BetPlaced { .. }
        | Notice::Settled { .. }
        | Notice::Closed { .. }
        | Notice::Resettled { .. }
        | Notice::Unresolved { .. }
        | Notice::LoopFailed { .. }
        | Notice::Model(_)
        | Notice::Copy(_)
        | Notice::RetrainFailed { .. }
        | Notice::ModelFault { .. } => false,
    }
}
