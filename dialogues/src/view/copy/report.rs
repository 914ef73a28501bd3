//! The report on a trader: what is known before a follow.

use engine_core::copy::board::Outage;
use engine_core::copy::dossier::{Dossier, DossierProgress, DossierRead};
use engine_core::copy::follow::Follow;
use engine_core::copy::follower::{DELAYS, FollowerResult};
use engine_core::copy::report::TraderReport;
use engine_core::copy::trader::Trader;

use super::terms::stage_words;
use super::verdict::verdict;
use super::who;
use crate::draft::FollowDraft;
use crate::escape::escape_short;
use crate::facts::{Reader, ReportFacts, TraderFacts, usual_sizing};
use crate::format::{age, cents, cents_signed, code, count, counted, dollars, dollars_signed, percent, percent_signed};
use crate::message::{Button, Message, Picture};
use crate::screen::{Period, Screen};
use crate::view::page::{detail, home, lines, paper, send, show, table, updated};

/// What is real and what is not, where a trader's money is shown.
const HIS_MONEY: &str = "<i>His money is real; mine is PAPER.</i>";

/// A trader's report; while it is being made, how far it is.
pub(in crate::view) fn trader(facts: &TraderFacts, reader: &Reader) -> Message {
    match &facts.report {
        ReportFacts::Reading(progress) => reading(&facts.trader, progress, reader),
        ReportFacts::Read(DossierRead::Done(dossier)) => report(facts, dossier, None, reader),
        ReportFacts::Read(DossierRead::Nothing { profile, .. }) => unread(facts, nothing(*profile)),
        ReportFacts::Read(DossierRead::Vanished { last, .. }) => {
            let said = "Polymarket shows nothing of him any more.".to_owned();
            or_last(facts, said, last.as_deref(), reader)
        }
        ReportFacts::Read(DossierRead::Unavailable { outage, last, .. }) => {
            or_last(facts, outage_words(outage, reader), last.as_deref(), reader)
        }
        ReportFacts::Failed(sentence) => unread(facts, escape_short(sentence, 200)),
    }
}

/// How far a report is, edited in place until it is there.
fn reading(trader: &Trader, progress: &DossierProgress, reader: &Reader) -> Message {
    let back = progress.oldest.map(|at| format!(", back to {}", at.format("%-d %b %Y"))).unwrap_or_default();
    let mut text = vec![format!("⏳ Reading {}: {} so far{back}", who::name(trader), counted(progress.rows, "trade"))];
    if progress.markets > 0 {
        text.push(format!(
            "Asking how his markets ended: {} of {}",
            count(progress.asked.min(progress.markets)),
            count(progress.markets)
        ));
    }
    text.push(
        "A busy trader takes a minute or two. The report comes here by itself; go on with whatever you like."
            .to_owned(),
    );
    text.push(updated(reader.now));
    Message {
        html: lines(text),
        keyboard: vec![vec![
            show("🔄 How far?", Screen::Trader { wallet: trader.wallet.clone(), again: false }),
            home(),
        ]],
        ..Message::default()
    }
}

fn nothing(profile: bool) -> String {
    if profile {
        "He has a profile, and no trade of his is shown.".to_owned()
    } else {
        "I find no trade of this wallet. Is it the one his profile shows? The address he signs with is another."
            .to_owned()
    }
}

/// No report, why, and the way to try again.
fn unread(facts: &TraderFacts, why: String) -> Message {
    let again = Screen::Trader { wallet: facts.trader.wallet.clone(), again: true };
    Message {
        html: lines([who::line(&facts.trader), why]),
        keyboard: vec![vec![show("🔄 Try again", again), home()]],
        ..Message::default()
    }
}

/// The last report there is, with a word on why there is no fresh one.
fn or_last(facts: &TraderFacts, why: String, last: Option<&Dossier>, reader: &Reader) -> Message {
    match last {
        Some(last) => report(facts, last, Some(format!("⚠ {why} This is the last report I have.")), reader),
        None => unread(facts, why),
    }
}

/// Why the venue cannot be asked, in a sentence; what it said is for the owner.
pub(super) fn outage_words(outage: &Outage, reader: &Reader) -> String {
    match outage {
        Outage::TooManyRequests { retry_after_secs } => {
            let wait = retry_after_secs
                .and_then(|secs| i64::try_from(secs).ok())
                .map_or_else(|| "in a minute".to_owned(), |secs| format!("in {}", crate::format::duration(secs)));
            format!("Polymarket wants quiet. Please try again {wait}.")
        }
        Outage::Failing { error } => {
            let said = detail(error, reader).map(|said| format!(" It said: {said}.")).unwrap_or_default();
            format!("Polymarket does not answer just now.{said}")
        }
    }
}

