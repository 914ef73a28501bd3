//! Identifiers in the venue's forms, made from a seed.

use super::dice::Dice;

/// `0x` and 64 hex digits.
pub(crate) fn hex_id(seed: u64) -> String {
    let mut dice = Dice::new(seed);
    (0..4).fold(String::from("0x"), |text, _| format!("{text}{:016x}", dice.bits()))
}

/// A decimal number of 77 digits, the usual length of a token id (78 is the most 256 bits allow).
pub(crate) fn token_id(seed: u64) -> String {
    let mut dice = Dice::new(seed);
    let mut digits = (1 + dice.below(9)).to_string();
    while digits.len() < 77 {
        digits.push_str(&dice.below(10).to_string());
    }
    digits
}

/// Text for an address: lower case, words joined by dashes.
pub(crate) fn slug_of(text: &str) -> String {
    let plain = text.replace(['$', ',', '?', '\'', '’', '"'], "").to_lowercase();
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_the_venues() {
        let id = hex_id(5);
        assert_eq!(id.len(), 66);
        assert!(id[2..].bytes().all(|b| b.is_ascii_hexdigit()));
        assert_eq!(token_id(5).len(), 77);
        assert_ne!(token_id(5), token_id(6));
        assert_eq!(slug_of("Will Bitcoin's price hit $90,000 by May 3?"), "will-bitcoins-price-hit-90000-by-may-3");
    }
}
