//! Conversations as pure state machines, and every text the bot says.
//!
//! Nothing here knows Telegram's library, waits, or looks at a clock: `step(state, event) -> (state, effects)`.

pub mod message;
pub mod screen;
