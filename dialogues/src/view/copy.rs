//! News of the copy engine.

use engine_core::copy::news::{CopyCounts, CopyNotice};
use engine_core::copy::trader::Trader;

use super::page::{lines, paper};
use crate::escape::escape_short;
use crate::facts::Reader;
use crate::format::{code, counted, day_clock, percent, profit, shares};
use crate::message::Message;

/// Most characters of a name that are shown.
const NAME_CHARS: usize = 24;
/// Characters of a wallet shown at its start and at its end.
const WALLET_ENDS: (usize, usize) = (6, 4);

/// Renders news of the copy engine.
pub(super) fn notice(news: &CopyNotice, _reader: &Reader) -> Message {
    let text = match news {
        CopyNotice::Copied { trader, decision, bet, .. } => vec![
            paper("Copied"),
            who(trader),
            escape_short(&decision.question, 200),
            format!("{} shares.", code(&shares(bet.fill.shares))),
        ],
        CopyNotice::Exit { trader, fraction, position, pnl, .. } => vec![
            paper("Copy sold"),
            format!("{} sold {} of his position.", who(trader), percent(*fraction, 0)),
            escape_short(&position.question, 200),
            format!("Profit {}.", code(&profit(*pnl))),
        ],
        CopyNotice::StuckExit { trader, position, reason, .. } => vec![
            paper("Copy not sold"),
            format!("{} sold; ours stays: {}", who(trader), escape_short(reason, 200)),
            escape_short(&position.question, 200),
        ],
        CopyNotice::Stage { trader, change } => {
            vec![paper("Copy trading"), format!("{}: {} → {}.", who(trader), change.from.as_str(), change.to.as_str())]
        }
        CopyNotice::Began { trader, stage } => {
            vec![paper("Copy trading"), format!("Following {} ({}).", who(trader), stage.as_str())]
        }
        CopyNotice::Ended { trader, open } => vec![
            paper("Copy trading"),
            format!("Not following {} any more; {} open.", who(trader), counted(u64::from(*open), "copy")),
        ],
        CopyNotice::Unreadable { trader, since, error } => vec![
            paper("A trader cannot be read"),
            format!("{} since {} UTC: {}", who(trader), day_clock(*since), escape_short(error, 200)),
        ],
        CopyNotice::Digest { counts, .. } => vec![paper("Copy trading"), digest(counts)],
    };
    Message::text(lines(text))
}

fn digest(counts: &CopyCounts) -> String {
    let skipped: u64 = counts.skipped.iter().map(|(_, count)| count).sum();
    format!("{} copied, {} asked, {} in shadow, {skipped} skipped.", counts.copied, counts.asked, counts.shadow)
}

/// A trader by his name, else by the ends of his wallet.
fn who(trader: &Trader) -> String {
    if trader.name.is_empty() { code(&short(trader.wallet.as_str())) } else { escape_short(&trader.name, NAME_CHARS) }
}

fn short(wallet: &str) -> String {
    let (head, tail) = WALLET_ENDS;
    match (wallet.get(..head), wallet.len().checked_sub(tail).and_then(|at| wallet.get(at..))) {
        (Some(head), Some(tail)) => format!("{head}…{tail}"),
        (None, _) | (_, None) => wallet.to_owned(),
    }
}
