//! The Telegram bot and the command line of oddsmith.

pub mod app;
mod chat_store;
pub mod cli;
pub mod config;
pub mod desk;
pub mod http;
mod leases;
pub mod metrics;
pub mod painter;
pub mod telegram;
