//! From an update to what is queued for it: authority, one step of the dialogue, its effects, one transaction.

use std::collections::VecDeque;
use std::sync::Arc;

use dialogues::button::{Callback, decode};
use dialogues::command::{Command, Parsed};
use dialogues::facts::Reader;
use dialogues::message::{Action, Message, Press};
use dialogues::screen::Screen;
use dialogues::{ActionResult, Context, Effect, Event, Place, Role, State, step};
use engine_clock::Clock;
use engine_core::engines::{EngineKind, Engines};
use engine_core::notice::DecidedBy;
use serde::Deserialize;
use teloxide::types::{CallbackQuery, ChatMemberUpdated, MaybeInaccessibleMessage, Message as Received, User};

use super::authority::Authority;
use super::chats::Chats;
use super::client::Api;
use super::follow_up::{FollowUps, Unfinished};
use super::keyboard::Bound;
use super::outbox::Bell;
use super::payload::{Target, message_row};
use super::port::{ChatStore, Desk, NewRow, Shown};
use super::words::FAILED;

/// An action's outcome is one more event; one that asked for another action and so on would stop here.
const MOST_STEPS: usize = 4;

/// Handles updates.
pub(crate) struct Conversation {
    pub(crate) api: Api,
    pub(crate) store: Arc<dyn ChatStore>,
    pub(crate) desk: Arc<dyn Desk>,
    pub(crate) chats: Chats,
    pub(crate) authority: Authority,
    pub(crate) follow_ups: Arc<FollowUps>,
    pub(crate) engines: Engines,
    pub(crate) clock: Clock,
    pub(crate) bell: Bell,
    /// Our user name without `@`.
    pub(crate) name: String,
}

/// Who did it, and where.
#[derive(Debug, Clone)]
struct Caller {
    user: i64,
    name: String,
    chat: i64,
    private: bool,
}

/// The button pressed.
#[derive(Debug, Clone)]
struct Pressed {
    query: String,
    message: Option<Target>,
    /// The token to be used up once the press is handled.
    token: Option<String>,
}

/// Something to be said, in order.
enum Said {
    Screen(Screen, Place),
    Message(Message, Place),
    /// To the owner, of a user and their name.
    Stranger(i64, String),
}

/// What one update has us say.
#[derive(Default)]
struct Replies {
    rows: Vec<NewRow>,
    /// Cards among them that are not complete yet.
    unfinished: Vec<Unfinished>,
}

/// What the effects of one update add up to.
#[derive(Default)]
struct Outcome {
    said: Vec<Said>,
    toast: Option<(String, bool)>,
}

impl Conversation {
    /// A message was written.
    pub(crate) async fn message(&self, update: i64, message: &Received) -> anyhow::Result<()> {
        let chat = message.chat.id.0;
        self.chats.note(chat, message.id.0.into()).await?;
        let Some(from) = message.from.as_ref().filter(|user| !user.is_bot) else {
            return self.done(update, None, &[]).await;
        };
        let caller = caller(from, chat, message.chat.is_private());
        if !self.authority.admits(caller.user, self.clock.now()) {
            return self.done(update, None, &[]).await;
        }
        if caller.private {
            self.chats.reopen(chat).await?;
        }
        match self.event_of(message, caller.private) {
            Some(event) => self.handle(update, &caller, event, None).await,
            None => self.done(update, None, &[]).await,
        }
    }

    fn event_of(&self, message: &Received, private: bool) -> Option<Event> {
        let text = message.text().or_else(|| message.caption())?;
        match Command::parse(text, &self.name) {
            Parsed::Command(name, args) => match self.elsewhere(name.engine()) {
                Some(engine) => Some(Event::OtherBot { engine, pressed: false }),
                None => Some(Event::Command { name, args }),
            },
            Parsed::Unknown => Some(Event::UnknownCommand),
            Parsed::Elsewhere => None,
            // A group's talk is none of our business, and a dialogue is one person's.
            Parsed::Text => private.then(|| Event::Text(text.to_owned())),
        }
    }

