//! Windows of time: what has been read through, what is read next, and how a window that holds too much is cut.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Every reading goes back so far before what was read through: rows may show up later than their time.
pub const OVERLAP: TimeDelta = TimeDelta::minutes(10);
/// Now and then a reading goes back so far, for rows that show up very late and for clocks that disagree.
pub const SWEEP_BACK: TimeDelta = TimeDelta::hours(2);
/// How often it does.
pub const SWEEP_EVERY: TimeDelta = TimeDelta::minutes(15);
/// A window up to now ends so far ahead: a clock that is behind hides nothing, and the address of each request is new,
/// so that no cache answers.
pub const AHEAD: TimeDelta = TimeDelta::days(1);

const SECOND: TimeDelta = TimeDelta::seconds(1);

/// How far the activity of one wallet has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadState {
    /// Nothing before this is asked for: when the follow began.
    pub since: DateTime<Utc>,
    /// Everything the venue showed up to here has been read.
    pub read_through: DateTime<Utc>,
    /// When the last sweep ended; `None` before the first.
    pub swept_at: Option<DateTime<Utc>>,
}

impl ReadState {
    /// The state of a follow that begins at `since`.
    #[must_use]
    pub const fn new(since: DateTime<Utc>) -> Self {
        Self { since, read_through: since, swept_at: None }
    }

    /// True when the next reading should go back by [`SWEEP_BACK`]: the first one after an absence does, too.
    #[must_use]
    pub fn sweep_due(&self, now: DateTime<Utc>) -> bool {
        now - self.swept_at.unwrap_or(self.since) >= SWEEP_EVERY
    }
}

/// A span of time, in whole seconds. Whether the venue counts its edges in does not matter: neighbouring windows share
/// their edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// From.
    pub from: DateTime<Utc>,
    /// To.
    pub to: DateTime<Utc>,
    /// What counts as read once this window was read in full and everything before it was: below `to`.
    pub through: DateTime<Utc>,
}

impl Window {
    /// Two windows for one; `None` when it is a second already.
    #[must_use]
    pub fn halves(&self) -> Option<(Self, Self)> {
        let seconds = (self.through - self.from).num_seconds();
        if seconds < 1 {
            return None;
        }
        // Of a window that reaches ahead of now, the part up to now is halved: nothing is in the rest.
        let middle = self.from + TimeDelta::seconds((seconds + 1) / 2);
        let first = Self { from: self.from, to: middle, through: middle - SECOND };
        Some((first, Self { from: middle, ..*self }))
    }

    /// True when it cannot be cut any more.
    #[must_use]
    pub fn is_shortest(&self) -> bool {
        self.halves().is_none()
    }

    /// From its beginning to what counts as read.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        self.through - self.from
    }
}

/// A walk through the windows from what was read through to now, in order and without holes.
#[derive(Debug, Clone)]
pub struct WindowWalk {
    /// The next window last.
    ahead: Vec<Window>,
    began: DateTime<Utc>,
    read_through: DateTime<Utc>,
    to_now: bool,
    sweep: bool,
    /// What was read before has been read again.
    has_caught_up: bool,
}

impl WindowWalk {
    /// Plans a walk. `span` limits it to so much beyond what was read through, for wallets known to be dense; what then
    /// remains is for the next walk.
    #[must_use]
    pub fn plan(state: &ReadState, now: DateTime<Utc>, span: Option<TimeDelta>) -> Self {
        let sweep = state.sweep_due(now);
        let back = if sweep { SWEEP_BACK } else { OVERLAP };
        let now = floor(now);
        let from = floor((state.read_through - back).max(state.since));
        let end = span.map(|span| floor(state.read_through + span.max(SECOND)) + SECOND).filter(|end| *end < now);
        let to = end.unwrap_or(now.max(from) + AHEAD);
        let through = end.map_or(now.max(from), |end| end - SECOND);
        Self {
            ahead: vec![Window { from, to, through }],
            began: state.read_through,
            read_through: state.read_through,
            to_now: end.is_none(),
            sweep,
            has_caught_up: false,
        }
    }

    /// The window to read next; `None` when the walk is over.
    #[must_use]
    pub fn next(&self) -> Option<Window> {
        self.ahead.last().copied()
    }

    /// Notes that the next window was read in full, and gives what counts as read now.
    pub fn read_in_full(&mut self) -> DateTime<Utc> {
        if let Some(window) = self.ahead.pop() {
            self.read_through = self.read_through.max(window.through);
            self.has_caught_up |= window.through >= floor(self.began);
        }
        self.read_through
    }

    /// Notes that the next window holds more than is read at once: it is halved. False when it cannot be.
    pub fn too_dense(&mut self) -> bool {
        let Some((first, second)) = self.ahead.last().and_then(Window::halves) else { return false };
        self.ahead.pop();
        self.ahead.extend([second, first]);
        true
    }

