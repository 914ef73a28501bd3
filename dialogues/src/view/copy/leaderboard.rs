//! The leaderboard, and the choice among traders of one name.

use engine_core::copy::board::{LeaderboardRow, TraderFound};
use engine_core::copy::trader::Trader;
use engine_core::money::Usd;

use super::report::outage_words;
use super::verdict::verdict_mark;
use super::who;
use crate::escape::escape_short;
use crate::facts::{FindTraderFacts, LeaderboardFacts, Reader};
use crate::format::{code, dollars_short};
use crate::message::{Button, Message};
use crate::screen::{Period, Screen};
use crate::view::page::{home, lines, refresh_and_home, show, updated};

const TABS: [(Period, &str, &str); 4] = [
    (Period::Today, "Day", "today"),
    (Period::Week, "Week", "this week"),
    (Period::Month, "Month", "this month"),
    (Period::All, "All", "of all time"),
];
/// Traders offered when several answer to a name.
const MOST_CHOICES: usize = 6;

/// Traders by profit over a span.
pub(in crate::view) fn leaderboard(facts: &LeaderboardFacts, reader: &Reader) -> Message {
    let span = TABS.iter().find(|(period, ..)| *period == facts.period).map_or("", |(.., words)| *words);
    let mut text = vec![format!("<b>🏆 Leaderboard · {span}</b>")];
    let mut keyboard = vec![tabs(facts.period)];
    match &facts.rows {
        Err(sentence) => text.push(format!("I cannot have it now: {}", escape_short(sentence, 200))),
        Ok(rows) if rows.is_empty() => text.push(match facts.page {
            0 => "Nobody is on it.".to_owned(),
            _ => "Nobody further down.".to_owned(),
        }),
        Ok(rows) => {
            text.push("Who made the most, not who will. Most cannot be copied; the report says why.".to_owned());
            text.push(String::new());
            text.extend(rows.iter().map(row));
            let buttons: Vec<Button> = rows.iter().map(button).collect();
            keyboard.extend(buttons.chunks(2).map(<[Button]>::to_vec));
            text.push(String::new());
            text.push("My verdict: ✓ copyable · ? cannot tell · ✗ do not".to_owned());
            text.push("<i>Their money is real; mine is PAPER.</i>".to_owned());
        }
    }
    text.push(updated(reader.now));
    keyboard.extend(pages(facts));
    keyboard.push(refresh_and_home(Screen::Leaderboard { period: facts.period, page: facts.page }));
    Message { html: lines(text), keyboard, ..Message::default() }
}

fn tabs(chosen: Period) -> Vec<Button> {
    let tab = |(period, label, _): &(Period, &str, &str)| {
        let mark = if *period == chosen { "• " } else { "" };
        show(format!("{mark}{label}"), Screen::Leaderboard { period: *period, page: 0 })
    };
    TABS.iter().map(tab).collect()
}

/// "3. ? sharp_ann · $12.4k · volume 1.2M · followed".
fn row(row: &LeaderboardRow) -> String {
    // Shares in one version of the venue's feed, dollars in the other: a plain number.
    let volume = row.volume.map(|volume| format!(" · volume {}", number_short(volume))).unwrap_or_default();
    let followed = if row.followed { " · followed" } else { "" };
    let mark = match verdict_mark(row.verdict) {
        " " => String::new(),
        mark => format!("{mark} "),
    };
    let pnl = row.pnl.map_or_else(|| "–".to_owned(), |pnl: Usd| dollars_short(pnl.to_f64()));
    format!("{}. {mark}{} · {}{volume}{followed}", row.rank, who::name(&row.trader), code(&pnl))
}

fn number_short(value: f64) -> String {
    dollars_short(value).replace('$', "")
}

fn button(row: &LeaderboardRow) -> Button {
    let wallet = row.trader.wallet.clone();
    if row.followed {
        show(format!("{} · followed", who::label(&row.trader)), Screen::Followed { wallet })
    } else {
        show(format!("Follow ▸ {}", who::label(&row.trader)), Screen::Trader { wallet, again: false })
    }
}

fn pages(facts: &LeaderboardFacts) -> Option<Vec<Button>> {
    let to = |label: &str, page| show(label, Screen::Leaderboard { period: facts.period, page });
    let back = (facts.page > 0).then(|| to("◀", facts.page - 1));
    let on = facts.more.then(|| to("▶", facts.page.saturating_add(1)));
    let row: Vec<Button> = back.into_iter().chain(on).collect();
    (!row.is_empty()).then_some(row)
}

/// Who answers to a name.
pub(in crate::view) fn found(facts: &FindTraderFacts, reader: &Reader) -> Message {
    let asked = escape_short(&facts.query, 60);
    let nobody = || format!("I found no trader called “{asked}”. His wallet or a link to his profile always works.");
    let (html, mut keyboard) = match &facts.found {
        TraderFound::Unavailable { outage } => (outage_words(outage, reader), Vec::new()),
        TraderFound::Nobody { .. } | TraderFound::Unreadable => (nobody(), Vec::new()),
        TraderFound::Several { traders } if traders.is_empty() => (nobody(), Vec::new()),
        TraderFound::Several { traders } => choices(&asked, traders),
        TraderFound::One { trader } => choices(&asked, std::slice::from_ref(trader)),
    };
    keyboard.push(vec![show("Leaderboard", Screen::Leaderboard { period: Period::Month, page: 0 }), home()]);
    Message { html, keyboard, ..Message::default() }
}

fn choices(asked: &str, traders: &[Trader]) -> (String, Vec<Vec<Button>>) {
    let shown = || traders.iter().take(MOST_CHOICES).enumerate();
    let mut text = vec![match traders.len() {
        1 => format!("One trader answers to “{asked}”:"),
        _ => format!("Several traders answer to “{asked}”. Which one?"),
    }];
    text.extend(shown().map(|(index, trader)| format!("{}. {}", index + 1, who::line(trader))));
    (lines(text), shown().map(choice).collect())
}

fn choice((index, trader): (usize, &Trader)) -> Vec<Button> {
    let label = format!("{} · {} {}", index + 1, who::label(trader), who::short(&trader.wallet));
    vec![show(label, Screen::Trader { wallet: trader.wallet.clone(), again: false })]
}
