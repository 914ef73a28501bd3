//! Buttons: moving about is encoded as it is, acting is an opaque token that leads to a stored row.

use chrono::{DateTime, TimeDelta, Utc};
use dialogues::button::{CodecError, encode, encode_token};
use dialogues::escape::is_known_url;
use dialogues::message::{Button, Press};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use teloxide::types::{InlineKeyboardButton, InlineKeyboardButtonKind, InlineKeyboardMarkup};
use url::Url;

/// How long a button may be used. What it acts on usually ends long before (a signal expires in minutes).
const BUTTON_LIFE: TimeDelta = TimeDelta::days(30);
const TOKEN_CHARS: usize = 16;

/// What a token stands for: a press, in one chat only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bound {
    pub(crate) chat: i64,
    pub(crate) press: Press,
}

/// A token that must be stored before its button is shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Minted {
    pub(crate) token: String,
    pub(crate) bound: Bound,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Makes tokens nobody can guess, the same ones for the same button of the same row.
#[derive(Clone)]
pub(crate) struct Mint([u8; 32]);

impl std::fmt::Debug for Mint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mint")
    }
}

impl Mint {
    /// Derived from the bot's token, which nobody else knows.
    pub(crate) fn new(bot_token: &SecretString) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"oddsmith button tokens\0");
        hash.update(bot_token.expose_secret().as_bytes());
        Self(hash.finalize().into())
    }

    fn token(&self, row: i64, index: usize) -> String {
        const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(row.to_be_bytes());
        hash.update(u64::try_from(index).unwrap_or(u64::MAX).to_be_bytes());
        let digest = hash.finalize();
        digest.iter().take(TOKEN_CHARS).map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
    }
}

/// Turns rows of buttons into Telegram's markup; `row` is the outbox row they belong to. A link to an unknown host is
/// left out.
pub(crate) fn markup(
    keyboard: &[Vec<Button>],
    chat: i64,
    row: i64,
    mint: &Mint,
    now: DateTime<Utc>,
) -> (Option<InlineKeyboardMarkup>, Vec<Minted>) {
    let mut minted = Vec::new();
    let mut rows = Vec::new();
    let mut index = 0;
    for line in keyboard {
        let mut buttons = Vec::new();
        for button in line {
            index += 1;
            let kind = match &button.press {
                Press::Url { url } => {
                    let Some(url) = is_known_url(url).then(|| Url::parse(url).ok()).flatten() else {
                        continue;
                    };
                    InlineKeyboardButtonKind::Url(url)
                }
                press @ (Press::Show { .. } | Press::Send { .. } | Press::Act { .. }) => {
                    let data = match encode(press) {
                        Ok(data) => data,
                        Err(CodecError::TooLong | CodecError::NeedsToken) => {
                            let token = mint.token(row, index);
                            let bound = Bound { chat, press: press.clone() };
                            minted.push(Minted { token: token.clone(), bound, expires_at: now + BUTTON_LIFE });
                            match encode_token(&token) {
                                Ok(data) => data,
                                Err(_) => continue,
                            }
                        }
                        Err(CodecError::Link | CodecError::Version | CodecError::Unknown) => {
                            continue;
                        }
                    };
                    InlineKeyboardButtonKind::CallbackData(data)
                }
            };
            buttons.push(InlineKeyboardButton::new(button.label.clone(), kind));
        }
        if !buttons.is_empty() {
            rows.push(buttons);
        }
    }
    ((!rows.is_empty()).then(|| InlineKeyboardMarkup::new(rows)), minted)
}

#[cfg(test)]
mod tests {
    use dialogues::button::{Callback, decode};
    use dialogues::message::Action;
    use dialogues::screen::Screen;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    fn button(press: Press) -> Button {
        Button { label: "x".to_owned(), press }
    }

    #[test]
    fn acting_gets_a_stored_token_and_moving_about_does_not() {
        let mint = Mint::new(&"1:a".into());
        let approve = Press::Act { action: Action::Approve { signal: 7, half: false, confirmed: false } };
        let long = Press::Show { screen: Screen::Why { query: Some("x".repeat(80)) } };
        let board = [
            vec![button(approve.clone()), button(Press::Show { screen: Screen::Home })],
            vec![button(long.clone()), button(Press::Url { url: "https://evil.example/".to_owned() })],
        ];
        let (markup, minted) = markup(&board, 42, 5, &mint, now());
        assert_eq!(minted.iter().map(|m| m.bound.press.clone()).collect::<Vec<_>>(), [approve, long]);
        assert!(minted.iter().all(|m| m.bound.chat == 42 && m.token.len() == TOKEN_CHARS));
        let rows = markup.unwrap().inline_keyboard;
        assert_eq!((rows[0].len(), rows[1].len()), (2, 1));
        for (button, expected) in [(&rows[0][0], &minted[0].token), (&rows[1][0], &minted[1].token)] {
            let InlineKeyboardButtonKind::CallbackData(data) = &button.kind else { panic!("{button:?}") };
            assert!(data.len() <= 64);
            assert_eq!(decode(data), Ok(Callback::Token(expected.clone())));
        }
    }

    #[test]
    fn tokens_repeat_for_the_same_button_and_differ_for_any_other() {
        let (one, other) = (Mint::new(&"1:a".into()), Mint::new(&"1:b".into()));
        assert_eq!(one.token(5, 1), one.token(5, 1));
        let tokens = [one.token(5, 1), one.token(5, 2), one.token(6, 1), other.token(5, 1)];
        let distinct: std::collections::HashSet<_> = tokens.iter().collect();
        assert_eq!(distinct.len(), tokens.len());
    }
}