    /// True once more counts as read than before the walk.
    #[must_use]
    pub fn has_advanced(&self) -> bool {
        self.read_through > self.began
    }

    /// True when the walk has come up to now.
    #[must_use]
    pub fn is_up_to_date(&self) -> bool {
        self.ahead.is_empty() && self.to_now
    }

    /// True when it went back by [`SWEEP_BACK`] and has read all that again.
    #[must_use]
    pub const fn has_swept(&self) -> bool {
        self.sweep && self.has_caught_up
    }
}

fn floor(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(SECOND).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn the_first_reading_begins_where_the_follow_does() {
        let walk = WindowWalk::plan(&ReadState::new(at(0)), at(5), None);
        assert_eq!(walk.next(), Some(Window { from: at(0), to: at(5) + AHEAD, through: at(5) }));
    }

    #[test]
    fn a_window_that_holds_too_much_is_halved_down_to_a_second() {
        let mut walk = WindowWalk::plan(&ReadState::new(at(0)), at(100), None);
        assert!(walk.too_dense());
        assert_eq!(walk.next(), Some(Window { from: at(0), to: at(50), through: at(49) }));
        assert_eq!(walk.read_in_full(), at(49));
        assert_eq!(walk.next(), Some(Window { from: at(50), to: at(100) + AHEAD, through: at(100) }));
        assert!(walk.has_advanced() && !walk.is_up_to_date());
        while walk.too_dense() {}
        assert_eq!(walk.next(), Some(Window { from: at(50), to: at(51), through: at(50) }));
    }

    #[test]
    fn sweeps_go_back_further() {
        let state = ReadState { since: at(-90_000), read_through: at(0), swept_at: Some(at(-850)) };
        let from = |now| WindowWalk::plan(&state, now, None).next().map(|window| window.from);
        assert_eq!(from(at(10)), Some(at(-600)));
        assert_eq!(from(at(60)), Some(at(-7_200)));
        assert_eq!(from(at(200_000)), Some(at(-7_200)));
        let mut walk = WindowWalk::plan(&state, at(200_000), None);
        assert!(walk.too_dense() && walk.too_dense());
        while !walk.has_swept() {
            walk.read_in_full();
        }
        assert!(walk.has_advanced() && !walk.is_up_to_date());
    }

    /// Rows at these seconds, of which at most `most` are given at once; how edges are counted varies.
    fn read(rows: &[i64], window: &Window, most: usize, edges: (bool, bool)) -> Option<BTreeSet<usize>> {
        let within = |row: &i64| {
            let row = at(*row);
            (row > window.from || edges.0 && row == window.from) && (row < window.to || edges.1 && row == window.to)
        };
        let found: BTreeSet<usize> = rows.iter().enumerate().filter(|(_, row)| within(row)).map(|(n, _)| n).collect();
        (found.len() <= most).then_some(found)
    }

    proptest! {
        #[test]
        fn walks_leave_no_hole_and_never_claim_what_was_not_read(
            rows in proptest::collection::vec(0..20_000_i64, 0..60),
            steps in proptest::collection::vec((1..9_000_i64, proptest::option::of(1..4_000_i64), 0..6_usize), 1..12),
            edges in prop_oneof![Just((true, true)), Just((true, false)), Just((false, true))],
        ) {
            // The first second of a follow is not at stake: a venue that leaves the beginning out would leave it out too.
            let mut state = ReadState::new(at(-1));
            let mut now = 0;
            let mut seen = BTreeSet::new();
            for (wait, span, stop_after) in steps {
                now += wait;
                let visible: Vec<i64> = rows.iter().copied().filter(|row| *row <= now).collect();
                let before: Vec<usize> = rows.iter().enumerate().filter(|(_, row)| **row <= now).map(|(n, _)| n).collect();
                let mut walk = WindowWalk::plan(&state, at(now), span.map(TimeDelta::seconds));
                let mut reads = 0;
                while let Some(window) = walk.next() {
                    // What is in one second is always given.
                    let most = if window.is_shortest() { usize::MAX } else { 3 };
                    match read(&visible, &window, most, edges) {
                        Some(found) => {
                            seen.extend(found.iter().map(|n| before[*n]));
                            let through = walk.read_in_full();
                            prop_assert!(through >= state.read_through);
                            state.read_through = through;
                            reads += 1;
                        }
                        None => prop_assert!(walk.too_dense()),
                    }
                    // Killed on the way.
                    if stop_after > 0 && reads >= stop_after {
                        break;
                    }
                }
                if walk.has_swept() {
                    state.swept_at = Some(at(now));
                }
                for (n, row) in rows.iter().enumerate() {
                    let due = at(*row) < state.read_through || walk.is_up_to_date() && *row < now;
                    prop_assert!(!due || seen.contains(&n), "row {row} is missing at {now}, {state:?}");
                }
            }
        }
    }
}
