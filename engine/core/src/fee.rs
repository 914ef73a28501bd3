//! Taker fees.
//!
//! `fee = floor5(shares × rate × (p × (1 − p))^exponent)`, per fill, floored to five decimals of a dollar; matches
//! 21 of 21 on-chain fee values of September 2026. Makers pay nothing and neither does a redemption.

use serde::{Deserialize, Serialize};

use crate::money::{MICROS_PER_UNIT, Price, Shares, Usd};

/// The floor step of a fee: five decimals, ten millionths.
const FEE_STEP_MICROS: i128 = 10;

/// How takers of a market are charged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FeeRule {
    /// The market's own `feeSchedule`.
    Schedule {
        /// Share of `p (1 − p)` charged per share, in millionths (50 000 = 0.05).
        rate_micros: i64,
        /// Exponent of `p (1 − p)`; 1 on every schedule seen so far.
        exponent: u32,
    },
    /// The venue documents that this market charges nothing.
    Free,
    /// No schedule and no documented zero: a cautious share of the stake is assumed (`FEE_PCT`).
    Undocumented,
}

/// A fee rule with the fallback share for undocumented markets filled in: ready to charge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FeeModel {
    /// The market's rule.
    pub rule: FeeRule,
    /// Share of the stake charged when the rule is `Undocumented`, in millionths (`FEE_PCT` 0.02 = 20 000).
    pub fallback_micros: i64,
}

impl FeeModel {
    /// The taker fee for `shares` at `price`, floored to five decimals.
    #[must_use]
    pub fn fee(&self, shares: Shares, price: Price) -> Usd {
        let unit = i128::from(MICROS_PER_UNIT);
        let shares = i128::from(shares.micros().max(0));
        let p = i128::from(price.micros());
        let micros = match self.rule {
            FeeRule::Free => 0,
            FeeRule::Undocumented => shares * p / unit * i128::from(self.fallback_micros) / unit,
            FeeRule::Schedule { rate_micros, exponent: 1 } => {
                // One division at the end keeps the product exact before it is floored.
                shares * i128::from(rate_micros) * (p * (unit - p)) / (unit * unit * unit)
            }
            FeeRule::Schedule { rate_micros, exponent } => {
                let variance = p * (unit - p) / unit;
                let power = (0..exponent).fold(unit, |product, _| product * variance / unit);
                shares * i128::from(rate_micros) / unit * power / unit
            }
        };
        Usd::from_micros(i64::try_from(micros - micros.rem_euclid(FEE_STEP_MICROS)).unwrap_or(i64::MAX))
    }

    /// Fee for one share at `price`, unfloored, in dollars: the price the edge is charged with.
    #[must_use]
    pub fn per_share(&self, price: f64) -> f64 {
        match self.rule {
            FeeRule::Free => 0.0,
            FeeRule::Undocumented => price * Price::from_micros(self.fallback_micros).to_f64(),
            FeeRule::Schedule { rate_micros, exponent } => {
                let exponent = i32::try_from(exponent).unwrap_or(i32::MAX);
                Price::from_micros(rate_micros).to_f64() * (price * (1.0 - price)).powi(exponent)
            }
        }
    }

    /// The rate as a plain number, for records: the schedule's rate, the fallback share, or 0.
    #[must_use]
    pub fn rate(&self) -> f64 {
        match self.rule {
            FeeRule::Free => 0.0,
            FeeRule::Undocumented => Price::from_micros(self.fallback_micros).to_f64(),
            FeeRule::Schedule { rate_micros, .. } => Price::from_micros(rate_micros).to_f64(),
        }
    }

    /// The formula in words, kept with each fill.
    #[must_use]
    pub fn formula(&self) -> String {
        match self.rule {
            FeeRule::Free => "free".to_owned(),
            FeeRule::Undocumented => format!("{} × stake (no schedule published)", self.rate()),
            FeeRule::Schedule { exponent: 1, .. } => format!("{} × p(1−p) a share", self.rate()),
            FeeRule::Schedule { exponent, .. } => {
                format!("{} × (p(1−p))^{exponent} a share", self.rate())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(rate_micros: i64) -> FeeModel {
        FeeModel { rule: FeeRule::Schedule { rate_micros, exponent: 1 }, fallback_micros: 20_000 }
    }

    #[test]
    fn fees_charged_by_the_venue_come_out_to_the_last_digit() {
        // rate, shares, price, fee of fills charged on chain in September 2026, both sides; the last two are trades whose
        // reported cost (usdc_size 12.16184 and 6.72948) less shares × price leaves the fee.
        let table = [
            (50_000, "7.575758", "0.66", "0.085"),
            (50_000, "7.042251", "0.71", "0.07249"),
            (50_000, "21.126758", "0.71", "0.21749"),
            (70_000, "1.219511", "0.82", "0.01259"),
            (70_000, "2.083334", "0.48", "0.0364"),
            (0, "5.952381", "0.84", "0"),
            (50_000, "7.57", "0.65", "0.0861"),
            (50_000, "7.59", "0.66", "0.08515"),
            (50_000, "5", "0.31", "0.05347"),
            (50_000, "5", "0.67", "0.05527"),
            (50_000, "5", "0.27", "0.04927"),
            (50_000, "7.04", "0.7", "0.07392"),
            (50_000, "21.13", "0.7", "0.22186"),
            (0, "5.95", "0.83", "0"),
            (50_000, "8.928572", "0.56", "0.11"),
            (50_000, "8.92", "0.55", "0.11038"),
            (70_000, "5.14931", "0.971", "0.01014"),
            (70_000, "5.14", "0.965", "0.01215"),
            (50_000, "9.321429", "0.56", "0.11484"),
            (50_000, "9.33", "0.55", "0.11545"),
            (50_000, "8.93", "0.55", "0.1105"),
            (50_000, "22.84", "0.52", "0.28504"),
            (50_000, "7.44", "0.9", "0.03348"),
        ];
        for (rate, shares, price, fee) in table {
            let got = schedule(rate).fee(shares.parse().unwrap(), price.parse().unwrap());
            assert_eq!(got.to_string(), fee, "{rate} {shares} {price}");
        }
    }

    #[test]
    fn the_published_examples_for_a_hundred_shares() {
        for (rate, fee) in [(70_000, "1.75"), (50_000, "1.25"), (40_000, "1"), (0, "0")] {
            let got = schedule(rate).fee("100".parse().unwrap(), "0.5".parse().unwrap());
            assert_eq!(got.to_string(), fee, "{rate}");
        }
    }

    #[test]
    fn without_a_schedule_a_share_of_the_stake_is_assumed() {
        let model = FeeModel { rule: FeeRule::Undocumented, fallback_micros: 20_000 };
        assert_eq!(model.fee("100".parse().unwrap(), "0.5".parse().unwrap()).to_string(), "1");
        let free = FeeModel { rule: FeeRule::Free, fallback_micros: 20_000 };
        assert_eq!(free.fee("100".parse().unwrap(), "0.5".parse().unwrap()), Usd::ZERO);
    }
}
