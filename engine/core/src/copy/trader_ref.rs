//! How somebody names a trader: by wallet, by the address of a profile, or by what he calls himself.

use super::activity::Wallet;

/// Longest name, in characters.
const LONGEST_NAME: usize = 64;
/// Hosts of the venue's site.
const HOSTS: [&str; 2] = ["polymarket.com", "www.polymarket.com"];

/// A trader as somebody named him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraderRef {
    /// By wallet: there is only one.
    Wallet(Wallet),
    /// By name or pseudonym: there may be several, or none. Foreign text.
    Name(String),
}

impl TraderRef {
    /// Reads an answer to "whom?": a wallet or the address of a profile anywhere in it (`https://polymarket.com/profile/0x…`,
    /// `polymarket.com/@name`), else all of it is a name, with or without `@`. `None` for what can be none of them: another
    /// page, hex that is no whole wallet, nothing with a letter or digit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::pasted(text).or_else(|| name(text))
    }

    /// A wallet or the address of a profile in a text that may hold anything; bare names do not count.
    #[must_use]
    pub fn pasted(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| {
            let word = word.trim_matches(|c: char| "()[]<>\"'.,;:!?".contains(c));
            Wallet::parse(word).map(Self::Wallet).or_else(|| profile(word))
        })
    }
}

/// With or without scheme, language and what follows.
fn profile(word: &str) -> Option<TraderRef> {
    let rest = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://")).unwrap_or(word);
    let (host, path) = rest.split_once('/')?;
    if !HOSTS.contains(&host.to_ascii_lowercase().as_str()) {
        return None;
    }
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(unescaped).collect();
    let parts = match parts.as_slice() {
        [language, rest @ ..] if language.len() == 2 && !language.starts_with('@') => rest,
        all => all,
    };
    match parts {
        [page, who, ..] if page == "profile" => Wallet::parse(who).map(TraderRef::Wallet).or_else(|| name(who)),
        [who, ..] if who.starts_with('@') => name(who),
        [who, ..] => Wallet::parse(who).map(TraderRef::Wallet),
        [] => None,
    }
}

/// Browsers copy `@` as it is or as `%40`, and a space as `%20`; anything else percent-encoded is left alone.
fn unescaped(part: &str) -> String {
    part.replace("%40", "@").replace("%20", " ")
}

fn name(text: &str) -> Option<TraderRef> {
    let name = text.trim().trim_start_matches('@').trim();
    let fits = name.chars().count() <= LONGEST_NAME && name.chars().any(char::is_alphanumeric);
    let strange = name.contains('/') || name.starts_with("0x") || name.chars().any(char::is_control);
    (fits && !strange).then(|| TraderRef::Name(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ADDRESS: &str = "0x56687bf447db6ffa42ffe2204a05edaa20f55839";

    fn wallet() -> Option<TraderRef> {
        Wallet::parse(ADDRESS).map(TraderRef::Wallet)
    }

    fn named(name: &str) -> Option<TraderRef> {
        Some(TraderRef::Name(name.to_owned()))
    }

    #[test]
    fn traders_are_named_in_many_ways() {
        let upper = ADDRESS.to_uppercase().replace("0X", "0x");
        let table = [
            (ADDRESS.to_owned(), wallet()),
            (format!("  {upper} "), wallet()),
            (format!("look at ({ADDRESS})!"), wallet()),
            (format!("https://polymarket.com/profile/{ADDRESS}?tab=activity#x"), wallet()),
            (format!("polymarket.com/de/profile/{ADDRESS}"), wallet()),
            (format!("polymarket.com/{ADDRESS}/"), wallet()),
            ("https://polymarket.com/@Theo4?via=x".to_owned(), named("Theo4")),
            ("https://www.polymarket.com/%40Theo-4/".to_owned(), named("Theo-4")),
            ("https://polymarket.com/@00gringo00".to_owned(), named("00gringo00")),
            ("https://polymarket.com/profile/@some%20one/history".to_owned(), named("some one")),
            ("https://polymarket.com/profile/jaboobelite".to_owned(), named("jaboobelite")),
            ("@Theo4".to_owned(), named("Theo4")),
            ("kch123".to_owned(), named("kch123")),
            ("the great one".to_owned(), named("the great one")),
            ("https://polymarket.com/event/who-wins".to_owned(), None),
            ("https://elsewhere.example/kch123".to_owned(), None),
            ("https://polymarket.com.evil.example/@x".to_owned(), None),
            ("0xabc".to_owned(), None),
            (" ?! ".to_owned(), None),
            ("@".to_owned(), None),
            (String::new(), None),
            ("x".repeat(65), None),
        ];
        for (text, want) in table {
            assert_eq!(TraderRef::parse(&text), want, "{text}");
        }
    }

    #[test]
    fn names_and_market_links_are_not_taken_for_a_pasted_trader() {
        for text in
            ["Theo4", "https://polymarket.com/event/fed/fed-cut", "0x1234", "polymarket.com/leaderboard", "mail a@b.c"]
        {
            assert_eq!(TraderRef::pasted(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_name_that_was_read_reads_the_same_again(text in ".{0,80}") {
            if let Some(TraderRef::Name(name)) = TraderRef::parse(&text) {
                prop_assert!(!name.contains('/'));
                if TraderRef::pasted(&name).is_none() {
                    prop_assert_eq!(TraderRef::parse(&name), Some(TraderRef::Name(name)));
                }
            }
        }
    }
}
