//! What every message looks like, read as on a phone.

use dialogues::Role;
use dialogues::escape::utf16_len;
use dialogues::facts::{BrierFacts, Facts, MarketChoice, MarketFound, MarketWhyFacts, Reader};
use dialogues::message::{Message, Picture, Press};
use dialogues::screen::{Period, Screen};
use dialogues::view;
use engine_core::engines::Engines;
use engine_core::market::Outcome;
use engine_core::model::{ModelCard, ModelStatus};
use engine_core::notice::*;
use engine_core::scoring::{Duel, DuelVerdict};
use engine_core::signal::SignalStatus;

use crate::world::*;

/// A message as text: its HTML, its buttons, its picture.
pub(crate) fn sketch(message: &Message) -> String {
    let mut out = message.html.clone();
    for row in &message.keyboard {
        out.push('\n');
        let buttons: Vec<String> = row.iter().map(|button| format!("[{}]", button.label)).collect();
        out.push_str(&buttons.join(" "));
    }
    if let Some(picture) = &message.picture {
        out.push_str(&format!("\n({picture:?})"));
    }
    if message.silent {
        out.push_str("\n(silent)");
    }
    out
}

fn every_screen() -> Vec<Screen> {
    vec![
        Screen::Home,
        Screen::Signals,
        Screen::Signal { id: 12 },
        Screen::Signal { id: 99 },
        Screen::SignalWhy { id: 12 },
        Screen::SignalChart { id: 12 },
        Screen::Open { page: 0 },
        Screen::ClosePreview { position: 7 },
        Screen::PositionWhy { position: 7 },
        Screen::PositionChart { position: 7 },
        Screen::Stats { book: None, period: Period::All },
        Screen::EquityChart,
        Screen::Brier,
        Screen::ReliabilityChart,
        Screen::Why { query: None },
        Screen::Why { query: Some("event/fed-decision".to_owned()) },
        Screen::Why { query: Some("<b>moon".to_owned()) },
        Screen::Modes,
        Screen::PauseAll,
        Screen::Models,
        Screen::Model { id: 2 },
        Screen::Model { id: 9 },
        Screen::Health,
        Screen::Help,
    ]
    .into_iter()
    .chain(crate::strategies_world::every_screen())
    .chain(crate::copy_world::every_screen())
    .collect()
}

/// A model in every state its card can have.
fn model_notices() -> Vec<Notice> {
    let with = |verdict, difference, interval| Duel {
        verdict,
        difference,
        difference_ci95: Some(interval),
        brier_challenger: 0.1745 - difference,
        ..model_duel()
    };
    let duels = [
        with(DuelVerdict::NotProven, 0.0002, [-0.0011, 0.0015]),
        with(DuelVerdict::Worse, -0.0031, [-0.006, -0.0002]),
        Duel { n: 203, events: 12, ..with(DuelVerdict::TooFewEvents, 0.01, [-0.1, 0.12]) },
    ];
    let candidate = model_card(ModelStatus::Candidate);
    let by_hand = Some(DecidedBy::Person { user_id: OWNER, name: "Ann".to_owned() });
    let mut cards = vec![model_card(ModelStatus::Champion)];
    cards.extend(duels.map(|duel| ModelCard { duel: Some(duel), ..candidate.clone() }));
    cards.push(ModelCard { duel: None, ..candidate.clone() });
    cards.push(ModelCard { duel: None, rival: None, serving: None, ..candidate });
    cards.push(ModelCard { decided_by: by_hand.clone(), ..model_card(ModelStatus::Champion) });
    cards.push(ModelCard { decided_by: by_hand, decided_at: Some(now()), ..model_card(ModelStatus::Retired) });
    let reason = Some("ensemble.onnx cannot be run: <truncated>".to_owned());
    cards.push(ModelCard { reason, duel: None, trained_at: None, ..model_card(ModelStatus::Refused) });
    let mut notices: Vec<Notice> = cards.into_iter().map(|card| Notice::Model(Box::new(card))).collect();
    notices.push(Notice::RetrainFailed { cause: "the trainer ended with exit status: 3: <boom>".to_owned() });
    let overdue = |trainer| Notice::ModelOverdue {
        version: "v5-2026-04-10-772d58c3".to_owned(),
        trained_at: now() - seconds(1_000_000),
        every_hours: 24.0,
        trainer,
    };
    notices.extend([overdue(false), overdue(true)]);
    let fault = |serving: Option<&str>| Notice::ModelFault {
        version: "v5-2026-11-20-0badcafe".to_owned(),
        reason: "golden row 3: final is NaN, Python computed 0.4".to_owned(),
        serving: serving.map(str::to_owned),
    };
    notices.extend([fault(Some("v5-2026-04-10-772d58c3")), fault(None)]);
    notices
}

