//! Notices: what the engine wants told.

use engine_core::copy::trader::Trader;
use engine_core::fill::Fill;
use engine_core::money::{MICROS_PER_UNIT, Price, Shares, Usd};
use engine_core::notice::{ExitReason, Notice, PlacedBet, SettledBet};
use engine_core::position::Position;
use engine_core::signal::Decision;

use super::bet;
use super::page::{detail, lines, paper, send};
use super::reason::outcome_name;
use super::{copy, model, report, signal};
use crate::escape::{escape, escape_short};
use crate::facts::Reader;
use crate::format::{
    age, book, cents, clock_seconds, code, day_clock, price, profit, profit_word, return_on, shares, usd,
};
use crate::message::{Button, Message, Picture};
use crate::screen::{Period, Screen};

/// One share, to say what it paid.
const ONE_SHARE: Shares = Shares::from_micros(MICROS_PER_UNIT);

/// Renders a notice. Routine ones come without a sound.
#[must_use]
pub fn notice(notice: &Notice, reader: &Reader) -> Message {
    let message = match notice {
        Notice::Signal(card) => signal::card(card, reader),
        Notice::BetPlaced { signal_id, decision, bets } => placed(*signal_id, decision, bets),
        Notice::Settled { bets } => settled(bets),
        Notice::Closed { position, fill, pnl, reason, trader } => {
            closed(position, trader.as_ref(), fill, *pnl, *reason)
        }
        Notice::Resettled { position, before, after, trader } => resettled(position, trader.as_ref(), *before, *after),
        Notice::Unresolved { question, path, closed_since, status, shares, .. } => {
            let mut text = vec![
                paper("Closed, but no result"),
                bet::question(question, path),
                format!(
                    "Trading ended {} UTC ({}). Status: {}.",
                    day_clock(*closed_since),
                    age(*closed_since, reader.now),
                    status.as_deref().map_or_else(|| "none given".to_owned(), |s| escape_short(s, 30)),
                ),
            ];
            text.push(held(*shares));
            Message { html: lines(text), keyboard: vec![open_row()], ..Message::default() }
        }
        Notice::Heartbeat { engines, books, scans, last_scan } => report::heartbeat(*engines, books, *scans, last_scan),
        Notice::DailyReport { engines, day, books, open, ended, scores } => {
            report::daily(*engines, day, books, open, ended, scores)
        }
        Notice::Started { engines, version, model, books, scan_minutes } => {
            report::started(*engines, version, model, books, *scan_minutes, reader)
        }
        Notice::Stopping { engines, open } => report::stopping(*engines, *open),
        Notice::Model(card) => model::card(card, reader),
        Notice::Copy(news) => copy::notice(news, reader),
        Notice::RetrainFailed { cause } => model::retrain_failed(cause, reader),
        Notice::ModelOverdue { version, trained_at, every_hours, trainer } => {
            model::overdue(version, *trained_at, *every_hours, *trainer, reader)
        }
        Notice::ModelFault { version, reason, serving } => model::fault(version, reason, serving.as_deref(), reader),
        Notice::LoopFailed { name, error } => Message {
            html: lines([
                format!("⚠ The {} loop failed and was started again.", escape_short(name, 30)),
                detail(error, reader).map(|said| format!("It said: {said}")).unwrap_or_default(),
                "The other loops go on.".to_owned(),
            ]),
            keyboard: vec![vec![send("Health", Screen::Health)]],
            ..Message::default()
        },
    };
    message.for_role(reader.role).for_engines(reader.engines)
}

fn open_row() -> Vec<Button> {
    vec![send("Open", Screen::Open { page: 0 }), send("Stats", Screen::Stats { book: None, period: Period::All })]
}

fn held(held: Shares) -> String {
    if held.is_positive() {
        format!("Our {} shares stay open until there is a result. Closed is not resolved.", code(&shares(held)))
    } else {
        "We hold nothing in it.".to_owned()
    }
}

fn placed(signal: i64, decision: &Decision, bets: &[PlacedBet]) -> Message {
    let at = bets.first().map(|bet| format!(" {} UTC", clock_seconds(bet.fill.filled_at))).unwrap_or_default();
    let mut text =
        vec![paper(&format!("Bet placed, auto mode{at}")), bet::question(&decision.question, &decision.path)];
    text.extend(bet::placed_lines(bets));
    text.extend(copy::copied_lines(decision).unwrap_or_else(|| bet::forecast_line(decision).into_iter().collect()));
    text.extend(
        decision.candidate.as_ref().map(|candidate| format!("Edge after fees {}", code(&cents(candidate.edge)))),
    );
    text.extend(bet::reasoning(decision));
    Message {
        html: lines(text),
        keyboard: vec![vec![
            send("Why", Screen::SignalWhy { id: signal }),
            send("Chart", Screen::SignalChart { id: signal }),
            send("Open", Screen::Open { page: 0 }),
        ]],
        picture: None,
        silent: true,
    }
}

