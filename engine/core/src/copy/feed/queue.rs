//! Whose turn it is: a fair queue of wallets that keeps to a rate.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::copy::activity::Wallet;

/// Longest wait of a wallet the venue refuses to speak of.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(30);
/// First quiet time after the venue failed; doubles up to [`LONGEST_HOLD`] until it answers again.
const FIRST_HOLD: TimeDelta = TimeDelta::milliseconds(500);
/// Longest quiet time.
const LONGEST_HOLD: TimeDelta = TimeDelta::seconds(30);
/// Doublings beyond this change nothing.
const MAX_DOUBLINGS: u32 = 16;

/// How often wallets are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From one look to the next (`COPY_TRADE_INTERVAL_MINS`).
    pub every: TimeDelta,
    /// The same while a trader is active; used when shorter.
    pub active_every: TimeDelta,
    /// A trader counts as active for so long after his last activity.
    pub active_for: TimeDelta,
    /// Requests a second over all wallets; also how many may go out at once.
    pub per_second: u32,
}

impl Pace {
    /// Looks at everyone `every` so often and at active traders every ten seconds; three quarters of what the client
    /// lets through, so that reports on traders find room.
    #[must_use]
    pub const fn new(every: TimeDelta) -> Self {
        Self { every, active_every: TimeDelta::seconds(10), active_for: TimeDelta::minutes(10), per_second: 12 }
    }

    fn gap(&self) -> TimeDelta {
        TimeDelta::microseconds(1_000_000 / i64::from(self.per_second.max(1)))
    }
}

/// What came of a look at a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Polled {
    /// Time of the newest activity known.
    pub newest: Option<DateTime<Utc>>,
    /// There is more to read right away.
    pub behind: bool,
    /// Requests it took.
    pub requests: u32,
}

/// Why a look failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The venue did not answer, or asked for quiet: everyone waits.
    Venue,
    /// It refuses this wallet, or our own side failed on it: this one waits, longer each time.
    Wallet,
}

/// A wallet's place.
#[derive(Debug, Clone, Copy)]
struct Turn {
    due: DateTime<Utc>,
    /// Looks that failed in a row for a reason of its own.
    failures: u32,
    under_way: bool,
}

/// The queue: the one due longest ago comes first, so that with more wallets than the rate allows all wait alike.
#[derive(Debug, Clone)]
pub struct PollQueue {
    pace: Pace,
    due: BTreeSet<(DateTime<Utc>, Wallet)>,
    turns: BTreeMap<Wallet, Turn>,
    /// When the request after those already allowed may go out, were they sent evenly.
    next_slot: DateTime<Utc>,
    held_until: DateTime<Utc>,
    /// Failures of the venue since it last answered.
    outage: u32,
}

impl PollQueue {
    /// An empty queue.
    #[must_use]
    pub const fn new(pace: Pace) -> Self {
        let never = DateTime::<Utc>::MIN_UTC;
        Self { pace, due: BTreeSet::new(), turns: BTreeMap::new(), next_slot: never, held_until: never, outage: 0 }
    }

    /// Takes the wallets that are followed: new ones are due at once, those no longer followed leave. Turns that were
    /// begun and never ended begin anew.
    pub fn follow(&mut self, wallets: &BTreeSet<Wallet>, now: DateTime<Utc>) {
        let due = &mut self.due;
        self.turns.retain(|wallet, turn| {
            let stays = wallets.contains(wallet);
            if !stays {
                due.remove(&(turn.due, wallet.clone()));
            } else if turn.under_way {
                turn.under_way = false;
                due.insert((turn.due, wallet.clone()));
            }
            stays
        });
        for wallet in wallets {
            if !self.turns.contains_key(wallet) {
                self.turns.insert(wallet.clone(), Turn { due: now, failures: 0, under_way: false });
                self.due.insert((now, wallet.clone()));
            }
        }
    }

