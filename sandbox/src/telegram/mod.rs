//! A stand-in for Telegram: a Bot API server on loopback that keeps chats with state, and a chat page for the browser.
//!
//! The bot talks to it as to the real thing. People are played either by a person on the page or by a test through
//! [`TelegramServer::as_user`]; both drive the same state. Every call of the bot is checked against the Bot API's
//! schema and logged; faults can be ordered for coming calls.
//!
//! What is absent: channels, inline mode, payments, stickers, polls, Markdown parse modes, fetching files from addresses.

mod api;
mod call;
mod client;
mod crowd;
mod entity;
mod error;
mod fault;
mod file;
mod html;
mod hub;
mod look;
mod message;
mod methods;
mod page;
mod people;
mod request;
mod schema;
mod server;
mod state;
mod update;

pub use call::{Call, Violation};
pub use client::{ClientError, User, WaitError};
pub use entity::{Entity, EntityKind};
pub use fault::Fault;
pub use message::{Answer, Author, Button, Media, MediaKind, Message, Revision};
pub use server::{Options, TelegramServer};
pub use state::{GROUP, OWNER, STRANGER, VIEWER};
