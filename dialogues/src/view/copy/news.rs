//! News of the copy engine.

use engine_core::copy::news::{CopyCounts, CopyNotice};
use engine_core::copy::probation::{DISPROOF, PROOF, Stage, StageChange, Why};
use engine_core::copy::trader::Trader;
use engine_core::fill::Fill;
use engine_core::money::Usd;
use engine_core::notice::PlacedBet;
use engine_core::position::Position;
use engine_core::signal::Decision;

use super::order::{after, because, his_trade};
use super::terms::{self, tally_words};
use super::{counts, who};
use crate::escape::{escape, escape_short};
use crate::facts::Reader;
use crate::format::{
    cents_signed, clock, clock_seconds, code, copies, day_clock, percent, price, profit, profit_word, shares, usd,
};
use crate::message::{Button, Message};
use crate::screen::Screen;
use crate::view::page::{detail, lines, paper, send};
use crate::view::{bet, reason::outcome_name};

/// Renders news of the copy engine. What happens all day comes without a sound.
pub(in crate::view) fn notice(news: &CopyNotice, reader: &Reader) -> Message {
    match news {
        CopyNotice::Copied { trader, signal_id, decision, bet } => copied(trader, *signal_id, decision, bet),
        CopyNotice::Exit { trader, fraction, position, fill, pnl, acted_at } => {
            exit(trader, *fraction, position, fill, *pnl, &after(*acted_at, fill.filled_at))
        }
        CopyNotice::StuckExit { trader, position, shares: wanted, reason } => Message {
            html: lines([
                paper("⚠ He sold, ours could not be"),
                bet::question(&position.question, &position.path),
                format!("{} sold. {} of ours were to go and stay.", who::name(trader), code(&format!("{} shares", shares(*wanted)))),
                format!("Why: {}", escape_short(reason, 200)),
                "They settle with the market; you can try to sell them under Open.".to_owned(),
            ]),
            keyboard: vec![vec![open(), send("Trader", Screen::Followed { wallet: trader.wallet.clone() })]],
            ..Message::default()
        },
        CopyNotice::Stage { trader, change } => staged(trader, change),
        CopyNotice::Began { trader, stage } => began(trader, *stage),
        CopyNotice::Ended { trader, open: left } => Message {
            html: lines([
                paper(&format!("I do not follow {} any more", plain_name(trader))),
                match left {
                    0 => "None of his copies is open.".to_owned(),
                    1 => "1 copy stays open until it resolves.".to_owned(),
                    n => format!("{} stay open until they resolve.", copies(u64::from(*n))),
                },
            ]),
            keyboard: vec![vec![open(), send("Traders", Screen::Traders { page: 0 })]],
            picture: None,
            silent: true,
        },
        CopyNotice::Unreadable { trader, since, error } => Message {
            html: lines([
                format!("⚠ What {} does cannot be read since {} UTC.", who::name(trader), day_clock(*since)),
                detail(error, reader).map(|said| format!("Why: {said}")).unwrap_or_default(),
                "I keep trying, and leave nothing out; but what is older than five minutes by then is not copied. I say this \
                 once."
                    .to_owned(),
            ]),
            keyboard: vec![vec![send("Trader", Screen::Followed { wallet: trader.wallet.clone() })]],
            ..Message::default()
        },
        CopyNotice::Digest { since, until, counts } => {
            let span = format!("{}–{} UTC", clock(*since), clock(*until));
            digest(&span, counts)
        }
    }
}

fn open() -> Button {
    send("Open", Screen::Open { page: 0 })
}

fn plain_name(trader: &Trader) -> String {
    escape(&who::label(trader))
}

/// "NO · 30.4 shares @ 38.2¢ avg".
fn bought(position: &Position, fill: &Fill) -> String {
    format!(
        "<b>{}</b> · {} @ {}",
        escape(&outcome_name(position.outcome, &position.outcome_label)),
        code(&format!("{} shares", shares(fill.shares))),
        code(&price(fill.vwap)),
    )
}

