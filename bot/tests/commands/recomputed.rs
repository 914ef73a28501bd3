//! The formulas of the domain once more, written down from the papers, to hold a scan's figures against.

use super::served::{Fee, Side};

/// The smallest stake of any strategy, in millionths of a dollar: what a quoted edge refers to.
pub(crate) const REFERENCE_STAKE: i64 = 5_000_000;
/// `SLIPPAGE_PCT`, in millionths of a dollar a share.
pub(crate) const SLIPPAGE: i64 = 10_000;

/// `clamp(0.75 / (1 + 4·spread), 0.25, 0.75)` of what the learners said.
pub(crate) fn confidence(learners: &[f64]) -> f64 {
    let most = learners.iter().copied().fold(0.0, f64::max);
    let least = learners.iter().copied().fold(1.0, f64::min);
    (0.75 / (1.0 + 4.0 * (most - least))).clamp(0.25, 0.75)
}

/// LR = [p/(1−p)] / [m/(1−m)], damped to the power clamp(confidence·damping, 0, 1), times the market's odds.
pub(crate) fn posterior(market: f64, model: f64, confidence: f64, damping: f64) -> f64 {
    let odds = market / (1.0 - market);
    let ratio = (model / (1.0 - model)) / odds;
    let odds = odds * ratio.powf((confidence * damping).clamp(0.0, 1.0));
    (odds / (1.0 + odds)).clamp(0.001, 0.999)
}

/// Average price of what `REFERENCE_STAKE` buys up to the slippage limit, whole hundredths of a share at each level; the
/// best ask when that is not even one lot.
pub(crate) fn average_ask(asks: &Side) -> f64 {
    let best = asks[0].0;
    let (mut left, mut paid, mut lots) = (REFERENCE_STAKE, 0, 0);
    for (price, size) in asks.iter().take_while(|(price, _)| *price <= best + SLIPPAGE) {
        // A lot is a hundredth of a share; prices are whole hundreds of millionths, so this is exact.
        let a_lot = price / 100;
        let taken = (left / a_lot).min(*size);
        left -= taken * a_lot;
        paid += taken * a_lot;
        lots += taken;
        if taken < *size {
            break;
        }
    }
    if lots == 0 { best as f64 / 1e6 } else { paid as f64 / 1e6 / (lots as f64 / 100.0) }
}

/// Price of a share with the taker's fee in: `p + rate × (p(1−p))^exponent`.
pub(crate) fn cost(price: f64, fee: Fee) -> f64 {
    price + fee.rate * (price * (1.0 - price)).powi(fee.exponent)
}

#[test]
fn the_worked_example_of_the_papers() {
    assert!((posterior(0.60, 0.30, 0.75, 0.5) - 0.484).abs() < 5e-4);
    assert!((confidence(&[0.4, 0.6]) - 0.75 / 1.8).abs() < 1e-12);
    // $5: 2 shares at 0.50, then 7.84 at 0.51 for $3.9984; 0.52 is beyond the limit.
    let asks = vec![(500_000, 200), (510_000, 100_000), (520_000, 100_000)];
    assert!((average_ask(&asks) - 4.9984 / 9.84).abs() < 1e-12);
}
