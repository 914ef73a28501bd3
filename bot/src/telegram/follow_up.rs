//! Screens shown before they are complete: kept up to date while what they show is still being found out.
//!
//! The screen goes out as a card that says how far it is, with a button to ask again; each progress is an edit of that
//! card through the outbox, and so is the end. Nothing of this is kept beyond the process: after a restart the card stays
//! as it was, and its button begins anew. When somebody has gone on to something else in that message, progress is not
//! shown any more, and the end comes below as a message of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dialogues::facts::Reader;
use dialogues::screen::Screen;
use engine_clock::Clock;
use tokio_util::sync::CancellationToken;

use super::outbox::Bell;
use super::payload::message_row;
use super::port::{ChatStore, Desk, NewRow, Pending};

/// Progress is shown at most this often: a chat takes about a message a second, and there is more to say in it.
const SHOW_EVERY: Duration = Duration::from_secs(3);

/// A card to be kept up to date.
pub(crate) struct Unfinished {
    /// The card, as the outbox knows it.
    pub(crate) card: String,
    /// The chat it is in.
    pub(crate) chat: i64,
    /// Who reads it.
    pub(crate) reader: Reader,
    /// What is waited for.
    pub(crate) pending: Pending,
}

/// What became of a message that showed a card.
#[derive(Debug, Clone, PartialEq)]
enum Over {
    /// It shows something else now.
    Left,
    /// It shows this card now, which another follow-up keeps up to date for this screen.
    Taken { card: String, screen: Screen },
}

/// Follow-ups at work.
pub(crate) struct FollowUps {
    store: Arc<dyn ChatStore>,
    desk: Arc<dyn Desk>,
    clock: Clock,
    bell: Bell,
    stop: CancellationToken,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    at_work: usize,
    /// Messages that were edited since, by chat and id; empty while nobody is at work.
    over: HashMap<(i64, i64), Over>,
}

impl FollowUps {
    pub(crate) fn new(
        store: Arc<dyn ChatStore>,
        desk: Arc<dyn Desk>,
        clock: Clock,
        bell: Bell,
        stop: CancellationToken,
    ) -> Self {
        Self { store, desk, clock, bell, stop, state: Mutex::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message is about to show something else; another card to be kept up to date, when there is one.
    pub(crate) fn shown_over(&self, chat: i64, message_id: i64, by: Option<&Unfinished>) {
        let over = by.map_or(Over::Left, |by| Over::Taken { card: by.card.clone(), screen: by.pending.screen.clone() });
        let mut state = self.state();
        if state.at_work > 0 {
            state.over.insert((chat, message_id), over);
        }
    }

    /// Keeps a card up to date in a task of its own.
    pub(crate) fn begin(self: &Arc<Self>, unfinished: Unfinished) {
        self.state().at_work += 1;
        let this = Arc::clone(self);
        tokio::spawn(async move {
            let card = unfinished.card.clone();
            tokio::select! {
                ended = this.run(unfinished) => {
                    if let Err(error) = ended {
                        tracing::warn!(card, error = %format!("{error:#}"), "a card is not kept up to date any more");
                    }
                }
                () = this.stop.cancelled() => {}
            }
            let mut state = this.state();
            state.at_work -= 1;
            if state.at_work == 0 {
                state.over.clear();
            }
        });
    }

    async fn run(&self, mut unfinished: Unfinished) -> anyhow::Result<()> {
        loop {
            let running = unfinished.pending.news.changed().await.is_ok();
            let over = self.over(&unfinished).await?;
            match (running, over) {
                (_, Some(Over::Taken { screen, .. })) if screen == unfinished.pending.screen => return Ok(()),
                (true, Some(_)) => {}
                (true, None) => {
                    // The last progress may be seen when all is done already.
                    if self.show(&mut unfinished, true).await? {
                        return Ok(());
                    }
                    self.clock.sleep(SHOW_EVERY).await;
                }
                (false, over) => {
                    // What came between the last progress and the end may be one more piece of work.
                    if self.show(&mut unfinished, over.is_none()).await? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// What became of the message that showed the card; `None` while it still shows it, or has not been sent yet.
    async fn over(&self, unfinished: &Unfinished) -> anyhow::Result<Option<Over>> {
        let Some(message) = self.store.card_message(unfinished.chat, &unfinished.card).await? else {
            return Ok(None);
        };
        let over = self.state().over.get(&(unfinished.chat, message)).cloned();
        Ok(over.filter(|over| !matches!(over, Over::Taken { card, .. } if *card == unfinished.card)))
    }

    /// Queues the screen as it is now. True when it is complete.
    async fn show(&self, unfinished: &mut Unfinished, edit: bool) -> anyhow::Result<bool> {
        let now = self.clock.now();
        let reader = Reader { now, ..unfinished.reader };
        let shown = self.desk.screen(&unfinished.pending.screen, &reader, None).await;
        let complete = shown.pending.is_none();
        if let Some(pending) = shown.pending {
            unfinished.pending = pending;
        }
        let row = NewRow {
            card: Some(unfinished.card.clone()),
            edit,
            ..message_row(unfinished.chat, "screen", shown.message, None)
        };
        self.store.queue(&[row], now).await?;
        self.bell.ring();
        Ok(complete)
    }
}
