//! The list, one strategy, and the questions before it is reset or gets more money.

use engine_core::money::Usd;
use engine_core::notice::BookReport;

use super::figures::{figures, rests_on, returns};
use super::values::{all, line};
use crate::draft::dollars;
use crate::escape::escape_short;
use crate::facts::{Reader, ResetFacts, StrategiesFacts, StrategyFacts, StrategyPageFacts, TopUpFacts};
use crate::format::{age, book, book_plain, code, profit, usd};
use crate::message::{Action, Button, Message};
use crate::screen::Screen;
use crate::tune::{TopUpDraft, TuneDraft};
use crate::view::page::{
    act, lines, mode_sentence, mode_word, paper, refresh, refresh_and_home, send, show, table, updated,
};

/// Amounts offered, in dollars.
const AMOUNTS: [i64; 3] = [50, 100, 300];

/// The strategies with their main figures.
pub(in crate::view) fn list(facts: &StrategiesFacts, reader: &Reader) -> Message {
    let mut text = vec![paper("Strategies")];
    let mut rows: Vec<Vec<String>> = vec![["", "worth", "profit", "w–l"].map(str::to_owned).to_vec()];
    rows.extend(facts.strategies.iter().map(|strategy| {
        let report = &strategy.report;
        vec![
            book_plain(&report.book),
            usd(worth(report)),
            profit(report.pnl_all),
            format!("{}–{}", report.record.wins, report.record.losses),
        ]
    }));
    text.push(table(&rows));
    for strategy in &facts.strategies {
        text.push(format!("<b>{}</b> ({})", book(&strategy.report.book), mode_word(strategy.report.mode)));
        text.push(format!("{}{}", line(&strategy.thresholds), marks(strategy)));
    }
    text.push(String::new());
    text.push("Each sees every signal and bets its own bankroll. Pick one to see what it would have made.".to_owned());
    text.push(updated(reader.now));
    let one = |strategy: &StrategyFacts| {
        let book = &strategy.report.book;
        show(book_plain(book), Screen::Strategy { book: book.as_str().to_owned() })
    };
    let keyboard = vec![
        facts.strategies.iter().map(one).collect(),
        vec![send("📈 Compare all", Screen::CompareProfiles), show("Modes", Screen::Modes)],
        refresh_and_home(Screen::Strategies),
    ];
    Message { html: lines(text), keyboard, ..Message::default() }.for_role(reader.role)
}

fn worth(report: &BookReport) -> Usd {
    report.cash + report.invested
}

/// " (changed)", " (changed, one on trial)".
fn marks(strategy: &StrategyFacts) -> String {
    let changed = (strategy.thresholds != strategy.defaults).then_some("changed");
    let trial = strategy.trial_since.map(|_| "one on trial");
    let marks: Vec<&str> = changed.into_iter().chain(trial).collect();
    if marks.is_empty() { String::new() } else { format!(" <i>({})</i>", marks.join(", ")) }
}

