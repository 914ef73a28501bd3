//! A stand-in world on loopback: the markets of Polymarket, its public API, and Telegram with a chat page.
//!
//! Nothing here reaches beyond 127.0.0.1. The bot is pointed at it by its ordinary address settings and does not know
//! the difference; tests hold the world's clock in their hand.

pub mod news;
pub mod polymarket;
pub mod telegram;
pub mod world;
