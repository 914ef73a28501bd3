//! Markets that were over before the world began: what the made-up traders' records are about.
//!
//! They are of the same kinds and prices as the others and can be looked up by any of their names, but the listings do
//! not show them: the real venue archives, too.

use chrono::TimeDelta;

use crate::world::config::WorldConfig;
use crate::world::dice::mix;
use crate::world::generate::Generator;
use crate::world::state::State;

/// How far the record reaches back, days.
pub(super) const DAYS: i64 = 100;
/// Markets open at any time of the past.
const MARKETS: usize = 40;

/// All past markets that have been paid.
pub(super) fn markets(config: &WorldConfig) -> State {
    let start_ms = config.start.timestamp_millis();
    let before = WorldConfig {
        seed: mix(config.seed, 0x9A57),
        markets: MARKETS,
        start: config.start - TimeDelta::days(DAYS),
        clock: config.clock.clone(),
        demo: false,
        mispriced: 0.0,
        oddities: config.oddities,
        resolution_delay: TimeDelta::hours(2),
        traders: false,
    };
    let mut state = State::default();
    for listing in Generator::of_the_past(before).until(start_ms) {
        if listing.fate.resolved_ms.is_some_and(|paid| paid < start_ms) {
            state.insert(listing);
        }
    }
    state
}
