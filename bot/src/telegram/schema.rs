//! The tree of handlers as a value. A test builds it with the dependencies of production.

use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use dptree::di::DependencyMap;
use futures::FutureExt;
use teloxide::dispatching::{UpdateFilterExt, UpdateHandler};
use teloxide::types::{CallbackQuery, ChatMemberUpdated, Message, Update};

use super::conversation::Conversation;

/// Updates by kind; whatever is of none of them is marked handled and forgotten.
pub(crate) fn schema() -> UpdateHandler<Infallible> {
    dptree::entry()
        .branch(Update::filter_message().endpoint(on_message))
        .branch(Update::filter_callback_query().endpoint(on_press))
        .branch(Update::filter_my_chat_member().endpoint(on_membership))
        .endpoint(on_other)
}

/// What the handlers take.
pub(crate) fn dependencies(conversation: Arc<Conversation>) -> DependencyMap {
    dptree::deps![conversation]
}

async fn on_message(update: Update, message: Message, talk: Arc<Conversation>) -> Result<(), Infallible> {
    let id = i64::from(update.id.0);
    let chat = message.chat.is_private().then_some(message.chat.id.0);
    guarded(&talk, id, chat, None, talk.message(id, &message)).await
}

async fn on_press(update: Update, query: CallbackQuery, talk: Arc<Conversation>) -> Result<(), Infallible> {
    let id = i64::from(update.id.0);
    guarded(&talk, id, None, Some(query.id.0.as_str()), talk.press(id, &query)).await
}

async fn on_membership(update: Update, change: ChatMemberUpdated, talk: Arc<Conversation>) -> Result<(), Infallible> {
    let id = i64::from(update.id.0);
    guarded(&talk, id, None, None, talk.membership(id, &change)).await
}

async fn on_other(update: Update, talk: Arc<Conversation>) -> Result<(), Infallible> {
    let id = i64::from(update.id.0);
    guarded(&talk, id, None, None, talk.ignore(id)).await
}

/// A panic in a handler would take the chat's worker and then the dispatcher with it; here it ends as a sentence.
async fn guarded(
    talk: &Conversation,
    update: i64,
    chat: Option<i64>,
    query: Option<&str>,
    work: impl Future<Output = anyhow::Result<()>>,
) -> Result<(), Infallible> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::error!(update, error = %format!("{error:#}"), "an update could not be handled");
            talk.apologise(update, chat, query).await;
        }
        Err(_) => {
            tracing::error!(update, "handling an update panicked");
            talk.apologise(update, chat, query).await;
        }
    }
    Ok(())
}
