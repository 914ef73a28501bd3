//! Telegram's pace: one message a second in a chat, twenty a minute in a group, thirty a second over all.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

/// How fast messages may go out, in the clock's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Between two messages in one chat.
    pub chat_gap: TimeDelta,
    /// Most messages a minute in one group.
    pub group_a_minute: usize,
    /// Most messages a second over all chats.
    pub all_a_second: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { chat_gap: TimeDelta::seconds(1), group_a_minute: 20, all_a_second: 30 }
    }
}

/// Hands out the times at which messages may go.
#[derive(Debug)]
pub(crate) struct Pacer {
    limits: Limits,
    all: VecDeque<DateTime<Utc>>,
    chats: HashMap<i64, VecDeque<DateTime<Utc>>>,
}

impl Pacer {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, all: VecDeque::new(), chats: HashMap::new() }
    }

    /// Reserves the first moment, `now` or later, at which a message may go to this chat.
    pub(crate) fn reserve(&mut self, chat: i64, now: DateTime<Utc>) -> DateTime<Utc> {
        self.forget(now);
        let sent = self.chats.entry(chat).or_default();
        let mut at = now;
        if let Some(last) = sent.back() {
            at = at.max(*last + self.limits.chat_gap);
        }
        if chat < 0 {
            at = at.max(window_opens(sent, self.limits.group_a_minute, TimeDelta::minutes(1)).unwrap_or(at));
        }
        at = at.max(window_opens(&self.all, self.limits.all_a_second, TimeDelta::seconds(1)).unwrap_or(at));
        sent.push_back(at);
        // Reservations of different chats may come out of order; the window counts them in order of time.
        let place = self.all.partition_point(|other| *other <= at);
        self.all.insert(place, at);
        at
    }

    fn forget(&mut self, now: DateTime<Utc>) {
        let minute_ago = now - TimeDelta::minutes(1);
        while self.all.front().is_some_and(|at| *at < now - TimeDelta::seconds(1)) {
            self.all.pop_front();
        }
        self.chats.retain(|_, sent| {
            while sent.front().is_some_and(|at| *at < minute_ago) {
                sent.pop_front();
            }
            !sent.is_empty()
        });
    }
}

/// When one more fits into a window that holds `most`; `None` when it fits already.
fn window_opens(sent: &VecDeque<DateTime<Utc>>, most: usize, window: TimeDelta) -> Option<DateTime<Utc>> {
    let index = sent.len().checked_sub(most.max(1))?;
    sent.get(index).map(|at| *at + window)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_chat_waits_a_second_and_others_do_not() {
        let mut pacer = Pacer::new(Limits::default());
        let times: Vec<_> = (0..4).map(|_| pacer.reserve(1, at(0))).collect();
        assert_eq!(times, [at(0), at(1), at(2), at(3)]);
        assert_eq!(pacer.reserve(2, at(0)), at(0));
    }

    #[test]
    fn a_group_gets_twenty_a_minute() {
        let mut pacer = Pacer::new(Limits::default());
        let times: Vec<_> = (0..25).map(|_| pacer.reserve(-5, at(0))).collect();
        assert_eq!((times[19], times[20], times[24]), (at(19), at(60), at(64)));
    }

    #[test]
    fn all_chats_together_get_thirty_a_second() {
        let mut pacer = Pacer::new(Limits::default());
        let times: Vec<_> = (1..=70).map(|chat| pacer.reserve(chat, at(0))).collect();
        assert_eq!((times[29], times[30], times[60], times[69]), (at(0), at(1), at(2), at(2)));
    }

    #[test]
    fn the_past_is_forgotten() {
        let mut pacer = Pacer::new(Limits::default());
        for chat in 0..1000 {
            pacer.reserve(chat, at(chat));
        }
        assert!(pacer.chats.len() <= 62, "{}", pacer.chats.len());
    }
}
