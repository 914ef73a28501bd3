//! A trader's name and page.

use engine_core::copy::activity::Wallet;
use engine_core::copy::trader::Trader;

use crate::escape::{Host, escape, link, plain};

/// Most characters of a name that are shown in a text.
const NAME_CHARS: usize = 24;
/// Most characters of a name on a button.
const LABEL_CHARS: usize = 16;
/// Characters of a wallet shown at its start and at its end.
const WALLET_ENDS: (usize, usize) = (6, 4);

/// By his name, else by the ends of his wallet; safe in HTML.
pub(crate) fn name(trader: &Trader) -> String {
    match own_name(trader, NAME_CHARS) {
        Some(name) => format!("<b>{}</b>", escape(&name)),
        None => short_code(&trader.wallet),
    }
}

/// The same as plain text, for buttons and tables.
pub(crate) fn label(trader: &Trader) -> String {
    own_name(trader, LABEL_CHARS).unwrap_or_else(|| short(&trader.wallet))
}

/// Who he is: name, wallet and the link to his page.
pub(crate) fn line(trader: &Trader) -> String {
    let page = link(Host::Polymarket, &format!("profile/{}", trader.wallet), "polymarket.com ↗");
    match own_name(trader, NAME_CHARS) {
        Some(name) => format!("<b>{}</b> · {} · {page}", escape(&name), short_code(&trader.wallet)),
        None => format!("{} · {page}", short_code(&trader.wallet)),
    }
}

/// A wallet by its ends: `0x56c1…3b39`.
pub(crate) fn short(wallet: &Wallet) -> String {
    short_text(wallet.as_str())
}

/// The same of a text that should be a wallet.
pub(crate) fn short_text(wallet: &str) -> String {
    let (head, tail) = WALLET_ENDS;
    match (wallet.get(..head), wallet.len().checked_sub(tail).and_then(|at| wallet.get(at..))) {
        (Some(head), Some(tail)) if wallet.len() > WALLET_ENDS.0 + WALLET_ENDS.1 => format!("{head}…{tail}"),
        (_, _) => plain(wallet, NAME_CHARS),
    }
}

fn short_code(wallet: &Wallet) -> String {
    crate::format::code(&short(wallet))
}

/// What he calls himself, unless that is nothing, or his wallet again (the venue's way to say "no name").
fn own_name(trader: &Trader, max: usize) -> Option<String> {
    let name = plain(&trader.name, max);
    let is_address = name.to_lowercase().starts_with("0x") && trader.name.len() > 20;
    (name.chars().any(|c| !c.is_whitespace()) && !is_address).then_some(name)
}
