//! Is a market about sports, is it about crypto: by tags, category and whole words of the question.
//!
//! Sports is decided generously: the gate that uses it keeps the bot out of markets whose published end is only the
//! start of a game, so a wrong yes costs a missed market and a wrong no costs a bet on bad data.

use super::lists::{CRYPTO_WORDS, SPORTS_LABELS, SPORTS_PHRASES, SPORTS_TAGS, SPORTS_WORDS, TICKERS, WEEKDAYS};
use super::question::{is_month, starts_iso_date};
use super::words::{Word, Words, begins_with_phrase, words};

/// True when a tag, the category or a whole word of the question says crypto.
#[must_use]
pub fn is_crypto(question: &str, category: Option<&str>, tags: &[String]) -> bool {
    category.is_some_and(|text| CRYPTO_WORDS.is_in(text))
        || tags.iter().any(|tag| CRYPTO_WORDS.is_in(tag))
        || names_crypto(question)
}

fn names_crypto(question: &str) -> bool {
    words(question).any(|word| {
        CRYPTO_WORDS.contains(&word)
            && (!TICKERS.contains(&word) || word.text.bytes().all(|byte| byte.is_ascii_uppercase()))
    })
}

/// True when a tag, the category or the question says sports or esports: leagues, titles, "A vs. B", spreads, totals
/// ("O/U 2.5"), "win on" a day. A comparison that names crypto ("Bitcoin vs. gold") is not a game.
#[must_use]
pub fn is_sports(question: &str, category: Option<&str>, tags: &[String]) -> bool {
    let labelled =
        |text: &str| SPORTS_TAGS.iter().any(|tag| text.eq_ignore_ascii_case(tag)) || SPORTS_LABELS.is_in(text);
    category.is_some_and(labelled)
        || tags.iter().any(|tag| labelled(tag))
        || question.split('(').skip(1).any(is_handicap)
        || says_sports(question)
}

fn says_sports(question: &str) -> bool {
    let mut versus = false;
    let mut rest = words(question);
    while let Some(word) = rest.next() {
        versus |= word.is("vs");
        if SPORTS_WORDS.contains(&word)
            || SPORTS_PHRASES.begins(&word, &rest)
            || titles_spread(question, &word)
            || wins_on_date(question, &word, &rest)
        {
            return true;
        }
    }
    versus && !names_crypto(question)
}

/// "Spread: Lakers (-5.5)". "The yield spread" is none.
fn titles_spread(question: &str, word: &Word<'_>) -> bool {
    word.is("spread") && question.get(word.end()..).is_some_and(|rest| rest.starts_with(':'))
}

/// `-5.5)` or `+3)`: what stands behind an opening bracket.
fn is_handicap(rest: &str) -> bool {
    let Some((inside, _)) = rest.split_once(')') else {
        return false;
    };
    let number = inside.strip_prefix(['-', '+', '−']).unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// "Will Arsenal win on 2026-11-23?", "… win on Saturday", "… win on November 23".
fn wins_on_date(question: &str, first: &Word<'_>, rest: &Words<'_>) -> bool {
    begins_with_phrase(first, rest, "win on")
        && rest.clone().nth(1).is_some_and(|word| {
            WEEKDAYS.contains(&word) || is_month(&word) || question.get(word.start..).is_some_and(starts_iso_date)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crypto_is_told_by_whole_words() {
        let table = [
            ("Will Bitcoin hit $100k?", true),
            ("Will ETH be above $4,000 on May 5?", true),
            ("Whether the mayor resigns", false),
            ("Will Charlton Athletic FC win?", false),
            ("Spread: Netherlands (-1.5)", false),
            ("Will the Netherlands leave the EU?", false),
            ("Will SOL reach $300?", true),
            ("Costa del Sol temperature above 30?", false),
            ("Is the hype over?", false),
        ];
        for (question, expected) in table {
            assert_eq!(is_crypto(question, None, &[]), expected, "{question}");
        }
        assert!(is_crypto("Up or down?", None, &["crypto-prices".to_owned()]));
        assert!(is_crypto("Up or down?", Some("Crypto"), &[]));
    }

    #[test]
    fn sports_is_told_by_patterns_and_labels() {
        let table = [
            ("Lakers vs. Celtics", true),
            ("Spread: Lakers (-5.5)", true),
            ("Celtics (+3.5) cover?", true),
            ("Arsenal FC vs Chelsea: O/U 2.5", true),
            ("Total points O/U 220.5", true),
            ("Will Arsenal win on 2026-11-23?", true),
            ("Will Arsenal win on Saturday?", true),
            ("Will Labour win on November 23?", true),
            ("Will Labour win on merit?", false),
            ("Dota 2: Team Spirit wins map 1?", true),
            ("LoL: T1 to win (BO3)", true),
            ("Who wins the Champions League?", true),
            ("Game 2: Odd/Even Total Kills?", true),
            ("Will Charlton Athletic FC win?", true),
            ("Will the 10y-2y yield spread exceed 1%?", false),
            ("Will Bitcoin vs. gold end higher?", false),
            ("Will a government be formed by May?", false),
            ("Will the President win the election?", false),
            ("GDP growth (2026) above 3%?", false),
            ("Will Trump's approval be over 45%?", false),
        ];
        for (question, expected) in table {
            assert_eq!(is_sports(question, None, &[]), expected, "{question}");
        }
        assert!(is_sports("Who wins?", Some("Sports"), &[]));
        assert!(is_sports("Who wins?", None, &["la-liga".to_owned()]));
        assert!(is_sports("Who wins?", None, &["epl".to_owned()]));
        assert!(!is_sports("Who wins?", Some("Politics"), &["elections".to_owned()]));
    }
}
