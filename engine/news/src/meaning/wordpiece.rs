//! Text to the numbers a BERT model reads: lower case, accents off, words cut into the longest known pieces (WordPiece;
//! Wu et al. 2016, as in Devlin et al. 2019).

use std::collections::HashMap;

/// Words longer than this are unknown.
const LONGEST_WORD: usize = 100;

/// A vocabulary.
#[derive(Debug)]
pub(super) struct WordPiece {
    pieces: HashMap<String, i64>,
    unknown: i64,
    first: i64,
    last: i64,
}

impl WordPiece {
    /// Reads a vocabulary, one piece a line; a piece's number is its line.
    pub(super) fn new(vocabulary: &str) -> Option<Self> {
        let pieces: HashMap<String, i64> = vocabulary.lines().map(str::to_owned).zip(0..).collect();
        let special = |name: &str| pieces.get(name).copied();
        let (unknown, first, last) = (special("[UNK]")?, special("[CLS]")?, special("[SEP]")?);
        Some(Self { pieces, unknown, first, last })
    }

    /// The numbers of a text, at most `limit` of them, begin and end marks included.
    pub(super) fn numbers(&self, text: &str, limit: usize) -> Vec<i64> {
        let mut numbers = vec![self.first];
        for word in words(text) {
            self.cut(&word, &mut numbers);
        }
        numbers.truncate(limit.saturating_sub(1));
        numbers.push(self.last);
        numbers
    }

    fn cut(&self, word: &str, numbers: &mut Vec<i64>) {
        let before = numbers.len();
        let mut rest = word;
        while !rest.is_empty() {
            let ends = rest.char_indices().map(|(at, letter)| at + letter.len_utf8()).rev();
            let found = ends.into_iter().find_map(|end| {
                let piece = rest.get(..end)?;
                let inside = rest.len() < word.len();
                let number = if inside { self.pieces.get(&format!("##{piece}")) } else { self.pieces.get(piece) };
                number.map(|number| (*number, end))
            });
            let Some((number, end)) = found.filter(|_| word.chars().count() <= LONGEST_WORD) else {
                numbers.truncate(before);
                numbers.push(self.unknown);
                return;
            };
            numbers.push(number);
            rest = rest.get(end..).unwrap_or_default();
        }
    }
}

/// Words and single signs, lower-case, without accents.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for letter in text.chars().flat_map(plain) {
        if letter.is_whitespace() {
            open = false;
        } else if letter.is_ascii_punctuation()
            || (!letter.is_ascii() && !letter.is_alphanumeric())
            || is_ideograph(letter)
        {
            words.push(letter.to_string());
            open = false;
        } else if let Some(word) = words.last_mut().filter(|_| open) {
            word.push(letter);
        } else {
            words.push(letter.to_string());
            open = true;
        }
    }
    words
}

/// Lower case without accents, by the decomposition of a letter where it has one.
fn plain(letter: char) -> impl Iterator<Item = char> {
    engine_core::news::fold(letter)
}

const fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_into_the_longest_known_pieces() {
        let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nfed\nre\n##ach\n##es\n$\n100\n,\n000\n?\n選\nzurich\n’\ns";
        let pieces = WordPiece::new(vocabulary).unwrap();
        let table: [(&str, &[i64]); 6] = [
            ("Fed reaches $100,000?", &[2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 3]),
            ("Zürich’s", &[2, 14, 15, 16, 3]),
            ("選選", &[2, 13, 13, 3]),
            ("fedx fed", &[2, 1, 4, 3]),
            ("", &[2, 3]),
            (&"fed".repeat(50), &[2, 1, 3]),
        ];
        for (text, expected) in table {
            assert_eq!(pieces.numbers(text, 64), expected, "{text}");
        }
        assert_eq!(pieces.numbers("fed fed fed fed", 4), [2, 4, 4, 3]);
        assert!(WordPiece::new("no marks").is_none());
    }
}
