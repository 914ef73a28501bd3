//! The terms of a follow while they are being put together: what the dialogue asks, step by step.

use engine_core::copy::activity::Wallet;
use engine_core::copy::judge::{CopyCaps, CopySizing};
use engine_core::copy::probation::Stage;
use engine_core::money::{MICROS_PER_UNIT, Usd};
use engine_core::strategy::BookMode;
use serde::{Deserialize, Serialize};

/// Dollars a limit may have by its − and + buttons; beyond the last there is no limit.
pub const LADDER: [i64; 12] = [5, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500];
/// Largest multiple of his conviction, in percent.
const MOST_PERCENT: u32 = 1_000;
/// Largest limit that is understood, in dollars.
const MOST_DOLLARS: f64 = 1_000_000.0;

/// Which of the two the dialogue is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A new follow.
    Begin,
    /// Other terms for one that exists; its stage has buttons of its own.
    Change,
}

/// How copies are sized; a form of [`CopySizing`] that can be compared exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Sizing {
    /// By his shrunk edge.
    Kelly,
    /// By his conviction.
    Proportional {
        /// Times his own share, in percent.
        percent: u32,
    },
}

impl Sizing {
    /// For the engine.
    #[must_use]
    pub fn terms(self) -> CopySizing {
        match self {
            Self::Kelly => CopySizing::Kelly,
            Self::Proportional { percent } => CopySizing::Proportional { multiplier: f64::from(percent) / 100.0 },
        }
    }

    /// From the engine, to the nearest percent within bounds.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped to 1–1000
    pub fn of(sizing: &CopySizing) -> Self {
        match sizing {
            CopySizing::Kelly => Self::Kelly,
            CopySizing::Proportional { multiplier } => {
                let percent = (multiplier * 100.0).round().clamp(1.0, f64::from(MOST_PERCENT));
                Self::Proportional { percent: percent as u32 }
            }
        }
    }

    /// A typed multiple: `0.5`, `×2`, `1.5x`, `150 %`. `None` unless it is between 0.01 and 10.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked to be 1–1000
    pub fn typed(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (text, unit) = match text.strip_suffix('%') {
            Some(text) => (text, 1.0),
            None => (text.as_str(), 100.0),
        };
        let text = text.trim().trim_start_matches(['×', 'x', '*']).trim_end_matches(['×', 'x']).trim();
        let percent = (number(text)? * unit).round();
        (1.0..=f64::from(MOST_PERCENT)).contains(&percent).then_some(Self::Proportional { percent: percent as u32 })
    }
}

/// One of the limits of a follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// In one copy.
    Trade,
    /// In all open copies of him.
    Trader,
    /// Staked on his trades in a day.
    Day,
    /// In one market, over all traders.
    Market,
    /// In one event, over all traders.
    Event,
}

impl Cap {
    /// All, in the order shown.
    pub const ALL: [Self; 5] = [Self::Trade, Self::Trader, Self::Day, Self::Market, Self::Event];

    /// Its value among the limits.
    #[must_use]
    pub const fn of(self, caps: &CopyCaps) -> Option<Usd> {
        match self {
            Self::Trade => caps.per_trade,
            Self::Trader => caps.per_trader,
            Self::Day => caps.per_day,
            Self::Market => caps.per_market,
            Self::Event => caps.per_event,
        }
    }

    /// The limits with this one set.
    #[must_use]
    pub const fn set(self, mut caps: CopyCaps, value: Option<Usd>) -> CopyCaps {
        match self {
            Self::Trade => caps.per_trade = value,
            Self::Trader => caps.per_trader = value,
            Self::Day => caps.per_day = value,
            Self::Market => caps.per_market = value,
            Self::Event => caps.per_event = value,
        }
        caps
    }
}

/// What the dialogue asks now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// In shadow, or staked at once?
    Start,
    /// How large?
    Sizing,
    /// Which limits?
    Caps,
    /// This one limit: how much?
    OneCap {
        /// Which.
        cap: Cap,
    },
    /// Ask first, or at once?
    Mode,
    /// All right so?
    Confirm,
}

/// The terms so far, and where the dialogue stands. Buttons carry it whole, so an old one still means what it said.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FollowDraft {
    /// Whose trades.
    pub wallet: Wallet,
    /// New, or other terms.
    pub purpose: Purpose,
    /// Where it starts.
    pub stage: Stage,
    /// How copies are sized.
    pub sizing: Sizing,
    /// Limits.
    pub caps: CopyCaps,
    /// Ask first, or at once.
    pub mode: BookMode,
    /// What is asked now.
    pub step: Step,
}

impl FollowDraft {
    /// A new follow on probation, with limits that suit a bankroll of some hundred dollars.
    #[must_use]
    pub const fn begin(wallet: Wallet, sizing: Sizing) -> Self {
        let caps = CopyCaps {
            per_trade: Some(dollars(15)),
            per_trader: Some(dollars(75)),
            per_market: Some(dollars(30)),
            per_event: Some(dollars(30)),
            per_day: Some(dollars(75)),
        };
        Self {
            wallet,
            purpose: Purpose::Begin,
            stage: Stage::Shadow,
            sizing,
            caps,
            mode: BookMode::Approve,
            step: Step::Start,
        }
    }

    /// The same at another step.
    #[must_use]
    pub fn at(&self, step: Step) -> Self {
        Self { step, ..self.clone() }
    }

