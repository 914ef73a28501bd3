//! What a person may type to name a market: a link, a number, a condition, or words.

/// Most characters of a typed query that are kept.
const MAX_QUERY_CHARS: usize = 120;

/// A market as someone named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarketQuery {
    /// A page of the venue: `event/<group>` or `event/<group>/<market>`, lower case.
    Page {
        /// Address part of the group; `None` in the short form `market/<market>`.
        group: Option<String>,
        /// Address part of the market, when the link names one.
        market: Option<String>,
    },
    /// Gamma's market id.
    Id(String),
    /// A condition on chain: `0x` and 64 hex digits, lower case.
    Condition(String),
    /// Words of the question, lower case; at least one.
    Words(Vec<String>),
}

impl MarketQuery {
    /// Reads a query; `None` when nothing usable is in it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(path) = find_link(text) {
            return page(&path);
        }
        let text = text.trim();
        if let Some(found) = page(text) {
            return Some(found);
        }
        if !text.is_empty() && text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Self::Id(text.to_owned()));
        }
        if let Some(hex) = text.strip_prefix("0x")
            && hex.len() == 64
            && hex.bytes().all(|b| b.is_ascii_hexdigit())
        {
            return Some(Self::Condition(text.to_ascii_lowercase()));
        }
        let words: Vec<String> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
        (!words.is_empty()).then_some(Self::Words(words))
    }
}

/// Shortens typed text to a query worth keeping: a link becomes its path (`event/<group>/<market>`).
#[must_use]
pub fn normalise(text: &str) -> Option<String> {
    if let Some(path) = find_link(text)
        && page(&path).is_some()
    {
        return Some(path.chars().take(MAX_QUERY_CHARS).collect());
    }
    let clean = crate::escape::plain(text, MAX_QUERY_CHARS);
    MarketQuery::parse(&clean).map(|_| clean)
}

/// The path of the first link to the venue in a text, without query and fragment: `event/fed/fed-cut`.
#[must_use]
pub fn find_link(text: &str) -> Option<String> {
    text.split_whitespace().find_map(|word| {
        let word = word.trim_matches(|c: char| "()[]<>\"'.,;!".contains(c));
        let rest = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://")).unwrap_or(word);
        let (host, path) = rest.split_once('/')?;
        let host = host.to_ascii_lowercase();
        if host != "polymarket.com" && host != "www.polymarket.com" {
            return None;
        }
        let end = path.find(['?', '#']).unwrap_or(path.len());
        let path = path.get(..end)?.trim_matches('/').to_ascii_lowercase();
        page(&path).map(|_| path)
    })
}

fn page(path: &str) -> Option<MarketQuery> {
    let parts: Vec<&str> = path.split('/').collect();
    if !parts.iter().all(|part| is_slug(part)) {
        return None;
    }
    // A language prefix (`es/event/…`) is part of real links.
    let parts = match parts.as_slice() {
        [language, rest @ ..] if language.len() == 2 => rest,
        all => all,
    };
    match parts {
        ["event", group] => Some(MarketQuery::Page { group: Some((*group).to_owned()), market: None }),
        ["event", group, market, ..] => {
            Some(MarketQuery::Page { group: Some((*group).to_owned()), market: Some((*market).to_owned()) })
        }
        ["market", market, ..] => Some(MarketQuery::Page { group: None, market: Some((*market).to_owned()) }),
        _ => None,
    }
}

fn is_slug(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_paste_is_understood() {
        let page = |group: Option<&str>, market: Option<&str>| {
            Some(MarketQuery::Page { group: group.map(str::to_owned), market: market.map(str::to_owned) })
        };
        let words = |list: &[&str]| Some(MarketQuery::Words(list.iter().map(|w| (*w).to_owned()).collect()));
        let condition = format!("0x{}", "aB".repeat(32));
        let table = [
            ("https://polymarket.com/event/fed/fed-cut?tid=17#x", page(Some("fed"), Some("fed-cut"))),
            ("look: (https://www.polymarket.com/event/Fed-2026/).", page(Some("fed-2026"), None)),
            ("polymarket.com/market/fed-cut", page(None, Some("fed-cut"))),
            ("https://polymarket.com/es/event/fed/fed-cut", page(Some("fed"), Some("fed-cut"))),
            ("event/fed/fed-cut", page(Some("fed"), Some("fed-cut"))),
            ("512340", Some(MarketQuery::Id("512340".to_owned()))),
            (condition.as_str(), Some(MarketQuery::Condition(condition.to_ascii_lowercase()))),
            ("Fed cuts, December?", words(&["fed", "cuts", "december"])),
            (
                "https://polymarket.com.evil.example/event/fed",
                words(&["https", "polymarket", "com", "evil", "example", "event", "fed"]),
            ),
            (" ?! ", None),
            ("", None),
        ];
        for (text, want) in table {
            assert_eq!(MarketQuery::parse(text), want, "{text}");
        }
    }

    #[test]
    fn a_link_is_kept_as_its_path() {
        assert_eq!(
            normalise("see https://polymarket.com/event/fed/fed-cut?x=1 !").as_deref(),
            Some("event/fed/fed-cut")
        );
        assert_eq!(normalise("  fed\u{202e} cuts ").as_deref(), Some("fed cuts"));
        assert_eq!(normalise("\u{200b}"), None);
    }
}