fn every_notice() -> Vec<Notice> {
    let settled = |book: usize, payout: &str, pnl: &str, wins, losses| SettledBet {
        position: bets()[book].position.clone(),
        payout: payout.parse().unwrap(),
        proceeds: "30.4".parse().unwrap(),
        pnl: pnl.parse().unwrap(),
        record: WinLoss { wins, losses },
        trader: None,
    };
    let lost = SettledBet { proceeds: "0".parse().unwrap(), ..settled(0, "0", "-11.9", 0, 1) };
    let mut all = vec![
        Notice::Signal(Box::new(card(SignalStatus::Pending))),
        Notice::Signal(Box::new(card(SignalStatus::Approved))),
        Notice::Signal(Box::new(SignalCard { half: true, ..card(SignalStatus::Approved) })),
        Notice::Signal(Box::new(card(SignalStatus::Skipped))),
        Notice::Signal(Box::new(card(SignalStatus::Expired))),
        Notice::Signal(Box::new(card(SignalStatus::Auto))),
        Notice::BetPlaced { signal_id: 12, decision: Box::new(decision()), bets: bets() },
        Notice::Settled { bets: vec![settled(0, "1", "18.5", 1, 0), settled(1, "1", "9.24", 1, 0)] },
        Notice::Settled { bets: vec![lost] },
        Notice::Settled { bets: vec![settled(0, "0.5", "3.3", 1, 1)] },
        Notice::Closed {
            position: bets()[0].position.clone(),
            fill: fill("30.4", "13.53", "0.3"),
            pnl: "-1.33".parse().unwrap(),
            reason: ExitReason::StopLoss,
            trader: None,
        },
        Notice::Resettled {
            position: bets()[0].position.clone(),
            before: "1".parse().unwrap(),
            after: "0".parse().unwrap(),
            trader: None,
        },
        Notice::Unresolved {
            market_id: decision().market_id,
            question: decision().question,
            path: decision().path,
            closed_since: now() - seconds(200_000),
            status: Some("disputed".to_owned()),
            shares: "45.6".parse().unwrap(),
        },
        Notice::Heartbeat { engines: Engines::Both, books: reports(), scans: 6, last_scan: scan() },
        Notice::DailyReport {
            engines: Engines::Both,
            day: "2026-11-22".to_owned(),
            books: reports(),
            open: vec![bets()[0].position.clone()],
            ended: vec![bets()[1].position.clone()],
            scores: vec![score()],
        },
        Notice::Started {
            engines: Engines::Both,
            version: "0.1.0".to_owned(),
            model: Ok("v1".to_owned()),
            books: reports(),
            scan_minutes: 10.0,
        },
        Notice::Stopping { engines: Engines::Both, open: 2 },
        Notice::LoopFailed { name: "scan".to_owned(), error: "gamma: <html>".to_owned() },
    ];
    all.extend(model_notices());
    all.extend(crate::copy_world::news());
    all
}

#[test]
fn screens_read_well() {
    let all: Vec<String> = every_screen()
        .iter()
        .map(|screen| format!("── {screen:?}\n{}", sketch(&view::screen(&facts(screen), &reader()))))
        .collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn notices_read_well() {
    let all: Vec<String> = every_notice().iter().map(|notice| sketch(&view::notice(notice, &reader()))).collect();
    insta::assert_snapshot!(all.join("\n\n──\n"));
}

/// Opening tags minus closing ones, by nesting; panics at the first wrong one.
pub(crate) fn check_html(html: &str) {
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("a tag that never ends");
        let tag = &rest[start + 1..end];
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop().as_deref(), Some(name), "{html}"),
            None => open.push(tag.split(' ').next().unwrap().to_owned()),
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?} left open: {html}");
}