fn copied(trader: &Trader, signal: i64, decision: &Decision, placed: &PlacedBet) -> Message {
    let (position, fill) = (&placed.position, &placed.fill);
    let mut text = vec![
        paper(&format!("Copied {} · {} UTC", plain_name(trader), clock_seconds(fill.filled_at))),
        bet::question(&decision.question, &decision.path),
    ];
    text.extend(decision.copied.as_ref().map(|order| format!("He bought {}", his_trade(order))));
    text.push(format!("We: {} for {}", bought(position, fill), code(&usd(fill.notional))));
    if let Some(order) = &decision.copied {
        text.push(format!(
            "{} from his price · fee {} · {} after him",
            code(&cents_signed(fill.vwap.to_f64() - order.trade.price.to_f64())),
            code(&usd(fill.fee)),
            after(order.trade.traded_at, fill.filled_at),
        ));
        text.push(because(decision, order));
    }
    Message {
        html: lines(text),
        keyboard: vec![vec![
            send("Why", Screen::SignalWhy { id: signal }),
            send("Trader", Screen::Followed { wallet: trader.wallet.clone() }),
            open(),
        ]],
        picture: None,
        silent: true,
    }
}

fn exit(trader: &Trader, fraction: f64, position: &Position, fill: &Fill, pnl: Usd, after: &str) -> Message {
    let whole = fraction >= 0.999_5;
    let (title, said) = if whole {
        ("He sold, so did we", "sold all he had".to_owned())
    } else {
        ("He sold a part, so did we", format!("sold {} of what he had", code(&percent(fraction, 0))))
    };
    let left = if position.shares.is_positive() {
        format!("{} stay open.", code(&format!("{} shares", shares(position.shares))))
    } else {
        "Nothing of it is left.".to_owned()
    };
    Message {
        html: lines([
            paper(&format!("{title} · {} UTC", clock_seconds(fill.filled_at))),
            bet::question(&position.question, &position.path),
            format!("{} {said}.", who::name(trader)),
            format!("We, {after} later: {} · {} {}", bought(position, fill), profit_word(pnl), code(&profit(pnl))),
            format!("{left} Fee {}", code(&usd(fill.fee))),
        ]),
        keyboard: vec![vec![open(), send("Trader", Screen::Followed { wallet: trader.wallet.clone() })]],
        picture: None,
        silent: true,
    }
}

fn began(trader: &Trader, stage: Stage) -> Message {
    let said = match stage {
        Stage::Shadow => {
            "In shadow: I write down what copies would make and stake nothing. I tell you when that is over."
        }
        Stage::Live => "Staked from his next trade on, with paper money.",
        Stage::Failed => "Set aside: nothing is staked.",
    };
    Message {
        html: lines([paper(&format!("I follow {}", plain_name(trader))), said.to_owned()]),
        keyboard: vec![vec![send("Trader", Screen::Followed { wallet: trader.wallet.clone() })]],
        picture: None,
        silent: true,
    }
}

/// A change of stage: what, why, on what, and what it means.
fn staged(trader: &Trader, change: &StageChange) -> Message {
    let tally = &change.tally;
    let title = match change.to {
        Stage::Live => format!("💵 {} is staked from now on", plain_name(trader)),
        Stage::Shadow => format!("👻 {} goes back to shadow", plain_name(trader)),
        Stage::Failed => format!("⛔ {} is set aside", plain_name(trader)),
    };
    let why = match change.why {
        Why::Confirmed => "His report calls him copyable, and the shadow agrees.".to_owned(),
        Why::Proven => format!(
            "His shadow copies prove it by themselves: {}. Of the worthless at most 5 in 100 ever get there.",
            terms::wealth("on", tally.wealth_for, PROOF)
        ),
        Why::Disproven => format!(
            "His copies prove a loss: {}. Of the harmless at most 10 in 100 ever get there.",
            terms::wealth("against", tally.wealth_against, DISPROOF)
        ),
        Why::Report => "A fresh report says not to copy him.".to_owned(),
    };
    let then = match (change.from, change.to) {
        (_, Stage::Live) => "His next trade is copied with paper money, as his terms say.",
        (_, Stage::Shadow) => "No new stakes. Open copies stay and still follow his exits.",
        (_, Stage::Failed) => "Only you can take him up again.",
    };
    Message {
        html: lines([paper(&title), why, tally_words(tally), then.to_owned()]),
        keyboard: vec![vec![
            send("Trader", Screen::Followed { wallet: trader.wallet.clone() }),
            send("Report", Screen::Trader { wallet: trader.wallet.clone(), again: false }),
        ]],
        ..Message::default()
    }
}

fn digest(span: &str, counts: &CopyCounts) -> Message {
    let mut text = vec![paper(&format!("Followed traders · {span}")), format!("Orders: {}", counts::orders(counts))];
    text.extend(counts::reasons(counts).map(|reasons| format!("Skipped: {reasons}")));
    Message {
        html: lines(text),
        keyboard: vec![vec![send("Copy trading", Screen::Copy), send("Traders", Screen::Traders { page: 0 })]],
        picture: None,
        silent: true,
    }
}