/// The book that held it; of a copy, whose trade it copied.
fn whose(position: &Position, trader: Option<&Trader>) -> String {
    copy::copy_of(position, trader).unwrap_or_else(|| book(&position.book))
}

fn settled(bets: &[SettledBet]) -> Message {
    let Some(first) = bets.first() else {
        return Message::text(paper("Settled"));
    };
    let pnl: Usd = bets.iter().map(|bet| bet.pnl).sum();
    let paid: Usd = bets.iter().map(|bet| bet.proceeds).sum();
    let stake: Usd = bets.iter().map(|bet| bet.position.stake).sum();
    let word = match first.payout {
        Price::ONE => "✔ Won".to_owned(),
        Price::ZERO => "✘ Lost".to_owned(),
        part => format!("◐ Split, {} a share", price(part)),
    };
    let part = return_on(pnl, stake).map(|part| format!(" ({part})")).unwrap_or_default();
    let records: Vec<String> = bets
        .iter()
        .map(|bet| format!("{} {}–{}", book(&bet.position.book), bet.record.wins, bet.record.losses))
        .collect();
    let position = &first.position;
    let text = [
        paper(&word),
        bet::question(&position.question, &position.path),
        format!(
            "<b>{}</b> · paid out {} · {} {}{part}",
            escape(&outcome_name(position.outcome, &position.outcome_label)),
            code(&usd(paid)),
            profit_word(pnl),
            code(&profit(pnl)),
        ),
        records.join(" · "),
        bets.iter().filter_map(|bet| copy::copy_of(&bet.position, bet.trader.as_ref())).collect::<Vec<_>>().join(" · "),
    ];
    Message {
        html: lines(text),
        keyboard: vec![vec![
            send("Open", Screen::Open { page: 0 }),
            send("Stats", Screen::Stats { book: None, period: Period::All }),
            send("Brier", Screen::Brier),
        ]],
        // Which animation follows from the position, so that a message sent again is the same message.
        picture: pnl.is_positive().then(|| Picture::Victory { pick: position.id.unsigned_abs() }),
        silent: false,
    }
}

fn closed(position: &Position, trader: Option<&Trader>, fill: &Fill, pnl: Usd, reason: ExitReason) -> Message {
    let (word, silent) = match reason {
        ExitReason::Owner => ("Sold, as you asked", true),
        ExitReason::StopLoss => ("Sold by stop-loss", false),
        ExitReason::Expiry => ("Sold before its end", false),
        ExitReason::Unfollowed => ("Sold, its trader is not followed any more", true),
    };
    let stay = if position.shares.is_positive() {
        format!("{} shares stay open: the book took no more.", code(&shares(position.shares)))
    } else {
        String::new()
    };
    let text = [
        paper(&format!("{word} {} UTC", clock_seconds(fill.filled_at))),
        bet::question(&position.question, &position.path),
        format!(
            "<b>{}</b> · {} @ {} · {} {}",
            escape(&outcome_name(position.outcome, &position.outcome_label)),
            code(&format!("{} shares", shares(fill.shares))),
            code(&price(fill.vwap)),
            profit_word(pnl),
            code(&profit(pnl)),
        ),
        format!("{} · fee {}", whose(position, trader), code(&usd(fill.fee))),
        stay,
    ];
    Message { html: lines(text), keyboard: vec![open_row()], picture: None, silent }
}

fn resettled(position: &Position, trader: Option<&Trader>, before: Price, after: Price) -> Message {
    Message {
        html: lines([
            paper("Result changed"),
            bet::question(&position.question, &position.path),
            format!(
                "A share of {} had paid {} and now pays {}. The difference is booked.",
                escape(&outcome_name(position.outcome, &position.outcome_label)),
                code(&usd(before.cost_of(ONE_SHARE))),
                code(&usd(after.cost_of(ONE_SHARE))),
            ),
            format!(
                "{} · {} now {}",
                whose(position, trader),
                profit_word(position.realized_pnl),
                code(&profit(position.realized_pnl))
            ),
        ]),
        keyboard: vec![open_row()],
        ..Message::default()
    }
}
