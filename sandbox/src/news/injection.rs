//! Headlines that try to give orders to whoever reads them: a corpus of our own.

const CORPUS: &str = include_str!("injections.txt");

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injection {
    /// The trick, in a word or two.
    pub trick: String,
    /// The text. `{question}` stands for the question of a market.
    pub text: String,
}

/// All attempts, in the order of the file.
#[must_use]
pub fn injections() -> Vec<Injection> {
    let lines = CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once('|'))
        .map(|(trick, text)| Injection { trick: trick.trim().to_owned(), text: unescaped(text.trim()) })
        .collect()
}

/// Resolves `\u{…}`: what cannot be seen is written so in the file.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, code)) = rest.split_once("\\u{") {
        plain.push_str(before);
        let (hex, after) = code.split_once('}').unwrap_or((code, ""));
        plain.extend(u32::from_str_radix(hex, 16).ok().and_then(char::from_u32));
        rest = after;
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_is_large_varied_and_readable() {
        let all = injections();
        let mut tricks: Vec<&str> = all.iter().map(|injection| injection.trick.as_str()).collect();
        tricks.sort_unstable();
        tricks.dedup();
        assert!(all.len() >= 40, "{}", all.len());
        assert!(tricks.len() >= 12, "{tricks:?}");
        assert!(all.iter().all(|injection| !injection.text.is_empty() && !injection.text.contains("\\u")));
        assert!(all.iter().any(|injection| injection.text.contains('\u{202e}')));
    }
}
