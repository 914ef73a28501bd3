//! Thresholds that run beside the real ones, without money.

use super::values::all;
use crate::facts::{Reader, TrialFacts, TrialFigures};
use crate::format::{age, book, count, profit, usd};
use crate::message::{Action, Message};
use crate::screen::Screen;
use crate::tune::{TuneDraft, TunePurpose, TuneStep};
use crate::view::page::{act, lines, paper, refresh, show, table};

/// How a trial stands against the real one.
pub(in crate::view) fn trial(facts: &TrialFacts, reader: &Reader) -> Message {
    let report = &facts.strategy.report;
    let name = report.book.as_str().to_owned();
    let back = show("◀ Back", Screen::Strategy { book: name.clone() });
    let Some(trial) = &facts.trial else {
        let html = format!(
            "Nothing runs beside {} (any more). Tune it and press “Try beside the real one”.",
            book(&report.book)
        );
        return Message { html, keyboard: vec![vec![back]], ..Message::default() };
    };
    let mut text = vec![paper(&format!("{} · on trial", book(&report.book)))];
    text.push(format!("Begun {}, without money:", age(trial.since, reader.now)));
    text.extend(all(&trial.thresholds, &facts.strategy.thresholds));
    text.push(beside(&trial.trial, &trial.real));
    text.push(
        "The trial bets at once on every signal that passes, from a bankroll of its own, at the prices of that moment. The \
         real one made what it was allowed to."
            .to_owned(),
    );
    let promote = TuneDraft {
        book: report.book.clone(),
        base: facts.strategy.thresholds,
        wanted: trial.thresholds,
        purpose: TunePurpose::Promote,
        step: TuneStep::Confirm,
    };
    let keyboard = vec![
        vec![
            show("⬆ Promote…", Screen::Tune { draft: Box::new(promote) }),
            act("✖ Drop", Action::EndTrial { book: report.book.clone(), thresholds: trial.thresholds }),
        ],
        vec![back, refresh(Screen::Trial { book: name })],
    ];
    Message { html: lines(text), keyboard, ..Message::default() }.for_role(reader.role)
}

fn beside(trial: &TrialFigures, real: &TrialFigures) -> String {
    let row = |name: &str, value: fn(&TrialFigures) -> String| vec![name.to_owned(), value(trial), value(real)];
    table(&[
        ["In this time", "trial", "real"].map(str::to_owned).to_vec(),
        row("bets", |figures| count(figures.bets.into())),
        row("still open", |figures| count(figures.open.into())),
        row("staked", |figures| usd(figures.staked)),
        row("profit", |figures| profit(figures.pnl)),
    ])
}
