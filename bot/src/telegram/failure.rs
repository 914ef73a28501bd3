//! What went wrong with a call, in our own words: no error of teloxide's goes further, and no text holds the token.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use teloxide::{ApiError, RequestError};
use thiserror::Error;

/// A 429 without a time to wait.
const DEFAULT_RETRY: Duration = Duration::from_secs(5);
/// Most characters of a foreign error text that are kept.
const ERROR_CHARS: usize = 300;

/// Why a call did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// Too many requests: wait this long, in this chat only.
    #[error("told to wait {} s", .0.as_secs())]
    RetryAfter(Duration),
    /// The group has become another chat.
    #[error("the chat moved to {0}")]
    Moved(i64),
    /// The message already says exactly this.
    #[error("the message is not modified")]
    NotModified,
    /// The HTML was refused.
    #[error("the text could not be parsed: {0}")]
    Unparsable(String),
    /// The message to edit is not there, or cannot be edited that way.
    #[error("the message cannot be edited: {0}")]
    Gone(String),
    /// The chat does not take our messages.
    #[error("the chat is closed to us: {0}")]
    Blocked(String),
    /// Another program polls with the same token.
    #[error("another program is using this bot token (409 Conflict): stop it, or give this one a token of its own")]
    Conflict,
    /// A webhook is set, so updates cannot be polled.
    #[error("a webhook is set for this bot")]
    WebhookActive,
    /// The token was refused.
    #[error("Telegram refuses the bot token: check TELEGRAM_BOT_TOKEN")]
    Unauthorized,
    /// Any other refusal; trying again would not help.
    #[error("refused: {0}")]
    Refused(String),
    /// The server was not reached: nothing happened.
    #[error("not reached: {0}")]
    Unreached(String),
    /// No clear answer: it may have happened or not.
    #[error("no clear answer: {0}")]
    Unclear(String),
}

/// Takes the token out of texts.
#[derive(Clone)]
pub(super) struct Redactor(pub(super) SecretString);

impl Redactor {
    pub(super) fn clean(&self, text: &str) -> String {
        let token = self.0.expose_secret();
        let secret_half = token.split_once(':').map_or(token, |(_, half)| half);
        let mut clean = text.replace(token, "‹token›");
        // The colon may have been percent-encoded in an address.
        if secret_half.len() >= 4 {
            clean = clean.replace(secret_half, "‹token›");
        }
        clean.chars().take(ERROR_CHARS).collect()
    }

    /// What an error means, in words without the token.
    pub(super) fn classify(&self, error: &RequestError) -> Failure {
        let text = || self.clean(&with_causes(error));
        match error {
            RequestError::RetryAfter(wait) => Failure::RetryAfter(wait.duration()),
            RequestError::MigrateToChatId(chat) => Failure::Moved(chat.0),
            RequestError::Api(api) => self.classify_api(api),
            RequestError::Network(network) if network.is_connect() => Failure::Unreached(text()),
            RequestError::Network(_) => Failure::Unclear(text()),
            // The raw answer is foreign and of any length; the parser's own words are enough.
            RequestError::InvalidJson { source, .. } => {
                Failure::Unclear(self.clean(&format!("an answer that is not the Bot API's: {source}")))
            }
            RequestError::Io(_) => Failure::Unreached(text()),
        }
    }

    #[allow(clippy::wildcard_enum_match_arm)] // a foreign enum of 80 variants, non-exhaustive
    fn classify_api(&self, error: &ApiError) -> Failure {
        let text = self.clean(&error.to_string());
        match error {
            ApiError::MessageNotModified => Failure::NotModified,
            ApiError::CantParseEntities(_) => Failure::Unparsable(text),
            ApiError::MessageToEditNotFound | ApiError::MessageCantBeEdited | ApiError::MessageIdInvalid => {
                Failure::Gone(text)
            }
            ApiError::BotBlocked
            | ApiError::BotKicked
            | ApiError::BotKickedFromSupergroup
            | ApiError::BotKickedFromChannel
            | ApiError::UserDeactivated
            | ApiError::CantInitiateConversation
            | ApiError::CantTalkWithBots
            | ApiError::GroupDeactivated
            | ApiError::ChatNotFound => Failure::Blocked(text),
            ApiError::TerminatedByOtherGetUpdates => Failure::Conflict,
            ApiError::CantGetUpdates => Failure::WebhookActive,
            ApiError::InvalidToken => Failure::Unauthorized,
            _ => by_words(text),
        }
    }
}

/// An error with what caused it: reqwest's own words end at "error sending request".
fn with_causes(error: &RequestError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let words = next.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = next.source();
    }
    text
}

/// Sorts an answer teloxide has no name for by its words.
fn by_words(text: String) -> Failure {
    let has = |part: &str| text.contains(part);
    if has("message is not modified") {
        Failure::NotModified
    } else if has("can't parse entities") {
        Failure::Unparsable(text)
    } else if has("message to edit not found")
        || has("message can't be edited")
        || has("there is no text in the message")
        || has("there is no caption in the message")
    {
        Failure::Gone(text)
    } else if has("Too Many Requests") {
        Failure::RetryAfter(DEFAULT_RETRY)
    } else if has("webhook is active") {
        Failure::WebhookActive
    } else if has("Conflict") {
        Failure::Conflict
    } else if has("Forbidden") {
        Failure::Blocked(text)
    } else if has("Bad Request") {
        Failure::Refused(text)
    } else {
        Failure::Unclear(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_without_a_name_are_sorted_by_their_words() {
        let table = [
            ("Bad Request: message is not modified: specified new", Failure::NotModified),
            ("Conflict: terminated by setWebhook request", Failure::Conflict),
            ("Too Many Requests: slow down", Failure::RetryAfter(DEFAULT_RETRY)),
        ];
        for (text, expected) in table {
            assert_eq!(by_words(text.to_owned()), expected, "{text}");
        }
        assert!(matches!(by_words("Forbidden: bot is not a member".to_owned()), Failure::Blocked(_)));
        assert!(matches!(
            by_words("Bad Request: there is no text in the message to edit".to_owned()),
            Failure::Gone(_)
        ));
        assert!(matches!(by_words("Bad Request: chat_id is empty".to_owned()), Failure::Refused(_)));
        assert!(matches!(by_words("Internal Server Error".to_owned()), Failure::Unclear(_)));
    }
}
