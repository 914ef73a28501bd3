//! The terms of a follow, asked step by step.

use engine_core::copy::probation::{MIN_SHADOW_EVENTS, Stage};
use engine_core::copy::verdict::CopyVerdict;
use engine_core::strategy::BookMode;

use super::terms::{cap_label, cap_value, cap_words, caps_line, mode_words, sizing_words, times};
use super::verdict::{sentence, verdict_words};
use super::who;
use crate::draft::{Cap, FollowDraft, Purpose, Sizing, Step, dollars, less, more};
use crate::facts::{FollowFacts, Reader, usual_copy, usual_sizing};
use crate::format::{cents, code, dollars as dollars_of, percent, usd};
use crate::message::{Action, Button, Message};
use crate::screen::Screen;
use crate::view::page::{act, lines, paper, show};

/// Multiples offered.
const MULTIPLES: [u32; 3] = [50, 100, 200];
/// Limits offered for one.
const AMOUNTS: [i64; 6] = [5, 10, 15, 30, 75, 150];

/// The question of the step the draft stands at.
pub(in crate::view) fn follow(facts: &FollowFacts, reader: &Reader) -> Message {
    let (mut text, mut keyboard) = match facts.draft.step {
        Step::Start => start(facts),
        Step::Sizing => sizing(facts),
        Step::Caps => caps(facts),
        Step::OneCap { cap } => one_cap(facts, cap),
        Step::Mode => mode(facts),
        Step::Confirm => confirm(facts),
    };
    let title = match facts.draft.purpose {
        Purpose::Begin => "Follow",
        Purpose::Change => "Settings",
    };
    let at = place(&facts.draft).map(|(n, of)| format!(" · {n} of {of}")).unwrap_or_default();
    text.insert(0, format!("{}{at}", paper(title)));
    text.insert(1, who::line(&facts.trader));
    keyboard.push(vec![back(&facts.draft), show("✖ Cancel", Screen::Home)]);
    Message { html: lines(text), keyboard, ..Message::default() }.for_role(reader.role)
}

fn to(label: impl Into<String>, draft: FollowDraft) -> Button {
    show(label, Screen::Follow { draft: Box::new(draft) })
}

/// A choice with its mark when it is the one so far.
fn choice(label: &str, chosen: bool, draft: FollowDraft) -> Button {
    to(format!("{}{label}", if chosen { "• " } else { "" }), draft)
}

/// Which question of how many; the first is only asked of a new follow.
const fn place(draft: &FollowDraft) -> Option<(u8, u8)> {
    let n = match draft.step {
        Step::Start => 1,
        Step::Sizing => 2,
        Step::Caps | Step::OneCap { .. } => 3,
        Step::Mode => 4,
        Step::Confirm => return None,
    };
    match draft.purpose {
        Purpose::Begin => Some((n, 4)),
        Purpose::Change => Some((n - 1, 3)),
    }
}

fn back(draft: &FollowDraft) -> Button {
    let wallet = draft.wallet.clone();
    match (draft.step, draft.purpose) {
        (Step::Start, _) => show("◀ Report", Screen::Trader { wallet, again: false }),
        (Step::Sizing, Purpose::Change) => show("◀ Back", Screen::Followed { wallet }),
        (Step::Sizing, Purpose::Begin) => to("◀ Back", draft.at(Step::Start)),
        (Step::Caps, _) => to("◀ Back", draft.at(Step::Sizing)),
        (Step::OneCap { .. } | Step::Mode, _) => to("◀ Back", draft.at(Step::Caps)),
        (Step::Confirm, _) => to("◀ Back", draft.at(Step::Mode)),
    }
}

fn is_proven(facts: &FollowFacts) -> bool {
    facts.dossier.as_ref().is_some_and(|dossier| dossier.judged.verdict == CopyVerdict::Copyable)
}

