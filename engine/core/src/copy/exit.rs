//! What a trader's disposal means for our copy.

use serde::{Deserialize, Serialize};

use super::leader_position::{Change, Reduction};
use crate::market::OutcomeToken;
use crate::money::Shares;
use crate::paper::broker::{LOT, whole_lots};

/// What to do with a copied position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExitPlan {
    /// It does not concern us.
    Keep,
    /// Sell these shares into the bids; what is left stays.
    Sell(Shares),
    /// Sell all of it.
    SellAll,
    /// The market is resolved: settlement pays, nothing is sold.
    AwaitSettlement,
    /// He disposed of shares of which nothing was known: ask the venue what he holds now, then judge again.
    AskHoldings,
}

/// What to do with `ours` shares of `token` after `change`. Only what happens to the very same token counts: a sale of
/// the other outcome changes nothing.
///
/// A partial sale takes the same fraction of ours, rounded down to whole lots; nothing is sold when that is less than
/// one, and a rest below one lot is sold along. When he may have held more than was known, the fraction is the largest
/// it can be.
#[must_use]
pub fn mirror_exit(token: &OutcomeToken, ours: Shares, change: &Change) -> ExitPlan {
    if !ours.is_positive() {
        return ExitPlan::Keep;
    }
    match change {
        Change::Reduced(parts) => {
            parts.iter().find(|part| part.token == *token).map_or(ExitPlan::Keep, |part| same_fraction(ours, part))
        }
        Change::Redeemed(tokens) if tokens.contains(token) => ExitPlan::AwaitSettlement,
        Change::Untold(sold) if sold == token => ExitPlan::AskHoldings,
        Change::None | Change::Opened(_) | Change::Added(_) | Change::Untold(_) | Change::Redeemed(_) => ExitPlan::Keep,
    }
}

fn same_fraction(ours: Shares, part: &Reduction) -> ExitPlan {
    if part.is_exit() {
        return ExitPlan::SellAll;
    }
    let exact = i128::from(ours.micros()) * i128::from(part.shares.micros()) / i128::from(part.of.micros().max(1));
    let sold = whole_lots(Shares::from_micros(i64::try_from(exact).unwrap_or(ours.micros())));
    if ours - sold < LOT {
        ExitPlan::SellAll
    } else if sold.is_positive() {
        ExitPlan::Sell(sold)
    } else {
        ExitPlan::Keep
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::copy::samples::shares;

    fn reduced(token: &str, sold: &str, of: &str) -> Change {
        let token = OutcomeToken::new(token);
        Change::Reduced(vec![Reduction { token, shares: shares(sold), of: shares(of), exact: true }])
    }

    #[test]
    fn ours_shrinks_as_his_does() {
        let no = OutcomeToken::new("22");
        let table = [
            (reduced("22", "300", "1000"), ExitPlan::Sell(shares("6"))),
            (reduced("22", "1000", "1000"), ExitPlan::SellAll),
            (reduced("22", "999.9999", "1000"), ExitPlan::Sell(shares("19.99"))),
            (reduced("22", "0.1", "1000"), ExitPlan::Keep),
            (reduced("11", "300", "1000"), ExitPlan::Keep),
            (reduced("11", "1000", "1000"), ExitPlan::Keep),
            (Change::Redeemed(vec![no.clone()]), ExitPlan::AwaitSettlement),
            (Change::Redeemed(vec![OutcomeToken::new("11")]), ExitPlan::Keep),
            (Change::Untold(no.clone()), ExitPlan::AskHoldings),
            (Change::Untold(OutcomeToken::new("11")), ExitPlan::Keep),
            (Change::Added(no.clone()), ExitPlan::Keep),
            (Change::None, ExitPlan::Keep),
        ];
        for (change, expected) in table {
            assert_eq!(mirror_exit(&no, shares("20"), &change), expected, "{change:?}");
            assert_eq!(mirror_exit(&no, Shares::ZERO, &change), ExitPlan::Keep, "{change:?}");
        }
        let both = Change::Reduced(vec![
            Reduction { token: OutcomeToken::new("11"), shares: shares("5"), of: shares("50"), exact: true },
            Reduction { token: no.clone(), shares: shares("5"), of: shares("10"), exact: true },
        ]);
        assert_eq!(mirror_exit(&no, shares("20"), &both), ExitPlan::Sell(shares("10")));
    }

    proptest! {
        #[test]
        fn the_fraction_is_his_to_within_a_lot(ours in 1..1_000_000_000_i64, of in 2..1_000_000_000_000_i64, part in 1..1_000_000_000_000_i64) {
            let sold = 1 + part % (of - 1);
            let token = OutcomeToken::new("1");
            let cut = Reduction { token: token.clone(), shares: Shares::from_micros(sold), of: Shares::from_micros(of), exact: true };
            let exact = ours as f64 * cut.fraction();
            let got = match mirror_exit(&token, Shares::from_micros(ours), &Change::Reduced(vec![cut])) {
                ExitPlan::Sell(shares) => shares.micros(),
                ExitPlan::SellAll => ours,
                ExitPlan::Keep => 0,
                plan @ (ExitPlan::AwaitSettlement | ExitPlan::AskHoldings) => panic!("{plan:?}"),
            };
            prop_assert!(got <= ours && (got as f64 - exact).abs() <= 20_000.0, "{} for {}", got, exact);
        }
    }
}
