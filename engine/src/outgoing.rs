//! Notices as rows of the outbox.

use engine_core::notice::{Notice, SignalCard};
use serde_json::json;

use crate::store::NewOutbox;

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
        Self {
            notice: Notice::Signal(Box::new(card.clone())),
            card: Some(signal_card_key(card.signal_id)),
            edit,
        }
    }
}

/// Key under which the message of a signal's card is known.
#[must_use]
pub fn signal_card_key(signal_id: i64) -> String {
    format!("signal:{signal_id}")
}

/// Rows for the owner's chat; none when no chat is attached.
#[must_use]
pub fn rows(owner_chat: Option<i64>, outgoing: Vec<Outgoing>) -> Vec<NewOutbox> {
    let Some(chat_id) = owner_chat else { return Vec::new() };
    outgoing
        .into_iter()
        .map(|Outgoing { notice, card, edit }| NewOutbox {
            chat_id,
            kind: notice.kind().to_owned(),
            card,
            edit,
            payload: json!({ "notice": notice }),
            silent: false,
        })
        .collect()
}
