//! Delivers one row of the outbox: sends or edits, exactly once, and says what became of it.
//!
//! Before anything is sent the row is marked as begun, with the highest message id seen so far. When a confirmation is
//! lost (a crash, a broken connection), the messages after that id are found again by trying to edit them to the same
//! content: one that takes it, or already has it, is ours and is not sent a second time.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use engine_clock::Clock;
use tokio::sync::Mutex;

use super::chats::Chats;
use super::client::{Api, Words};
use super::failure::Failure;
use super::limits::Pacer;
use super::payload::Target;
use super::port::{ChatStore, QueuedRow};
use super::render::{Part, Rendered, Renderer};
use super::words::to_plain;

/// Message ids after the last one seen that are searched for a message of ours.
const PROBES: i64 = 10;
/// A row whose sending was begun this often is given up: the server fails on this very message. While the server cannot be
/// reached nothing is begun, so an outage of any length counts once.
const MOST_ATTEMPTS: u32 = 20;
/// Waits after failures of the connection: doubled each time up to the last.
const FIRST_BACKOFF_SECONDS: i64 = 1;
const LAST_BACKOFF_SECONDS: i64 = 60;

/// What became of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// Sent, or given up: the next row of the chat may follow.
    Done,
    /// Nothing more in this chat before that time.
    Later(DateTime<Utc>, Failure),
}

/// How a call that failed goes on.
enum Verdict {
    Wait(DateTime<Utc>, Failure),
    GiveUp(Failure),
}

/// Carries rows to Telegram.
pub(crate) struct Courier {
    pub(crate) api: Api,
    pub(crate) store: Arc<dyn ChatStore>,
    pub(crate) chats: Chats,
    pub(crate) renderer: Renderer,
    pub(crate) clock: Clock,
    pub(crate) pacer: Mutex<Pacer>,
}

impl Courier {
    /// Delivers a row. An error is the store's: nothing can be done before it works again.
    pub(crate) async fn deliver(&self, row: &QueuedRow, failures: u32) -> anyhow::Result<Outcome> {
        let now = self.clock.now();
        let Some((message, in_place_of)) = self.renderer.message(row, now) else {
            self.store.give_up(&[row.id], "the row cannot be read").await?;
            return Ok(Outcome::Done);
        };
        let rendered = self.renderer.render(row, message, in_place_of, now).await;
        self.deliver_rendered(&[row.id], row, &rendered, failures).await
    }

    /// Delivers one rendering for several rows (a digest); `row` is the first of them.
    pub(crate) async fn deliver_rendered(
        &self,
        ids: &[i64],
        row: &QueuedRow,
        rendered: &Rendered,
        failures: u32,
    ) -> anyhow::Result<Outcome> {
        let Some(chat) = self.chats.destination(row.chat_id).await? else {
            return self.give_up(ids, &Failure::Blocked("the chat is closed to us".to_owned())).await;
        };
        if rendered.parts.is_empty() {
            return self.give_up(ids, &Failure::Refused("the message is empty".to_owned())).await;
        }
        for minted in &rendered.minted {
            let action = serde_json::to_value(&minted.bound)?;
            self.store.put_action(&minted.token, &action, minted.expires_at).await?;
        }
        if let Some(target) = self.target(row, rendered).await? {
            if row.begun_after.is_none() {
                self.begin(ids, chat).await?;
            }
            match self.edit(chat, target, rendered).await {
                Ok(()) => {
                    self.sent(ids, target.message_id).await?;
                    return Ok(Outcome::Done);
                }
                Err(Failure::Gone(_) | Failure::Refused(_)) => {
                    // A screen that cannot be edited is shown anew below; the old one should not stay pressable.
                    let _ = self.api.clear_buttons(chat, target.message_id).await;
                }
                Err(failure) => {
                    let maybe_sent = row.begun_after.is_some();
                    return self.failed(ids, chat, failure, failures, maybe_sent).await;
                }
            }
        }
        self.send(ids, row, chat, rendered, failures).await
    }

    /// The message to edit instead of sending a new one.
    async fn target(&self, row: &QueuedRow, rendered: &Rendered) -> anyhow::Result<Option<Target>> {
        if rendered.in_place_of.is_some() {
            return Ok(rendered.in_place_of);
        }
        match &row.card {
            Some(card) if row.edit => {
                let shown = self.store.card_message(row.chat_id, card).await?;
                Ok(shown.map(|message_id| Target { message_id, has_picture: false }))
            }
            Some(_) | None => Ok(None),
        }
    }

