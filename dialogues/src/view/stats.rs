//! Results.

use engine_core::notice::BookReport;
use engine_core::strategy::BookId;

use super::home::{books_table, totals};
use super::page::{home, lines, paper, refresh, send, show, table, updated};
use crate::escape::escape;
use crate::facts::{Performance, Reader, StatsFacts};
use crate::format::{book_narrow, book_plain, count, percent, profit, return_on, usd};
use crate::message::{Button, Message, Picture};
use crate::screen::{Period, Screen};

const PERIODS: [(Period, &str, &str); 4] = [
    (Period::Today, "Today", "today"),
    (Period::Week, "7 d", "7 days"),
    (Period::Month, "30 d", "30 days"),
    (Period::All, "All", "all time"),
];

/// Results of all books or one, over a span of time.
#[must_use]
pub fn stats(facts: &StatsFacts, reader: &Reader) -> Message {
    let span = PERIODS.iter().find(|(period, ..)| *period == facts.period).map_or("", |(.., name)| *name);
    let who = facts
        .book
        .as_ref()
        .map_or_else(|| "all books".to_owned(), |name| escape(&book_plain(&BookId::new(name.clone()))));
    let mut text = vec![paper(&format!("Stats · {who} · {span}")), figures(&facts.chosen)];
    if facts.book.is_none() && facts.books.len() > 1 {
        text.push(comparison(&facts.books));
    }
    if facts.chosen.wins + facts.chosen.losses == 0 {
        text.push("No bet has ended in this span yet, so there is no record to boast of.".to_owned());
    }
    text.push(updated(reader.now));
    Message { html: lines(text), keyboard: keyboard(facts), ..Message::default() }
}

fn figures(p: &Performance) -> String {
    let ended = p.wins + p.losses;
    let dash = || "–".to_owned();
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    table(&[
        row("Profit", profit(p.pnl)),
        row("Return on stakes", return_on(p.pnl, p.staked).unwrap_or_else(dash)),
        row("Bets ended", format!("{} ({}–{})", count(u64::from(ended)), p.wins, p.losses)),
        row("Won", if ended == 0 { dash() } else { percent(f64::from(p.wins) / f64::from(ended), 0) }),
        row("Profit factor", profit_factor(p).unwrap_or_else(dash)),
        row("Deepest drawdown", p.max_drawdown.map_or_else(dash, |d| percent(d, 1))),
        row("Fees", usd(p.fees)),
        row(
            "Open now",
            match p.open {
                0 => "nothing".to_owned(),
                open => format!("{} in {}", usd(p.exposure), count(u64::from(open))),
            },
        ),
        row("Worth now", usd(p.equity)),
    ])
}

/// Profits over losses; without a loss it cannot be said.
fn profit_factor(p: &Performance) -> Option<String> {
    p.gross_loss.is_positive().then(|| format!("{:.2}", p.gross_profit.to_f64() / p.gross_loss.to_f64()))
}

fn comparison(books: &[(BookId, Performance)]) -> String {
    let mut rows: Vec<Vec<String>> = vec![["Book", "profit", "won", "worth"].map(str::to_owned).to_vec()];
    rows.extend(books.iter().map(|(book, p)| {
        vec![
            book_narrow(book),
            crate::format::profit_narrow(p.pnl),
            format!("{}–{}", p.wins, p.losses),
            crate::format::usd_narrow(p.equity),
        ]
    }));
    table(&rows)
}

fn keyboard(facts: &StatsFacts) -> Vec<Vec<Button>> {
    let tab = |label: String, chosen: bool, book: Option<String>, period: Period| {
        let label = if chosen { format!("• {label}") } else { label };
        show(label, Screen::Stats { book, period })
    };
    let periods = PERIODS
        .iter()
        .map(|(period, label, _)| tab((*label).to_owned(), *period == facts.period, facts.book.clone(), *period))
        .collect();
    let mut rows = vec![periods];
    let all = tab("All books".to_owned(), facts.book.is_none(), None, facts.period);
    let each = facts.books.iter().map(|(book, _)| {
        let name = book.as_str().to_owned();
        tab(book_narrow(book), facts.book.as_deref() == Some(book.as_str()), Some(name), facts.period)
    });
    let books: Vec<Button> = std::iter::once(all).chain(each).collect();
    rows.extend(books.chunks(4).map(<[Button]>::to_vec));
    rows.push(vec![send("📈 Equity curve", Screen::EquityChart)]);
    rows.push(vec![refresh(Screen::Stats { book: facts.book.clone(), period: facts.period }), home()]);
    rows
}

/// The equity curve, with its caption.
#[must_use]
pub fn equity_chart(books: &[BookReport]) -> Message {
    Message {
        html: lines([paper("Equity"), books_table(books, "today"), totals(books, "today")]),
        picture: Some(Picture::Equity),
        silent: true,
        ..Message::default()
    }
}