    /// The wallet whose turn it is, if one is due and the rate allows a request.
    pub fn take(&mut self, now: DateTime<Utc>) -> Option<Wallet> {
        let ahead = TimeDelta::seconds(1) - self.pace.gap();
        if now < self.held_until || self.next_slot > now + ahead {
            return None;
        }
        let first = self.due.first().filter(|(due, _)| *due <= now)?.clone();
        self.due.remove(&first);
        self.spend(1, now);
        let (_, wallet) = first;
        if let Some(turn) = self.turns.get_mut(&wallet) {
            turn.under_way = true;
        }
        Some(wallet)
    }

    /// Ends a turn that went well.
    pub fn done(&mut self, wallet: &Wallet, polled: Polled, now: DateTime<Utc>) {
        self.outage = 0;
        self.spend(polled.requests.saturating_sub(1), now);
        let active = polled.newest.is_some_and(|newest| now - newest < self.pace.active_for);
        let wait = match (polled.behind, active) {
            (true, _) => TimeDelta::zero(),
            (false, true) => self.pace.active_every.min(self.pace.every),
            (false, false) => self.pace.every,
        };
        self.again(wallet, now + wait, 0);
    }

    /// Ends a turn that failed.
    pub fn failed(&mut self, wallet: &Wallet, why: Failure, now: DateTime<Utc>) {
        let failures = self.turns.get(wallet).map_or(0, |turn| turn.failures);
        match why {
            Failure::Venue => {
                self.held_until = self.held_until.max(now + doubled(FIRST_HOLD, self.outage).min(LONGEST_HOLD));
                self.outage = self.outage.saturating_add(1);
                self.again(wallet, now + self.pace.active_every.min(self.pace.every), failures);
            }
            Failure::Wallet => {
                let longest = LONGEST_WAIT.max(self.pace.every);
                let wait = doubled(self.pace.every, failures).min(longest);
                self.again(wallet, now + wait, failures.saturating_add(1));
            }
        }
    }

    /// Wallets in the queue.
    #[must_use]
    pub fn len(&self) -> usize {
        self.turns.len()
    }

    /// True when nobody is followed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    fn spend(&mut self, requests: u32, now: DateTime<Utc>) {
        let gap = self.pace.gap() * i32::try_from(requests).unwrap_or(i32::MAX);
        self.next_slot = self.next_slot.max(now) + gap;
    }

    fn again(&mut self, wallet: &Wallet, due: DateTime<Utc>, failures: u32) {
        // One no longer followed does not come back.
        if let Some(turn) = self.turns.get_mut(wallet) {
            self.due.remove(&(turn.due, wallet.clone()));
            *turn = Turn { due, failures, under_way: false };
            self.due.insert((due, wallet.clone()));
        }
    }
}

