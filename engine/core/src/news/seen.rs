//! Which headlines are new: by title, by link and by age, across feeds and restarts.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Headline;

/// Most keys kept. Two keys a headline at most: a week of ten feeds with a hundred items a day fits.
pub const SEEN_LIMIT: usize = 20_000;

/// What is still news, by the time a feed states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgeLimits {
    /// Older than this is not.
    pub oldest: TimeDelta,
    /// Dated further ahead than this is a mistake or a trick; less is a clock that is off.
    pub ahead: TimeDelta,
}

impl Default for AgeLimits {
    /// Six hours back: by then a liquid market has long moved. Ten minutes ahead.
    fn default() -> Self {
        Self { oldest: TimeDelta::hours(6), ahead: TimeDelta::minutes(10) }
    }
}

/// What became of a headline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// News.
    Fresh,
    /// Title or link were there before.
    Repeated,
    /// Published too long ago.
    TooOld,
    /// Dated in the future.
    Ahead,
}

/// One remembered key, as a row of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SeenRow {
    /// `t:` and the title's key, or `l:` and the link's.
    pub key: String,
    /// When it was first met.
    pub at: DateTime<Utc>,
}

/// Remembers titles and links, the oldest forgotten first once [`SEEN_LIMIT`] keys are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    at: BTreeMap<String, DateTime<Utc>>,
    by_age: BTreeSet<(DateTime<Utc>, String)>,
}

impl Seen {
    /// What rows tell; the first time of a key counts.
    #[must_use]
    pub fn from_rows(rows: impl IntoIterator<Item = SeenRow>) -> Self {
        let mut seen = Self::default();
        for row in rows {
            match seen.at.get(&row.key) {
                Some(&known) if known <= row.at => {}
                known => {
                    if let Some(&later) = known {
                        seen.by_age.remove(&(later, row.key.clone()));
                    }
                    seen.put(row);
                }
            }
        }
        seen
    }

    /// Everything remembered, the oldest first.
    #[must_use]
    pub fn rows(&self) -> Vec<SeenRow> {
        self.by_age.iter().map(|(at, key)| SeenRow { key: key.clone(), at: *at }).collect()
    }

    /// How many keys are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// True when nothing is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// Judges a headline met at `now` and remembers it when it is fresh, with both keys; of a repeated one the key that
    /// was not known yet is remembered too, so that a chain of reprints stays one piece of news.
    pub fn admit(&mut self, headline: &Headline, now: DateTime<Utc>, limits: AgeLimits) -> Freshness {
        // Subtraction from the clock's time, not from the feed's: a date near the end of time must not overflow.
        if headline.published_at < now - limits.oldest {
            return Freshness::TooOld;
        }
        if headline.published_at > now + limits.ahead {
            return Freshness::Ahead;
        }
        let keys = keys(headline);
        let known = keys.iter().any(|key| self.at.contains_key(key));
        for key in keys {
            if !self.at.contains_key(&key) {
                self.put(SeenRow { key, at: now });
            }
        }
        if known { Freshness::Repeated } else { Freshness::Fresh }
    }

    fn put(&mut self, row: SeenRow) {
        self.by_age.insert((row.at, row.key.clone()));
        self.at.insert(row.key, row.at);
        while self.at.len() > SEEN_LIMIT {
            let Some((_, oldest)) = self.by_age.pop_first() else { break };
            self.at.remove(&oldest);
        }
    }
}

fn keys(headline: &Headline) -> Vec<String> {
    let title = (!headline.title_key.is_empty()).then(|| format!("t:{}", headline.title_key));
    let link = headline.link_key.as_ref().map(|link| format!("l:{link}"));
    title.into_iter().chain(link).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_765_400_000, 0).unwrap()
    }

    fn headline(title: &str, link: Option<&str>, age: TimeDelta) -> Headline {
        Headline {
            title: title.to_owned(),
            summary: String::new(),
            link: link.map(str::to_owned),
            feed: "feed".to_owned(),
            published_at: now() - age,
            title_key: super::super::title_key(title),
            link_key: link.map(str::to_owned),
        }
    }

    #[test]
    fn a_headline_is_new_once_whoever_tells_it_and_across_restarts() {
        let mut seen = Seen::default();
        let hour = TimeDelta::hours(1);
        let mut admit = |title, link| seen.admit(&headline(title, link, hour), now(), AgeLimits::default());
        assert_eq!(admit("Fed cuts rates", Some("a/1")), Freshness::Fresh);
        assert_eq!(admit("FED CUTS RATES!", Some("b/9")), Freshness::Repeated, "another feed, the same title");
        assert_eq!(admit("Fed lowers rates", Some("a/1")), Freshness::Repeated, "the title was edited");
        assert_eq!(admit("Rates: what it means", Some("b/9")), Freshness::Repeated, "a reprint of a reprint");
        assert_eq!(admit("Something else", None), Freshness::Fresh);
        let mut again = Seen::from_rows(seen.rows());
        assert_eq!(again, seen);
        assert_eq!(
            again.admit(&headline("fed cuts rates", None, hour), now() + hour, AgeLimits::default()),
            Freshness::Repeated
        );
    }

    #[test]
    fn age_is_bounded_on_both_sides() {
        let limits = AgeLimits { oldest: TimeDelta::hours(6), ahead: TimeDelta::minutes(10) };
        let table = [
            (TimeDelta::hours(6), Freshness::Fresh),
            (TimeDelta::hours(6) + TimeDelta::seconds(1), Freshness::TooOld),
            (TimeDelta::minutes(-10), Freshness::Fresh),
            (TimeDelta::minutes(-11), Freshness::Ahead),
        ];
        for (age, expected) in table {
            let mut seen = Seen::default();
            assert_eq!(seen.admit(&headline("x", None, age), now(), limits), expected, "{age}");
            assert_eq!(seen.is_empty(), expected != Freshness::Fresh, "what is not news is not remembered");
        }
        let mut seen = Seen::default();
        for published_at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let odd = Headline { published_at, ..headline("x", None, TimeDelta::zero()) };
            assert_ne!(seen.admit(&odd, now(), limits), Freshness::Fresh);
        }
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let mut seen = Seen::default();
        for n in 0..SEEN_LIMIT + 5 {
            let at = now() + TimeDelta::seconds(i64::try_from(n).unwrap());
            seen.admit(
                &headline(&n.to_string(), None, TimeDelta::zero()),
                at,
                AgeLimits { oldest: TimeDelta::days(9), ..AgeLimits::default() },
            );
        }
        assert_eq!(seen.len(), SEEN_LIMIT);
        let first = seen.rows().remove(0);
        assert_eq!(first.key, "t:5");
    }

    proptest! {
        #[test]
        fn rows_tell_everything(keys in prop::collection::vec(("[a-d]{1,2}", 0_i64..50), 0..40)) {
            let rows = keys.into_iter().map(|(key, s)| SeenRow { key, at: now() + TimeDelta::seconds(s) });
            let seen = Seen::from_rows(rows);
            prop_assert_eq!(seen.len(), seen.rows().len());
            prop_assert_eq!(Seen::from_rows(seen.rows().into_iter().rev()), seen);
        }
    }
}
