//! Conversations as pure state machines, and every text the bot says.
//!
//! Nothing here knows Telegram's library, waits, or looks at a clock: `step(state, event) -> (state, effects)`.

pub mod button;
pub mod command;
pub mod draft;
pub mod escape;
pub mod event;
pub mod facts;
mod flow;
pub mod format;
pub mod message;
pub mod query;
pub mod screen;
pub mod split;
pub mod state;
pub mod tune;
pub mod view;

pub use event::{ActionResult, Context, CopyOutcome, Effect, Event, ModelOutcome, Place, Role, TuneOutcome};
pub use flow::step;
pub use state::State;
