//! Figures of ended bets.

use serde::Serialize;

use crate::backtest::record::Bet;
use crate::copy::statistics::wilson95;
use crate::scoring::{BetReturn, Verdict, return_score, verdict};

/// Figures of ended bets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wagers {
    /// Ended bets.
    pub bets: u64,
    /// Events they belong to.
    pub events: u64,
    /// Bets with a profit after fees.
    pub wins: u64,
    /// Share of them; `None` without bets.
    pub hit_rate: Option<f64>,
    /// Wilson's 95 % interval of it, as if bets were independent.
    pub hit_rate_ci95: Option<[f64; 2]>,
    /// Dollars staked.
    pub staked: f64,
    /// Fees paid, in dollars.
    pub fees: f64,
    /// Profit after fees, in dollars.
    pub pnl: f64,
    /// `pnl / staked`; `None` without bets.
    pub roi: Option<f64>,
    /// 95 % interval of it, by resampling events; `None` with fewer than two.
    pub roi_ci95: Option<[f64; 2]>,
    /// What the return proves.
    pub verdict: Verdict,
    /// Return had every share been bought at the midpoint without a fee: what the forecasts earned before costs.
    pub roi_before_costs: Option<f64>,
    /// Its 95 % interval, by resampling events.
    pub roi_before_costs_ci95: Option<[f64; 2]>,
    /// Dollars won over dollars lost; `None` when nothing was lost.
    pub profit_factor: Option<f64>,
    /// Mean profit of a bet, in dollars; `None` without bets.
    pub expectancy: Option<f64>,
    /// Mean edge expected at the decision; `None` without bets.
    pub mean_edge: Option<f64>,
}

/// The figures of the ended ones among these bets. The same seed gives the same intervals.
#[must_use]
pub fn wagers<'a>(bets: impl IntoIterator<Item = &'a Bet>, seed: u64) -> Wagers {
    let ended: Vec<&Bet> = bets.into_iter().filter(|bet| bet.is_ended()).collect();
    let cluster = |bet: &Bet| format!("{:010}", bet.event);
    let returns = ended.iter().map(|bet| (bet, bet.stake.to_f64(), bet.pnl.to_f64()));
    let real: Vec<BetReturn> =
        returns.map(|(bet, stake, pnl)| BetReturn { cluster: cluster(bet), stake, pnl }).collect();
    let fair: Vec<BetReturn> = ended.iter().filter_map(|bet| before_costs(bet, cluster(bet))).collect();
    let (score, fair) = (return_score(&real, seed), return_score(&fair, seed));
    let n = ended.len() as u64;
    let wins = ended.iter().filter(|bet| bet.pnl.is_positive()).count() as u64;
    // A sum of nothing is −0; nothing is 0.
    let sum = |value: fn(&Bet) -> f64| ended.iter().map(|bet| value(bet)).sum::<f64>() + 0.0;
    let mean = |total: f64| (n > 0).then(|| total / n as f64);
    let (won, lost) = (sum(|bet| bet.pnl.to_f64().max(0.0)), sum(|bet| -bet.pnl.to_f64().min(0.0)));
    let pnl = sum(|bet| bet.pnl.to_f64());
    let events = score.map_or(0, |score| score.events);
    let roi_ci95 = score.and_then(|score| score.roi_ci95);
    Wagers {
        bets: n,
        events,
        wins,
        hit_rate: mean(wins as f64),
        hit_rate_ci95: wilson95(wins, n),
        staked: sum(|bet| bet.stake.to_f64()),
        fees: sum(|bet| bet.fee.to_f64()),
        pnl,
        roi: score.map(|score| score.roi),
        roi_ci95,
        verdict: roi_ci95.map_or(Verdict::NotProven, |ci95| verdict(ci95, events)),
        roi_before_costs: fair.map(|score| score.roi),
        roi_before_costs_ci95: fair.and_then(|score| score.roi_ci95),
        profit_factor: (lost > 0.0).then(|| won / lost),
        expectancy: mean(pnl),
        mean_edge: mean(sum(|bet| bet.edge)),
    }
}

/// A settled bet as if bought at the midpoint without a fee; `None` for one that was sold early.
fn before_costs(bet: &Bet, cluster: String) -> Option<BetReturn> {
    let paid = match bet.outcome {
        crate::market::Outcome::Yes => bet.outcome_yes?,
        crate::market::Outcome::No => 1.0 - bet.outcome_yes?,
    };
    let shares = bet.shares.to_f64();
    let settled = bet.status == crate::position::PositionStatus::Settled;
    settled.then(|| BetReturn { cluster, stake: shares * bet.own_mid(), pnl: shares * (paid - bet.own_mid()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::record::tests::bet;

    #[test]
    fn worked_values() {
        // 20 shares at 0.50 (mid 0.49) that won, 10 at 0.60 (mid 0.59) that lost, fees of 0.20 and 0.10.
        let bets = [bet(1, "10", "20", "0.2", 0.49, 1.0), bet(2, "6", "10", "0.1", 0.59, 0.0)];
        let got = wagers(&bets, 7);
        assert_eq!((got.bets, got.events, got.wins), (2, 2, 1));
        let close = |got: Option<f64>, expected: f64| assert!((got.unwrap() - expected).abs() < 1e-9, "{got:?}");
        close(Some(got.pnl), 9.8 - 6.1);
        close(got.roi, 3.7 / 16.0);
        close(got.hit_rate, 0.5);
        close(got.profit_factor, 9.8 / 6.1);
        close(got.expectancy, 1.85);
        close(got.roi_before_costs, (20.0 * 0.51 - 10.0 * 0.59) / (20.0 * 0.49 + 10.0 * 0.59));
        assert_eq!(got.verdict, Verdict::NotProven);
    }

    #[test]
    fn open_bets_and_none_at_all_say_nothing() {
        let open = Bet { status: crate::position::PositionStatus::Open, ..bet(1, "10", "20", "0.2", 0.49, 1.0) };
        for bets in [vec![], vec![open]] {
            let got = wagers(&bets, 7);
            assert_eq!(
                (got.bets, got.roi, got.hit_rate, got.profit_factor, got.expectancy),
                (0, None, None, None, None)
            );
        }
    }
}