    async fn edit(&self, chat: i64, target: Target, rendered: &Rendered) -> Result<(), Failure> {
        let [part] = rendered.parts.as_slice() else {
            return Err(Failure::Gone("several messages do not fit into one".to_owned()));
        };
        self.pace(chat).await;
        let edited = self.edit_part(chat, target, part, rendered, true).await;
        let edited = match edited {
            Err(Failure::Unparsable(reason)) => {
                tracing::warn!(chat, reason, "an edit was refused as HTML and is sent plain");
                self.edit_part(chat, target, part, rendered, false).await
            }
            other => other,
        };
        match edited {
            Err(Failure::NotModified) => Ok(()),
            other => other,
        }
    }

    async fn edit_part(
        &self,
        chat: i64,
        target: Target,
        part: &Part,
        rendered: &Rendered,
        html: bool,
    ) -> Result<(), Failure> {
        let text = text_of(part, html);
        let words = Words { text: &text, html, keyboard: rendered.keyboard.as_ref(), silent: true };
        match part {
            Part::Text(_) if target.has_picture => Err(Failure::Gone("a picture cannot become a text".to_owned())),
            Part::Text(_) => self.api.edit_text(chat, target.message_id, &words).await,
            Part::Picture(media, _) => self.api.edit_media(chat, target.message_id, media, &words).await,
        }
    }

    async fn send(
        &self,
        ids: &[i64],
        row: &QueuedRow,
        chat: i64,
        rendered: &Rendered,
        failures: u32,
    ) -> anyhow::Result<Outcome> {
        let (mut done, mut last) = (0, 0);
        if let Some(after) = row.begun_after {
            match self.find_again(chat, after, rendered).await {
                Ok(found) => (done, last) = found,
                Err(failure) => return self.failed(ids, chat, failure, failures, true).await,
            }
            if done > 0 {
                // Noted before the row is done with: the next row must not take this message for its own.
                self.chats.note(chat, last).await?;
                tracing::info!(row = row.id, parts = done, "found a message again whose confirmation was lost");
            }
        }
        if done == 0 {
            if row.attempts >= MOST_ATTEMPTS {
                return self.give_up(ids, &Failure::Refused(format!("begun {MOST_ATTEMPTS} times in vain"))).await;
            }
            self.begin(ids, chat).await?;
        }
        for part in &rendered.parts[done..] {
            let is_last = done + 1 == rendered.parts.len();
            match self.send_part(chat, part, rendered, is_last).await {
                Ok(message_id) => {
                    self.chats.note(chat, message_id).await?;
                    (done, last) = (done + 1, message_id);
                }
                Err(failure) => return self.failed(ids, chat, failure, failures, done > 0).await,
            }
        }
        self.sent(ids, last).await?;
        Ok(Outcome::Done)
    }

    async fn send_part(&self, chat: i64, part: &Part, rendered: &Rendered, is_last: bool) -> Result<i64, Failure> {
        self.pace(chat).await;
        match self.send_part_as(chat, part, rendered, is_last, true).await {
            Err(Failure::Unparsable(reason)) => {
                tracing::warn!(chat, reason, "a message was refused as HTML and is sent plain");
                self.send_part_as(chat, part, rendered, is_last, false).await
            }
            other => other,
        }
    }

    async fn send_part_as(
        &self,
        chat: i64,
        part: &Part,
        rendered: &Rendered,
        is_last: bool,
        html: bool,
    ) -> Result<i64, Failure> {
        let text = text_of(part, html);
        let keyboard = rendered.keyboard.as_ref().filter(|_| is_last);
        let words = Words { text: &text, html, keyboard, silent: rendered.silent };
        match part {
            Part::Text(_) => self.api.send_text(chat, &words).await,
            Part::Picture(media, _) => self.api.send_media(chat, media, &words).await,
        }
    }

    /// How many parts arrived after message id `after`, and the id of the last that did.
    async fn find_again(&self, chat: i64, after: i64, rendered: &Rendered) -> Result<(usize, i64), Failure> {
        let (mut done, mut last) = (0, 0);
        let parts = i64::try_from(rendered.parts.len()).unwrap_or(PROBES);
        for id in after + 1..=after + PROBES + parts {
            let Some(part) = rendered.parts.get(done) else {
                break;
            };
            if self.is_ours(chat, id, part, rendered, done + 1 == rendered.parts.len()).await? {
                (done, last) = (done + 1, id);
            }
        }
        Ok((done, last))
    }