    /// A button was pressed.
    pub(crate) async fn press(&self, update: i64, query: &CallbackQuery) -> anyhow::Result<()> {
        let on = query.message.as_ref();
        let chat = on.map_or(i64::try_from(query.from.id.0).unwrap_or(0), |message| message.chat().id.0);
        let private = on.is_none_or(|message| message.chat().is_private());
        let caller = caller(&query.from, chat, private);
        let mut pressed = Pressed { query: query.id.0.clone(), message: on.and_then(target), token: None };
        if !self.authority.admits(caller.user, self.clock.now()) {
            self.answer(&pressed, None).await;
            return self.done(update, None, &[]).await;
        }
        let event = self.event_of_press(query.data.as_deref(), &caller, &mut pressed).await?;
        self.handle(update, &caller, event, Some(pressed)).await
    }

    /// The engine, if it does not run here.
    fn elsewhere(&self, engine: Option<EngineKind>) -> Option<EngineKind> {
        engine.filter(|engine| !self.engines.run(*engine))
    }

    /// What a press means here: from the time when everything ran in one chat, old messages show buttons of an engine
    /// that now has a chat of its own.
    fn pressed(&self, press: Press) -> Event {
        match self.elsewhere(press.engine()) {
            Some(engine) => Event::OtherBot { engine, pressed: true },
            None => Event::Press(press),
        }
    }

    /// Looks up what the button stands for. Whatever is forged, foreign to this chat, too old or used up is a bad press.
    async fn event_of_press(
        &self,
        data: Option<&str>,
        caller: &Caller,
        pressed: &mut Pressed,
    ) -> anyhow::Result<Event> {
        let token = match data.map(decode) {
            Some(Ok(Callback::Show(screen))) => return Ok(self.pressed(Press::Show { screen })),
            Some(Ok(Callback::Send(screen))) => return Ok(self.pressed(Press::Send { screen })),
            Some(Ok(Callback::Token(token))) => token,
            Some(Err(_)) | None => return Ok(Event::BadPress),
        };
        let Some(stored) = self.store.action(&token).await? else {
            return Ok(Event::BadPress);
        };
        let Ok(bound) = Bound::deserialize(&stored.action) else {
            return Ok(Event::BadPress);
        };
        let spent = stored.used_at.is_some() && !settled_by_the_engine(&bound.press);
        if bound.chat != caller.chat || stored.expires_at < self.clock.now() || spent {
            return Ok(Event::BadPress);
        }
        let event = self.pressed(bound.press);
        if matches!(event, Event::Press(_)) {
            pressed.token = Some(token);
        }
        Ok(event)
    }

    /// The bot was added to a group or thrown out, or a person blocked it.
    pub(crate) async fn membership(&self, update: i64, change: &ChatMemberUpdated) -> anyhow::Result<()> {
        let chat = change.chat.id.0;
        let by = i64::try_from(change.from.id.0).unwrap_or(0);
        if !change.new_chat_member.is_present() {
            self.chats.close(chat).await?;
        } else if change.chat.is_private() || by == self.authority.owner() {
            self.chats.reopen(chat).await?;
        } else {
            // Added by someone who may not: no data would go there anyway; leaving makes it plain.
            tracing::info!(chat, by, "leaving a group the owner did not add us to");
            if let Err(failure) = self.api.leave(chat).await {
                tracing::warn!(chat, %failure, "could not leave");
            }
        }
        self.done(update, None, &[]).await
    }

    /// An update of no interest.
    pub(crate) async fn ignore(&self, update: i64) -> anyhow::Result<()> {
        self.done(update, None, &[]).await
    }

    /// Handling failed or panicked: the person gets a sentence, the update is not tried again.
    pub(crate) async fn apologise(&self, update: i64, chat: Option<i64>, query: Option<&str>) {
        if let Some(query) = query {
            let _ = self.api.answer(query, Some(FAILED), true).await;
        }
        let message = Message { html: FAILED.to_owned(), ..Message::default() };
        let rows: Vec<NewRow> = chat
            .filter(|_| query.is_none())
            .map(|chat| message_row(chat, "error", message, None))
            .into_iter()
            .collect();
        if let Err(error) = self.done(update, None, &rows).await {
            tracing::error!(update, error = %format!("{error:#}"), "an update stays unhandled until the next start");
        }
    }

