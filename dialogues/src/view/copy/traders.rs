//! Followed traders: the list, and one with what copying him came to.

use engine_core::copy::follow::Standing;
use engine_core::copy::probation::Stage;
use engine_core::copy::record::CopyRecord;

use super::counts;
use super::terms::{caps_line, mode_words, probation, progress, sizing_words, stage_words};
use super::verdict::verdict_words;
use super::who;
use crate::draft::{FollowDraft, Purpose, Sizing, Step};
use crate::escape::escape_short;
use crate::facts::{FollowedFacts, Reader, TradersFacts};
use crate::format::{age, code, copies, counted, profit, return_on, usd};
use crate::message::{Action, Button, Message};
use crate::screen::{Period, Screen};
use crate::view::page::{act, home, lines, paper, refresh_and_home, show, updated};

/// A page of followed traders.
pub(in crate::view) fn list(facts: &TradersFacts, reader: &Reader) -> Message {
    let mut text = vec![paper("Traders I follow")];
    let mut keyboard = Vec::new();
    if facts.total == 0 {
        text.push(
            "Nobody yet. Pick one from the leaderboard, or send me a wallet or a profile link: you get a report first."
                .to_owned(),
        );
    } else {
        text.push(counted(u64::from(facts.total), "trader"));
        text.extend(facts.traders.iter().map(|one| entry(one, reader)));
        let buttons: Vec<Button> = facts
            .traders
            .iter()
            .map(|one| show(who::label(&one.trader()), Screen::Followed { wallet: one.follow.wallet.clone() }))
            .collect();
        keyboard.extend(buttons.chunks(2).map(<[Button]>::to_vec));
    }
    text.push(updated(reader.now));
    keyboard.extend(pages(facts, |page| Screen::Traders { page }));
    keyboard.push(vec![
        show("🏆 Leaderboard", Screen::Leaderboard { period: Period::Month, page: 0 }),
        show("Copy trading", Screen::Copy),
    ]);
    keyboard.push(refresh_and_home(Screen::Traders { page: facts.page }));
    Message { html: lines(text), keyboard, ..Message::default() }
}

/// "sharp_ann · in shadow, 12 of 20 events, 3 of 7 days · 3 open", or with the money where there is a stake.
fn entry(facts: &FollowedFacts, reader: &Reader) -> String {
    let FollowedFacts { follow, record, .. } = facts;
    let stage = stage_words(follow.stage, follow.standing);
    let ended = record.money.wins + record.money.losses;
    let mut parts = vec![format!("{} · {stage}", who::name(&facts.trader()))];
    if follow.stage == Stage::Shadow {
        parts.push(progress(follow, &record.tally, reader.now));
    }
    if ended > 0 || record.money.open > 0 || follow.stage == Stage::Live {
        parts.push(code(&profit(record.money.pnl)));
        parts.push(format!("{} open", record.money.open));
    }
    if record.shadow_open > 0 {
        parts.push(format!("{} open in shadow", record.shadow_open));
    }
    parts.join(" · ")
}

fn pages(facts: &TradersFacts, to: impl Fn(u32) -> Screen) -> Option<Vec<Button>> {
    if facts.pages <= 1 {
        return None;
    }
    let last = facts.pages - 1;
    let page = facts.page.min(last);
    let before = if page == 0 { last } else { page - 1 };
    let after = if page >= last { 0 } else { page + 1 };
    Some(vec![show("◀", to(before)), show(format!("{}/{}", page + 1, facts.pages), to(page)), show("▶", to(after))])
}

/// Asks whom to follow no more.
pub(in crate::view) fn unfollow_whom(facts: &TradersFacts, reader: &Reader) -> Message {
    let asked = facts.query.as_deref().map(|query| escape_short(query, 60));
    let mut keyboard = Vec::new();
    let text = match (&asked, facts.total) {
        (None, 0) => "I follow nobody.".to_owned(),
        (Some(asked), 0) => format!("I follow nobody called “{asked}”."),
        (None, _) => "Whom shall I follow no more? I ask before anything happens.".to_owned(),
        (Some(asked), _) => format!("I follow these who answer to “{asked}”. Which one shall I follow no more?"),
    };
    if facts.total > 0 {
        let button = |one: &FollowedFacts| {
            show(
                format!("✖ {}…", who::label(&one.trader()).trim_end_matches('…')),
                Screen::Unfollow { wallet: one.follow.wallet.clone() },
            )
        };
        let buttons: Vec<Button> = facts.traders.iter().map(button).collect();
        keyboard.extend(buttons.chunks(2).map(<[Button]>::to_vec));
        let query = facts.query.clone();
        keyboard.extend(pages(facts, |page| Screen::UnfollowWhom { query: query.clone(), page }));
    }
    keyboard.push(vec![show("Traders", Screen::Traders { page: 0 }), home()]);
    Message { html: text, keyboard, ..Message::default() }.for_role(reader.role)
}

