//! Everything the stand-in remembers: people, groups, messages, files, news for the bot.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::call::{Call, Violation};
use super::entity::Formatted;
use super::error::ApiError;
use super::fault::Faults;
use super::file::StoredFile;
use super::message::{Answer, Author, Message};
use super::people::{Group, Person, Standing, bot_json};
use super::update::Updates;

/// The bot's owner; "You" on the page.
pub const OWNER: i64 = 1001;
/// Someone who may look.
pub const VIEWER: i64 = 1002;
/// Someone nobody knows.
pub const STRANGER: i64 = 1003;
/// A supergroup with the three of them and the bot.
pub const GROUP: i64 = -1_001_000_002_001;

/// Calls kept in the log; older ones are forgotten.
const CALLS_KEPT: usize = 20_000;

/// A press of a button that can still be answered.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) user: i64,
    pub(crate) chat: i64,
    pub(crate) message: i64,
    pub(crate) expired: bool,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) now: DateTime<Utc>,
    pub(crate) bot_id: i64,
    pub(crate) bot_username: String,
    pub(crate) people: BTreeMap<i64, Person>,
    pub(crate) groups: BTreeMap<i64, Group>,
    pub(crate) messages: BTreeMap<i64, BTreeMap<i64, Message>>,
    /// Private chats and basic groups share one count, as they do for a real bot.
    last_shared_message_id: i64,
    pub(crate) files: Vec<StoredFile>,
    pub(crate) queries: BTreeMap<String, Query>,
    pub(crate) last_query: u64,
    pub(crate) answers: Vec<Answer>,
    /// Command lists by scope and language.
    pub(crate) commands: BTreeMap<(String, String), Value>,
    pub(crate) updates: Updates,
    pub(crate) faults: Faults,
    pub(crate) calls: VecDeque<Call>,
    last_call: u64,
    pub(crate) violations: Vec<Violation>,
    pub(crate) unexpected: Vec<Call>,
    pub(crate) banner: String,
    /// News for the page, taken out by the hub.
    pub(crate) events: Vec<Value>,
}

impl State {
    pub(crate) fn new(now: DateTime<Utc>, bot_id: i64) -> Self {
        let people = [
            Person::new(OWNER, "You", "you", true),
            Person::new(VIEWER, "Viewer", "viewer", false),
            Person::new(STRANGER, "Stranger", "stranger", false),
        ];
        let group = Group {
            id: GROUP,
            title: "Odds & Ends".to_owned(),
            supergroup: true,
            members: [(OWNER, Standing::Creator), (VIEWER, Standing::Member), (STRANGER, Standing::Member)].into(),
            has_bot: true,
            last_message_id: 0,
            migrated_to: None,
        };
        Self {
            now,
            bot_id,
            bot_username: "oddsmith_sandbox_bot".to_owned(),
            people: people.into_iter().map(|person| (person.id, person)).collect(),
            groups: [(GROUP, group)].into(),
            messages: BTreeMap::new(),
            last_shared_message_id: 0,
            files: Vec::new(),
            queries: BTreeMap::new(),
            last_query: 0,
            answers: Vec::new(),
            commands: BTreeMap::new(),
            updates: Updates::default(),
            faults: Faults::default(),
            calls: VecDeque::new(),
            last_call: 0,
            violations: Vec::new(),
            unexpected: Vec::new(),
            banner: String::new(),
            events: Vec::new(),
        }
    }

    // Chats and authors as the API writes them.

    pub(crate) fn chat_json(&self, chat: i64) -> Option<Value> {
        let person = self.people.get(&chat).map(Person::chat_json);
        person.or_else(|| self.groups.get(&chat).map(Group::chat_json))
    }

    pub(crate) fn bot_json(&self) -> Value {
        bot_json(self.bot_id, &self.bot_username, false)
    }

    pub(crate) fn author_json(&self, author: Author) -> Value {
        match author {
            Author::Bot => self.bot_json(),
            Author::Person(id) => self.people.get(&id).map_or(Value::Null, Person::to_json),
        }
    }

    pub(crate) fn message(&self, chat: i64, id: i64) -> Option<&Message> {
        self.messages.get(&chat)?.get(&id).filter(|message| !message.deleted)
    }

    pub(crate) fn message_mut(&mut self, chat: i64, id: i64) -> Option<&mut Message> {
        self.messages.get_mut(&chat)?.get_mut(&id).filter(|message| !message.deleted)
    }

