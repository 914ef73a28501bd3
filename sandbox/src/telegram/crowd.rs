//! What people do: write, press, block, move the bot in and out of groups.

use serde_json::{Value, json};

use super::client::ClientError;
use super::entity::Formatted;
use super::message::{Author, Message};
use super::people::{Group, Standing, member_json};
use super::state::{Query, State};

impl State {
    /// A person writes; returns the message's number.
    pub(crate) fn person_writes(
        &mut self,
        user: i64,
        chat: i64,
        text: &str,
        reply_to: Option<i64>,
    ) -> Result<i64, ClientError> {
        self.may_write(user, chat)?;
        let content = Formatted { text: text.to_owned(), entities: Vec::new() }.finish();
        if content.text.is_empty() {
            return Err(ClientError::EmptyText);
        }
        if let Some(person) = self.people.get_mut(&user).filter(|_| chat == user) {
            person.started = true;
        }
        let message = self.store(chat, Author::Person(user), content);
        message.reply_to = reply_to;
        let message = message.clone();
        self.emit_message("message", &message);
        if self.bot_sees(&message) {
            let body = self.message_json(&message);
            self.updates.push("message", &body);
        }
        Ok(message.id)
    }

    fn may_write(&self, user: i64, chat: i64) -> Result<(), ClientError> {
        let person = self.people.get(&user).ok_or(ClientError::UnknownUser(user))?;
        if chat == user {
            return if person.blocked_bot { Err(ClientError::BotBlocked) } else { Ok(()) };
        }
        let group = self.groups.get(&chat).ok_or(ClientError::NotInChat { user, chat })?;
        match group.members.get(&user) {
            Some(Standing::Creator | Standing::Member) if group.migrated_to.is_none() => Ok(()),
            Some(_) | None => Err(ClientError::NotInChat { user, chat }),
        }
    }

    /// Privacy mode: in a group a bot gets commands, mentions and answers to its own messages.
    fn bot_sees(&self, message: &Message) -> bool {
        let Some(group) = self.groups.get(&message.chat) else {
            return true;
        };
        let answered = message.reply_to.and_then(|id| self.message(message.chat, id));
        group.has_bot
            && (message.text.starts_with('/')
                || message.text.contains(&format!("@{}", self.bot_username))
                || answered.is_some_and(|answered| answered.author == Author::Bot))
    }

    /// A person presses something that sends `data`; returns the press's id. The message need not carry the button any
    /// more: an old screen on another device still does.
    pub(crate) fn person_presses(
        &mut self,
        user: i64,
        chat: i64,
        message: i64,
        data: &str,
    ) -> Result<String, ClientError> {
        let person = self.people.get(&user).ok_or(ClientError::UnknownUser(user))?.to_json();
        if chat != user {
            self.may_write(user, chat)?;
        }
        let pressed = self.message(chat, message).ok_or(ClientError::NoMessage { chat, message })?;
        let body = self.message_json(pressed);
        self.last_query += 1;
        let id = format!("{}", 4_300_000_000_000_000_u64 + self.last_query);
        self.queries.insert(id.clone(), Query { user, chat, message, expired: false });
        let query = json!({
            "id": id,
            "from": person,
            "message": body,
            "chat_instance": format!("{}", chat.unsigned_abs() * 7919),
            "data": data,
        });
        self.updates.push("callback_query", &query);
        Ok(id)
    }

    /// A person blocks the bot or lets it in again.
    pub(crate) fn person_blocks(&mut self, user: i64, blocked: bool) -> Result<(), ClientError> {
        let person = self.people.get_mut(&user).ok_or(ClientError::UnknownUser(user))?;
        if person.blocked_bot == blocked {
            return Ok(());
        }
        person.blocked_bot = blocked;
        let (from, chat) = (person.to_json(), person.chat_json());
        self.member_changed(&from, &chat, if blocked { ("member", "kicked") } else { ("kicked", "member") });
        self.events.push(json!({ "kind": "blocked", "user": user, "blocked": blocked }));
        Ok(())
    }

    /// The bot is put into or taken out of a group.
    pub(crate) fn move_bot(&mut self, by: i64, chat: i64, inside: bool) -> Result<(), ClientError> {
        let from = self.people.get(&by).ok_or(ClientError::UnknownUser(by))?.to_json();
        let group = self.groups.get_mut(&chat).ok_or(ClientError::NotInChat { user: by, chat })?;
        group.has_bot = inside;
        let chat = group.chat_json();
        self.member_changed(&from, &chat, if inside { ("left", "member") } else { ("member", "left") });
        Ok(())
    }

    fn member_changed(&mut self, from: &Value, chat: &Value, (old, new): (&str, &str)) {
        let bot = self.bot_json();
        let body = json!({
            "chat": chat,
            "from": from,
            "date": self.now.timestamp(),
            "old_chat_member": member_json(&bot, old),
            "new_chat_member": member_json(&bot, new),
        });
        self.updates.push("my_chat_member", &body);
    }

    /// Makes a basic group of these people and the bot; returns its id.
    pub(crate) fn add_group(&mut self, title: &str, members: &[i64]) -> i64 {
        let id = -5000 - i64::try_from(self.groups.len()).unwrap_or(0);
        let members = members
            .iter()
            .enumerate()
            .map(|(index, member)| (*member, if index == 0 { Standing::Creator } else { Standing::Member }))
            .collect();
        let group = Group {
            id,
            title: title.to_owned(),
            supergroup: false,
            members,
            has_bot: true,
            last_message_id: 0,
            migrated_to: None,
        };
        self.groups.insert(id, group);
        self.events.push(json!({ "kind": "resync" }));
        id
    }

    /// Turns a basic group into a supergroup, as Telegram does on its own; returns the new id.
    pub(crate) fn upgrade_group(&mut self, chat: i64) -> Option<i64> {
        let group = self.groups.get_mut(&chat).filter(|group| !group.supergroup && group.migrated_to.is_none())?;
        let id = -1_001_000_000_000 + chat;
        group.migrated_to = Some(id);
        let new = Group { id, supergroup: true, migrated_to: None, ..group.clone() };
        let creator = new.members.iter().find(|(_, standing)| **standing == Standing::Creator);
        let author = creator.map_or(Author::Bot, |(id, _)| Author::Person(*id));
        self.groups.insert(id, new);
        for (chat, service) in
            [(chat, json!({ "migrate_to_chat_id": id })), (id, json!({ "migrate_from_chat_id": chat }))]
        {
            let message = self.store(chat, author, Formatted::default());
            message.service = Some(service);
            let message = message.clone();
            let body = self.message_json(&message);
            self.updates.push("message", &body);
        }
        self.events.push(json!({ "kind": "resync" }));
        Some(id)
    }
}
