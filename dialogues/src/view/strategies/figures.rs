//! What was tried, in words: figures beside figures, and what may be concluded from them.

use std::cmp::Ordering;

use engine_core::money::Usd;
use engine_core::tuning::{Difference, Figures, Judgement, Preview, WINDOW_DAYS};

use crate::format::{code, count, counted, day_clock, dollars_signed, percent, percent_signed, profit, usd};
use crate::view::page::table;

const SECONDS_PER_DAY: f64 = 86_400.0;
/// A record this much shorter than the window is still called the whole of it: the first scan of a day is not at midnight.
const WHOLE: f64 = 0.5;

/// Days the record reaches back; `None` without a scan.
#[allow(clippy::cast_precision_loss)] // seconds of a month
fn reach(preview: &Preview) -> Option<f64> {
    let since = preview.since?;
    Some((preview.until - since).num_seconds().max(0) as f64 / SECONDS_PER_DAY)
}

/// "Last 30 days", "Last 3 days", "Last 5 hours".
pub(super) fn span(preview: &Preview) -> String {
    match reach(preview) {
        None => "So far".to_owned(),
        Some(days) if days + WHOLE >= f64::from(WINDOW_DAYS) => format!("Last {WINDOW_DAYS} days"),
        Some(days) if days >= 2.0 => format!("Last {days:.0} days"),
        Some(days) => format!("Last {:.0} hours", (days * 24.0).max(1.0)),
    }
}

/// The figures of one, or of two side by side.
pub(super) fn figures(preview: &Preview) -> String {
    let mut rows = vec![vec![span(preview), if preview.changed.is_some() { "now" } else { "" }.to_owned()]];
    rows.extend(lines(&preview.now).map(|(name, value)| vec![name.to_owned(), value]));
    if let Some(changed) = &preview.changed {
        let values = std::iter::once("with this".to_owned()).chain(lines(changed).map(|(_, value)| value));
        for (row, value) in rows.iter_mut().zip(values) {
            row.push(value);
        }
    }
    table(&rows)
}

fn lines(figures: &Figures) -> [(&'static str, String); 7] {
    [
        ("signals", count(figures.signals.into())),
        ("bets", count(figures.bets.into())),
        ("staked", usd(figures.staked)),
        ("profit", profit(figures.settled_pnl)),
        ("still open", profit(figures.open_pnl)),
        ("drawdown", percent(figures.drawdown, 1)),
        ("return", figures.returns.map_or_else(|| "–".to_owned(), |returns| percent_signed(returns.roi, 1))),
    ]
}

/// What a change comes to, in a sentence or three.
pub(super) fn verdict(preview: &Preview) -> Vec<String> {
    let (Some(changed), Some(difference)) = (&preview.changed, &preview.difference) else { return Vec::new() };
    if *changed == preview.now {
        return vec!["It would have made no difference.".to_owned()];
    }
    let mut text = vec![format!("<b>{}</b>", in_short(&preview.now, changed))];
    text.extend(judgement(difference));
    text
}

fn in_short(now: &Figures, changed: &Figures) -> &'static str {
    let (bets, money) = (changed.bets.cmp(&now.bets), whole_cents(changed.pnl()).cmp(&whole_cents(now.pnl())));
    match (bets, money) {
        (Ordering::Greater, Ordering::Greater) => "More bets, and more money.",
        (Ordering::Greater, Ordering::Equal | Ordering::Less) => "More bets, not more money.",
        (Ordering::Less, Ordering::Greater) => "Fewer bets, and more money.",
        (Ordering::Less, Ordering::Equal) => "Fewer bets, the same money.",
        (Ordering::Less, Ordering::Less) => "Fewer bets, and less money.",
        (Ordering::Equal, Ordering::Greater) => "As many bets, and more money.",
        (Ordering::Equal, Ordering::Equal) => "As many bets, and the same money.",
        (Ordering::Equal, Ordering::Less) => "As many bets, and less money.",
    }
}

const fn whole_cents(amount: Usd) -> i64 {
    amount.micros() / 10_000
}

/// Whether that is more than luck.
fn judgement(difference: &Difference) -> Option<String> {
    let between = difference.ci95.map(|[low, high]| {
        let (low, high) = (dollars_signed(low), dollars_signed(high));
        format!("{} of settled profit, 95 % of the time from {low} to {high}", dollars_signed(difference.pnl))
    });
    match difference.judgement {
        Judgement::Same => Some("No settled event came out differently, so nothing is told yet.".to_owned()),
        Judgement::TooFew => Some(format!(
            "Too few to tell: {} came out differently, I judge from {} on.",
            counted(difference.events.into(), "settled event"),
            difference.needed
        )),
        Judgement::CannotTell => Some(format!("It may be luck: {}.", between?)),
        Judgement::Better => Some(format!("Better by more than luck: {}.", between?)),
        Judgement::Worse => Some(format!("Worse by more than luck: {}.", between?)),
    }
}

/// The returns with their intervals, where there are enough events for one.
pub(super) fn returns(preview: &Preview) -> Option<String> {
    let interval = |figures: &Figures| {
        let [low, high] = figures.returns?.roi_ci95?;
        Some(format!("{} to {}", percent_signed(low, 0), percent_signed(high, 0)))
    };
    let now = interval(&preview.now);
    let changed = preview.changed.as_ref().and_then(interval);
    match (now, changed) {
        (None, None) => None,
        (Some(now), None) => Some(format!("Return, 95 %: now {now}.")),
        (None, Some(changed)) => Some(format!("Return, 95 %: with this {changed}.")),
        (Some(now), Some(changed)) => Some(format!("Return, 95 %: now {now}, with this {changed}.")),
    }
}

/// What all of it rests on.
pub(super) fn rests_on(preview: &Preview, bankroll: Usd, early_exits: bool) -> String {
    let Some(since) = preview.since else {
        return "Nothing is recorded yet: I began with this version, and each scan adds to it.".to_owned();
    };
    let young = reach(preview).is_some_and(|days| days + WHOLE < f64::from(WINDOW_DAYS));
    let from = if young { format!(" since {}", day_clock(since)) } else { String::new() };
    let most = preview.changed.map_or(0, |changed| changed.events).max(preview.now.events);
    let exits = if early_exits { " Early exits are left out." } else { "" };
    format!(
        "Rests on {}{from} and {}: each bet taken at once, filled from the books of that moment with fees, from {} at the \
         start. Open bets at the last price.{exits}",
        counted(preview.scans as u64, "scan"),
        counted(most.into(), "settled event"),
        code(&usd(bankroll))
    )
}