/// "The report says: cannot tell. Only 12 …".
fn report_line(facts: &FollowFacts) -> String {
    let Some(dossier) = &facts.dossier else {
        return "There is no report on him yet.".to_owned();
    };
    let why = dossier.judged.reasons.first().map(|reason| sentence(reason, dossier.looked_at)).unwrap_or_default();
    format!("The report says: <b>{}</b>. {why}", verdict_words(dossier.judged.verdict).to_lowercase())
}

fn start(facts: &FollowFacts) -> (Vec<String>, Vec<Vec<Button>>) {
    let draft = &facts.draft;
    let mut text = vec![report_line(facts), String::new()];
    text.push(format!(
        "<b>In shadow</b> I write down what each copy would make, at the price we would really get, and stake nothing. It \
         costs nothing, and after about {MIN_SHADOW_EVENTS} ended events we know more. If it goes well he is promoted by \
         himself, and I tell you."
    ));
    text.push("<b>Staked at once</b> I bet the copy book's paper money from his next trade on.".to_owned());
    text.push(if is_proven(facts) {
        "The shadow is still the way to see it with our own eyes first.".to_owned()
    } else {
        "⚠ Nothing is proven about him, so I would start in shadow.".to_owned()
    });
    if facts.follow.is_some() {
        text.push("I follow him already: this would change nothing. His settings are under Traders.".to_owned());
    }
    let shadow = FollowDraft { stage: Stage::Shadow, ..draft.clone() };
    let live = FollowDraft { stage: Stage::Live, ..draft.clone() };
    let usual = facts.dossier.as_ref().map_or(draft.sizing, |dossier| usual_sizing(dossier, &facts.terms));
    let usual =
        FollowDraft { stage: Stage::Shadow, step: Step::Confirm, ..FollowDraft::begin(draft.wallet.clone(), usual) };
    let keyboard = vec![
        vec![to("👻 Shadow, usual terms ▸", usual)],
        vec![to("👻 Shadow…", shadow.at(Step::Sizing)), to("💵 Staked at once…", live.at(Step::Sizing))],
    ];
    (text, keyboard)
}

fn sizing(facts: &FollowFacts) -> (Vec<String>, Vec<Vec<Button>>) {
    let draft = &facts.draft;
    let with = |sizing| FollowDraft { sizing, ..draft.at(Step::Caps) };
    let mut text = vec!["<b>How large is a copy?</b>".to_owned(), format!("<b>Kelly</b> {}", kelly_words(facts))];
    text.push(format!(
        "<b>In proportion</b>: a stake of 3 % of his portfolio is 3 % of our book, times what you choose. {}",
        match facts.dossier.as_ref().and_then(|dossier| dossier.portfolio).filter(|worth| *worth > 0.0) {
            Some(worth) => usual_words(facts, worth),
            None =>
                "What his portfolio is worth is not known now, and without it nothing is copied this way.".to_owned(),
        }
    ));
    text.push(format!("A copy below {} is not made.", code(&usd(facts.terms.min_bet))));
    text.push(String::new());
    text.push("Press one, or type a number of times: 0.75, say.".to_owned());
    let multiples = MULTIPLES
        .iter()
        .map(|percent| {
            let sizing = Sizing::Proportional { percent: *percent };
            choice(&times(*percent), draft.sizing == sizing, with(sizing))
        })
        .collect();
    let mut keyboard = vec![vec![choice("Kelly", draft.sizing == Sizing::Kelly, with(Sizing::Kelly))], multiples];
    if let Sizing::Proportional { percent } = draft.sizing
        && !MULTIPLES.contains(&percent)
    {
        keyboard.push(vec![choice(&times(percent), true, with(draft.sizing))]);
    }
    (text, keyboard)
}

/// What his usual order would come to here.
fn usual_words(facts: &FollowFacts, worth: f64) -> String {
    let portfolio = dollars_of(worth);
    let usual = facts.dossier.as_ref().and_then(|dossier| usual_copy(dossier, &facts.terms));
    match usual {
        Some(usual) => {
            format!("His portfolio is {portfolio}; his usual order would be {} here at ×1.", code(&dollars_of(usual)))
        }
        None => format!("His portfolio is {portfolio}."),
    }
}