/// One strategy: thresholds, what they would have made, and what can be done.
pub(in crate::view) fn one(facts: &StrategyPageFacts, reader: &Reader) -> Message {
    let StrategyPageFacts { strategy, preview, last_change } = facts;
    let StrategyFacts { report, thresholds, defaults, trial_since } = strategy;
    let name = report.book.as_str().to_owned();
    let mut text = vec![paper(&book(&report.book))];
    text.push(format!(
        "Cash {} · in bets {} · profit {}",
        code(&usd(report.cash)),
        code(&usd(report.invested)),
        code(&profit(report.pnl_all))
    ));
    text.push(format!("Mode: {}.", mode_sentence(report.mode)));
    text.push(String::new());
    text.extend(all(thresholds, defaults));
    if thresholds != defaults {
        text.push("<i>Left of an arrow: the default.</i>".to_owned());
    }
    text.extend(last_change.as_ref().map(|change| {
        let by = change.by.as_ref().map(|name| format!(" by {}", escape_short(name, 40))).unwrap_or_default();
        format!("Last changed {}{by}.", age(change.at, reader.now))
    }));
    text.extend(
        trial_since.map(|since| format!("Others run beside it without money, begun {}.", age(since, reader.now))),
    );
    text.push(figures(preview));
    text.extend(returns(preview));
    text.push(format!("<i>{}</i>", rests_on(preview, report.capital, false)));
    text.push(updated(reader.now));
    let tune = TuneDraft::begin(report.book.clone(), *thresholds);
    let money = TopUpDraft { book: report.book.clone(), capital: report.capital, amount: None };
    let mut keyboard = vec![vec![
        show("🎚 Tune…", Screen::Tune { draft: Box::new(tune) }),
        show("💵 Top up…", Screen::TopUp { draft: Box::new(money) }),
    ]];
    let mut more = Vec::new();
    if thresholds != defaults {
        more.push(show("↩ Defaults…", Screen::ResetProfile { book: name.clone() }));
    }
    if trial_since.is_some() {
        more.push(show("👻 On trial", Screen::Trial { book: name.clone() }));
    }
    keyboard.push(more);
    keyboard.retain(|row| !row.is_empty());
    keyboard.push(vec![show("Modes", Screen::Modes), send("📈 Compare all", Screen::CompareProfiles)]);
    keyboard.push(vec![show("◀ Strategies", Screen::Strategies), refresh(Screen::Strategy { book: name })]);
    Message { html: lines(text), keyboard, ..Message::default() }.for_role(reader.role)
}

/// Asks before the settings' thresholds come back.
pub(in crate::view) fn reset(facts: &ResetFacts, reader: &Reader) -> Message {
    let StrategyFacts { report, thresholds, defaults, .. } = &facts.strategy;
    let back = show("✖ Keep", Screen::Strategy { book: report.book.as_str().to_owned() });
    let mut text = vec![paper(&format!("{}: back to the defaults?", book(&report.book)))];
    if thresholds == defaults {
        text.push("They are in force already.".to_owned());
        let keyboard = vec![vec![back]];
        return Message { html: lines(text), keyboard, ..Message::default() }.for_role(reader.role);
    }
    text.extend(all(defaults, thresholds));
    text.push(String::new());
    text.push("It holds from the next scan on. Open bets and money stay as they are.".to_owned());
    let action = Action::ResetProfile { book: report.book.clone(), from: *thresholds };
    let keyboard = vec![vec![act("↩ Yes, defaults", action), back]];
    Message { html: lines(text), keyboard, ..Message::default() }.for_role(reader.role)
}

/// Asks how much money is to be put in, then whether.
pub(in crate::view) fn top_up(facts: &TopUpFacts, reader: &Reader) -> Message {
    let TopUpFacts { draft, report } = facts;
    let back = show("✖ Cancel", Screen::Strategy { book: draft.book.as_str().to_owned() });
    let mut text = vec![paper(&format!("{}: more bankroll", book(&draft.book)))];
    text.push(format!(
        "Put in so far {} · cash {} · in bets {}",
        code(&usd(report.capital)),
        code(&usd(report.cash)),
        code(&usd(report.invested))
    ));
    let to = |label: String, draft: TopUpDraft| show(label, Screen::TopUp { draft: Box::new(draft) });
    let keyboard: Vec<Vec<Button>> = match draft.amount {
        None => {
            text.push("How much more? Press one, or type an amount in dollars.".to_owned());
            let amounts = AMOUNTS.map(|amount| to(format!("${amount}"), draft.of(dollars(amount))));
            vec![amounts.to_vec(), vec![back]]
        }
        Some(amount) => {
            text.push(format!("Put in <b>{}</b>, on paper? It cannot be taken out again.", code(&usd(amount))));
            text.push("Stakes grow with the cash. What was won or lost is told apart from what was put in.".to_owned());
            let again = TopUpDraft { amount: None, capital: report.capital, ..draft.clone() };
            vec![
                vec![act("💵 Yes, put it in", Action::TopUp { draft: Box::new(draft.clone()) })],
                vec![to("◀ Another amount".to_owned(), again), back],
            ]
        }
    };
    Message { html: lines(text), keyboard, ..Message::default() }.for_role(reader.role)
}
