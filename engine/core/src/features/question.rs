//! Features of the question's wording.

use super::category::{is_crypto, is_sports};
use super::words::{Word, WordList, words};

/// More words than any real question has; distinct words are counted up to here, since that takes quadratic time.
const MAX_COMPARED_WORDS: usize = 256;

const ABOVE: WordList = WordList::new(&["above", "over", "exceed", "hit", "reach", "break"]);
const POSITIVE: WordList = WordList::new(&[
    "win", "pass", "above", "exceed", "achieve", "surge", "gain", "rise", "increase", "approve", "success", "agree",
    "accept", "hit", "reach",
]);
const NEGATIVE: WordList = WordList::new(&[
    "lose", "fail", "below", "crash", "reject", "decline", "fall", "drop", "decrease", "deny", "miss", "ban", "block",
    "cancel", "collapse",
]);
const CERTAIN: WordList = WordList::new(&["will", "definitely", "certainly", "must", "always", "guaranteed"]);
/// Month names that mean nothing else.
const MONTHS: WordList = WordList::new(&[
    "january",
    "february",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]);
/// Names that are a month only beside a number.
const MONTHS_BESIDE_NUMBERS: WordList = WordList::new(&[
    "may", "march", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
]);

/// What the question, category and tags of a market say; the same at every moment of its life.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuestionFeatures {
    /// See [`is_crypto`].
    pub is_crypto: bool,
    /// See [`is_sports`].
    pub is_sports: bool,
    /// Characters of the question, outer white space apart.
    pub length: f64,
    /// Words between white space.
    pub word_count: f64,
    /// Mean characters of those words, punctuation counted; 0 without words.
    pub average_word_length: f64,
    /// Distinct words divided by words, ASCII case and outer punctuation aside, over the first 256; 0 without words.
    pub word_diversity: f64,
    /// An ASCII digit occurs.
    pub has_number: bool,
    /// A whole word 1900–2099 that is no amount (no `$` before, no `%` behind).
    pub has_year: bool,
    /// `%` or the word percent.
    pub has_percent: bool,
    /// `$` or the word dollar(s).
    pub has_dollar: bool,
    /// A month by name ("may", "march" and abbreviations only beside a number), `2026-11-23` or `11/23`.
    pub has_date: bool,
    /// The first word is "will".
    pub starts_will: bool,
    /// The word "by" occurs.
    pub has_by: bool,
    /// The word "before" occurs.
    pub has_before: bool,
    /// One of above, over, exceed, hit, reach, break occurs.
    pub has_above: bool,
    /// How many words are of the positive list.
    pub sentiment_positive: f64,
    /// How many words are of the negative list.
    pub sentiment_negative: f64,
    /// How many words are of will, definitely, certainly, must, always, guaranteed.
    pub certainty: f64,
}

impl QuestionFeatures {
    /// Reads the question, category and tags.
    #[must_use]
    pub fn new(question: &str, category: Option<&str>, tags: &[String]) -> Self {
        let question = question.trim();
        let shape = Shape::of(question);
        let mut features = Self {
            is_crypto: is_crypto(question, category, tags),
            is_sports: is_sports(question, category, tags),
            length: as_f64(question.chars().count()),
            word_count: as_f64(shape.words),
            average_word_length: ratio(shape.letters, shape.words),
            word_diversity: ratio(shape.distinct, shape.words.min(MAX_COMPARED_WORDS)),
            has_number: question.bytes().any(|byte| byte.is_ascii_digit()),
            has_year: false,
            has_percent: question.contains('%'),
            has_dollar: question.contains('$'),
            has_date: has_slashed_date(question),
            starts_will: words(question).next().is_some_and(|word| word.is("will")),
            has_by: false,
            has_before: false,
            has_above: false,
            sentiment_positive: 0.0,
            sentiment_negative: 0.0,
            certainty: 0.0,
        };
        features.read_words(question);
        features
    }

    fn read_words(&mut self, question: &str) {
        let mut before: Option<Word<'_>> = None;
        let mut rest = words(question);
        while let Some(word) = rest.next() {
            self.has_year |= is_year(question, &word);
            self.has_percent |= word.is("percent");
            self.has_dollar |= word.is_any(&["dollar", "dollars"]);
            self.has_by |= word.is("by");
            self.has_before |= word.is("before");
            self.has_above |= ABOVE.contains(&word);
            self.has_date |= MONTHS.contains(&word)
                || MONTHS_BESIDE_NUMBERS.contains(&word)
                    && (before.is_some_and(|word| starts_with_digit(&word))
                        || rest.clone().next().is_some_and(|word| starts_with_digit(&word)))
                || question.get(word.start..).is_some_and(starts_iso_date);
            self.sentiment_positive += one_if(POSITIVE.contains(&word));
            self.sentiment_negative += one_if(NEGATIVE.contains(&word));
            self.certainty += one_if(CERTAIN.contains(&word));
            before = Some(word);
        }
    }
}

/// Counts over the words between white space.
struct Shape {
    words: usize,
    letters: usize,
    distinct: usize,
}

