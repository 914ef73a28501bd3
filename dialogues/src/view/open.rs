//! Open positions, the question before a sale, and the story of one position.

use engine_core::copy::trader::Trader;
use engine_core::position::{Position, PositionStatus};

use super::bet;
use super::copy;
use super::gates::ladder;
use super::page::{act, home, lines, paper, refresh_and_home, send, show, updated};
use super::reason::{outcome_name, sentences};
use crate::escape::{Host, escape, escape_short, link, plain};
use crate::facts::{ClosePreviewFacts, OpenFacts, OpenPosition, PositionWhyFacts, Reader};
use crate::format::{age, book, cents, code, counted, day_clock, duration, price, profit, return_on, shares, usd};
use crate::message::{Action, Button, Message, Picture};
use crate::screen::Screen;

/// A page of open positions.
#[must_use]
pub fn open(facts: &OpenFacts, reader: &Reader) -> Message {
    let mut text = vec![paper("Open positions")];
    let mut keyboard: Vec<Vec<Button>> = Vec::new();
    if facts.positions.is_empty() {
        text.push("None. When you approve a signal or a trade is copied, it shows up here.".to_owned());
    } else {
        text.push(format!("{} · {} in them", counted(u64::from(facts.total), "position"), code(&usd(facts.invested))));
    }
    for (index, open) in facts.positions.iter().enumerate() {
        let number = index + 1;
        text.push(String::new());
        text.push(entry(number, open, reader));
        let id = open.position.id;
        keyboard.push(vec![
            show(format!("Close {number}…"), Screen::ClosePreview { position: id }),
            send(format!("Chart {number}"), Screen::PositionChart { position: id }),
            send(format!("Why {number}"), Screen::PositionWhy { position: id }),
        ]);
    }
    text.push(String::new());
    text.push(updated(reader.now));
    if facts.pages > 1 {
        let last = facts.pages - 1;
        let page = facts.page.min(last);
        let before = if page == 0 { last } else { page - 1 };
        let after = if page >= last { 0 } else { page + 1 };
        keyboard.push(vec![
            show("◀", Screen::Open { page: before }),
            show(format!("{}/{}", page + 1, facts.pages), Screen::Open { page }),
            show("▶", Screen::Open { page: after }),
        ]);
    }
    keyboard.push(refresh_and_home(Screen::Open { page: facts.page }));
    Message { html: lines(text), keyboard, ..Message::default() }.for_role(reader.role)
}

fn entry(number: usize, open: &OpenPosition, reader: &Reader) -> String {
    let position = &open.position;
    let paid = position.average_price().map(price).unwrap_or_default();
    let worth = match (open.bid, open.pnl) {
        (Some(bid), Some(pnl)) => {
            let part = return_on(pnl, position.stake).map(|part| format!(" ({part})")).unwrap_or_default();
            format!("bid {} · {}{part}", code(&price(bid)), code(&profit(pnl)))
        }
        (None, _) | (_, None) => "no price now".to_owned(),
    };
    let seen = open.priced_at.map(|at| format!(" · price {}", age(at, reader.now))).unwrap_or_default();
    lines([
        format!("{number}. {}", link(Host::Polymarket, &position.path, &plain(&position.question, 80))),
        format!("{} · paid {} · {worth}", holding(position), code(&paid)),
        format!("{} · {}{seen}", whose(position, open.trader.as_ref()), time_left(position, reader)),
    ])
}

/// The book that holds it; of a copy, whose trade it copies.
fn whose(position: &Position, trader: Option<&Trader>) -> String {
    copy::copy_of(position, trader).unwrap_or_else(|| book(&position.book))
}

/// "NO 45.6 shares".
pub(super) fn holding(position: &Position) -> String {
    format!(
        "<b>{}</b> {}",
        escape(&outcome_name(position.outcome, &position.outcome_label)),
        code(&format!("{} shares", shares(position.shares)))
    )
}

fn time_left(position: &Position, reader: &Reader) -> String {
    match position.end_at.map(|end| (end - reader.now).num_seconds()) {
        Some(left) if left > 0 => format!("{} left", duration(left)),
        Some(_) => "waits for its result".to_owned(),
        None => "no published end".to_owned(),
    }
}

