//! Signs of life: heartbeat, daily report, start and stop.

use engine_core::engines::{EngineKind, Engines};
use engine_core::money::Usd;
use engine_core::notice::{BookReport, ScanSummary, ScoreSummary};
use engine_core::position::Position;

use super::brier;
use super::home::{books_table, modes, totals};
use super::page::{lines, no_model, paper, send};
use super::reason::outcome_name;
use super::words::engines_plain;
use crate::escape::{escape, escape_short};
use crate::facts::Reader;
use crate::format::{book, code, count, counted, duration, profit, usd};
use crate::message::Message;
use crate::screen::{Period, Screen};

pub(super) fn heartbeat(engines: Engines, books: &[BookReport], scans: u32, last: &ScanSummary) -> Message {
    let found = format!(
        "{} since the last beat. The latest: {}, {} scored, {}, {} in {}.",
        counted(u64::from(scans), "scan"),
        counted(last.fetched, "market"),
        count(last.scored),
        counted(last.signals, "signal"),
        counted(last.bets, "bet"),
        // Seconds are enough here; the health page has the rest.
        duration(i64::try_from(last.took_ms.div_ceil(1_000)).unwrap_or(i64::MAX)),
    );
    let found = match (engines.run(EngineKind::Ml), scans) {
        (false, _) => runs(engines),
        (true, 0) => "No scan since the last beat.".to_owned(),
        (true, _) => found,
    };
    Message {
        html: lines([paper("Still here"), found, books_table(books, "today"), totals(books, "today"), record(books)]),
        keyboard: vec![vec![send("🏠 Home", Screen::Home), send("Why no bet?", Screen::Why { query: None })]],
        picture: None,
        silent: true,
    }
}

fn record(books: &[BookReport]) -> String {
    let each: Vec<String> = books
        .iter()
        .map(|report| format!("{} {}–{}", book(&report.book), report.record.wins, report.record.losses))
        .collect();
    if each.is_empty() { String::new() } else { format!("Won–lost: {}", each.join(" · ")) }
}

pub(super) fn daily(
    engines: Engines,
    day: &str,
    books: &[BookReport],
    open: &[Position],
    ended: &[Position],
    scores: &[ScoreSummary],
) -> Message {
    let mut text = vec![paper(&format!("Daily report · {}", escape_short(day, 12))), books_table(books, "that day")];
    text.push(totals(books, "that day"));
    text.push(record(books));
    let fees: Usd = books.iter().map(|report| report.fees).sum();
    text.push(format!("Fees so far {}", code(&usd(fees))));
    text.push(String::new());
    if ended.is_empty() {
        text.push("Nothing ended that day.".to_owned());
    } else {
        text.push(format!("<b>Ended: {}</b>", count(length(ended))));
        text.extend(ended.iter().take(8).map(|position| {
            format!(
                "{} · {} · {}",
                code(&profit(position.realized_pnl)),
                book(&position.book),
                escape_short(&position.question, 60)
            )
        }));
        text.extend(and_more(ended.len(), 8));
    }
    if !open.is_empty() {
        text.push(format!("<b>Open: {}</b>", count(length(open))));
        text.extend(open.iter().take(8).map(|position| {
            format!(
                "{} {} · {} · {}",
                escape(&outcome_name(position.outcome, &position.outcome_label)),
                code(&usd(position.cost)),
                book(&position.book),
                escape_short(&position.question, 60)
            )
        }));
        text.extend(and_more(open.len(), 8));
    }
    if engines.run(EngineKind::Ml) {
        text.push(String::new());
        if scores.is_empty() {
            text.push("Brier: nothing scored yet.".to_owned());
        } else {
            text.extend(scores.iter().map(brier::verdict));
        }
    }
    Message {
        html: lines(text),
        keyboard: vec![vec![
            send("Stats", Screen::Stats { book: None, period: Period::All }),
            send("Brier", Screen::Brier),
            send("Equity", Screen::EquityChart),
        ]],
        picture: None,
        silent: true,
    }
}

fn length<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

fn and_more(total: usize, shown: usize) -> Option<String> {
    total.checked_sub(shown).filter(|rest| *rest > 0).map(|rest| format!("… and {rest} more"))
}

pub(super) fn started(
    engines: Engines,
    version: &str,
    model: &Result<String, String>,
    books: &[BookReport],
    scan_minutes: f64,
    reader: &Reader,
) -> Message {
    let mut text = vec![paper(&format!("oddsmith {} is up", escape_short(version, 20))), runs(engines)];
    if engines.run(EngineKind::Ml) {
        text.push(match model {
            Ok(version) => format!("Model {} is ready.", escape_short(version, 40)),
            Err(reason) => no_model(reason, reader),
        });
        let minutes = format!("{scan_minutes:.1}");
        text.push(format!("I scan every {} min.", minutes.strip_suffix(".0").unwrap_or(&minutes)));
        text.push(modes(books));
    }
    Message { html: lines(text), keyboard: vec![vec![send("🏠 Home", Screen::Home)]], picture: None, silent: true }
}

/// Which engines run here.
fn runs(engines: Engines) -> String {
    format!("Running here: {}.", engines_plain(engines))
}

pub(super) fn stopping(engines: Engines, open: u32) -> Message {
    let stay = match open {
        0 => String::new(),
        1 => " 1 open position stays as it is.".to_owned(),
        n => format!(" {} stay as they are.", counted(u64::from(n), "open position")),
    };
    Message {
        html: format!(
            "{}\nI am going offline ({}). Nothing is lost.{stay}",
            paper("Good night"),
            engines_plain(engines)
        ),
        silent: true,
        ..Message::default()
    }
}
