//! The paper exchange: orders are filled against real books, with real fees, and never with money that is not there.

pub mod accounting;
pub mod broker;
mod planned;
mod sale;

pub use broker::{Budget, Order, walk};
pub use planned::fill_of;
pub use sale::{NoSale, sell_into};
