//! Which event a market belongs to when the data set does not say.
//!
//! Sibling markets resolve together, so they must fall into one fold and one bootstrap cluster. The key is:
//! 1. the recorded event, when there is one;
//! 2. a game (`A vs. B`, spreads, over/under, `Will A win on DATE`): everything with the same published start, since the
//!    markets of a game cannot be told from those of another game at that minute by their text;
//! 3. a deadline ladder (`… by March 31?`, `… before 2026?`): the question without numbers and dates, so that all rungs
//!    of the ladder share a key whatever their end;
//! 4. else: the question without its subject (`Will NVIDIA be …` and `Will Apple be …` are slots of one event), without
//!    numbers and dates, at the published end.
//!
//! Grouping too much only widens an interval; grouping too little would narrow it falsely.

use super::record::RecordedMarket;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DATE_WORDS: [&str; 15] = [
    "am",
    "pm",
    "et",
    "utc",
    "eoy",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "week",
    "month",
    "year",
];
const DEADLINES: [&str; 5] = ["by", "before", "in", "until", "through"];
/// Small words a capitalised subject may contain or follow.
const SUBJECT_LINKS: [&str; 8] = ["the", "of", "and", "de", "van", "von", "la", "el"];

/// The event key of a market.
#[must_use]
pub fn event_key(market: &RecordedMarket) -> String {
    if let Some(event) = &market.event {
        return event.clone();
    }
    let question = market.question.as_str();
    let end = market.end_at.map_or_else(|| "?".to_owned(), |end| end.timestamp().to_string());
    if is_game(question) {
        return format!("game@{end}");
    }
    let tokens: Vec<&str> = question.split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty()).collect();
    if let Some(ladder) = without_deadlines(&tokens) {
        return stem(&ladder);
    }
    let stem = stem(without_subject(&tokens));
    // A question of nothing but numbers and dates keeps its market apart.
    if stem.is_empty() { market.mid.clone() } else { format!("{stem}@{end}") }
}

fn is_game(question: &str) -> bool {
    let lower = question.to_lowercase();
    let versus = [" vs ", " vs. ", " v. "].iter().any(|mark| lower.contains(mark));
    let line = ["spread:", "o/u ", "over/under", "in game ", "map winner"].iter().any(|mark| lower.contains(mark));
    let win_on_date = lower.starts_with("will ") && lower.contains(" win on 20");
    versus || line || win_on_date
}

/// The tokens without each `by`/`before`/`in` that a date follows: one of several deadlines for the same thing.
/// `None` when there is no such word.
fn without_deadlines<'a>(tokens: &[&'a str]) -> Option<Vec<&'a str>> {
    let is_deadline = |place: usize, word: &str| {
        let date_follows = tokens.get(place + 1).is_some_and(|next| is_date(next) || next.eq_ignore_ascii_case("end"));
        date_follows && DEADLINES.contains(&word.to_lowercase().as_str())
    };
    let kept = tokens.iter().enumerate().filter(|(place, word)| !is_deadline(*place, word));
    let kept: Vec<&str> = kept.map(|(_, word)| *word).collect();
    (kept.len() < tokens.len()).then_some(kept)
}

fn is_number(token: &str) -> bool {
    token.chars().any(|c| c.is_ascii_digit())
}

fn is_date(token: &str) -> bool {
    let lower = token.to_lowercase();
    let month = MONTHS.iter().any(|month| lower.starts_with(month)) && (lower.len() == 3 || is_long_month(&lower));
    month || DATE_WORDS.contains(&lower.as_str()) || (is_number(token) && token.len() == 4)
}

fn is_long_month(lower: &str) -> bool {
    const LONG: [&str; 13] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "sept",
        "october",
        "november",
        "december",
    ];
    LONG.contains(&lower)
}

/// Leaves out the capitalised words after a leading "Will".
fn without_subject<'a, 'b>(tokens: &'b [&'a str]) -> &'b [&'a str] {
    let Some((first, rest)) = tokens.split_first() else { return tokens };
    if !first.eq_ignore_ascii_case("will") {
        return tokens;
    }
    let belongs = |token: &&str| {
        token.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit()) || SUBJECT_LINKS.contains(token)
    };
    let subject = rest.iter().take_while(|token| belongs(token)).count();
    rest.get(subject..).filter(|predicate| !predicate.is_empty()).unwrap_or(tokens)
}

fn stem(tokens: &[&str]) -> String {
    let kept: Vec<String> =
        tokens.iter().filter(|token| !is_number(token) && !is_date(token)).map(|token| token.to_lowercase()).collect();
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn key(question: &str, end: i64) -> String {
        event_key(&RecordedMarket {
            mid: "m".to_owned(),
            question: question.to_owned(),
            end_at: DateTime::from_timestamp(end, 0),
            ..RecordedMarket::default()
        })
    }

    #[test]
    fn siblings_share_a_key() {
        let pairs = [
            ("Will NVIDIA be the largest company on March 31?", 1, "Will Apple be the largest company on March 31?", 1),
            ("Will Bitcoin reach $110,000 by March 31?", 1, "Will Bitcoin reach $90k by April 30?", 2),
            ("Bitcoin above 66,200 on March 30, 11AM ET?", 1, "Bitcoin above 69,800 on March 30, 11AM ET?", 1),
            ("Spread: Bucks (-1.5)", 1, "Bucks vs. Lakers: O/U 222.5", 1),
            ("Starmer out in 2025?", 1, "Starmer out by June 30?", 2),
        ];
        for (one, one_end, other, other_end) in pairs {
            assert_eq!(key(one, one_end), key(other, other_end), "{one} / {other}");
        }
    }

    #[test]
    fn different_events_do_not() {
        let pairs = [
            ("Bitcoin above 66,200 on March 30?", 1, "Bitcoin above 66,200 on March 31?", 2),
            ("Bitcoin above 66,200 on March 30?", 1, "Ethereum above 2,000 on March 30?", 1),
            ("Bucks vs. Lakers", 1, "Heat vs. Nets", 2),
            ("Starmer out in 2025?", 1, "Macron out in 2025?", 1),
        ];
        for (one, one_end, other, other_end) in pairs {
            assert_ne!(key(one, one_end), key(other, other_end), "{one} / {other}");
        }
        let recorded = RecordedMarket { event: Some("e1".to_owned()), ..RecordedMarket::default() };
        assert_eq!(event_key(&recorded), "e1");
    }
}
