//! Thresholds while they are changed: every change is answered with what it would have come to.

use engine_core::tuning::Threshold;

use super::figures::{figures, rests_on, returns, verdict};
use super::values::{all, label, meaning, name, range_words, value};
use crate::facts::{Reader, TuneFacts};
use crate::format::{book, code, duration};
use crate::message::{Action, Button, Message};
use crate::screen::Screen;
use crate::tune::{TuneDraft, TunePurpose, TuneStep};
use crate::view::page::{act, lines, paper, show};

/// The question of the step the draft stands at.
pub(in crate::view) fn tune(facts: &TuneFacts, reader: &Reader) -> Message {
    let (text, keyboard) = match facts.draft.step {
        TuneStep::Edit => edit(facts),
        TuneStep::One { threshold } => one(facts, threshold),
        TuneStep::Confirm => confirm(facts),
    };
    Message { html: lines(text), keyboard, ..Message::default() }.for_role(reader.role)
}

fn to(label: impl Into<String>, draft: TuneDraft) -> Button {
    show(label, Screen::Tune { draft: Box::new(draft) })
}

fn page(facts: &TuneFacts) -> Screen {
    Screen::Strategy { book: facts.draft.book.as_str().to_owned() }
}

/// That somebody saved others since the dialogue was begun.
fn moved(facts: &TuneFacts) -> Option<String> {
    let moved = facts.draft.base != facts.strategy.thresholds;
    moved.then(|| "⚠ The thresholds were changed meanwhile. Begin again to see them as they are.".to_owned())
}

fn edit(facts: &TuneFacts) -> (Vec<String>, Vec<Vec<Button>>) {
    let draft = &facts.draft;
    let changed = draft.wanted != draft.base;
    let mut text = vec![paper(&format!("{} · tuning", book(&draft.book)))];
    text.extend(moved(facts));
    text.extend(all(&draft.wanted, &draft.base));
    text.extend(preview(facts));
    text.push("− and + step; press a value to type one. Nothing is saved before you say so.".to_owned());
    let mut keyboard: Vec<Vec<Button>> = Threshold::ALL
        .iter()
        .map(|&threshold| {
            let now = draft.wanted.get(threshold);
            vec![
                to("−", draft.with(threshold, threshold.less(now))),
                to(format!("{} {}", label(threshold), value(threshold, now)), draft.at(TuneStep::One { threshold })),
                to("+", draft.with(threshold, threshold.more(now))),
            ]
        })
        .collect();
    if changed {
        keyboard.push(vec![to("💾 Save…", draft.at(TuneStep::Confirm)), show("✖ Discard", page(facts))]);
        if facts.strategy.trial_since.is_none() {
            keyboard
                .push(vec![act("👻 Try beside the real one", Action::BeginTrial { draft: Box::new(draft.clone()) })]);
        }
    } else {
        keyboard.push(vec![show("◀ Back", page(facts))]);
    }
    (text, keyboard)
}

fn preview(facts: &TuneFacts) -> Vec<String> {
    let Some(preview) = &facts.preview else { return Vec::new() };
    let mut text = vec![figures(preview)];
    text.extend(verdict(preview));
    text.extend(returns(preview));
    text.push(format!("<i>{}</i>", rests_on(preview, facts.strategy.report.capital, facts.early_exits)));
    text
}

fn one(facts: &TuneFacts, threshold: Threshold) -> (Vec<String>, Vec<Vec<Button>>) {
    let draft = &facts.draft;
    let text = vec![
        paper(&format!("{} · {}", book(&draft.book), name(threshold))),
        meaning(threshold).to_owned(),
        format!(
            "Now {}, default {}. Type a value {}.",
            code(&value(threshold, draft.wanted.get(threshold))),
            value(threshold, facts.strategy.defaults.get(threshold)),
            range_words(threshold)
        ),
    ];
    (text, vec![vec![to("◀ Back", draft.at(TuneStep::Edit)), show("✖ Cancel", Screen::Home)]])
}

fn confirm(facts: &TuneFacts) -> (Vec<String>, Vec<Vec<Button>>) {
    let draft = &facts.draft;
    let title = match draft.purpose {
        TunePurpose::Change => "save this?",
        TunePurpose::Promote => "make the trial the real one?",
    };
    let mut text = vec![paper(&format!("{}: {title}", book(&draft.book)))];
    text.extend(moved(facts));
    text.extend(draft.base.changes(&draft.wanted).iter().map(|change| {
        format!(
            "{}: {} → <b>{}</b>",
            name(change.threshold),
            value(change.threshold, change.from),
            value(change.threshold, change.to)
        )
    }));
    text.extend(facts.preview.as_ref().map(verdict).unwrap_or_default());
    text.push(format!(
        "It holds from the next scan on (one every {}), and for signals that wait. Open bets stay.",
        duration(facts.scan_every_secs)
    ));
    let back = match draft.purpose {
        TunePurpose::Change => to("◀ Back", draft.at(TuneStep::Edit)),
        TunePurpose::Promote => show("◀ Back", Screen::Trial { book: draft.book.as_str().to_owned() }),
    };
    let save = act("💾 Yes, save", Action::SaveProfile { draft: Box::new(draft.clone()) });
    (text, vec![vec![save], vec![back, show("✖ Discard", page(facts))]])
}