    async fn handle(&self, update: i64, caller: &Caller, event: Event, pressed: Option<Pressed>) -> anyhow::Result<()> {
        let context = Context {
            user: caller.user,
            name: caller.name.clone(),
            role: self.authority.role(caller.user),
            private: caller.private,
            bot: self.name.clone(),
            now: self.clock.now(),
        };
        let stored = if caller.private { self.store.dialogue(caller.chat).await? } else { None };
        let (state, lost) = match stored.as_deref().map(State::from_json) {
            None => (State::default(), false),
            Some(Ok(state)) => (state, false),
            Some(Err(_)) => (State::default(), true),
        };
        let (state, outcome) = self.talk(state, &context, event).await;
        // Before any screen is gathered: the button must not look stuck.
        if let Some(pressed) = &pressed {
            self.answer(pressed, outcome.toast.as_ref()).await;
        }
        let note = lost.then_some(dialogues::view::LOST_PLACE);
        let replies = self.say(update, outcome.said, note, &context, caller.chat, pressed.as_ref()).await?;
        let dialogue = caller.private.then(|| (caller.chat, state.to_json()));
        self.done(update, dialogue, &replies.rows).await?;
        replies.unfinished.into_iter().for_each(|unfinished| self.follow_ups.begin(unfinished));
        // Only now: were the token used up before, a crash in between would make the press a bad one.
        if let Some(token) = pressed.and_then(|pressed| pressed.token) {
            self.store.use_action(&token, caller.user, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Steps until no action's outcome is left to be told.
    async fn talk(&self, mut state: State, context: &Context, event: Event) -> (State, Outcome) {
        let mut outcome = Outcome::default();
        let mut events = VecDeque::from([event]);
        for _ in 0..MOST_STEPS {
            let Some(event) = events.pop_front() else {
                break;
            };
            let (next, effects) = step(state, context, event);
            state = next;
            for effect in effects {
                match effect {
                    // A pasted link may be about what another bot answers.
                    Effect::Show { screen, place } => match self.elsewhere(screen.engine()) {
                        Some(engine) => events.push_back(Event::OtherBot { engine, pressed: false }),
                        None => outcome.said.push(Said::Screen(screen, place)),
                    },
                    Effect::Say { message, place } => outcome.said.push(Said::Message(message, place)),
                    Effect::Stranger { user, name } => outcome.said.push(Said::Stranger(user, name)),
                    Effect::Toast { text, alert } => outcome.toast = Some((text, alert)),
                    Effect::Perform(action) => {
                        events.push_back(Event::Result(self.perform(&action, context).await));
                    }
                }
            }
        }
        (state, outcome)
    }

    /// Renders what is to be said into rows for the outbox.
    async fn say(
        &self,
        update: i64,
        said: Vec<Said>,
        mut note: Option<&str>,
        context: &Context,
        chat: i64,
        pressed: Option<&Pressed>,
    ) -> anyhow::Result<Replies> {
        let Replies { mut rows, mut unfinished } = Replies::default();
        for said in said {
            match said {
                Said::Screen(screen, place) => {
                    let shown = self.screen(&screen, context, note.take()).await;
                    let mut row = placed(chat, "screen", shown.message, place, pressed);
                    let mut begun = None;
                    if let Some(pending) = shown.pending {
                        let card = format!("work:{update}:{}", rows.len());
                        row.card = Some(card.clone());
                        begun = Some(Unfinished { card, chat, reader: self.reader(context), pending });
                    }
                    self.left(chat, place, pressed, begun.as_ref());
                    unfinished.extend(begun);
                    rows.push(row);
                }
                Said::Message(message, place) => {
                    self.left(chat, place, pressed, None);
                    rows.push(placed(chat, "reply", message, place, pressed));
                }
                Said::Stranger(user, name) => {
                    if self.chats.is_new_stranger(user).await? {
                        let message = Message { silent: true, ..dialogues::view::stranger_seen(user, &name) };
                        rows.push(message_row(self.authority.owner(), "stranger", message, None));
                    }
                }
            }
        }
        Ok(Replies { rows, unfinished })
    }

    /// The message pressed on will show something else: whoever keeps it up to date has to know.
    fn left(&self, chat: i64, place: Place, pressed: Option<&Pressed>, by: Option<&Unfinished>) {
        if let (Place::Edit, Some(target)) = (place, pressed.and_then(|pressed| pressed.message)) {
            self.follow_ups.shown_over(chat, target.message_id, by);
        }
    }

    async fn screen(&self, screen: &Screen, context: &Context, note: Option<&str>) -> Shown {
        self.desk.screen(screen, &self.reader(context), note).await
    }

    fn reader(&self, context: &Context) -> Reader {
        let user = context.private.then_some(context.user);
        Reader { user, role: context.role, engines: self.engines, now: context.now }
    }

    /// The last door before the engine: whatever the dialogue asks for, only the owner, in private, acts.
    async fn perform(&self, action: &Action, context: &Context) -> ActionResult {
        if context.role != Role::Owner || !context.private {
            return ActionResult::Refused { reason: "Only the owner can do this.".to_owned() };
        }
        let by = DecidedBy::Person { user_id: context.user, name: context.name.clone() };
        self.desk.perform(action, &by).await
    }

    /// Every press is answered, with or without words; that it fails hurts nobody.
    async fn answer(&self, pressed: &Pressed, toast: Option<&(String, bool)>) {
        let (text, alert) = toast.map_or((None, false), |(text, alert)| (Some(text.as_str()), *alert));
        if let Err(failure) = self.api.answer(&pressed.query, text, alert).await {
            tracing::debug!(%failure, "a press could not be answered");
        }
    }

    async fn done(&self, update: i64, dialogue: Option<(i64, String)>, rows: &[NewRow]) -> anyhow::Result<()> {
        self.store.mark_handled(update, dialogue, rows, self.clock.now()).await?;
        if !rows.is_empty() {
            self.bell.ring();
        }
        Ok(())
    }
}

/// Presses whose repetition the engine itself answers ("already decided by you at 12:05"), better than "used up" would.
fn settled_by_the_engine(press: &Press) -> bool {
    match press {
        Press::Act {
            action:
                Action::Approve { .. }
                | Action::Skip { .. }
                | Action::Close { .. }
                | Action::Promote { .. }
                | Action::KeepModel { .. }
                | Action::RollBack { .. }
                | Action::Follow { .. }
                | Action::SetStanding { .. }
                | Action::SetStage { .. }
                | Action::Unfollow { .. }
                | Action::SaveProfile { .. }
                | Action::ResetProfile { .. }
                | Action::TopUp { .. }
                | Action::BeginTrial { .. }
                | Action::EndTrial { .. },
        } => true,
        Press::Act { action: Action::Mute { .. } | Action::SetMode { .. } } => false,
        Press::Show { .. } | Press::Send { .. } | Press::Url { .. } => true,
    }
}

fn placed(chat: i64, kind: &str, message: Message, place: Place, pressed: Option<&Pressed>) -> NewRow {
    let target = match place {
        Place::Edit => pressed.and_then(|pressed| pressed.message),
        Place::New => None,
    };
    message_row(chat, kind, message, target)
}

fn caller(user: &User, chat: i64, private: bool) -> Caller {
    Caller { user: i64::try_from(user.id.0).unwrap_or(0), name: user.full_name(), chat, private }
}

/// The message a button hangs on; `None` when it is too old to be edited.
fn target(message: &MaybeInaccessibleMessage) -> Option<Target> {
    match message {
        MaybeInaccessibleMessage::Regular(message) => Some(Target {
            message_id: message.id.0.into(),
            has_picture: message.photo().is_some() || message.animation().is_some(),
        }),
        MaybeInaccessibleMessage::Inaccessible(_) => None,
    }
}
