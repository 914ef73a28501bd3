//! The copy engine at a glance.

use engine_core::notice::BookReport;
use engine_core::strategy::{BookMode, COPY_BOOK};

use super::counts;
use super::who;
use crate::facts::{CopyFacts, Lag, Reader};
use crate::format::{code, copies, count, counted, duration, profit, usd};
use crate::message::{Action, Button, Message};
use crate::screen::{Period, Screen};
use crate::view::page::{act, lines, mode_of, paper, refresh_and_home, show, updated};

/// Bankroll, traders, today's orders, how late the feed is.
pub(in crate::view) fn copy(facts: &CopyFacts, reader: &Reader) -> Message {
    let mut text = vec![paper("Copy trading")];
    match &facts.book {
        Some(book) => text.extend(money(book)),
        None => text.push("The copy book is not set up yet: it is when the copy engine first runs.".to_owned()),
    }
    text.push(String::new());
    text.push(follows(facts));
    text.push(format!("Their orders today: {}", counts::orders(&facts.today)));
    text.extend(counts::reasons(&facts.today).map(|reasons| format!("Skipped: {reasons}")));
    text.push(lag(facts.lag.as_ref()));
    text.extend(facts.unreadable.iter().take(5).map(|(trader, since)| {
        let long = duration((reader.now - *since).num_seconds());
        format!("⚠ {} cannot be read, for {long} now", who::name(trader))
    }));
    text.push(updated(reader.now));
    Message { html: lines(text), keyboard: keyboard(facts), ..Message::default() }.for_role(reader.role)
}

fn money(book: &BookReport) -> Vec<String> {
    vec![
        format!(
            "Book: {} free, {} in {} open. Bankroll put in {}.",
            code(&usd(book.cash)),
            code(&usd(book.invested)),
            copies(u64::from(book.open)),
            code(&usd(book.capital)),
        ),
        format!(
            "Profit today {} · 7 days {} · all {}",
            code(&profit(book.pnl_today)),
            code(&profit(book.pnl_week)),
            code(&profit(book.pnl_all))
        ),
        format!("Won–lost {}–{} · fees {}", book.record.wins, book.record.losses, code(&usd(book.fees))),
        format!("Mode: {}.", mode_of(&book.book, book.mode)),
    ]
}

fn follows(facts: &CopyFacts) -> String {
    let follows = &facts.follows;
    let total = follows.live + follows.shadow + follows.failed;
    if total == 0 {
        return "I follow nobody yet. The leaderboard is a start; each trader comes with a report first.".to_owned();
    }
    let parts = [(follows.live, "staked"), (follows.shadow, "in shadow"), (follows.failed, "set aside")];
    let said: Vec<String> = parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let paused = if follows.paused > 0 { format!(" ({} of them paused)", follows.paused) } else { String::new() };
    format!("Following {}: {}{paused}", counted(u64::from(total), "trader"), said.join(", "))
}

fn lag(lag: Option<&Lag>) -> String {
    match lag {
        Some(lag) => format!(
            "From his trade to me: half within {}, 99 of 100 within {} ({} in a day)",
            seconds(lag.median_secs),
            seconds(lag.p99_secs),
            counted(lag.trades, "trade")
        ),
        None => "No trade has reached me in the last day.".to_owned(),
    }
}

fn seconds(seconds: f64) -> String {
    if seconds < 90.0 {
        format!("{seconds:.1} s")
    } else {
        #[allow(clippy::cast_possible_truncation)] // seconds of a day
        duration(seconds.round() as i64)
    }
}

fn keyboard(facts: &CopyFacts) -> Vec<Vec<Button>> {
    let total = facts.follows.live + facts.follows.shadow + facts.follows.failed;
    let traders = if total == 0 { "Traders".to_owned() } else { format!("Traders ({})", count(u64::from(total))) };
    let mut rows = vec![vec![
        show(traders, Screen::Traders { page: 0 }),
        show("🏆 Leaderboard", Screen::Leaderboard { period: Period::Month, page: 0 }),
        show("Results", Screen::Stats { book: Some(COPY_BOOK.to_owned()), period: Period::All }),
    ]];
    if let Some(book) = &facts.book {
        let (label, mode) = match book.mode {
            BookMode::Paused => ("▶ Resume copies", BookMode::Approve),
            BookMode::Approve | BookMode::Auto => ("⏸ Pause all copies", BookMode::Paused),
        };
        rows.push(vec![act(label, Action::SetMode { book: Some(book.book.clone()), mode })]);
    }
    rows.push(refresh_and_home(Screen::Copy));
    rows
}