    async fn is_ours(
        &self,
        chat: i64,
        id: i64,
        part: &Part,
        rendered: &Rendered,
        is_last: bool,
    ) -> Result<bool, Failure> {
        for html in [true, false] {
            self.pace(chat).await;
            let text = text_of(part, html);
            let keyboard = rendered.keyboard.as_ref().filter(|_| is_last);
            let words = Words { text: &text, html, keyboard, silent: true };
            let tried = match part {
                Part::Text(_) => self.api.edit_text(chat, id, &words).await,
                Part::Picture(_, _) => self.api.edit_caption(chat, id, &words).await,
            };
            match tried {
                Ok(()) | Err(Failure::NotModified) => return Ok(true),
                Err(Failure::Unparsable(_)) => {}
                // Ours all the same, of another kind: the picture could be drawn then and cannot now, or the reverse.
                Err(Failure::Gone(reason)) if is_of_another_kind(&reason) => return Ok(true),
                Err(Failure::Gone(_) | Failure::Refused(_)) => return Ok(false),
                Err(failure) => return Err(failure),
            }
        }
        Ok(false)
    }

    /// Marks rows as begun, with the highest message id seen so far.
    async fn begin(&self, ids: &[i64], chat: i64) -> anyhow::Result<()> {
        let seen = self.chats.seen(chat).await?;
        self.store.mark_sending(ids, seen).await
    }

    async fn pace(&self, chat: i64) {
        let at = self.pacer.lock().await.reserve(chat, self.clock.now());
        self.clock.sleep_until(at).await;
    }

    async fn sent(&self, ids: &[i64], message_id: i64) -> anyhow::Result<()> {
        self.store.mark_sent(ids, message_id, self.clock.now()).await
    }

    async fn give_up(&self, ids: &[i64], failure: &Failure) -> anyhow::Result<Outcome> {
        tracing::warn!(rows = ?ids, %failure, "a message is given up");
        self.store.give_up(ids, &failure.to_string()).await?;
        Ok(Outcome::Done)
    }

    /// Decides what a failure means. `partly`: something of the row is, or may be, out already.
    async fn failed(
        &self,
        ids: &[i64],
        chat: i64,
        failure: Failure,
        failures: u32,
        partly: bool,
    ) -> anyhow::Result<Outcome> {
        let unclear = matches!(failure, Failure::Unclear(_));
        if let Failure::Moved(to) = failure {
            self.chats.moved(chat, to).await?;
        }
        if matches!(failure, Failure::Blocked(_)) {
            self.chats.close(chat).await?;
        }
        match self.verdict(failure, failures) {
            Verdict::GiveUp(failure) => self.give_up(ids, &failure).await,
            Verdict::Wait(at, failure) => {
                if !unclear && !partly {
                    self.store.retry_at(ids, at, &failure.to_string()).await?;
                }
                // Otherwise the row stays begun: next time we look whether it arrived.
                Ok(Outcome::Later(at, failure))
            }
        }
    }

    fn verdict(&self, failure: Failure, failures: u32) -> Verdict {
        let now = self.clock.now();
        match failure {
            Failure::RetryAfter(wait) => {
                Verdict::Wait(now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::minutes(1)), failure)
            }
            Failure::Moved(_) => Verdict::Wait(now, failure),
            Failure::Unauthorized | Failure::Conflict | Failure::WebhookActive => {
                Verdict::Wait(now + TimeDelta::seconds(LAST_BACKOFF_SECONDS), failure)
            }
            Failure::Unreached(_) | Failure::Unclear(_) => Verdict::Wait(now + backoff(failures), failure),
            Failure::NotModified
            | Failure::Unparsable(_)
            | Failure::Gone(_)
            | Failure::Blocked(_)
            | Failure::Refused(_) => Verdict::GiveUp(failure),
        }
    }
}

/// 1, 2, 4 … 60 seconds.
pub(crate) fn backoff(failures: u32) -> TimeDelta {
    TimeDelta::seconds((FIRST_BACKOFF_SECONDS << failures.min(6)).min(LAST_BACKOFF_SECONDS))
}

/// Said of a message of our own only: one of another author "can't be edited".
fn is_of_another_kind(reason: &str) -> bool {
    reason.contains("there is no text in the message") || reason.contains("there is no caption in the message")
}

fn text_of(part: &Part, html: bool) -> String {
    if html { part.html().to_owned() } else { to_plain(part.html()) }
}