/// One followed trader: where he stands, on which terms, and what it came to.
pub(in crate::view) fn followed(facts: &FollowedFacts, reader: &Reader) -> Message {
    let FollowedFacts { follow, record, verdict } = facts;
    let trader = facts.trader();
    let mut text = vec![
        paper(&format!("Following · {}", stage_words(follow.stage, follow.standing))),
        who::line(&trader),
        format!("Since {}", follow.followed_at.format("%-d %b %Y")),
    ];
    text.push(match verdict {
        Some(verdict) => format!("The report says: {}.", verdict_words(*verdict).to_lowercase()),
        None => "There is no report on him yet.".to_owned(),
    });
    text.push(String::new());
    text.extend(probation(follow, &record.tally, *verdict, reader.now));
    text.push(String::new());
    text.extend(money(record));
    text.push(format!("His orders, 30 days: {}", counts::orders(&record.counts)));
    text.extend(counts::reasons(&record.counts).map(|reasons| format!("Skipped: {reasons}")));
    text.push(match record.last_seen {
        Some(at) => format!("He last did something {}.", age(at, reader.now)),
        None => "I have not seen him do anything since.".to_owned(),
    });
    text.push(String::new());
    text.push(format!(
        "Terms: {} · {}. At most {}.",
        sizing_words(Sizing::of(&follow.sizing)),
        mode_words(follow.mode),
        caps_line(&follow.caps)
    ));
    text.push(updated(reader.now));
    Message { html: lines(text), keyboard: keyboard(facts), ..Message::default() }.for_role(reader.role)
}

fn money(record: &CopyRecord) -> Vec<String> {
    let ended = record.money.wins + record.money.losses;
    let mut text = Vec::new();
    if ended > 0 {
        let part =
            return_on(record.money.pnl, record.money.staked).map(|part| format!(" ({part})")).unwrap_or_default();
        text.push(format!(
            "Staked copies: {} ended ({}–{}), profit {}{part} on {}",
            ended,
            record.money.wins,
            record.money.losses,
            code(&profit(record.money.pnl)),
            code(&usd(record.money.staked)),
        ));
    }
    if record.money.open > 0 {
        text.push(format!(
            "Open: {} with {} in them",
            copies(u64::from(record.money.open)),
            code(&usd(record.money.invested))
        ));
    }
    if record.shadow_open > 0 {
        text.push(format!("Open in shadow: {}", copies(u64::from(record.shadow_open))));
    }
    if text.is_empty() {
        text.push("No copy of his has been staked so far.".to_owned());
    }
    text
}

fn keyboard(facts: &FollowedFacts) -> Vec<Vec<Button>> {
    let follow = &facts.follow;
    let wallet = || follow.wallet.clone();
    if follow.standing == Standing::Ended {
        return vec![
            vec![show("Report", Screen::Trader { wallet: wallet(), again: false })],
            vec![show("◀ Traders", Screen::Traders { page: 0 }), home()],
        ];
    }
    let (label, standing) = match follow.standing {
        Standing::Paused => ("▶ Resume", Standing::Active),
        Standing::Active | Standing::Ended => ("⏸ Pause", Standing::Paused),
    };
    let draft = FollowDraft {
        wallet: wallet(),
        purpose: Purpose::Change,
        stage: follow.stage,
        sizing: Sizing::of(&follow.sizing),
        caps: follow.caps,
        mode: follow.mode,
        step: Step::Sizing,
    };
    let stake = |stage, label: &str| show(label, Screen::StageAsk { wallet: wallet(), stage });
    let stages = match follow.stage {
        Stage::Shadow => vec![stake(Stage::Live, "💵 Start staking now…")],
        Stage::Live => vec![stake(Stage::Shadow, "👻 Back to shadow…")],
        Stage::Failed => {
            vec![stake(Stage::Shadow, "👻 Try again in shadow…"), stake(Stage::Live, "💵 Stake now…")]
        }
    };
    vec![
        vec![
            act(label, Action::SetStanding { wallet: wallet(), standing }),
            show("⚙ Settings…", Screen::Follow { draft: Box::new(draft) }),
            show("✖ Unfollow…", Screen::Unfollow { wallet: wallet() }),
        ],
        stages,
        vec![
            show("Report", Screen::Trader { wallet: wallet(), again: false }),
            show("◀ Traders", Screen::Traders { page: 0 }),
        ],
        refresh_and_home(Screen::Followed { wallet: wallet() }),
    ]
}