fn report(facts: &TraderFacts, dossier: &Dossier, note: Option<String>, reader: &Reader) -> Message {
    let report = &dossier.report;
    let mut text = vec!["<b>🔎 Trader report</b>".to_owned(), who::line(&facts.trader)];
    text.extend(note);
    text.extend(facts.follow.as_ref().map(followed_line));
    text.extend(verdict(&dossier.judged, dossier.looked_at));
    text.push(String::new());
    text.extend(his_results(report));
    text.push(String::new());
    text.extend(our_results(report));
    text.push(edge(dossier));
    text.push(String::new());
    text.extend(habits(report));
    text.push(String::new());
    text.extend(basis(dossier));
    text.push(HIS_MONEY.to_owned());
    text.push(format!("<i>made {}</i>", age(dossier.at, reader.now)));
    Message { html: lines(text), keyboard: keyboard(facts, dossier), ..Message::default() }.for_role(reader.role)
}

fn followed_line(follow: &Follow) -> String {
    format!("I follow him: {}.", stage_words(follow.stage, follow.standing))
}

fn keyboard(facts: &TraderFacts, dossier: &Dossier) -> Vec<Vec<Button>> {
    let wallet = &facts.trader.wallet;
    let onward = match &facts.follow {
        Some(_) => show("Our record", Screen::Followed { wallet: wallet.clone() }),
        None => {
            let draft = FollowDraft::begin(wallet.clone(), usual_sizing(dossier, &facts.terms));
            show("➕ Follow…", Screen::Follow { draft: Box::new(draft) })
        }
    };
    vec![
        vec![onward, send("📈 Picture", Screen::TraderChart { wallet: wallet.clone() })],
        vec![
            show("🔄 Read again", Screen::Trader { wallet: wallet.clone(), again: true }),
            show("Leaderboard", Screen::Leaderboard { period: Period::Month, page: 0 }),
            home(),
        ],
    ]
}

fn his_results(report: &TraderReport) -> Vec<String> {
    if report.closed == 0 {
        return vec![format!(
            "<b>He</b> bought in {}, and none with a known result has ended.",
            counted(report.markets, "market")
        )];
    }
    let won = report.wins as f64 / report.closed as f64;
    let interval = report.win_rate_ci95.map(|[low, high]| format!(" ({} to {})", percent(low, 0), percent(high, 0)));
    let [first, second] = report.halves;
    vec![
        format!(
            "<b>He</b> made {} ({}) in {} that ended, of {} he bought in.",
            code(&dollars_signed(report.realized_pnl)),
            code(&percent_signed(report.roi, 1)),
            counted(report.closed, "market"),
            count(report.markets),
        ),
        format!("Won {}{}.", code(&percent(won, 0)), interval.unwrap_or_default()),
        format!(
            "First half {} ({}), second half {} ({}).",
            code(&dollars_signed(first.pnl)),
            percent_signed(first.roi, 1),
            code(&dollars_signed(second.pnl)),
            percent_signed(second.roi, 1),
        ),
    ]
}

/// What a follower would have made, by how long he was behind.
fn our_results(report: &TraderReport) -> Vec<String> {
    if report.followers.iter().all(Option::is_none) {
        return vec!["<b>We</b>, right behind him, would have had nothing yet that has ended.".to_owned()];
    }
    let mut rows: Vec<Vec<String>> = vec![["Behind", "copies", "made", "a share"].map(str::to_owned).to_vec()];
    for (delay, result) in DELAYS.iter().zip(&report.followers) {
        let behind = format!("{} s", delay.seconds);
        rows.push(match result {
            Some(FollowerResult { trades, roi, edge, .. }) => {
                // Beyond tenfold nobody asks for the decimal, and the table has to fit a phone.
                let digits = usize::from(roi.abs() < 10.0);
                vec![behind, count(*trades), percent_signed(*roi, digits), cents_signed(*edge)]
            }
            None => vec![behind, "–".to_owned(), "–".to_owned(), "–".to_owned()],
        });
    }
    let penalties: Vec<String> = DELAYS.iter().map(|delay| cents(delay.penalty)).collect();
    vec![
        "<b>We</b>, right behind him, a dollar on each copy:".to_owned(),
        table(&rows),
        format!("With fees, and {} worse than the price seen by then.", penalties.join(", ")),
    ]
}