impl Shape {
    fn of(question: &str) -> Self {
        let mut shape = Self { words: 0, letters: 0, distinct: 0 };
        for (index, word) in question.split_whitespace().enumerate() {
            shape.words += 1;
            shape.letters += word.chars().count();
            if index < MAX_COMPARED_WORDS {
                let bare = trimmed(word);
                let seen =
                    question.split_whitespace().take(index).any(|earlier| trimmed(earlier).eq_ignore_ascii_case(bare));
                shape.distinct += usize::from(!seen);
            }
        }
        shape
    }
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(|letter: char| !letter.is_alphanumeric())
}

fn as_f64(count: usize) -> f64 {
    count as f64
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { as_f64(part) / as_f64(whole) }
}

const fn one_if(set: bool) -> f64 {
    if set { 1.0 } else { 0.0 }
}

fn starts_with_digit(word: &Word<'_>) -> bool {
    word.text.starts_with(|letter: char| letter.is_ascii_digit())
}

fn is_year(question: &str, word: &Word<'_>) -> bool {
    let plausible =
        word.text.len() == 4 && word.is_digits() && (word.text.starts_with("19") || word.text.starts_with("20"));
    let amount = question.get(..word.start).is_some_and(|text| text.ends_with('$'))
        || question.get(word.end()..).is_some_and(|text| text.starts_with('%'));
    plausible && !amount
}

/// True when the word is a month by its full name, or by "may", "march" or an abbreviation.
pub(super) fn is_month(word: &Word<'_>) -> bool {
    MONTHS.contains(word) || MONTHS_BESIDE_NUMBERS.contains(word)
}

/// True when the text begins with `YYYY-MM-DD`.
pub(super) fn starts_iso_date(text: &str) -> bool {
    let mut bytes = text.bytes();
    let shape = "dddd-dd-dd".bytes().all(|expected| {
        bytes.next().is_some_and(|byte| match expected {
            b'-' => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    });
    shape && !bytes.next().is_some_and(|byte| byte.is_ascii_digit())
}

/// `11/23` or `11/23/2026`: a number 1–12, a slash, a number 1–31 (either order).
fn has_slashed_date(question: &str) -> bool {
    let mut before: Option<Word<'_>> = None;
    words(question).any(|word| {
        let slashed = before.is_some_and(|first| {
            question.get(first.end()..word.start) == Some("/") && is_month_and_day(first.text, word.text)
        });
        before = Some(word);
        slashed
    })
}

fn is_month_and_day(first: &str, second: &str) -> bool {
    let number = |text: &str| {
        if text.len() <= 2 { text.parse::<u8>().ok() } else { None }
    };
    let fits = |month: u8, day: u8| (1..=12).contains(&month) && (1..=31).contains(&day);
    number(first).zip(number(second)).is_some_and(|(a, b)| fits(a, b) || fits(b, a))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(question: &str) -> QuestionFeatures {
        QuestionFeatures::new(question, None, &[])
    }

    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
    }

    #[test]
    fn the_shape_is_counted_in_characters() {
        let got = read("  Will Zürich win, or will Bern? ");
        close(got.length, 30.0);
        close(got.word_count, 6.0);
        close(got.average_word_length, 25.0 / 6.0);
        close(got.word_diversity, 5.0 / 6.0);
        let empty = read("");
        close(empty.length + empty.word_count + empty.average_word_length + empty.word_diversity, 0.0);
    }

    #[test]
    fn years_dates_and_amounts() {
        // question, number, year, percent, dollar, date
        let table = [
            ("By December 31, 2026?", true, true, false, false, true),
            ("Above $2000 or 2000%?", true, false, true, true, false),
            ("Will the mayor march?", false, false, false, false, false),
            ("May the best win?", false, false, false, false, false),
            ("On May 5?", true, false, false, false, true),
            ("On 5 Mar?", true, false, false, false, true),
            ("On 2026-11-23?", true, true, false, false, true),
            ("On 11/23?", true, false, false, false, true),
            ("A ratio of 50/60?", true, false, false, false, false),
            ("Ten percent of a dollar?", false, false, true, true, false),
            ("12026 votes in 2126?", true, false, false, false, false),
        ];
        for (question, number, year, percent, dollar, date) in table {
            let got = read(question);
            let flags = (got.has_number, got.has_year, got.has_percent, got.has_dollar, got.has_date);
            assert_eq!(flags, (number, year, percent, dollar, date), "{question}");
        }
    }

    #[test]
    fn only_whole_words_count() {
        let trap = read("Government overlooks baby's winner; willing, banner, passing, undropped");
        assert!(!trap.has_above && !trap.has_by && !trap.starts_will && !trap.has_before);
        close(trap.sentiment_positive + trap.sentiment_negative + trap.certainty, 0.0);
        let real = read("Will it win or lose, must it fall below or rise above before or by then?");
        assert!(real.has_above && real.has_by && real.starts_will && real.has_before);
        close(real.sentiment_positive, 3.0);
        close(real.sentiment_negative, 3.0);
        close(real.certainty, 2.0);
    }
}
