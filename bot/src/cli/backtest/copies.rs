//! Followed traders as sources of a backtest.

use std::path::Path;

use anyhow::Context as _;
use engine::backtest::{RecordedTraders, Universe, run_copies, run_copies_control};
use engine_core::backtest::BacktestSettings;
use engine_core::backtest::copies::CopySettings;
use engine_core::copy::follower::{DELAYS, Delay};
use engine_core::strategy::StrategyProfile;

use super::{ALL, Args, Outcome};
use crate::config::Settings;

pub(super) const COPY: &str = "copy";
pub(super) const COPY_TRIAL: &str = "copy-trial";
/// Most seconds from a trader's fill to ours: what is older is not copied.
const MOST_DELAY_S: i64 = engine_core::pipeline::copied::MAX_STALENESS_SECONDS;

#[derive(Debug, clap::Args)]
pub(super) struct CopyArgs {
    /// Seconds from a trader's fill to its copy.
    #[arg(long, value_name = "N", default_value_t = slowest().seconds, value_parser = clap::value_parser!(i64).range(0..=MOST_DELAY_S))]
    copy_delay: i64,
    /// Dollars a share by which a copy pays more and sells for less than was last seen.
    #[arg(long, value_name = "X", default_value_t = slowest().penalty, value_parser = penalty)]
    copy_penalty: f64,
}

const fn slowest() -> Delay {
    let [_, _, slowest] = DELAYS;
    slowest
}

fn penalty(text: &str) -> Result<f64, String> {
    let parsed = text.parse().ok();
    parsed.filter(|dollars| (0.001..=0.5).contains(dollars)).ok_or_else(|| "0.001 to 0.5".to_owned())
}

/// Replays the recorded traders in the ways that were asked for; their markets come behind those of the data set.
pub(super) fn replay(
    args: &Args,
    data: &Path,
    settings: &Settings,
    told: &BacktestSettings,
    universe: &mut Universe,
    outcomes: &mut Vec<Outcome>,
) -> anyhow::Result<Option<Copied>> {
    let asked = |name: &str| args.source.iter().any(|asked| asked == name);
    let all = asked(ALL) && data.join("trades.parquet").exists();
    let delay = Delay { seconds: args.copies.copy_delay, penalty: args.copies.copy_penalty };
    let profile = StrategyProfile::copying(settings.copy.kelly_fraction);
    let staked = (asked(COPY) || all).then(|| CopySettings::staked(told, &profile, settings.copy.bankroll, delay));
    let trial = (asked(COPY_TRIAL) || all).then(|| CopySettings::trial(told, &profile, delay));
    let replays: Vec<CopySettings> = staked.into_iter().chain(trial).collect();
    if replays.is_empty() {
        return Ok(None);
    }
    let volume = told.gates.min_volume;
    let recorded = RecordedTraders::read(data, universe, volume).with_context(|| "reading what traders did")?;
    for settings in &replays {
        let (run, control) = (run_copies(&recorded, settings), run_copies_control(settings, args.seed));
        outcomes.push(Outcome { run, control: Some(control), model: None, copied: true });
    }
    (universe.markets, universe.events) = (recorded.markets, recorded.events);
    Ok(Some(Copied { delay, traders: recorded.traders.len(), skipped: recorded.skipped }))
}

/// What the replays rest on.
pub(super) struct Copied {
    delay: Delay,
    traders: usize,
    skipped: std::collections::BTreeMap<&'static str, u64>,
}

impl Copied {
    /// What was not recorded and is assumed of copies, in sentences.
    pub(super) fn assumptions(&self) -> Vec<String> {
        vec![
            format!(
                "Copies: all {} recorded wallets are followed from their first recorded action on. They were picked from \
                 leaderboards captured later: hindsight in their favour, so that nothing here is a result.",
                self.traders
            ),
            format!(
                "A copy is bought {} s after the trader's fill at the price last seen by then, or his where that is higher, \
                 and {:.1} ¢; it is sold as much below. Rows of wallets left out: {}.",
                self.delay.seconds,
                self.delay.penalty * 100.0,
                super::table::left_out(&self.skipped)
            ),
            "Where no outcome of a market was recorded it ends as redemptions of the wallets tell, at the last of them. Losers \
             seldom redeem, so that more winners are known: copies whose end is not known stay open and count in no figure \
             but equity. An end date nobody recorded counts as the furthest the gates allow."
                .to_owned(),
            "`copy` stakes by each trader's edge as it was known by then, measured anew each week; `copy-trial` puts $10 on \
             every copy and asks no edge."
                .to_owned(),
        ]
    }
}
