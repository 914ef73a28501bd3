//! Thresholds, and money put into a book, while a person makes up his mind.

use engine_core::money::{MICROS_PER_UNIT, Usd};
use engine_core::strategy::BookId;
use engine_core::tuning::{Threshold, Thresholds, Unit};
use serde::{Deserialize, Serialize};

use crate::draft::number;

/// Largest amount that can be put in at once, in dollars; the smallest is one.
pub const MOST_TOP_UP: i64 = 100_000;

/// Where the thresholds come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TunePurpose {
    /// Changed by hand.
    Change,
    /// They ran beside the real ones and are to take their place.
    Promote,
}

/// What the dialogue asks now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum TuneStep {
    /// Which thresholds?
    Edit,
    /// This one threshold: what value?
    One {
        /// Which.
        threshold: Threshold,
    },
    /// Save it so?
    Confirm,
}

/// Thresholds of a strategy so far. Buttons carry them whole, so an old one still means what it said.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TuneDraft {
    /// The strategy's book.
    pub book: BookId,
    /// Those in force when it was begun.
    pub base: Thresholds,
    /// Those wanted.
    pub wanted: Thresholds,
    /// Where they come from.
    pub purpose: TunePurpose,
    /// What is asked now.
    pub step: TuneStep,
}

/// Why a typed value was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// This step takes none.
    NotAsked,
    /// It is no number.
    NoNumber(Threshold),
    /// It lies outside what is allowed.
    OutOfRange(Threshold),
}

impl TuneDraft {
    /// Nothing changed yet.
    #[must_use]
    pub const fn begin(book: BookId, base: Thresholds) -> Self {
        Self { book, base, wanted: base, purpose: TunePurpose::Change, step: TuneStep::Edit }
    }

    /// The same at another step.
    #[must_use]
    pub fn at(&self, step: TuneStep) -> Self {
        Self { step, ..self.clone() }
    }

    /// The same with a threshold set; a value that is not allowed changes nothing.
    #[must_use]
    pub fn with(&self, threshold: Threshold, value: i64) -> Self {
        let wanted = self.wanted.with(threshold, value).unwrap_or(self.wanted);
        Self { wanted, ..self.clone() }
    }

    /// What a typed answer makes of it.
    ///
    /// # Errors
    /// [`NotTaken`] when this step takes none, or the text is no value of the threshold.
    pub fn answered(&self, text: &str) -> Result<Self, NotTaken> {
        let TuneStep::One { threshold } = self.step else { return Err(NotTaken::NotAsked) };
        let value = typed(threshold, text).ok_or(NotTaken::NoNumber(threshold))?;
        let wanted = self.wanted.with(threshold, value).map_err(|_| NotTaken::OutOfRange(threshold))?;
        Ok(Self { wanted, ..self.at(TuneStep::Edit) })
    }
}

/// A typed value: `6`, `6.5 %`, `4 a day`, `$7.50`. A share is always read as percent.
#[allow(clippy::cast_possible_truncation)] // rounded, and the cast saturates outside every range
fn typed(threshold: Threshold, text: &str) -> Option<i64> {
    let text = text.trim().to_lowercase();
    let text = match threshold.unit() {
        Unit::BasisPoints => text.trim_end_matches('%').trim_end_matches("percent"),
        Unit::Count => text.trim_end_matches("a day"),
        Unit::Cents => text.trim_start_matches('$').trim_end_matches('$').trim_end_matches("dollars"),
    };
    let value = number(text.trim())?;
    let scale = match threshold.unit() {
        Unit::BasisPoints | Unit::Cents => 100.0,
        Unit::Count => 1.0,
    };
    let scaled = value * scale;
    // Half a bet is no number of bets; a hundredth of a cent is not asked for.
    ((scaled - scaled.round()).abs() < 1e-6).then(|| scaled.round() as i64)
}

/// Money to be put into a book.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TopUpDraft {
    /// The book.
    pub book: BookId,
    /// Its bankroll as shown: what was put in so far.
    pub capital: Usd,
    /// How much more; `None` while that is asked.
    pub amount: Option<Usd>,
}

impl TopUpDraft {
    /// The same with an amount.
    #[must_use]
    pub fn of(&self, amount: Usd) -> Self {
        Self { amount: Some(amount), ..self.clone() }
    }

    /// What a typed amount makes of it: `100`, `$250.50`. `None` unless it lies between one dollar and [`MOST_TOP_UP`].
    #[must_use]
    pub fn answered(&self, text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('$').trim_end_matches('$').trim();
        let cents = (number(text)? * 100.0).round() / 100.0;
        let amount = Usd::from_f64(cents)?;
        let allowed = Usd::from_micros(MICROS_PER_UNIT)..=Usd::from_micros(MOST_TOP_UP * MICROS_PER_UNIT);
        allowed.contains(&amount).then(|| self.of(amount))
    }
}

#[cfg(test)]
mod tests {
    use engine_core::strategy::StrategyProfile;

    use super::*;

    fn asked(threshold: Threshold) -> TuneDraft {
        let balanced = StrategyProfile::built_in("balanced").unwrap();
        TuneDraft::begin(balanced.book.clone(), Thresholds::of(&balanced)).at(TuneStep::One { threshold })
    }

    #[test]
    fn typed_thresholds_are_understood() {
        use Threshold::{KellyMultiplier, MaxSignalsPerDay, MinBet, MinConfidence, MinEdge};
        let table = [
            (MinEdge, "5", Ok(500)),
            (MinEdge, "6,5 %", Ok(650)),
            (MinEdge, "0.5%", Ok(50)),
            (MinEdge, "50.01", Err(NotTaken::OutOfRange(MinEdge))),
            (MinEdge, "a lot", Err(NotTaken::NoNumber(MinEdge))),
            (MinEdge, "-1", Err(NotTaken::NoNumber(MinEdge))),
            (KellyMultiplier, "30 percent", Ok(3_000)),
            (KellyMultiplier, "0", Err(NotTaken::OutOfRange(KellyMultiplier))),
            (MinConfidence, "76", Err(NotTaken::OutOfRange(MinConfidence))),
            (MaxSignalsPerDay, "4 a day", Ok(4)),
            (MaxSignalsPerDay, "4.5", Err(NotTaken::NoNumber(MaxSignalsPerDay))),
            (MinBet, "$7.50", Ok(750)),
            (MinBet, "0.99", Err(NotTaken::OutOfRange(MinBet))),
            (MinBet, "1e9", Err(NotTaken::NoNumber(MinBet))),
        ];
        for (threshold, text, want) in table {
            let got = asked(threshold).answered(text).map(|draft| draft.wanted.get(threshold));
            assert_eq!(got, want, "{threshold} {text}");
        }
        assert_eq!(asked(MinEdge).at(TuneStep::Edit).answered("5"), Err(NotTaken::NotAsked));
    }

    #[test]
    fn typed_amounts_are_understood() {
        let draft = TopUpDraft { book: BookId::new("balanced"), capital: Usd::ZERO, amount: None };
        for (text, want) in
            [("100", Some("100")), ("$2,500.50", Some("2500.5")), ("0.5", None), ("100001", None), ("all", None)]
        {
            let got = draft.answered(text).and_then(|draft| draft.amount);
            assert_eq!(got, want.map(|amount| amount.parse().unwrap()), "{text}");
        }
    }
}
