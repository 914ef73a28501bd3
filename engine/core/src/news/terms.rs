//! A text as the terms that matching compares.

use super::fold::fold;
use super::lexicon::{Lexicon, Standing};

/// What a question or a headline turns on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aspect {
    Price,
    Vote,
    Sport,
    Conflict,
    Court,
    Office,
    Launch,
}

/// A set of aspects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Aspects(u8);

impl Aspects {
    pub(super) const fn insert(&mut self, aspect: Aspect) {
        self.0 |= 1 << aspect as u8;
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What a word tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// That something's price moves, whichever way: the question's own direction says nothing about its subject.
    Price,
    /// Something else.
    Other,
}

/// A word that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    /// Folded, singular, one spelling for one thing.
    pub(super) word: String,
    pub(super) weak: bool,
    /// A word that tells an aspect, and which if it is one only.
    pub(super) aspect: Option<Told>,
    /// Written with a capital where a sentence would not have one.
    pub(super) name: bool,
    /// Written with a capital at all; a number counts as such.
    pub(super) capital: bool,
    /// Names in a row ("New York Rangers", "Grok 5") share a number.
    pub(super) run: u16,
}

/// A text, taken apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Terms {
    /// Each word once, in order of appearance.
    pub(super) terms: Vec<Term>,
    pub(super) aspects: Aspects,
    /// Amounts named: `$100K` and `100,000` are both 100000.
    pub(super) amounts: Vec<f64>,
    /// One of them has a currency sign.
    pub(super) money: bool,
}

const MONTHS: [&str; 24] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Longest text looked at, in characters: a title or a question is a sentence or two.
const LONGEST: usize = 600;
/// Longest word kept, in characters.
const LONGEST_WORD: usize = 40;

/// Takes a text apart.
pub(super) fn terms(text: &str, lexicon: &Lexicon) -> Terms {
    let mut found = Terms::default();
    let (mut run, mut in_run, mut after_month) = (0_u16, false, false);
    for (index, token) in tokens(text).into_iter().enumerate() {
        if let Some(amount) = amount(&token) {
            found.amounts.push(amount);
            found.money |= token.money;
            in_run = false;
            continue;
        }
        let plain = stem(&token.word);
        let month = MONTHS.contains(&plain.as_str()) || MONTHS.contains(&token.word.as_str());
        let number = token.word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let day_or_year = number && (after_month || is_year(&token.word));
        after_month = month;
        // A bare number counts only behind a name: "Grok 5", never "by 5".
        if month || day_or_year || WEEKDAYS.contains(&token.word.as_str()) || (number && !in_run) {
            in_run = false;
            continue;
        }
        let spoken = if token.shouted && plain == "us" { "usa" } else { plain.as_str() };
        let word = lexicon.same(lexicon.lemma(spoken)).to_owned();
        let mut aspect = None;
        for told in lexicon.aspects(&word) {
            found.aspects.insert(told);
            aspect = Some(if told == Aspect::Price && aspect.is_none() { Told::Price } else { Told::Other });
        }
        let standing = lexicon.standing(&word);
        if standing == Standing::Empty {
            in_run = false;
            continue;
        }
        let name = aspect.is_none() && (number || token.capital) && (index > 0 || standing == Standing::Full);
        if !(name && in_run) {
            run = run.saturating_add(1);
        }
        in_run = name;
        if found.terms.iter().all(|known| known.word != word) {
            found.terms.push(Term {
                word,
                weak: standing == Standing::Weak,
                aspect,
                name,
                capital: number || token.capital,
                run,
            });
        }
    }
    found
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && (word.starts_with("19") || word.starts_with("20"))
}

#[derive(Debug, Default)]
struct Token {
    /// Folded.
    word: String,
    capital: bool,
    /// All capitals.
    shouted: bool,
    /// A currency sign stood before it.
    money: bool,
    /// A percent sign stood behind it.
    percent: bool,
}