    /// The API's `Message`, with the one it answers inside.
    pub(crate) fn message_json(&self, message: &Message) -> Value {
        let reply = message.reply_to.and_then(|id| self.message(message.chat, id));
        let reply = reply.map(|reply| self.bare_json(reply, None));
        self.bare_json(message, reply)
    }

    fn bare_json(&self, message: &Message, reply: Option<Value>) -> Value {
        let chat = self.chat_json(message.chat).unwrap_or(Value::Null);
        message.to_json(&chat, &self.author_json(message.author), reply)
    }

    // Messages.

    /// The chat a bot's call speaks to.
    pub(crate) fn target(&self, chat_id: Option<&Value>) -> Result<i64, ApiError> {
        let chat = match chat_id {
            None => return Err(ApiError::bad("chat_id is empty")),
            Some(value) => value.as_i64().or_else(|| value.as_str()?.parse().ok()),
        };
        let chat = chat.ok_or_else(|| ApiError::bad("chat not found"))?;
        if let Some(group) = self.groups.get(&chat) {
            if let Some(new) = group.migrated_to {
                return Err(ApiError::migrated(new));
            }
            if !group.has_bot {
                let kind = if group.supergroup { "supergroup" } else { "group" };
                return Err(ApiError::forbidden(format!("bot is not a member of the {kind} chat")));
            }
            return Ok(chat);
        }
        match self.people.get(&chat) {
            Some(person) if person.blocked_bot => Err(ApiError::forbidden("bot was blocked by the user")),
            Some(person) if person.started => Ok(chat),
            Some(_) | None => Err(ApiError::bad("chat not found")),
        }
    }

    /// Puts a message into its chat under the next number and tells the page.
    pub(crate) fn store(&mut self, chat: i64, author: Author, content: Formatted) -> &mut Message {
        let id = match self.groups.get_mut(&chat) {
            Some(group) if group.supergroup => {
                group.last_message_id += 1;
                group.last_message_id
            }
            Some(_) | None => {
                self.last_shared_message_id += 1;
                self.last_shared_message_id
            }
        };
        let message = Message {
            id,
            chat,
            author,
            at: self.now,
            edited_at: None,
            text: content.text,
            entities: content.entities,
            media: None,
            silent: false,
            reply_to: None,
            revisions: Vec::new(),
            deleted: false,
            service: None,
            markup: None,
        };
        self.messages.entry(chat).or_default().entry(id).or_insert(message)
    }

    pub(crate) fn keep_file(
        &mut self,
        folder: &str,
        name: &str,
        bytes: axum::body::Bytes,
    ) -> Result<StoredFile, ApiError> {
        let file = StoredFile::new(self.files.len() + 1, folder, name, bytes)?;
        self.files.push(file.clone());
        Ok(file)
    }

    /// No press made so far can be answered any more.
    pub(crate) fn expire_queries(&mut self) {
        for query in self.queries.values_mut() {
            query.expired = true;
        }
    }

    // The log.

    pub(crate) fn log_call(&mut self, method: &str, params: Value) -> u64 {
        self.last_call += 1;
        if self.calls.len() == CALLS_KEPT {
            self.calls.pop_front();
        }
        self.calls.push_back(Call {
            number: self.last_call,
            at: self.now,
            method: method.to_owned(),
            params,
            status: None,
            error: None,
            result: None,
        });
        self.last_call
    }

    pub(crate) fn log_answer(&mut self, number: u64, answer: &Result<Value, ApiError>) {
        let Some(call) = self.calls.iter_mut().rev().find(|call| call.number == number) else {
            return;
        };
        match answer {
            Ok(result) => {
                call.status = Some(200);
                call.result = Some(result.clone());
            }
            Err(error) => {
                call.status = Some(error.code);
                call.error = Some(error.description.clone());
            }
        }
    }

    pub(crate) fn violate(&mut self, method: &str, problem: impl Into<String>) {
        let problem = problem.into();
        tracing::warn!(method, problem, "a call does not fit the Bot API");
        self.violations.push(Violation { at: self.now, method: method.to_owned(), problem });
    }

    /// Age at which a message can no longer be deleted by a bot.
    pub(crate) fn too_old_to_delete(&self, message: &Message) -> bool {
        self.now - message.at > TimeDelta::hours(48)
    }
}
