//! A followed trader's order, on the cards of what copies it.

use chrono::{DateTime, Utc};
use engine_core::copy::trader::Trader;
use engine_core::position::Position;
use engine_core::signal::{CopiedOrder, Decision};

use super::who;
use crate::format::{cents_signed, code, duration, percent, price, shares, usd};
use crate::view::reason::{Said, outcome_name};

/// Whose trade a card would copy, for its title; plain text with his name escaped.
pub(in crate::view) fn copied_title(decision: &Decision) -> Option<String> {
    let order = decision.copied.as_ref()?;
    Some(format!("Signal · copy of {}", crate::escape::escape(&who::label(&order.trader))))
}

/// What he did, and what the number behind the copy is; nothing for a bet of our own.
pub(in crate::view) fn copied_lines(decision: &Decision) -> Option<Vec<String>> {
    let order = decision.copied.as_ref()?;
    let his_outcome = decision.candidate.as_ref().map(|candidate| {
        format!(" of <b>{}</b>", crate::escape::escape(&outcome_name(candidate.outcome, &candidate.outcome_label)))
    });
    let seen = duration((decision.at - order.trade.traded_at).num_seconds());
    Some(vec![
        format!("{} bought {}{}", who::name(&order.trader), his_trade(order), his_outcome.unwrap_or_default()),
        format!("{} before this was judged. {}", seen, because(decision, order)),
    ])
}

/// "120.0 shares @ 38.0¢ ($45.60)".
pub(super) fn his_trade(order: &CopiedOrder) -> String {
    format!(
        "{} @ {} ({})",
        code(&format!("{} shares", shares(order.shares))),
        code(&price(order.trade.price)),
        code(&usd(order.notional))
    )
}

/// By what the copy is sized.
pub(super) fn because(decision: &Decision, order: &CopiedOrder) -> String {
    match (order.trade.conviction, edge_at_his_price(decision, order)) {
        (Some(share), _) => format!("Sized by his conviction: {} of our book.", code(&percent(share, 1))),
        (None, Some(edge)) => {
            format!("His measured edge makes it worth {} a share more than he paid.", code(&cents_signed(edge)))
        }
        (None, None) => "No edge of his is measured.".to_owned(),
    }
}

/// What his outcome is believed to be worth beyond his price, in dollars a share.
fn edge_at_his_price(decision: &Decision, order: &CopiedOrder) -> Option<f64> {
    let candidate = decision.candidate.as_ref()?;
    Some(candidate.win_probability.get() - order.trade.price.to_f64())
}

/// Why it is copied, in plain sentences; `None` for a bet of our own.
pub(in crate::view) fn sentences(decision: &Decision) -> Option<Vec<String>> {
    let order = decision.copied.as_ref()?;
    let said = Said::of(decision);
    let mut out = vec![format!(
        "{} paid {} a share; {} later this was judged.",
        who::label(&order.trader),
        price(order.trade.price),
        duration((decision.at - order.trade.traded_at).num_seconds()),
    )];
    if let Some(candidate) = &decision.candidate {
        out.push(match order.trade.conviction {
            Some(share) => {
                format!("The stake goes by his conviction, {} of our book; no edge is claimed.", percent(share, 1))
            }
            None => format!(
                "By his measured, shrunk edge {} wins {} of the time.",
                outcome_name(candidate.outcome, &candidate.outcome_label),
                percent(candidate.win_probability.get(), 1)
            ),
        });
        out.push(format!(
            "For us a share costs {} with the fee, {} from what he paid; its book offers {} near the best ask of {}.",
            crate::format::cents(candidate.cost),
            cents_signed(candidate.cost - order.trade.price.to_f64()),
            usd(candidate.depth),
            price(candidate.best_ask),
        ));
    }
    out.extend(decision.mid.map(|mid| format!("The market says {} {}.", percent(said.p(mid), 1), said.word)));
    Some(out)
}

/// "copy of 0x5641…43c1", for a position that is one; by his name where it is known. Safe in HTML.
pub(in crate::view) fn copy_of(position: &Position, trader: Option<&Trader>) -> Option<String> {
    let wallet = position.trader.as_deref()?;
    Some(match trader {
        Some(trader) => format!("copy of {}", who::name(trader)),
        None => format!("copy of {}", code(&crate::escape::escape(&who::short_text(wallet)))),
    })
}

/// How long after him we acted.
pub(super) fn after(his: DateTime<Utc>, ours: DateTime<Utc>) -> String {
    duration((ours - his).num_seconds())
}
