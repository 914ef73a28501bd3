//! The command menus, one a scope.

use dialogues::Role;
use dialogues::command::Command;
use engine_core::engines::Engines;
use teloxide::types::{BotCommand, BotCommandScope, ChatId, Recipient};

use super::client::Api;

/// Sets the menus. That it fails hurts nobody: the commands work without.
pub(crate) async fn set_menus(api: &Api, owner: i64, engines: Engines) {
    for (scope, commands) in menus(owner, engines) {
        if let Err(failure) = api.set_commands(commands, scope).await {
            tracing::warn!(%failure, "a command menu could not be set");
        }
    }
}

/// Owner: everything; other private chats: what a viewer may; groups: only the way to the private chat.
fn menus(owner: i64, engines: Engines) -> [(BotCommandScope, Vec<BotCommand>); 3] {
    let menu = |role| -> Vec<BotCommand> {
        Command::menu(role, engines).map(|(name, description)| BotCommand::new(name, description)).collect()
    };
    let start = vec![BotCommand::new(Command::Start.name(), Command::Start.description())];
    [
        (BotCommandScope::AllPrivateChats, menu(Role::Viewer)),
        (BotCommandScope::AllGroupChats, start),
        (BotCommandScope::Chat { chat_id: Recipient::Id(ChatId(owner)) }, menu(Role::Owner)),
    ]
}