/// What Kelly would make of his edge.
fn kelly_words(facts: &FollowFacts) -> String {
    let floor = facts.terms.floor;
    let Some(dossier) = &facts.dossier else {
        return "would copy nothing: without a report there is no edge to go by.".to_owned();
    };
    let edge = dossier.edge.edge;
    if dossier.report.measured.is_none() {
        "would copy nothing: his edge cannot be measured yet.".to_owned()
    } else if edge <= floor {
        format!("would copy nothing: his edge shrinks to {}, the floor is {}.", code(&cents(edge)), code(&cents(floor)))
    } else {
        format!(
            "stakes by his edge: {} a share at his price, less our costs; what is left must be above {}.",
            code(&cents(edge)),
            cents(floor)
        )
    }
}

fn caps(facts: &FollowFacts) -> (Vec<String>, Vec<Vec<Button>>) {
    let draft = &facts.draft;
    let mut text = vec!["<b>How much at most?</b>".to_owned()];
    text.extend(Cap::ALL.iter().map(|cap| format!("{} {}", code(&cap_value(cap.of(&draft.caps))), cap_words(*cap))));
    text.extend(facts.book.as_ref().map(|book| {
        format!("The copy book has {} free of {}.", code(&usd(book.cash)), code(&usd(book.cash + book.invested)))
    }));
    text.push("− and + step; press a value to type one.".to_owned());
    let mut keyboard: Vec<Vec<Button>> = Cap::ALL
        .iter()
        .map(|cap| {
            let value = cap.of(&draft.caps);
            vec![
                to("−", draft.with_cap(*cap, less(value))),
                to(format!("{} {}", cap_label(*cap), cap_value(value)), draft.at(Step::OneCap { cap: *cap })),
                to("+", draft.with_cap(*cap, more(value))),
            ]
        })
        .collect();
    keyboard.push(vec![to("Next ▸", draft.at(Step::Mode))]);
    (text, keyboard)
}

fn one_cap(facts: &FollowFacts, cap: Cap) -> (Vec<String>, Vec<Vec<Button>>) {
    let draft = &facts.draft;
    let text = vec![
        format!("<b>At most how much {}?</b>", cap_words(cap)),
        format!("Now: {}. Press one, or type an amount in dollars.", code(&cap_value(cap.of(&draft.caps)))),
    ];
    let set = |value| draft.with_cap(cap, value).at(Step::Caps);
    let amounts: Vec<Button> = AMOUNTS
        .iter()
        .map(|amount| {
            let value = Some(dollars(*amount));
            choice(&cap_value(value), cap.of(&draft.caps) == value, set(value))
        })
        .collect();
    let mut keyboard: Vec<Vec<Button>> = amounts.chunks(3).map(<[Button]>::to_vec).collect();
    keyboard.push(vec![choice("No limit", cap.of(&draft.caps).is_none(), set(None))]);
    (text, keyboard)
}

fn mode(facts: &FollowFacts) -> (Vec<String>, Vec<Vec<Button>>) {
    let draft = &facts.draft;
    let mut text = vec![
        "<b>Ask you first?</b>".to_owned(),
        "A copy is worth less every second. If I ask, I read price and book again when you press, and tell you when it is \
         too late."
            .to_owned(),
    ];
    if draft.stage != Stage::Live {
        text.push("In shadow I neither ask nor stake; this holds once he is staked.".to_owned());
    }
    if let Some(book) = &facts.book
        && book.mode == BookMode::Paused
    {
        text.push("The copy book is paused: until it is not, nothing is staked whatever you choose.".to_owned());
    }
    let with = |mode| FollowDraft { mode, ..draft.at(Step::Confirm) };
    let keyboard = vec![vec![
        choice("Ask me", draft.mode == BookMode::Approve, with(BookMode::Approve)),
        choice("At once", draft.mode == BookMode::Auto, with(BookMode::Auto)),
    ]];
    (text, keyboard)
}

