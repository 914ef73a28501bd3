//! What a person may type to name a trader: a wallet, a profile link, or what he calls himself.

use engine_core::copy::activity::Wallet;

/// Most characters of a name that are kept.
const MAX_NAME_CHARS: usize = 60;

/// A trader as someone named him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraderQuery {
    /// By wallet: there is only one.
    Wallet(Wallet),
    /// By what he calls himself: there may be several, or none. Foreign text, one line.
    Name(String),
}

impl TraderQuery {
    /// Reads an answer to "whom?": a wallet or link anywhere in it, else all of it is a name. `None` when nothing usable is
    /// in it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::pasted(text).or_else(|| name(text))
    }

    /// A wallet or a link to a profile in a text that may hold anything; names do not count.
    #[must_use]
    pub fn pasted(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| {
            let word = word.trim_matches(|c: char| "()[]<>\"'.,;:!?".contains(c));
            Wallet::parse(word).map(Self::Wallet).or_else(|| profile(word))
        })
    }
}

/// `polymarket.com/profile/0x…`, `polymarket.com/@name`, with or without scheme, language and what follows.
fn profile(word: &str) -> Option<TraderQuery> {
    let rest = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://")).unwrap_or(word);
    let (host, path) = rest.split_once('/')?;
    let host = host.to_ascii_lowercase();
    if host != "polymarket.com" && host != "www.polymarket.com" {
        return None;
    }
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let parts = match parts.as_slice() {
        [language, rest @ ..] if language.len() == 2 && !language.starts_with('@') => rest,
        all => all,
    };
    match parts {
        ["profile", who, ..] => Wallet::parse(who).map(TraderQuery::Wallet).or_else(|| name(&unescaped(who))),
        [who, ..] => {
            let who = unescaped(who);
            who.starts_with('@').then(|| name(&who)).flatten()
        }
        [] => None,
    }
}

/// Browsers copy `@` as it is or as `%40`; anything else percent-encoded is left alone.
fn unescaped(part: &str) -> String {
    part.replace("%40", "@")
}

fn name(text: &str) -> Option<TraderQuery> {
    let name = crate::escape::plain(text, MAX_NAME_CHARS);
    let name = name.trim_start_matches('@').trim();
    if let Some(wallet) = Wallet::parse(name) {
        return Some(TraderQuery::Wallet(wallet));
    }
    name.chars().any(char::is_alphanumeric).then(|| TraderQuery::Name(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "0x56687bf447db6ffa42ffe2204a05edaa20f55839";

    fn wallet() -> Option<TraderQuery> {
        Wallet::parse(ADDRESS).map(TraderQuery::Wallet)
    }

    fn named(name: &str) -> Option<TraderQuery> {
        Some(TraderQuery::Name(name.to_owned()))
    }

    #[test]
    fn what_people_type_for_a_trader_is_understood() {
        let upper = ADDRESS.to_uppercase().replace("0X", "0x");
        let table = [
            (ADDRESS.to_owned(), wallet()),
            (format!("  {upper} "), wallet()),
            (format!("look at ({ADDRESS})!"), wallet()),
            (format!("https://polymarket.com/profile/{ADDRESS}?tab=activity#x"), wallet()),
            (format!("polymarket.com/de/profile/{ADDRESS}"), wallet()),
            ("https://polymarket.com/@Theo4?via=x".to_owned(), named("Theo4")),
            ("https://www.polymarket.com/%40Theo-4/".to_owned(), named("Theo-4")),
            ("@Theo4".to_owned(), named("Theo4")),
            ("the great\u{202e} one".to_owned(), named("the great one")),
            // Of another host it is no link, and as an answer to our question a strange name.
            ("https://polymarket.com.evil.example/@x".to_owned(), named("https://polymarket.com.evil.example/@x")),
            (" ?! ".to_owned(), None),
            ("@".to_owned(), None),
        ];
        for (text, want) in table {
            assert_eq!(TraderQuery::parse(&text), want, "{text}");
        }
    }

    #[test]
    fn names_and_market_links_are_not_taken_for_a_pasted_trader() {
        for text in
            ["Theo4", "https://polymarket.com/event/fed/fed-cut", "0x1234", "polymarket.com/leaderboard", "mail a@b.c"]
        {
            assert_eq!(TraderQuery::pasted(text), None, "{text}");
        }
    }
}