/// Splits at everything that is neither letter nor digit, but keeps `1,000.5`, `U.S.`, `S&P` and `don't` whole, and
/// joins `$1 million` to `1million`.
fn tokens(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().take(LONGEST).collect();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    let get = |at: usize| letters.get(at).copied().unwrap_or(' ');
    while at < letters.len() {
        if !get(at).is_alphanumeric() {
            at += 1;
            continue;
        }
        let money = at > 0 && matches!(get(at - 1), '$' | '€' | '£');
        let from = at;
        while get(at).is_alphanumeric() || joins(get(at.saturating_sub(1)), get(at), get(at + 1)) {
            at += 1;
        }
        let written = letters.get(from..at).unwrap_or_default();
        let word: String = written
            .iter()
            .filter(|letter| !matches!(letter, '\'' | '’' | ','))
            .flat_map(|letter| fold(*letter))
            .take(LONGEST_WORD)
            .collect();
        let joined = MAGNITUDES.iter().any(|(name, _)| name.len() > 2 && *name == word);
        if let Some(last) = tokens.last_mut().filter(|last| joined && last.word.ends_with(|c: char| c.is_ascii_digit()))
        {
            last.word.push_str(&word);
            continue;
        }
        let possessive = matches!(written, [.., '\'' | '’', 's' | 'S']);
        let word = if possessive { word.strip_suffix('s').unwrap_or(&word).to_owned() } else { word };
        tokens.push(Token {
            word,
            capital: get(from).is_uppercase(),
            shouted: written.len() > 1 && written.iter().all(|letter| !letter.is_lowercase()),
            money,
            percent: get(at) == '%',
        });
    }
    tokens
}

fn joins(before: char, here: char, after: char) -> bool {
    match here {
        '\'' | '’' | '&' => before.is_alphabetic() && after.is_alphabetic(),
        ',' => before.is_ascii_digit() && after.is_ascii_digit(),
        '.' => (before.is_ascii_digit() && after.is_ascii_digit()) || (before.is_uppercase() && after.is_uppercase()),
        _ => false,
    }
}

const MAGNITUDES: [(&str, f64); 9] = [
    ("k", 1e3),
    ("m", 1e6),
    ("mn", 1e6),
    ("million", 1e6),
    ("b", 1e9),
    ("bn", 1e9),
    ("billion", 1e9),
    ("t", 1e12),
    ("trillion", 1e12),
];

/// A bare number from here on is no year, day or version.
const SURELY_AN_AMOUNT: f64 = 3000.0;

/// The number a token names, if it is an amount and no year, day or version: it has a currency sign, a percent sign,
/// a magnitude, or is large.
fn amount(token: &Token) -> Option<f64> {
    let end = token.word.find(|letter: char| !(letter.is_ascii_digit() || letter == '.')).unwrap_or(token.word.len());
    let (digits, unit) = token.word.split_at(end);
    let number = digits.parse::<f64>().ok()?;
    if unit.is_empty() {
        return (token.money || token.percent || number >= SURELY_AN_AMOUNT).then_some(number);
    }
    let factor = MAGNITUDES.iter().find(|(name, _)| *name == unit).map(|(_, factor)| factor)?;
    Some(number * factor)
}

/// A word without its plural ending.
fn stem(word: &str) -> String {
    let cut = |from: usize, with: &str| format!("{}{with}", word.get(..word.len() - from).unwrap_or(word));
    let ends = |endings: &[&str]| endings.iter().any(|ending| word.ends_with(ending));
    if word.len() > 4 && ends(&["ies"]) {
        cut(3, "y")
    } else if word.len() > 4 && ends(&["sses", "shes", "ches", "xes"]) {
        cut(2, "")
    } else if word.len() > 3 && ends(&["s"]) && !ends(&["ss", "us", "is"]) {
        cut(1, "")
    } else {
        word.to_owned()
    }
}
