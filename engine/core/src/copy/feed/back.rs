//! Reading a wallet's past, newest first: windows that widen where little was done and narrow where there is much.

use chrono::{DateTime, TimeDelta, Utc};

use super::window::AHEAD;

/// The first window.
const FIRST: TimeDelta = TimeDelta::days(30);
/// From one window to the next the width changes by this factor at most; one that was too dense shrinks by it.
const FACTOR: i32 = 4;
/// The next window is as wide as one would be that held so many tenths of what can be read at once.
const FILL_TENTHS: u64 = 6;
const SECOND: TimeDelta = TimeDelta::seconds(1);
/// A window cannot be narrower: whether its edges count is the venue's affair, so only the second between them is sure.
const SHORTEST: TimeDelta = TimeDelta::seconds(2);

/// A span of time to ask for, and which of its rows to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackWindow {
    /// From.
    pub from: DateTime<Utc>,
    /// To.
    pub to: DateTime<Utc>,
    /// What is later was kept from the window before. `None` in the first one.
    kept_after: Option<DateTime<Utc>>,
}

impl BackWindow {
    /// True for a row to keep: all of it was read whatever the venue does at the edges, and no other window keeps it.
    #[must_use]
    pub fn keeps(&self, at: DateTime<Utc>) -> bool {
        at > self.from && self.kept_after.is_none_or(|kept| at < kept)
    }

    /// True when it cannot be cut any more.
    #[must_use]
    pub fn is_shortest(&self) -> bool {
        self.kept_after.is_some_and(|kept| kept - self.from <= SHORTEST)
    }
}

/// A walk from now back to a day before anything can have happened.
#[derive(Debug, Clone)]
pub struct BackWalk {
    floor: DateTime<Utc>,
    /// From here on everything was read.
    reached: DateTime<Utc>,
    begun: bool,
    span: TimeDelta,
}

impl BackWalk {
    /// A walk from `now` to `floor`.
    #[must_use]
    pub fn new(now: DateTime<Utc>, floor: DateTime<Utc>) -> Self {
        let whole = |at: DateTime<Utc>| DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at);
        Self { floor: whole(floor), reached: whole(now) + SECOND, begun: false, span: FIRST }
    }

    /// The window to read next; `None` at the end.
    #[must_use]
    pub fn next(&self) -> Option<BackWindow> {
        if self.reached - self.floor < SHORTEST {
            return None;
        }
        let from = (self.reached - self.span).max(self.floor);
        // The first one reaches ahead of now, as every reading does: clocks differ, and no cache knows the address.
        let to = if self.begun { self.reached } else { self.reached + AHEAD };
        Some(BackWindow { from, to, kept_after: self.begun.then_some(self.reached) })
    }

    /// Notes that the window was read in full and held so many rows, of `most` that can be read at once.
    pub fn read(&mut self, window: &BackWindow, rows: u64, most: u64) {
        self.span = self.reached - window.from;
        self.reached = window.from + SECOND;
        self.begun = true;
        let (seconds, factor) = (self.span.num_seconds().max(1), i64::from(FACTOR));
        let target = i64::try_from(most.saturating_mul(FILL_TENTHS) / 10).unwrap_or(i64::MAX);
        let rows = i64::try_from(rows.max(1)).unwrap_or(i64::MAX);
        let next = (seconds.saturating_mul(target) / rows).clamp(seconds / factor, seconds.saturating_mul(factor));
        self.span = TimeDelta::try_seconds(next).unwrap_or(self.span);
        // Nothing is wider than all there is; what would overflow never comes to be.
        self.span = self.span.clamp(SHORTEST, (self.reached - self.floor).max(SHORTEST));
    }

    /// Notes that the window holds more than is read at once: the next one is narrower. False when it cannot be.
    pub fn too_dense(&mut self, window: &BackWindow) -> bool {
        let length = self.reached - window.from;
        if length <= SHORTEST {
            return false;
        }
        let seconds = (length / FACTOR).num_seconds();
        self.span = TimeDelta::seconds(seconds).max(SHORTEST);
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
    }

    /// Walks through `rows` with at most `most` a window; gives what was kept and how many windows were asked for.
    fn walk(rows: &[i64], now: i64, floor: i64, most: usize, edges: (bool, bool)) -> (Vec<i64>, u32, bool) {
        let mut walk = BackWalk::new(at(now), at(floor));
        let (mut kept, mut asked) = (Vec::new(), 0);
        while let Some(window) = walk.next() {
            asked += 1;
            let shown = |row: &&i64| {
                let row = at(**row);
                let edge = edges.0 && row == window.from || edges.1 && row == window.to;
                window.from < row && row < window.to || edge
            };
            let found: Vec<i64> = rows.iter().filter(shown).copied().collect();
            if found.len() > most {
                if !walk.too_dense(&window) {
                    return (kept, asked, false);
                }
                continue;
            }
            kept.extend(found.iter().filter(|row| window.keeps(at(**row))));
            walk.read(&window, found.len() as u64, most as u64);
        }
        (kept, asked, true)
    }

    #[test]
    fn quiet_and_empty_pasts_take_few_windows() {
        let (years, day) = (7 * 365 * 86_400, 86_400);
        let (kept, asked, _) = walk(&[], 0, -years, 2_000, (true, true));
        assert!(kept.is_empty() && asked <= 5, "{asked}");
        let quiet: Vec<i64> = (0..500).map(|n| -n * day / 2).collect();
        let (kept, asked, _) = walk(&quiet, 0, -years, 2_000, (true, true));
        assert_eq!(kept.len(), 500);
        assert!(asked <= 7, "{asked}");
        // Two hundred rows an hour for a month, and nothing before.
        let busy: Vec<i64> = (0..144_000).map(|n| -n * 18).collect();
        let (kept, asked, _) = walk(&busy, 0, -years, 2_000, (true, false));
        assert_eq!(kept.len(), 144_000);
        assert!(asked < 220, "{asked}");
    }

    #[test]
    fn a_second_with_too_much_in_it_ends_the_walk() {
        let (_, asked, whole) = walk(&[-100; 30], 0, -1_000, 20, (true, true));
        assert!(!whole && asked < 40, "{asked}");
    }

    proptest! {
        #[test]
        fn every_row_is_kept_once_however_the_venue_takes_its_edges(
            mut rows in proptest::collection::vec(-50_000_000..=0_i64, 0..300),
            bursts in proptest::collection::vec((-4_000..=0_i64, 1..15_usize), 0..20),
            most in 20..200_usize,
            edges in any::<(bool, bool)>(),
        ) {
            rows.extend(bursts.iter().flat_map(|(second, count)| std::iter::repeat_n(*second, *count)));
            let (mut kept, _, whole) = walk(&rows, 0, -50_000_001, most, edges);
            kept.sort_unstable();
            rows.sort_unstable();
            if whole {
                prop_assert_eq!(kept, rows);
            } else {
                // What was kept is the newest part, without a hole.
                prop_assert!(rows.ends_with(&kept));
            }
        }
    }
}
