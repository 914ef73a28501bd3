//! News: reads RSS, Atom and JSON feeds with care, keeps what is new, and says which markets it concerns.
//!
//! A feed is foreign in every respect. Where it leads is judged at each hop ([`guard`]), how much it sends and how long
//! it takes is bounded ([`fetch`]), what it says is text without markup or invisible characters ([`text`]), and a feed
//! that fails is left alone for a while and stops nobody else ([`desk`]).

pub mod address;
mod backoff;
pub mod defaults;
pub mod desk;
pub mod error;
pub mod fetch;
pub mod guard;
pub mod item;
pub mod link;
pub mod matching;
pub mod meaning;
pub mod parse;
pub mod text;
pub mod web;

pub use desk::{FeedFailure, NewsCounts, NewsDesk, NewsRound};
pub use guard::{FeedAddress, Guard, SystemResolver};
