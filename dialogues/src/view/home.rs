//! The home card.

use engine_core::engines::{EngineKind, Engines};
use engine_core::money::Usd;
use engine_core::notice::{BookReport, ScanSummary};
use engine_core::strategy::BookMode;

use super::page::{lines, mode_of, mode_sentence, mode_word, no_model, paper, refresh, show, table, updated};
use crate::escape::escape;
use crate::facts::{HomeFacts, Reader};
use crate::format::{age, book, book_narrow, clock, code, count, counted, profit, profit_narrow, usd, usd_narrow};
use crate::message::Message;
use crate::screen::{Period, Screen};

/// Bankrolls, modes, the last scan, and the ways on.
#[must_use]
pub fn home(facts: &HomeFacts, reader: &Reader) -> Message {
    let mut text = Vec::new();
    text.extend(facts.note.as_deref().map(escape));
    text.push(paper("oddsmith"));
    text.push(purpose(reader.engines).to_owned());
    text.push(books_table(&facts.books, "today"));
    text.push(totals(&facts.books, "today"));
    if reader.engines.run(EngineKind::Ml) {
        text.push(modes(&facts.books));
        text.push(last_scan(facts.last_scan.as_ref(), reader));
        if let Err(reason) = &facts.model {
            text.push(no_model(reason, reader));
        }
    }
    if facts.pending > 0 {
        let verb = if facts.pending == 1 { "waits" } else { "wait" };
        text.push(format!("🔔 {} {verb} for your word.", counted(u64::from(facts.pending), "signal")));
    }
    text.push(updated(reader.now));
    let signals = match facts.pending {
        0 => "Signals".to_owned(),
        n => format!("Signals ({n})"),
    };
    let keyboard = vec![
        vec![
            show(signals, Screen::Signals),
            show("Open", Screen::Open { page: 0 }),
            show("Stats", Screen::Stats { book: None, period: Period::All }),
        ],
        vec![
            show("Strategies", Screen::Strategies),
            show("Traders", Screen::Traders { page: 0 }),
            show("Brier", Screen::Brier),
        ],
        vec![show("Why no bet?", Screen::Why { query: None }), show("Modes", Screen::Modes)],
        vec![show("Health", Screen::Health), show("Help", Screen::Help), refresh(Screen::Home)],
    ];
    Message { html: lines(text), keyboard, ..Message::default() }.for_role(reader.role)
}

const fn purpose(engines: Engines) -> &'static str {
    match engines {
        Engines::Both | Engines::Ml => {
            "I look for bets on Polymarket, show you why, and place them on paper when you say so. I keep an honest \
             score of myself. This is research, not advice."
        }
        Engines::Copy => {
            "I follow traders on Polymarket you choose and copy what is worth copying, on paper, as you say. I keep an \
             honest score of it. This is research, not advice."
        }
    }
}

/// Cash, money in open positions and the day's profit of each book.
pub(super) fn books_table(books: &[BookReport], day: &str) -> String {
    let mut rows: Vec<Vec<String>> = vec![["Books", "cash", "open", day].map(str::to_owned).to_vec()];
    rows.extend(books.iter().map(|report| {
        vec![
            book_narrow(&report.book),
            usd_narrow(report.cash),
            usd_narrow(report.invested),
            profit_narrow(report.pnl_today),
        ]
    }));
    table(&rows)
}

/// Worth and profit over all books, on one line.
pub(super) fn totals(books: &[BookReport], day: &str) -> String {
    let sum = |part: fn(&BookReport) -> Usd| -> Usd { books.iter().map(part).sum() };
    let open: u32 = books.iter().map(|report| report.open).sum();
    format!(
        "Worth {} · {}\nProfit {day} {} · 7 days {} · all {}",
        code(&usd(sum(|report| report.cash) + sum(|report| report.invested))),
        match open {
            0 => "nothing open".to_owned(),
            open => counted(u64::from(open), "open position"),
        },
        code(&profit(sum(|report| report.pnl_today))),
        code(&profit(sum(|report| report.pnl_week))),
        code(&profit(sum(|report| report.pnl_all))),
    )
}

/// What the books do with a signal, on one line.
pub(super) fn modes(books: &[BookReport]) -> String {
    if books.is_empty() {
        return "No books are set up.".to_owned();
    }
    if books.iter().all(|report| report.mode == BookMode::Paused) {
        return "Mode: all books are paused.".to_owned();
    }
    let (copies, signals): (Vec<&BookReport>, Vec<&BookReport>) =
        books.iter().partition(|report| EngineKind::of_book(&report.book) == EngineKind::Copy);
    let mut said: Vec<String> = of_signals(&signals).into_iter().collect();
    // Whether to ask about a copy is in the terms of each follow, so beside the signals only a pause is worth a word.
    let worth_a_word = |report: &&BookReport| signals.is_empty() || report.mode == BookMode::Paused;
    let of_copies = |report: &BookReport| format!("{}: {}.", book(&report.book), mode_of(&report.book, report.mode));
    said.extend(copies.into_iter().filter(worth_a_word).map(of_copies));
    said.join(" ")
}

fn of_signals(books: &[&BookReport]) -> Option<String> {
    let first = books.first()?;
    if books.iter().all(|report| report.mode == first.mode) {
        return Some(format!("Mode: {}.", mode_sentence(first.mode)));
    }
    let each: Vec<String> =
        books.iter().map(|report| format!("{} {}", book(&report.book), mode_word(report.mode))).collect();
    Some(format!("Modes: {}.", each.join(" · ")))
}

fn last_scan(scan: Option<&ScanSummary>, reader: &Reader) -> String {
    match scan.and_then(|scan| scan.at.map(|at| (at, scan.fetched))) {
        Some((at, fetched)) => {
            format!("Last scan: {} ({}), {} markets.", clock(at), age(at, reader.now), count(fetched))
        }
        None => "Last scan: the first one is under way.".to_owned(),
    }
}
