//! The terms and the stage of a follow in words.

use chrono::{DateTime, Utc};
use engine_core::copy::follow::{Follow, Standing};
use engine_core::copy::judge::CopyCaps;
use engine_core::copy::probation::{DISPROOF, MIN_SHADOW_DAYS, MIN_SHADOW_EVENTS, PROOF, Stage, Tally};
use engine_core::copy::verdict::CopyVerdict;
use engine_core::money::Usd;
use engine_core::strategy::BookMode;

use crate::draft::{Cap, Sizing};
use crate::format::{cents_signed, code, count, counted, days, usd};

const SECONDS_PER_DAY: f64 = 86_400.0;

/// "in shadow", "staked", "set aside"; paused said with it.
pub(super) fn stage_words(stage: Stage, standing: Standing) -> String {
    let stage = match stage {
        Stage::Shadow => "👻 in shadow",
        Stage::Live => "💵 staked",
        Stage::Failed => "⛔ set aside",
    };
    match standing {
        Standing::Active => stage.to_owned(),
        Standing::Paused => format!("{stage}, ⏸ paused"),
        Standing::Ended => "over".to_owned(),
    }
}

/// "Kelly", "in proportion ×1".
pub(super) fn sizing_words(sizing: Sizing) -> String {
    match sizing {
        Sizing::Kelly => "Kelly, by his edge".to_owned(),
        Sizing::Proportional { percent } => format!("in proportion {}", times(percent)),
    }
}

/// A multiple: `×0.5`, `×1`, `×1.25`.
pub(super) fn times(percent: u32) -> String {
    let text = format!("{:.2}", f64::from(percent) / 100.0);
    format!("×{}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// What a limit limits.
pub(super) const fn cap_words(cap: Cap) -> &'static str {
    match cap {
        Cap::Trade => "in one copy",
        Cap::Trader => "in all his open copies",
        Cap::Day => "on his trades in a day",
        Cap::Market => "in one market, all traders",
        Cap::Event => "in one event, all traders",
    }
}

/// A limit's name on a button.
pub(super) const fn cap_label(cap: Cap) -> &'static str {
    match cap {
        Cap::Trade => "copy",
        Cap::Trader => "trader",
        Cap::Day => "day",
        Cap::Market => "market",
        Cap::Event => "event",
    }
}

/// A limit: `$15`, `$12.50`, `no limit`.
pub(super) fn cap_value(value: Option<Usd>) -> String {
    value.map_or_else(
        || "no limit".to_owned(),
        |value| {
            let text = usd(value);
            text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
        },
    )
}

/// "copy $15 · trader $75 · day $75 · market $30 · event no limit".
pub(super) fn caps_line(caps: &CopyCaps) -> String {
    let each = |cap: Cap| format!("{} {}", cap_label(cap), code(&cap_value(cap.of(caps))));
    Cap::ALL.map(each).join(" · ")
}

/// What happens when he trades.
pub(super) const fn mode_words(mode: BookMode) -> &'static str {
    match mode {
        BookMode::Approve => "I ask before each copy",
        BookMode::Auto => "I copy at once, then tell you",
        BookMode::Paused => "no new copies",
    }
}

/// "12 of 20 events, 3 of 7 days" on probation; nothing else counts down.
pub(super) fn progress(follow: &Follow, tally: &Tally, now: DateTime<Utc>) -> String {
    let events = tally.events.min(MIN_SHADOW_EVENTS);
    format!(
        "{} of {} events, {:.0} of {:.0} days",
        count(events),
        MIN_SHADOW_EVENTS,
        days_in(follow, now).min(MIN_SHADOW_DAYS).floor(),
        MIN_SHADOW_DAYS,
    )
}

#[allow(clippy::cast_precision_loss)] // seconds of a follow
fn days_in(follow: &Follow, now: DateTime<Utc>) -> f64 {
    (now - follow.changed_at).num_seconds().max(0) as f64 / SECONDS_PER_DAY
}

/// How the follow stands in its stage, and what is missing for the next.
pub(super) fn probation(
    follow: &Follow,
    tally: &Tally,
    verdict: Option<CopyVerdict>,
    now: DateTime<Utc>,
) -> Vec<String> {
    let since = days(days_in(follow, now));
    let so_far = tally_words(tally);
    match follow.stage {
        Stage::Shadow => vec![
            format!("On probation: <b>{}</b>. {so_far}", progress(follow, tally, now)),
            missing(follow, tally, verdict, now),
        ],
        Stage::Live => vec![
            format!("Staked for {since}. {so_far}"),
            format!(
                "He goes back to shadow when a fresh report says “do not” or his copies prove a loss ({}).",
                wealth("against", tally.wealth_against, DISPROOF)
            ),
        ],
        Stage::Failed => vec![
            format!("Set aside {since} ago: his copies proved a loss. {so_far}"),
            "I go on writing down what copies would make; only you can take him up again.".to_owned(),
        ],
    }
}

/// "9 events ended, +2.1¢ a share on average."
pub(super) fn tally_words(tally: &Tally) -> String {
    match tally.events {
        0 => "Nothing has ended yet.".to_owned(),
        n => format!("{} ended, {} a share on average.", counted(n, "event"), code(&cents_signed(tally.mean))),
    }
}

/// How far a proof is, as the money of somebody who began with a dollar: "a dollar staked on them, bet by bet at fair odds,
/// would be $2.31; $20 is proof".
pub(super) fn wealth(word: &str, wealth: f64, proof: f64) -> String {
    format!("a dollar staked {word} them, bet by bet at fair odds, would be ${wealth:.2}; ${proof:.0} is proof")
}

/// What stands between him and a stake.
fn missing(follow: &Follow, tally: &Tally, verdict: Option<CopyVerdict>, now: DateTime<Utc>) -> String {
    let mut needs = Vec::new();
    let events = MIN_SHADOW_EVENTS.saturating_sub(tally.events);
    if events > 0 {
        needs.push(counted(events, "more event"));
    }
    let left = (MIN_SHADOW_DAYS - days_in(follow, now)).ceil();
    if left > 0.0 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 1–7
        needs.push(counted(left as u64, "more day"));
    }
    if tally.events > 0 && tally.mean <= 0.0 {
        needs.push("a profit on average".to_owned());
    }
    let proof = format!("copies that prove it by themselves ({})", wealth("on", tally.wealth_for, PROOF));
    match verdict {
        Some(CopyVerdict::DoNot) => {
            return "The report says “do not”, so he is not staked whatever the shadow shows.".to_owned();
        }
        Some(CopyVerdict::Copyable) => {}
        Some(CopyVerdict::CannotTell) | None if tally.wealth_for >= PROOF => {}
        Some(CopyVerdict::CannotTell) | None => needs.push(format!("a report that calls him copyable, or {proof}")),
    }
    match needs.as_slice() {
        [] => "Nothing is missing: he is staked at the next look.".to_owned(),
        [one] => format!("Before he is staked it takes {one}."),
        [most @ .., last] => format!("Before he is staked it takes {}, and {last}.", most.join(", ")),
    }
}