fn doubled(span: TimeDelta, times: u32) -> TimeDelta {
    span.checked_mul(1 << times.min(MAX_DOUBLINGS)).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SplitMix64;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_790_000_000_000 + millis).unwrap()
    }

    fn wallet(n: usize) -> Wallet {
        Wallet::parse(&format!("0x{n:040x}")).unwrap()
    }

    fn queue(wallets: usize) -> PollQueue {
        let mut queue = PollQueue::new(Pace::new(TimeDelta::minutes(1)));
        queue.follow(&(0..wallets).map(wallet).collect(), at(0));
        queue
    }

    /// An hour of `wallets` follows, of which each fifth is active at times and each tenth needs three requests.
    /// Gives most requests in any ten seconds and the longest any wallet waited, in milliseconds.
    fn an_hour(wallets: usize) -> (usize, i64) {
        let mut queue = queue(wallets);
        let mut chance = SplitMix64::new(7);
        let mut sent: Vec<i64> = Vec::new();
        let mut last = vec![0_i64; wallets];
        let mut longest = 0;
        for now in (0..3_600_000).step_by(50) {
            while let Some(one) = queue.take(at(now)) {
                let n = usize::from_str_radix(&one.as_str()[2..], 16).unwrap();
                let requests = if n.is_multiple_of(10) { 3 } else { 1 };
                sent.extend(std::iter::repeat_n(now, requests as usize));
                longest = longest.max(now - last[n]);
                last[n] = now;
                let active = n.is_multiple_of(5) && chance.below(2) == 0;
                let newest = active.then(|| at(now - 5_000));
                queue.done(&one, Polled { newest, behind: false, requests }, at(now));
            }
        }
        let longest = last.iter().map(|last| 3_600_000 - last).chain([longest]).max().unwrap();
        let busiest = (0..sent.len())
            .map(|first| sent[first..].iter().take_while(|at| **at < sent[first] + 10_000).count())
            .max()
            .unwrap();
        (busiest, longest)
    }

    #[test]
    #[allow(clippy::print_stderr)] // the figures are worth seeing
    fn a_thousand_follows_stay_within_the_rate_and_none_is_forgotten() {
        for wallets in [1, 100, 400, 1_000] {
            let (busiest, longest) = an_hour(wallets);
            eprintln!(
                "{wallets} follows: at most {busiest} requests in 10 s, longest wait {:.1} s",
                longest as f64 / 1e3
            );
            // Ten seconds' worth, the one second that may go out at once, and what the last turn took beyond one.
            assert!(busiest <= 120 + 12 + 2 * 12, "{wallets}: {busiest}");
            // Half of the 400 measured clean, as for every route.
            assert!(busiest <= 200, "{wallets}: {busiest}");
            let bound = 60_000 + wallets as i64 * 140;
            assert!(longest <= bound, "{wallets}: {longest}");
        }
    }

    #[test]
    fn active_traders_are_looked_at_more_often() {
        let mut queue = queue(2);
        for _ in 0..2 {
            let one = queue.take(at(0)).unwrap();
            let newest = (one == wallet(0)).then(|| at(-1_000));
            queue.done(&one, Polled { newest, behind: false, requests: 1 }, at(0));
        }
        assert_eq!(queue.take(at(9_999)), None);
        assert_eq!(queue.take(at(10_000)), Some(wallet(0)));
        queue.done(&wallet(0), Polled { newest: Some(at(-1_000)), behind: true, requests: 1 }, at(10_000));
        assert_eq!(queue.take(at(10_000)), Some(wallet(0)));
        assert_eq!(queue.take(at(60_000)), Some(wallet(1)));
    }

    #[test]
    fn a_venue_that_fails_is_left_alone_and_a_refused_wallet_waits_by_itself() {
        let mut queue = queue(9);
        let mut quiet = Vec::new();
        let mut now = 0;
        for _ in 0..8 {
            let begun = now;
            let one = loop {
                if let Some(one) = queue.take(at(now)) {
                    break one;
                }
                now += 100;
            };
            quiet.push(now - begun);
            queue.failed(&one, Failure::Venue, at(now));
        }
        assert_eq!(quiet, [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
        let mut queue = self::queue(2);
        let refused = queue.take(at(0)).unwrap();
        queue.failed(&refused, Failure::Wallet, at(0));
        assert_eq!(queue.take(at(0)), Some(wallet(1)));
        let mut waits = Vec::new();
        let (mut last, mut now) = (0, 0);
        while waits.len() < 7 {
            now += 1_000;
            if let Some(one) = queue.take(at(now)) {
                assert_eq!(one, refused);
                waits.push((now - last) / 60_000);
                last = now;
                queue.failed(&one, Failure::Wallet, at(now));
            }
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn turns_cut_off_begin_anew_and_who_is_not_followed_leaves() {
        let mut queue = queue(2);
        let first = queue.take(at(0)).unwrap();
        queue.follow(&[wallet(0), wallet(2)].into(), at(5));
        assert_eq!(queue.len(), 2);
        assert_eq!(
            (first, queue.take(at(5)), queue.take(at(5)), queue.take(at(5))),
            (wallet(0), Some(wallet(0)), Some(wallet(2)), None)
        );
        queue.done(&wallet(1), Polled::default(), at(5));
        assert_eq!(queue.len(), 2);
    }
}