    /// The same with a limit set.
    #[must_use]
    pub fn with_cap(&self, cap: Cap, value: Option<Usd>) -> Self {
        Self { caps: cap.set(self.caps, value), ..self.clone() }
    }

    /// What a typed answer makes of it; `None` when this step takes none, or the text is no answer to it.
    #[must_use]
    pub fn answered(&self, text: &str) -> Option<Self> {
        match self.step {
            Step::Sizing => Sizing::typed(text).map(|sizing| Self { sizing, ..self.at(Step::Caps) }),
            Step::OneCap { cap } => Some(self.with_cap(cap, typed_cap(text)?).at(Step::Caps)),
            Step::Start | Step::Caps | Step::Mode | Step::Confirm => None,
        }
    }
}

/// The next limit down: the largest step of the ladder below; the smallest stays.
#[must_use]
pub fn less(cap: Option<Usd>) -> Option<Usd> {
    let below = |step: &i64| cap.is_none_or(|cap| dollars(*step) < cap);
    let [smallest, ..] = LADDER;
    Some(LADDER.iter().rev().copied().find(below).map_or(dollars(smallest), dollars))
}

/// The next limit up; beyond the ladder there is none.
#[must_use]
pub fn more(cap: Option<Usd>) -> Option<Usd> {
    let cap = cap?;
    LADDER.iter().copied().map(dollars).find(|step| *step > cap)
}

/// Whole dollars.
#[must_use]
pub const fn dollars(whole: i64) -> Usd {
    Usd::from_micros(whole * MICROS_PER_UNIT)
}

/// A typed limit: `25`, `$1,000`, `12.50`, `no limit`. The outer `None` is no answer.
#[allow(clippy::option_option)] // no answer, no limit, a limit
fn typed_cap(text: &str) -> Option<Option<Usd>> {
    let text = text.trim().to_lowercase();
    if ["no limit", "none", "no", "unlimited", "∞", "-", "–"].contains(&text.as_str()) {
        return Some(None);
    }
    let text = text.trim_start_matches('$').trim_end_matches(['$']).trim();
    let text = text.trim_end_matches("dollars").trim_end_matches("usd").trim();
    let amount = number(text)?;
    let cents = (amount * 100.0).round() / 100.0;
    (cents > 0.0 && cents <= MOST_DOLLARS).then(|| Usd::from_f64(cents)).flatten().map(Some)
}

/// A number as people write it: a comma before exactly three digits parts thousands, any other is a decimal point.
pub(crate) fn number(text: &str) -> Option<f64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',') {
        return None;
    }
    let thousands = text.split(',').skip(1).all(|group| group.split('.').next().is_some_and(|d| d.len() == 3));
    let text = if thousands { text.replace(',', "") } else { text.replace(',', ".") };
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_multiples_are_understood() {
        let table = [
            ("0.5", Some(50)),
            ("0,5", Some(50)),
            ("×2", Some(200)),
            ("x1.25", Some(125)),
            ("1.5x", Some(150)),
            ("150 %", Some(150)),
            ("10", Some(1_000)),
            ("0.004", None),
            ("11", None),
            ("-1", None),
            ("much", None),
            ("", None),
            ("1.2.3", None),
            ("NaN", None),
        ];
        for (text, percent) in table {
            assert_eq!(Sizing::typed(text), percent.map(|percent| Sizing::Proportional { percent }), "{text}");
        }
    }

    #[test]
    fn typed_limits_are_understood() {
        let table = [
            ("25", Some(Some("25"))),
            ("$1,000", Some(Some("1000"))),
            ("12,5", Some(Some("12.5"))),
            ("12.50 $", Some(Some("12.5"))),
            ("40 dollars", Some(Some("40"))),
            ("No limit", Some(None)),
            ("0", None),
            ("0.001", None),
            ("-5", None),
            ("1e9", None),
            ("99999999999", None),
            ("a lot", None),
        ];
        for (text, want) in table {
            let want = want.map(|amount| amount.map(|amount: &str| amount.parse().unwrap()));
            assert_eq!(typed_cap(text), want, "{text}");
        }
    }

    #[test]
    fn the_ladder_goes_up_to_no_limit_and_down_to_its_foot() {
        let up: Vec<Option<Usd>> =
            std::iter::successors(Some(Some(dollars(5))), |cap| cap.map(|cap| more(Some(cap)))).collect();
        assert_eq!(up.len(), LADDER.len() + 1);
        assert_eq!(up.last(), Some(&None));
        assert_eq!(less(None), Some(dollars(500)));
        assert_eq!(less(Some(dollars(5))), Some(dollars(5)));
        assert_eq!(less(Some("17.5".parse().unwrap())), Some(dollars(15)));
        assert_eq!(more(Some("17.5".parse().unwrap())), Some(dollars(20)));
        assert_eq!(more(Some(dollars(9_999))), None);
        assert_eq!(more(None), None);
    }

    #[test]
    fn sizes_survive_the_way_to_the_engine_and_back() {
        for sizing in [Sizing::Kelly, Sizing::Proportional { percent: 50 }, Sizing::Proportional { percent: 1 }] {
            assert_eq!(Sizing::of(&sizing.terms()), sizing);
        }
        for odd in [f64::NAN, f64::INFINITY, -3.0] {
            assert!(matches!(Sizing::of(&CopySizing::Proportional { multiplier: odd }), Sizing::Proportional { .. }));
        }
    }
}