/// Asks before a position is sold.
#[must_use]
pub fn close_preview(facts: &ClosePreviewFacts, reader: &Reader) -> Message {
    let position = &facts.position;
    let mut text = vec![
        paper("Sell this position?"),
        bet::question(&position.question, &position.path),
        format!("{} · {}", whose(position, None), holding(position)),
        String::new(),
    ];
    let mut keyboard = Vec::new();
    match &facts.preview {
        Ok(preview) => {
            text.push(format!(
                "Now: {} @ {} → {}, profit {}",
                code(&format!("{} shares", shares(preview.fill.shares))),
                code(&price(preview.fill.vwap)),
                code(&usd(preview.fill.notional)),
                code(&profit(preview.pnl)),
            ));
            text.push(sale_line(preview));
            let left = position.shares - preview.fill.shares;
            if left.is_positive() {
                text.push(format!("The book takes no more right now: {} shares would stay open.", code(&shares(left))));
            }
            text.push("The book is read again when you press.".to_owned());
            keyboard.push(vec![
                act("✅ Sell now", Action::Close { position: position.id }),
                show("✖ Cancel", Screen::Home),
            ]);
        }
        Err(reason) => {
            text.push(format!("I cannot sell it now: {}.", escape_short(reason, 160)));
            keyboard.push(vec![show("✖ Cancel", Screen::Home)]);
        }
    }
    text.push(updated(reader.now));
    keyboard.push(vec![
        show("🔄 Refresh", Screen::ClosePreview { position: position.id }),
        show("◀ Open", Screen::Open { page: 0 }),
    ]);
    Message { html: lines(text), keyboard, ..Message::default() }.for_role(reader.role)
}

fn sale_line(preview: &crate::facts::ClosePreview) -> String {
    let fill = &preview.fill;
    let slippage = fill.slippage().map(|slippage| {
        if slippage < 0.0 {
            format!(", {} better than mid", cents(-slippage))
        } else {
            format!(", {} under mid", cents(slippage))
        }
    });
    format!(
        "{}{}, fee {} ({})",
        counted(u64::try_from(fill.levels.len()).unwrap_or(u64::MAX), "level"),
        slippage.unwrap_or_default(),
        code(&usd(fill.fee)),
        escape_short(&fill.fee_formula, 60),
    )
}

/// Why a position was opened, and how it was filled.
#[must_use]
pub fn position_why(facts: &PositionWhyFacts, reader: &Reader) -> Message {
    let position = &facts.position;
    let state = match position.status {
        PositionStatus::Open => "open",
        PositionStatus::Closed => "sold",
        PositionStatus::Settled => "settled",
    };
    let mut text = vec![
        paper("Why this position"),
        bet::question(&position.question, &position.path),
        format!(
            "{} · {} · {state} · since {} UTC ({})",
            whose(position, None),
            holding(position),
            day_clock(position.opened_at),
            age(position.opened_at, reader.now)
        ),
    ];
    text.extend(facts.fills.iter().map(|fill| {
        format!(
            "{} UTC {} {} @ {}\n{}",
            day_clock(fill.filled_at),
            match fill.side {
                engine_core::market::Side::Buy => "bought",
                engine_core::market::Side::Sell => "sold",
            },
            code(&shares(fill.shares)),
            code(&price(fill.vwap)),
            match fill.side {
                engine_core::market::Side::Buy => bet::fill_line(&[fill]),
                engine_core::market::Side::Sell => format!("fee {}", code(&usd(fill.fee))),
            }
        )
    }));
    match &facts.decision {
        Some(decision) => {
            text.push(String::new());
            text.extend(sentences(decision).iter().map(|sentence| escape(sentence)));
            text.push(super::page::folded(&ladder(&decision.trace).join("\n")));
        }
        None => text.push("Its decision is not on record.".to_owned()),
    }
    Message {
        html: lines(text),
        keyboard: vec![vec![
            send("Chart", Screen::PositionChart { position: position.id }),
            show("◀ Open", Screen::Open { page: 0 }),
            home(),
        ]],
        ..Message::default()
    }
}

/// The chart of a position's market, with its caption.
#[must_use]
pub fn chart(position: &Position) -> Message {
    Message {
        html: lines([
            paper("Price and your entry"),
            bet::question(&position.question, &position.path),
            format!("{} · {}", book(&position.book), holding(position)),
        ]),
        picture: Some(Picture::PositionPrice { position: position.id }),
        silent: true,
        ..Message::default()
    }
}
