//! Fills the slots of a template.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::dice::Dice;
use super::number::round_to;
use super::templates::{base_level, words};

/// The words one event has drawn, so that its title and all its questions use the same.
#[derive(Debug)]
pub(crate) struct Phrase {
    filled: BTreeMap<String, String>,
    end: DateTime<Utc>,
}

impl Phrase {
    pub(crate) const fn new(end: DateTime<Utc>) -> Self {
        Self { filled: BTreeMap::new(), end }
    }

    /// Text with every slot filled; `option` is the market's place in its event.
    pub(crate) fn fill(&mut self, text: &str, option: &str, dice: &mut Dice) -> String {
        let mut out = String::with_capacity(text.len() + 24);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (slot, tail) = after.split_once('}').unwrap_or((after, ""));
            out.push_str(&self.word(slot, option, dice));
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    fn word(&mut self, slot: &str, option: &str, dice: &mut Dice) -> String {
        match slot {
            "option" => return option.to_owned(),
            "date" => return self.end.format("%B %-d").to_string(),
            "month" => return self.end.format("%B").to_string(),
            "iso" => return self.end.format("%Y-%m-%d").to_string(),
            _ => {}
        }
        if let Some(word) = self.filled.get(slot) {
            return word.clone();
        }
        let word = match slot {
            "n" => (50 + 10 * dice.below(60)).to_string(),
            "pct" => (30 + dice.below(60)).to_string(),
            "temp" => (5 + dice.below(70)).to_string(),
            "count" => (2 + dice.below(6)).to_string(),
            "small" => format!("{:.1}", dice.between(1.0, 8.0)),
            _ => self.unused(slot, dice),
        };
        self.filled.insert(slot.to_owned(), word.clone());
        word
    }

    /// A word of the slot's list that this event does not use yet: a country signs no treaty with itself.
    fn unused(&self, slot: &str, dice: &mut Dice) -> String {
        let free: Vec<&str> =
            words(slot).iter().copied().filter(|word| !self.filled.values().any(|used| used == word)).collect();
        dice.pick(&free).map_or_else(|| slot.to_owned(), |word| (*word).to_owned())
    }

    /// What the event's thresholds are about, once its title is filled.
    fn subject(&self) -> &str {
        let name = self.filled.get("coin").or_else(|| self.filled.get("index"));
        name.map_or("", String::as_str)
    }

    /// Threshold number `k` of an event, as written in its question.
    pub(crate) fn threshold(&self, k: usize, step: f64) -> String {
        let level = base_level(self.subject()) * (1.0 + step * (k as f64 - 1.0));
        let digits = if level < 10.0 {
            2
        } else if level < 1_000.0 {
            0
        } else {
            -2
        };
        let number = round_to(level, digits);
        let money = if self.filled.contains_key("coin") { "$" } else { "" };
        if digits > 0 { format!("{money}{number:.2}") } else { format!("{money}{}", grouped(number)) }
    }
}

/// A whole number with commas between thousands.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::templates::TEMPLATES;
    use super::*;

    #[test]
    fn every_template_fills_without_a_slot_left_over() {
        let end = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        for template in TEMPLATES {
            let mut dice = Dice::new(3);
            let mut phrase = Phrase::new(end);
            let title = phrase.fill(template.title, "x", &mut dice);
            let question = phrase.fill(template.question, "x", &mut dice);
            for text in [title, question] {
                assert!(!text.contains(['{', '}']), "{text}");
            }
            for (slot, word) in &phrase.filled {
                assert_ne!(slot, word, "no words for {{{slot}}}");
            }
        }
    }

    #[test]
    fn thresholds_are_written_like_the_venue_writes_them() {
        let end = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let mut phrase = Phrase::new(end);
        phrase.filled.insert("coin".into(), "Bitcoin".into());
        assert_eq!(phrase.threshold(1, 0.04), "$92,000");
        assert_eq!(phrase.threshold(2, 0.04), "$95,700");
        phrase.filled.insert("coin".into(), "XRP".into());
        assert_eq!(phrase.threshold(0, 0.1), "$1.98");
    }
}
