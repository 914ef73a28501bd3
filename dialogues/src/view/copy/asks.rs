//! Questions before something is done to a follow: its end, and a word against probation.

use engine_core::copy::probation::{MIN_SHADOW_EVENTS, Stage};
use engine_core::copy::verdict::CopyVerdict;
use engine_core::money::Usd;

use super::terms::{stage_words, tally_words};
use super::verdict::verdict;
use super::who;
use crate::escape::{escape, escape_short};
use crate::facts::{OpenPosition, Reader, StageAskFacts, UnfollowFacts};
use crate::format::{code, copies, price, profit, shares, usd};
use crate::message::{Action, Message};
use crate::screen::Screen;
use crate::view::page::{act, home, lines, paper, show, updated};
use crate::view::reason::outcome_name;

/// Copies listed one by one.
const MOST_LISTED: usize = 8;

/// Keep the copies or sell them?
pub(in crate::view) fn unfollow(facts: &UnfollowFacts, reader: &Reader) -> Message {
    let wallet = &facts.trader.wallet;
    let again = Screen::Unfollow { wallet: wallet.clone() };
    if !facts.followed {
        return Message {
            html: lines([who::line(&facts.trader), "I do not follow him.".to_owned()]),
            keyboard: vec![vec![show("Traders", Screen::Traders { page: 0 }), home()]],
            ..Message::default()
        };
    }
    let end = |label: &str, close| act(label, Action::Unfollow { wallet: wallet.clone(), close });
    let mut text = vec![paper("Follow him no more?"), who::line(&facts.trader)];
    let acts = if facts.open.is_empty() {
        text.push("None of his copies is open. His record stays, and you can follow him again.".to_owned());
        vec![end("✅ Unfollow", false)]
    } else {
        text.push(format!("{} open:", copies(length(&facts.open))));
        text.extend(facts.open.iter().take(MOST_LISTED).map(entry));
        if facts.open.len() > MOST_LISTED {
            text.push(format!("… and {} more", facts.open.len() - MOST_LISTED));
        }
        text.push(worth(&facts.open));
        text.push("<b>Keep</b>: they stay until they resolve; his exits are not followed any more.".to_owned());
        text.push("<b>Sell</b>: each at the price its book gives when you press.".to_owned());
        vec![end("Keep them", false), end("Sell them now", true)]
    };
    text.push(updated(reader.now));
    Message {
        html: lines(text),
        keyboard: vec![
            acts,
            vec![show("✖ Cancel", Screen::Home), show("🔄 Refresh", again)],
            vec![show("◀ Back", Screen::Followed { wallet: wallet.clone() })],
        ],
        ..Message::default()
    }
    .for_role(reader.role)
}

fn length<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

fn entry(open: &OpenPosition) -> String {
    let position = &open.position;
    let now = match (open.bid, open.pnl) {
        (Some(bid), Some(pnl)) => format!("bid {}, {}", code(&price(bid)), code(&profit(pnl))),
        (None, _) | (_, None) => "no price now".to_owned(),
    };
    format!(
        "• {} {} · {now} · {}",
        escape(&outcome_name(position.outcome, &position.outcome_label)),
        code(&format!("{} shares", shares(position.shares))),
        escape_short(&position.question, 60),
    )
}

/// What they would bring together, as far as there are prices.
fn worth(open: &[OpenPosition]) -> String {
    let priced: Vec<&OpenPosition> = open.iter().filter(|one| one.pnl.is_some()).collect();
    let brings: Usd = priced.iter().filter_map(|one| Some(one.bid?.cost_of(one.position.shares))).sum();
    let pnl: Usd = priced.iter().filter_map(|one| one.pnl).sum();
    let without = open.len() - priced.len();
    let rest = if without > 0 { format!("; {without} without a price") } else { String::new() };
    format!("Worth {} at the bid, profit {} before the fee of a sale{rest}.", code(&usd(brings)), code(&profit(pnl)))
}

/// Asks before probation is overruled.
pub(in crate::view) fn stage(facts: &StageAskFacts, reader: &Reader) -> Message {
    let follow = &facts.followed.follow;
    let wallet = follow.wallet.clone();
    let (title, label) = match facts.stage {
        Stage::Live => ("Stake on him now?", "💵 Yes, stake from now on"),
        Stage::Shadow | Stage::Failed => ("Back to shadow?", "👻 Yes, into shadow"),
    };
    let mut text = vec![
        paper(title),
        who::line(&facts.followed.trader()),
        format!("Now {}. {}", stage_words(follow.stage, follow.standing), tally_words(&facts.followed.record.tally)),
    ];
    match facts.stage {
        Stage::Live => {
            match &facts.dossier {
                Some(dossier) => text.extend(verdict(&dossier.judged, dossier.looked_at)),
                None => text.push("There is no report on him.".to_owned()),
            }
            let proven = facts.dossier.as_ref().is_some_and(|dossier| dossier.judged.verdict == CopyVerdict::Copyable);
            if !proven {
                text.push(format!(
                    "⚠ You overrule probation: it would wait for {MIN_SHADOW_EVENTS} ended events and a proof. It may \
                     still send him back."
                ));
            }
            text.push("From his next trade on his copies cost paper money.".to_owned());
        }
        Stage::Shadow | Stage::Failed => {
            text.push(
                "No new stakes; what is open stays and still follows his exits. Counting starts anew.".to_owned(),
            );
        }
    }
    if follow.stage == facts.stage {
        text.push("He stands there already: pressing changes nothing.".to_owned());
    }
    Message {
        html: lines(text),
        keyboard: vec![
            vec![
                act(label, Action::SetStage { wallet: wallet.clone(), stage: facts.stage }),
                show("✖ Cancel", Screen::Home),
            ],
            vec![show("◀ Back", Screen::Followed { wallet })],
        ],
        ..Message::default()
    }
    .for_role(reader.role)
}