/// "Edge a share: measured 4.1¢ ± 1.9¢, shrunk to 0.8¢ (19 % of it kept)".
fn edge(dossier: &Dossier) -> String {
    match &dossier.report.measured {
        Some(measured) => format!(
            "Edge a share at his price: measured {} ± {} over {}, shrunk to {} ({} believed).",
            code(&cents_signed(measured.mean)),
            cents(measured.standard_error),
            counted(measured.events, "event"),
            code(&cents_signed(dossier.edge.edge)),
            percent(dossier.edge.kept, 0),
        ),
        None => "His edge cannot be measured yet: too few events.".to_owned(),
    }
}

fn habits(report: &TraderReport) -> Vec<String> {
    let how = &report.behaviour;
    let mix: Vec<String> = [("sports", report.mix.sports), ("crypto", report.mix.crypto), ("other", report.mix.other)]
        .into_iter()
        .filter(|(_, share)| *share > 0.0)
        .map(|(name, share)| format!("{name} {}", percent(share, 0)))
        .collect();
    let rewards = if how.rewards > 0.0 { format!(" · rewards {}", dollars(how.rewards)) } else { String::new() };
    let mut text = vec![
        "<b>How he trades</b>".to_owned(),
        format!(
            "Both outcomes {} · turned within the hour {} · next to 0 or 100¢ {}",
            percent(how.both_sides_share, 0),
            percent(how.reversal_share, 0),
            percent(how.extreme_price_share, 0),
        ),
        format!(
            "Traded {} in {} orders over {} · money turned over {:.1}× · splits and merges {} a dollar{rewards}",
            dollars(how.volume),
            count(how.orders),
            whole_days(how.days),
            how.turnover,
            dollars(how.mint_ratio),
        ),
    ];
    if report.closed > 0 {
        text.push(format!(
            "Holds {} · leaves {} of what we would copy within 5 min",
            held(report.holding_days),
            percent(report.quick_exit_share, 0)
        ));
    }
    if !mix.is_empty() {
        text.push(format!("Money in {}", mix.join(" · ")));
    }
    if report.concentration.largest_share > 0.0 {
        text.push(format!("Best event: {} of his gains", percent(report.concentration.largest_share, 0)));
    }
    text
}

/// A span of whole days.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // days of a life
fn whole_days(days: f64) -> String {
    counted(days.max(0.0).round() as u64, "day")
}

/// A holding time in its fitting unit; less than a day is said in hours or minutes.
#[allow(clippy::cast_possible_truncation)] // seconds of a life
fn held(days: f64) -> String {
    crate::format::duration((days * 86_400.0).round() as i64)
}

/// How far back he was read, and how many others were looked at.
fn basis(dossier: &Dossier) -> Vec<String> {
    let back = dossier.oldest.map(|at| format!(" back to {}", at.format("%-d %b %Y"))).unwrap_or_default();
    let all = if dossier.cut { "; he did more before that" } else { ", which is all there is" };
    let known = match dossier.report.closed {
        0 => String::new(),
        _ => format!(" The result is known for {} of his dollars.", percent(dossier.report.coverage, 0)),
    };
    let others = match dossier.looked_at {
        0 | 1 => "I have looked at nobody else yet.".to_owned(),
        n => format!(
            "The verdict allows for luck: {} were looked at, and the best of many look good.",
            counted(n, "trader")
        ),
    };
    let worth = dossier.portfolio.map(|worth| format!("His portfolio: {}.", dollars(worth)));
    let mut text = vec![format!("Read {}{back}{all}.{known}", counted(dossier.rows, "trade")), others];
    text.extend(worth);
    text
}

/// His equity against ours, with its caption.
pub(in crate::view) fn chart(dossier: &Dossier) -> Message {
    let wallet = dossier.trader.wallet.clone();
    let mut text = vec![paper("His profit, and ours had we followed"), who::line(&dossier.trader)];
    text.extend(dossier.curve.last().map(|last| {
        format!(
            "For each dollar: he {}, we {}.",
            code(&percent_signed(last.his, 1)),
            code(&percent_signed(last.ours, 1))
        )
    }));
    text.push(
        "Ours is the slowest follower, a minute behind, with fees. It is a calculation, not a result.".to_owned(),
    );
    if dossier.curve.is_empty() {
        text.push("Nothing has ended yet, so there is nothing to draw.".to_owned());
        return Message { html: lines(text), silent: true, ..Message::default() };
    }
    Message { html: lines(text), picture: Some(Picture::TraderCurve { wallet }), silent: true, ..Message::default() }
}
