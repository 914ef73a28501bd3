//! All strategies over the last days: the caption of the picture.

use engine_core::tuning::WINDOW_DAYS;

use crate::facts::{CompareFacts, Reader};
use crate::format::{book_plain, count, day_clock, percent, profit};
use crate::message::{Message, Picture};
use crate::screen::Screen;
use crate::view::page::{home, lines, paper, show, table};

/// What each would have made, with a picture once there is something to draw.
pub(in crate::view) fn compare(facts: &CompareFacts, reader: &Reader) -> Message {
    let keyboard = vec![vec![show("◀ Strategies", Screen::Strategies), home()]];
    let Some(since) = facts.since else {
        let html = "Nothing is recorded yet to compare the strategies on. Each scan adds to it.".to_owned();
        return Message { html, keyboard, ..Message::default() };
    };
    let mut rows: Vec<Vec<String>> = vec![["", "bets", "profit", "fall"].map(str::to_owned).to_vec()];
    rows.extend(facts.strategies.iter().map(|(book, figures)| {
        vec![book_plain(book), count(figures.bets.into()), profit(figures.pnl()), percent(figures.drawdown, 1)]
    }));
    let text = [
        paper("All strategies, same signals"),
        table(&rows),
        format!(
            "What each would have made since {} (at most {WINDOW_DAYS} days) with its thresholds of now, every bet taken \
             at once. Open bets at the last price.",
            day_clock(since)
        ),
    ];
    Message { html: lines(text), keyboard, picture: Some(Picture::Profiles), ..Message::default() }
        .for_role(reader.role)
}
