//! CLOB: order books, price histories, market flags.

mod client;
mod history;
pub mod models;
pub mod parse;

pub use client::ClobClient;
pub use models::{BookTrouble, Books, ClobMarket, ClobToken, Histories, HistoryInterval, HistoryRange};