fn confirm(facts: &FollowFacts) -> (Vec<String>, Vec<Vec<Button>>) {
    let draft = &facts.draft;
    let begins = draft.purpose == Purpose::Begin;
    let mut text = Vec::new();
    if begins {
        text.push(match draft.stage {
            Stage::Shadow => "Start: <b>👻 in shadow</b>, nothing is staked".to_owned(),
            Stage::Live => "Start: <b>💵 staked at once</b>, on paper".to_owned(),
            Stage::Failed => "Start: <b>⛔ set aside</b>".to_owned(),
        });
    }
    text.push(format!("Size: <b>{}</b>", sizing_words(draft.sizing)));
    text.push(format!("At most: {}", caps_line(&draft.caps)));
    text.push(format!("Mode: <b>{}</b>", mode_words(draft.mode)));
    text.push(String::new());
    text.extend(warnings(facts));
    match (begins, &facts.follow) {
        (true, Some(_)) => {
            text.push("I follow him already: pressing changes nothing. Settings is under Traders.".to_owned());
        }
        (true, None) => text.push("What he did before is not copied.".to_owned()),
        (false, Some(_)) => text.push("It holds from his next trade on.".to_owned()),
        (false, None) => text.push("I do not follow him any more: pressing changes nothing.".to_owned()),
    }
    let label = match (begins, draft.stage) {
        (true, Stage::Live) if !is_proven(facts) => "⚠ Follow and stake, unproven",
        (true, Stage::Live) => "✅ Follow and stake",
        (true, Stage::Shadow | Stage::Failed) => "✅ Follow",
        (false, _) => "✅ Save",
    };
    (text, vec![vec![act(label, Action::Follow { draft: Box::new(draft.clone()) })]])
}

/// What speaks against these terms.
fn warnings(facts: &FollowFacts) -> Vec<String> {
    let FollowFacts { draft, dossier, terms, .. } = facts;
    let mut text = Vec::new();
    if draft.purpose == Purpose::Begin && draft.stage == Stage::Live && !is_proven(facts) {
        text.push(format!("⚠ You overrule me: nothing is proven. {}", report_line(facts)));
    }
    match (draft.sizing, dossier) {
        (Sizing::Kelly, None) => text.push("⚠ Without a report there is no edge, and Kelly copies nothing.".to_owned()),
        (Sizing::Kelly, Some(dossier)) if dossier.edge.edge <= terms.floor => {
            text.push(format!("⚠ Kelly {}", kelly_words(facts)));
        }
        (Sizing::Proportional { .. }, Some(dossier)) if dossier.portfolio.is_none_or(|worth| worth <= 0.0) => {
            text.push("⚠ What his portfolio is worth is not known; while it is not, nothing is copied.".to_owned());
        }
        (Sizing::Proportional { percent }, Some(dossier)) => {
            let usual = usual_copy(dossier, terms).map(|usual| usual * f64::from(percent) / 100.0);
            text.extend(usual.filter(|usual| *usual < terms.min_bet.to_f64()).map(|usual| {
                format!(
                    "⚠ His usual order would be a copy of {}: most would fall below the smallest, {}.",
                    code(&dollars_of(usual)),
                    code(&usd(terms.min_bet))
                )
            }));
        }
        (Sizing::Kelly, Some(_)) | (Sizing::Proportional { .. }, None) => {}
    }
    let tight = Cap::ALL.iter().find(|cap| cap.of(&draft.caps).is_some_and(|value| value < terms.min_bet));
    text.extend(tight.map(|cap| {
        format!(
            "⚠ A limit of {} {} lets nothing through: the smallest copy is {}.",
            code(&cap_value(cap.of(&draft.caps))),
            cap_words(*cap),
            code(&usd(terms.min_bet))
        )
    }));
    if let Sizing::Proportional { percent: multiple } = draft.sizing
        && multiple > 100
    {
        text.push(format!(
            "At {} a stake of 3 % of his portfolio is {} of our book.",
            times(multiple),
            percent(0.03 * f64::from(multiple) / 100.0, 0)
        ));
    }
    text
}
