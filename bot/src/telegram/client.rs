//! The one boundary to the Bot API. No error of teloxide's leaves it: each becomes a [`Failure`] whose text cannot
//! hold the token, whatever the API address looks like.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use teloxide::payloads::{
    AnswerCallbackQuerySetters, EditMessageCaptionSetters, EditMessageMediaSetters, EditMessageReplyMarkupSetters,
    EditMessageTextSetters, SendAnimationSetters, SendMessageSetters, SendPhotoSetters, SetMyCommandsSetters,
};
use teloxide::prelude::Requester;
use teloxide::requests::{JsonRequest, Payload, Request};
use teloxide::types::{
    BotCommand, BotCommandScope, CallbackQueryId, ChatId, InlineKeyboardMarkup, InputFile, InputMedia,
    InputMediaAnimation, InputMediaPhoto, LinkPreviewOptions, Me, MessageId, ParseMode,
};
use teloxide::{Bot, RequestError};
use url::Url;

use super::failure::{Failure, Redactor};

/// How long one `getUpdates` call waits for news, real seconds. Below teloxide's request deadline of 17 s.
pub(crate) const LONG_POLL_SECONDS: u32 = 10;

/// A picture to send.
#[derive(Debug, Clone)]
pub(crate) struct Media {
    pub(crate) kind: MediaKind,
    pub(crate) bytes: Vec<u8>,
}

/// How a picture is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaKind {
    Photo,
    Animation,
}

impl Media {
    fn file(&self) -> InputFile {
        let name = match self.kind {
            MediaKind::Photo => "chart.png",
            MediaKind::Animation => "won.gif",
        };
        InputFile::memory(self.bytes.clone()).file_name(name)
    }
}

/// Words of a message or caption, with what goes along.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words<'a> {
    pub(crate) text: &'a str,
    /// Telegram's HTML, or plain text.
    pub(crate) html: bool,
    pub(crate) keyboard: Option<&'a InlineKeyboardMarkup>,
    pub(crate) silent: bool,
}

impl Words<'_> {
    fn markup(&self) -> InlineKeyboardMarkup {
        self.keyboard.cloned().unwrap_or_default()
    }
}

/// Our Bot API client. `Debug` shows no more than that it is one: teloxide's `Bot` would print its token.
#[derive(Clone)]
pub struct Api {
    bot: Bot,
    redact: Redactor,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Api")
    }
}

/// `getUpdates` whose answer is kept as it came, so that one update we cannot read does not spoil the rest.
#[derive(serde::Serialize)]
struct GetRawUpdates {
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<i64>,
    limit: u8,
    timeout: u32,
    allowed_updates: [&'static str; 3],
}

impl Payload for GetRawUpdates {
    type Output = Vec<serde_json::Value>;
    const NAME: &'static str = "GetUpdates";
    fn timeout_hint(&self) -> Option<Duration> {
        Some(Duration::from_secs(self.timeout.into()))
    }
}

impl Api {
    /// A client for one token at one server.
    ///
    /// # Errors
    /// When the system's TLS or resolver cannot be set up; the text holds no secret.
    pub fn new(token: &SecretString, api_url: &Url) -> anyhow::Result<Self> {
        let mut builder = teloxide::net::default_reqwest_settings();
        if crate::config::is_loopback(api_url) {
            builder = builder.no_proxy();
        }
        let redact = Redactor(token.clone());
        let client = builder.build().map_err(|error| {
            anyhow::anyhow!("the Telegram client cannot be built: {}", redact.clean(&error.to_string()))
        })?;
        let bot = Bot::with_client(token.expose_secret(), client).set_api_url(api_url.clone());
        Ok(Self { bot, redact })
    }

    /// The bot, for the dispatcher.
    pub(crate) fn bot(&self) -> Bot {
        self.bot.clone()
    }

    async fn call<R: Request<Err = RequestError>>(
        &self,
        request: R,
    ) -> Result<<R::Payload as Payload>::Output, Failure> {
        request.send().await.map_err(|error| self.redact.classify(&error))
    }

    /// Who we are.
    ///
    /// # Errors
    /// [`Failure`] as for every call.
    pub async fn me(&self) -> Result<Me, Failure> {
        self.call(self.bot.get_me()).await
    }

    /// Updates from `offset` on, oldest first, as raw JSON; waits up to [`LONG_POLL_SECONDS`].
    pub(crate) async fn updates(&self, offset: Option<i64>) -> Result<Vec<serde_json::Value>, Failure> {
        let payload = GetRawUpdates {
            offset,
            limit: 100,
            timeout: LONG_POLL_SECONDS,
            allowed_updates: ["message", "callback_query", "my_chat_member"],
        };
        self.call(JsonRequest::new(self.bot.clone(), payload)).await
    }

    pub(crate) async fn delete_webhook(&self) -> Result<(), Failure> {
        self.call(self.bot.delete_webhook()).await.map(drop)
    }

    pub(crate) async fn leave(&self, chat: i64) -> Result<(), Failure> {
        self.call(self.bot.leave_chat(ChatId(chat))).await.map(drop)
    }

