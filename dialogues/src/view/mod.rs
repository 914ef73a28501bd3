//! Facts → Message: the only place with prose.

mod bet;
pub mod brier;
mod copy;
mod gates;
pub mod health;
pub mod home;
mod model;
pub mod models;
pub mod modes;
mod notice;
pub mod open;
mod page;
mod reason;
mod report;
pub mod signal;
pub mod signals;
pub mod stats;
mod strategies;
pub mod why;
pub(crate) mod words;

pub use notice::notice;
pub use signal::card as signal_card;
pub use words::stranger_seen;

use crate::escape::escape_short;
use crate::facts::{Facts, Reader};
use crate::message::Message;

/// What the home card says when the stored state could not be read.
pub const LOST_PLACE: &str = "I lost my place in our talk, so we start here. Nothing else is lost.";

/// Renders a screen. Readers who are not the owner get no controls.
#[must_use]
pub fn screen(facts: &Facts, reader: &Reader) -> Message {
    let message = match facts {
        Facts::Home(facts) => home::home(facts, reader),
        Facts::Signals(facts) => signals::list(facts, reader),
        Facts::Signal(card) => signal::screen(card, reader),
        Facts::SignalWhy(facts) => why::signal(facts, reader),
        Facts::SignalChart(card) => signal::chart(card),
        Facts::Open(facts) => open::open(facts, reader),
        Facts::ClosePreview(facts) => open::close_preview(facts, reader),
        Facts::PositionWhy(facts) => open::position_why(facts, reader),
        Facts::PositionChart(position) => open::chart(position),
        Facts::Stats(facts) => stats::stats(facts, reader),
        Facts::EquityChart(books) => stats::equity_chart(books),
        Facts::Brier(facts) => brier::brier(facts, reader),
        Facts::ReliabilityChart(facts) => brier::reliability_chart(facts),
        Facts::Why(facts) => why::funnel(facts, reader),
        Facts::MarketWhy(facts) => why::market(facts, reader),
        Facts::Modes(facts) => modes::modes(facts, reader),
        Facts::PauseAll(facts) => modes::pause_all(facts, reader),
        Facts::Strategies(facts) => strategies::list(facts, reader),
        Facts::Strategy(facts) => strategies::one(facts, reader),
        Facts::Tune(facts) => strategies::tune(facts, reader),
        Facts::ResetProfile(facts) => strategies::reset(facts, reader),
        Facts::TopUp(facts) => strategies::top_up(facts, reader),
        Facts::Trial(facts) => strategies::trial(facts, reader),
        Facts::CompareProfiles(facts) => strategies::compare(facts, reader),
        Facts::Models(facts) => models::models(facts, reader),
        Facts::Model(card) => model::screen(card, reader),
        Facts::Leaderboard(facts) => copy::leaderboard(facts, reader),
        Facts::Trader(facts) => copy::trader(facts, reader),
        Facts::TraderChart(dossier) => copy::chart(dossier),
        Facts::FindTrader(facts) => copy::found(facts, reader),
        Facts::Traders(facts) => copy::list(facts, reader),
        Facts::Followed(facts) => copy::followed(facts, reader),
        Facts::Follow(facts) => copy::follow(facts, reader),
        Facts::UnfollowWhom(facts) => copy::unfollow_whom(facts, reader),
        Facts::Unfollow(facts) => copy::unfollow(facts, reader),
        Facts::StageAsk(facts) => copy::stage(facts, reader),
        Facts::Copy(facts) => copy::copy(facts, reader),
        Facts::Health(facts) => health::health(facts, reader),
        Facts::Help => health::help(reader),
        Facts::Missing(what) => Message {
            html: format!("I have no {} (any more).", escape_short(what, 60)),
            keyboard: vec![vec![page::home()]],
            ..Message::default()
        },
    };
    message.for_role(reader.role).for_engines(reader.engines)
}
