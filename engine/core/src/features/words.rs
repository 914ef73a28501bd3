//! Whole words of a text, compared without regard to ASCII case and without allocating.
//!
//! A word is a maximal run of letters and digits; an apostrophe between two of them belongs to the word. So "eth" is no
//! word of "whether", and "crypto-prices" has the words "crypto" and "prices".

/// A word and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word as written.
    pub text: &'a str,
    /// Byte offset of its first character.
    pub start: usize,
}

impl Word<'_> {
    /// Byte offset just behind the word.
    #[must_use]
    pub const fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// True when the word is `other`, ASCII case aside.
    #[must_use]
    pub const fn is(&self, other: &str) -> bool {
        self.text.eq_ignore_ascii_case(other)
    }

    /// True when the word is one of `list`.
    #[must_use]
    pub fn is_any(&self, list: &[&str]) -> bool {
        list.iter().any(|other| self.is(other))
    }

    /// True when the word consists of ASCII digits only.
    #[must_use]
    pub fn is_digits(&self) -> bool {
        self.text.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// A list of lower-case words, or of phrases with one space between words, that is quick to say no: most words are
/// told apart by first letter and length before any is compared.
#[derive(Debug, Clone, Copy)]
pub struct WordList {
    entries: &'static [&'static str],
    /// For each first byte (in 32 classes, which lower and upper case share) a bit for each length of first word.
    lengths: [u32; 32],
}

impl WordList {
    /// A list of these entries.
    #[must_use]
    #[allow(clippy::indexing_slicing)] // evaluated when compiled: an index out of range would not build
    pub const fn new(entries: &'static [&'static str]) -> Self {
        let mut lengths = [0; 32];
        let mut entry = 0;
        while entry < entries.len() {
            let bytes = entries[entry].as_bytes();
            let mut length = 0;
            while length < bytes.len() && bytes[length] != b' ' {
                length += 1;
            }
            lengths[(bytes[0] & 31) as usize] |= 1 << if length < 31 { length } else { 31 };
            entry += 1;
        }
        Self { entries, lengths }
    }

    /// False when no entry can begin with this word.
    fn may_begin_with(&self, word: &Word<'_>) -> bool {
        let class = word.text.bytes().next().map_or(0, |byte| usize::from(byte & 31));
        let lengths = self.lengths.get(class).copied().unwrap_or_default();
        lengths & (1 << word.text.len().min(31)) != 0
    }

    /// True when the word is an entry.
    #[must_use]
    pub fn contains(&self, word: &Word<'_>) -> bool {
        self.may_begin_with(word) && word.is_any(self.entries)
    }

    /// True when `first` and the words of `rest` behind it begin with an entry.
    #[must_use]
    pub fn begins(&self, first: &Word<'_>, rest: &Words<'_>) -> bool {
        self.may_begin_with(first) && self.entries.iter().any(|phrase| begins_with_phrase(first, rest, phrase))
    }

    /// True when a word of `text` is an entry.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        words(text).any(|word| self.contains(&word))
    }
}

/// Iterates over the words of a text.
#[derive(Debug, Clone)]
pub struct Words<'a> {
    text: &'a str,
    at: usize,
}

/// The words of `text` in order.
#[must_use]
pub const fn words(text: &str) -> Words<'_> {
    Words { text, at: 0 }
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        let rest = self.text.get(self.at..)?;
        let start = self.at + rest.find(char::is_alphanumeric)?;
        let tail = self.text.get(start..)?;
        let mut end = start;
        let mut letters = tail.char_indices().peekable();
        while let Some((offset, letter)) = letters.next() {
            let joins = matches!(letter, '\'' | '’') && letters.peek().is_some_and(|(_, next)| next.is_alphanumeric());
            if !letter.is_alphanumeric() && !joins {
                break;
            }
            end = start + offset + letter.len_utf8();
        }
        self.at = end;
        Some(Word { text: self.text.get(start..end)?, start })
    }
}

/// True when `first` and the words of `rest` behind it begin with those of `phrase` (one space between words).
#[must_use]
pub fn begins_with_phrase(first: &Word<'_>, rest: &Words<'_>, phrase: &str) -> bool {
    let mut parts = phrase.split(' ');
    if !parts.next().is_some_and(|part| first.is(part)) {
        return false;
    }
    let mut rest = rest.clone();
    parts.all(|part| rest.next().is_some_and(|word| word.is(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        let table: [(&str, &[&str]); 6] = [
            ("Will ETH hit $5,000?", &["Will", "ETH", "hit", "5", "000"]),
            ("crypto-prices", &["crypto", "prices"]),
            ("don’t  'quote' it", &["don’t", "quote", "it"]),
            ("", &[]),
            ("  ?!…", &[]),
            ("Zürich–Genève 2026", &["Zürich", "Genève", "2026"]),
        ];
        for (text, expected) in table {
            let got: Vec<&str> = words(text).map(|word| word.text).collect();
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn parts_of_words_do_not_count() {
        const TRAPS: WordList = WordList::new(&["eth", "over", "may"]);
        assert!(!TRAPS.is_in("Whether the government's mayor decides"));
        assert!(TRAPS.is_in("OVER the line") && TRAPS.is_in("Eth?"));
        assert!(!TRAPS.is_in("") && !TRAPS.is_in("e ov"));
    }

    #[test]
    fn phrases_are_words_in_a_row() {
        const CUPS: WordList = WordList::new(&["world cup", "super bowl"]);
        let has = |text: &str| {
            let mut rest = words(text);
            std::iter::from_fn(|| rest.next().map(|word| (word, rest.clone())))
                .any(|(word, rest)| CUPS.begins(&word, &rest))
        };
        assert!(has("The 2026 World-Cup final") && has("super bowl"));
        assert!(!has("The world's cup") && !has("cup world") && !has("the world"));
    }

    #[test]
    fn the_quick_no_never_hides_an_entry() {
        const LONG: WordList = WordList::new(&["abcdefghijklmnopqrstuvwxyzabcdefghijkl", "1st half", "b"]);
        for entry in LONG.entries {
            let mut rest = words(entry);
            let first = rest.next().unwrap();
            assert!(LONG.begins(&first, &rest), "{entry}");
        }
    }
}