    pub(crate) async fn set_commands(&self, commands: Vec<BotCommand>, scope: BotCommandScope) -> Result<(), Failure> {
        self.call(self.bot.set_my_commands(commands).scope(scope)).await.map(drop)
    }

    /// Sends a text; gives its message id.
    pub(crate) async fn send_text(&self, chat: i64, words: &Words<'_>) -> Result<i64, Failure> {
        let mut request = self
            .bot
            .send_message(ChatId(chat), words.text)
            .link_preview_options(no_preview())
            .disable_notification(words.silent);
        if words.html {
            request = request.parse_mode(ParseMode::Html);
        }
        if let Some(keyboard) = words.keyboard {
            request = request.reply_markup(keyboard.clone());
        }
        self.call(request).await.map(|message| message.id.0.into())
    }

    /// Sends a picture with a caption; gives its message id.
    pub(crate) async fn send_media(&self, chat: i64, media: &Media, words: &Words<'_>) -> Result<i64, Failure> {
        macro_rules! send {
            ($method:ident) => {{
                let mut request = self.bot.$method(ChatId(chat), media.file()).disable_notification(words.silent);
                if !words.text.is_empty() {
                    request = request.caption(words.text);
                }
                if words.html {
                    request = request.parse_mode(ParseMode::Html);
                }
                if let Some(keyboard) = words.keyboard {
                    request = request.reply_markup(keyboard.clone());
                }
                self.call(request).await.map(|message| message.id.0.into())
            }};
        }
        match media.kind {
            MediaKind::Photo => send!(send_photo),
            MediaKind::Animation => send!(send_animation),
        }
    }

    pub(crate) async fn edit_text(&self, chat: i64, message: i64, words: &Words<'_>) -> Result<(), Failure> {
        let mut request = self
            .bot
            .edit_message_text(ChatId(chat), message_id(message)?, words.text)
            .link_preview_options(no_preview())
            .reply_markup(words.markup());
        if words.html {
            request = request.parse_mode(ParseMode::Html);
        }
        self.call(request).await.map(drop)
    }

    pub(crate) async fn edit_caption(&self, chat: i64, message: i64, words: &Words<'_>) -> Result<(), Failure> {
        let mut request = self
            .bot
            .edit_message_caption(ChatId(chat), message_id(message)?)
            .caption(words.text)
            .reply_markup(words.markup());
        if words.html {
            request = request.parse_mode(ParseMode::Html);
        }
        self.call(request).await.map(drop)
    }

    /// Replaces a picture and its caption; a text message becomes one with a picture.
    pub(crate) async fn edit_media(
        &self,
        chat: i64,
        message: i64,
        media: &Media,
        words: &Words<'_>,
    ) -> Result<(), Failure> {
        macro_rules! input {
            ($kind:ident, $variant:ident) => {{
                let mut input = $kind::new(media.file()).caption(words.text);
                if words.html {
                    input = input.parse_mode(ParseMode::Html);
                }
                InputMedia::$variant(input)
            }};
        }
        let input = match media.kind {
            MediaKind::Photo => input!(InputMediaPhoto, Photo),
            MediaKind::Animation => input!(InputMediaAnimation, Animation),
        };
        let request =
            self.bot.edit_message_media(ChatId(chat), message_id(message)?, input).reply_markup(words.markup());
        self.call(request).await.map(drop)
    }

    /// Takes the buttons off a message.
    pub(crate) async fn clear_buttons(&self, chat: i64, message: i64) -> Result<(), Failure> {
        let request = self
            .bot
            .edit_message_reply_markup(ChatId(chat), message_id(message)?)
            .reply_markup(InlineKeyboardMarkup::default());
        self.call(request).await.map(drop)
    }

    /// Answers a press, with a line, a window, or nothing to see.
    pub(crate) async fn answer(&self, query: &str, text: Option<&str>, alert: bool) -> Result<(), Failure> {
        let mut request = self.bot.answer_callback_query(CallbackQueryId(query.to_owned())).show_alert(alert);
        if let Some(text) = text {
            request = request.text(text);
        }
        self.call(request).await.map(drop)
    }
}

fn message_id(id: i64) -> Result<MessageId, Failure> {
    i32::try_from(id).map(MessageId).map_err(|_| Failure::Gone(format!("{id} is no message id")))
}

const fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_token_is_in_no_error_even_behind_a_path_prefix() {
        let token: SecretString = "123456:AAcanaryCANARYcanaryCANARYcanary012".into();
        // Nothing listens on the discard port.
        let api = Api::new(&token, &Url::parse("http://127.0.0.1:9/deep/prefix").unwrap()).unwrap();
        let failure = api.me().await.unwrap_err();
        assert!(matches!(failure, Failure::Unreached(_)), "{failure:?}");
        let shown = format!("{failure} {failure:?} {api:?}");
        assert!(!shown.contains("AAcanary"), "{shown}");
        assert!(shown.contains("refused"), "the cause is told: {shown}");
    }
}
