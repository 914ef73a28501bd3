//! Parts every message is put together from.

use chrono::{DateTime, Utc};
use engine_core::engines::EngineKind;
use engine_core::strategy::{BookId, BookMode};

use crate::Role;
use crate::escape::{escape, escape_short};
use crate::facts::Reader;
use crate::format::clock_seconds;
use crate::message::{Action, Button, Press};
use crate::screen::Screen;

/// Columns of a table that fit a phone.
pub(crate) const TABLE_WIDTH: usize = 35;

/// First line of every card that shows a bet or a balance. The words are our own.
pub(crate) fn paper(title: &str) -> String {
    format!("<b>📄 PAPER · {title}</b>")
}

/// Last line of a screen that can be refreshed.
pub(crate) fn updated(now: DateTime<Utc>) -> String {
    format!("<i>updated {} UTC</i>", clock_seconds(now))
}

/// Lines, without the empty ones at the end.
pub(crate) fn lines(lines: impl IntoIterator<Item = String>) -> String {
    let joined = lines.into_iter().collect::<Vec<_>>().join("\n");
    joined.trim_end().to_owned()
}

/// Long reasoning, folded until it is tapped.
pub(crate) fn folded(html: &str) -> String {
    format!("<blockquote expandable>{html}</blockquote>")
}

/// A table of plain-text cells: first column to the left, the others to the right. Columns that would pass the width of
/// a phone are taken from the first column.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..columns).map(width).collect();
    let total = widths.iter().sum::<usize>() + columns.saturating_sub(1);
    if let Some(first) = widths.first_mut() {
        *first = first.saturating_sub(total.saturating_sub(TABLE_WIDTH)).max(4);
    }
    let text: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(column, (cell, width))| {
                    let cell = crate::escape::plain(cell, *width);
                    if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
                })
                .collect();
            escape(cells.join(" ").trim_end())
        })
        .collect();
    format!("<pre>{}</pre>", text.join("\n"))
}

/// What went wrong, for the owner only: errors may tell of our insides.
pub(crate) fn detail(error: &str, reader: &Reader) -> Option<String> {
    (reader.role == Role::Owner).then(|| escape_short(error, 300))
}

/// That there is no model, and for the owner why.
pub(crate) fn no_model(reason: &str, reader: &Reader) -> String {
    let why = detail(reason, reader).map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("⚠ No model{why}. I look, but I do not bet.")
}

/// Shows a screen in place.
pub(crate) fn show(label: impl Into<String>, screen: Screen) -> Button {
    Button { label: label.into(), press: Press::Show { screen } }
}

/// Sends a screen below.
pub(crate) fn send(label: impl Into<String>, screen: Screen) -> Button {
    Button { label: label.into(), press: Press::Send { screen } }
}

/// Acts.
pub(crate) fn act(label: impl Into<String>, action: Action) -> Button {
    Button { label: label.into(), press: Press::Act { action } }
}

/// The way home.
pub(crate) fn home() -> Button {
    show("🏠 Home", Screen::Home)
}

/// Draws the same screen again.
pub(crate) fn refresh(screen: Screen) -> Button {
    show("🔄 Refresh", screen)
}

/// The last row of a screen.
pub(crate) fn refresh_and_home(screen: Screen) -> Vec<Button> {
    vec![refresh(screen), home()]
}

/// What a book's mode means. Of the copy book's own mode only whether it is paused counts: the terms of each follow say
/// whether to ask.
pub(crate) fn mode_of(book: &BookId, mode: BookMode) -> &'static str {
    match (EngineKind::of_book(book), mode) {
        (EngineKind::Copy, BookMode::Paused) => "no new copies",
        (EngineKind::Copy, BookMode::Approve | BookMode::Auto) => "each trader's terms say whether I ask",
        (EngineKind::Ml, mode) => mode_sentence(mode),
    }
}

/// The modes a book may be set to, each in a word for a button; those that mean the same now are one.
pub(crate) fn mode_choices(book: &BookId, now: BookMode) -> Vec<(BookMode, &'static str)> {
    match (EngineKind::of_book(book), now) {
        (EngineKind::Ml, _) => {
            vec![(BookMode::Approve, "asks"), (BookMode::Auto, "auto"), (BookMode::Paused, "pause")]
        }
        (EngineKind::Copy, BookMode::Paused) => vec![(BookMode::Approve, "resume")],
        (EngineKind::Copy, BookMode::Approve | BookMode::Auto) => vec![(BookMode::Paused, "pause")],
    }
}

/// What a mode means, said by the bot of itself.
pub(crate) const fn mode_sentence(mode: BookMode) -> &'static str {
    match mode {
        BookMode::Approve => "I ask before each bet",
        BookMode::Auto => "I bet at once, then tell you",
        BookMode::Paused => "no new bets",
    }
}

/// A mode in one word.
pub(crate) const fn mode_word(mode: BookMode) -> &'static str {
    match mode {
        BookMode::Approve => "asks",
        BookMode::Auto => "auto",
        BookMode::Paused => "paused",
    }
}