pub(crate) fn check_message(message: &Message) {
    check_html(&message.html);
    assert!(utf16_len(&message.html) <= if message.picture.is_some() { 1024 } else { 4096 });
    for table in message.html.split("<pre>").skip(1) {
        for line in table.split("</pre>").next().unwrap().lines() {
            let line = line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            assert!(line.chars().count() <= 35, "too wide for a phone: {line}");
        }
    }
    if message.html.contains('$') {
        assert!(message.html.contains("PAPER"), "money without PAPER: {}", message.html);
    }
}

#[test]
fn every_message_is_sound_html_narrow_and_marked() {
    for screen in every_screen() {
        check_message(&view::screen(&facts(&screen), &reader()));
    }
    for notice in every_notice() {
        check_message(&view::notice(&notice, &reader()));
    }
}

#[test]
fn readers_who_are_not_the_owner_get_no_controls() {
    for role in [Role::Viewer, Role::Stranger] {
        let reader = Reader { user: Some(VIEWER), role, engines: Engines::Both, now: now() };
        let screens = every_screen().into_iter().map(|screen| view::screen(&facts(&screen), &reader));
        let notices = every_notice().into_iter().map(|notice| view::notice(&notice, &reader));
        for message in screens.chain(notices) {
            for button in message.keyboard.iter().flatten() {
                assert!(!button.press.is_control(), "{button:?}");
                assert!(!matches!(button.press, Press::Act { .. }));
            }
        }
    }
}

#[test]
fn our_insides_are_told_to_the_owner_alone() {
    let failed = Notice::LoopFailed { name: "scan".to_owned(), error: "CANARY".to_owned() };
    let mut ill = health();
    ill.model = Err("CANARY".to_owned());
    ill.loops[1].failing = Some("CANARY".to_owned());
    ill.retraining.trouble = Some("CANARY".to_owned());
    let refused = ModelCard { reason: Some("CANARY".to_owned()), ..model_card(ModelStatus::Refused) };
    let model = |notice: Notice, reader: &Reader| view::notice(&notice, reader).html.contains("CANARY");
    for (role, told) in [(Role::Owner, true), (Role::Viewer, false)] {
        let reader = Reader { role, ..reader() };
        let health = view::screen(&Facts::Health(ill.clone()), &reader).html;
        assert_eq!(health.matches("CANARY").count(), if told { 3 } else { 0 });
        assert_eq!(view::notice(&failed, &reader).html.contains("CANARY"), told);
        assert_eq!(model(Notice::Model(Box::new(refused.clone())), &reader), told);
        assert_eq!(model(Notice::RetrainFailed { cause: "CANARY".to_owned() }, &reader), told);
    }
}

#[test]
fn only_a_waiting_card_has_buttons() {
    for status in [SignalStatus::Approved, SignalStatus::Skipped, SignalStatus::Expired, SignalStatus::Auto] {
        assert!(view::signal_card(&card(status), &reader()).keyboard.is_empty());
    }
    assert!(!view::signal_card(&card(SignalStatus::Pending), &reader()).keyboard.is_empty());
}

#[test]
fn a_win_comes_with_an_animation_and_a_loss_without() {
    let pictures: Vec<Option<Picture>> = every_notice()
        .iter()
        .filter(|notice| matches!(notice, Notice::Settled { .. }))
        .map(|notice| view::notice(notice, &reader()).picture)
        .collect();
    assert_eq!(pictures, [Some(Picture::Victory { pick: 7 }), None, Some(Picture::Victory { pick: 7 })]);
}

#[test]
fn foreign_text_cannot_break_out() {
    let attack = "<a href=\"https://evil.example\">Free & \u{202e}easy</a>\u{200b}\n\u{7}";
    let mut card = card(SignalStatus::Pending);
    card.decision.question = attack.to_owned();
    card.decision.path = "event/x\" onclick=\"<b>@evil.example/../..".to_owned();
    if let Some(candidate) = &mut card.decision.candidate {
        candidate.outcome_label = "<i>Up</i>".to_owned();
    }
    card.decision.plans[2].trace[1].reason = "<u>".to_owned();
    let message = view::signal_card(&card, &reader());
    check_html(&message.html);
    assert!(message.html.contains("&lt;a href=&quot;https://evil.example&quot;&gt;Free &amp; easy&lt;/a&gt;"));
    assert!(!message.html.contains(['\u{202e}', '\u{200b}', '\u{7}']));
    for link in message.html.split("href=\"").skip(1) {
        assert!(link.starts_with("https://polymarket.com/event/x%22%20onclick"), "{link}");
    }
    for button in message.keyboard.iter().flatten() {
        assert!(!button.label.contains('\u{202e}'));
    }
}

#[test]
fn outcomes_with_names_are_spoken_of_by_name() {
    let mut card = card(SignalStatus::Pending);
    if let Some(candidate) = &mut card.decision.candidate {
        candidate.outcome_label = "Down".to_owned();
        assert_eq!(candidate.outcome, Outcome::No);
    }
    let html = view::signal_card(&card, &reader()).html;
    assert!(html.contains("Buy <b>Down</b>"), "{html}");
    assert!(html.contains("<code>37.9¢</code> Down"), "{html}");
    assert!(html.contains("Model says <code>60 %</code> Down"), "{html}");
}

#[test]
fn without_scores_nothing_is_claimed() {
    let say = |waiting| {
        let facts = BrierFacts {
            scores: Vec::new(),
            by_horizon: Vec::new(),
            by_category: Vec::new(),
            by_price: Vec::new(),
            calibration: Vec::new(),
            bins: Vec::new(),
            waiting,
        };
        view::screen(&Facts::Brier(facts), &reader()).html
    };
    assert!(say(0).contains("I have not made a forecast"));
    assert!(say(3).contains("3 forecasts wait for their markets to resolve. Until then I claim nothing."));
}

#[test]
fn verdicts_say_what_is_proven_and_what_it_would_take() {
    let say = |skill, ci: [f64; 2], verdict: &str, needed| {
        let score =
            ScoreSummary { skill, skill_ci95: ci, verdict: verdict.to_owned(), events_needed: needed, ..score() };
        let facts = BrierFacts { scores: vec![score], ..brier() };
        view::screen(&Facts::Brier(facts), &reader()).html
    };
    let html = say(-0.012, [-0.040, 0.017], "not proven", None);
    assert!(
        html.contains("Skill −1.2 % [−4.0, +1.7]. <b>Not proven.</b> About 1,200 more events would show a 1 % edge."),
        "{html}"
    );
    let html = say(0.02, [-0.01, 0.05], "not proven", Some(1_900));
    assert!(html.contains("About 1,900 more events would prove a skill of this size."), "{html}");
    let html = say(0.03, [0.01, 0.05], "proven", Some(0));
    assert!(html.contains("<b>Proven</b>: better than the market.") && !html.contains("more events"), "{html}");
    let html = say(-0.03, [-0.035, -0.025], "worse", None);
    assert!(html.contains("<b>Worse</b> than the market. A 1 % edge would show by now"), "{html}");
}

#[test]
fn calibration_is_off_learned_or_on_and_says_why() {
    let say = |calibration| {
        let facts = BrierFacts { calibration: vec![calibration], ..brier() };
        let html = view::screen(&Facts::Brier(facts), &reader()).html;
        check_html(&html);
        html
    };
    let html = say(calibration(212, 74, None, false));
    assert!(
        html.contains("Calibration: off, it has 212 of the 500 resolved forecasts it needs and 74 of 200 events."),
        "{html}"
    );
    let html = say(calibration(2_050, 390, Some(0.004), false));
    assert!(
        html.contains("Calibration: learned, not used. On 1,640 forecasts it had not seen the error fell by 0.4 % [−0.5, +1.3]: that may be luck."),
        "{html}"
    );
    let html = say(calibration(2_050, 390, Some(-0.02), false));
    assert!(html.contains("it had not seen the error rose by 2.0 % [−2.9, −1.1]."), "{html}");
    let html = say(calibration(2_050, 390, Some(0.021), true));
    assert!(
        html.contains("Calibration: on since 20 Nov 12:03 (Platt). On 1,640 forecasts it had not seen the error fell by 2.1 % [+1.2, +3.0]."),
        "{html}"
    );
}

#[test]
fn several_markets_are_offered_as_buttons() {
    let choice = |n: u32| MarketChoice { question: format!("Will <{n}> happen?"), query: n.to_string() };
    let found = MarketFound::Several(vec![choice(1), choice(2)]);
    let facts = MarketWhyFacts { query: "happen".to_owned(), found };
    let message = view::screen(&Facts::MarketWhy(Box::new(facts)), &reader());
    check_html(&message.html);
    assert_eq!(message.keyboard[0][0].label, "1 · Will <1> happen?");
    let press = Press::Show { screen: Screen::Why { query: Some("2".to_owned()) } };
    assert_eq!(message.keyboard[1][0].press, press);
}
