//! The news desk: reads all feeds, keeps what is new, and says which markets it concerns.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use engine_clock::Clock;
use engine_core::chance::SplitMix64;
use engine_core::news::{AgeLimits, Freshness, Headline, Match, NewsMarket, Seen, SeenRow};
use futures::StreamExt;
use tokio::sync::Mutex;

use crate::backoff::FeedState;
use crate::error::FeedError;
use crate::fetch::{Fetched, Fetcher};
use crate::guard::FeedAddress;
use crate::item::{Unusable, headline};
use crate::matching::{ByWords, Matching};
use crate::parse;

/// Feeds asked at the same time.
const AT_ONCE: usize = 4;

/// One round's result.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewsRound {
    /// Headlines that were not there before, newest first.
    pub fresh: Vec<Headline>,
    /// Those of them that concern markets, newest first, each with its matches, best first.
    pub matched: Vec<(Headline, Vec<Match>)>,
    /// Feeds that gave nothing, and why.
    pub failures: Vec<FeedFailure>,
    /// Set when the chosen way of matching failed and words decided instead: why.
    pub fell_back: Option<String>,
    /// What became of everything read.
    pub counts: NewsCounts,
}

/// A feed that gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedFailure {
    /// Its host.
    pub feed: String,
    /// Why, as a sentence's end ("feeds.example answered with status 503").
    pub reason: String,
    /// When it is asked again.
    pub again_at: DateTime<Utc>,
}

/// What became of feeds and items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewsCounts {
    /// Feeds read.
    pub read: usize,
    /// Feeds without a change since the last time.
    pub unchanged: usize,
    /// Feeds left alone after a failure.
    pub waiting: usize,
    /// Items told before.
    pub repeated: usize,
    /// Items too old.
    pub too_old: usize,
    /// Items dated in the future.
    pub ahead: usize,
    /// Items without a title or a date.
    pub unusable: usize,
}

/// Reads feeds in rounds. Rounds never overlap; one bad feed never stops the others.
pub struct NewsDesk {
    feeds: Vec<FeedAddress>,
    fetcher: Fetcher,
    matching: Box<dyn Matching>,
    clock: Clock,
    ages: AgeLimits,
    state: Mutex<State>,
}

struct State {
    /// In the order of the feeds.
    feeds: Vec<FeedState>,
    seen: Seen,
}

impl std::fmt::Debug for NewsDesk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewsDesk").field("feeds", &self.feeds.len()).finish_non_exhaustive()
    }
}

/// What became of asking one feed.
enum Asked {
    Waiting,
    Unchanged,
    Items(Vec<crate::item::RawItem>, crate::fetch::Known),
    Failed(FeedError),
}

impl NewsDesk {
    /// A desk for these feeds (a feed named twice is asked once) that remembers `seen` from before.
    #[must_use]
    pub fn new(
        feeds: Vec<FeedAddress>,
        fetcher: Fetcher,
        matching: Box<dyn Matching>,
        clock: Clock,
        seen: Vec<SeenRow>,
    ) -> Self {
        let mut named = HashSet::new();
        let feeds: Vec<FeedAddress> =
            feeds.into_iter().filter(|feed| named.insert(feed.url().as_str().to_owned())).collect();
        let state = State { feeds: vec![FeedState::default(); feeds.len()], seen: Seen::from_rows(seen) };
        Self { feeds, fetcher, matching, clock, ages: AgeLimits::default(), state: Mutex::new(state) }
    }

    /// The same with other limits on the age of news.
    #[must_use]
    pub const fn with_ages(mut self, ages: AgeLimits) -> Self {
        self.ages = ages;
        self
    }

    /// Everything remembered, to be stored with what came of the round.
    pub async fn seen(&self) -> Vec<SeenRow> {
        self.state.lock().await.seen.rows()
    }

    /// Asks every feed that is not left alone, and matches what is new with `markets`.
    pub async fn round(&self, markets: &[NewsMarket]) -> NewsRound {
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        let calls: Vec<_> =
            self.feeds.iter().zip(&state.feeds).map(|(feed, known)| self.ask(feed, known, now)).collect();
        let asked: Vec<Asked> = futures::stream::iter(calls).buffered(AT_ONCE).collect().await;
        let mut round = NewsRound::default();
        let mut read = Vec::new();
        let State { feeds: states, seen } = &mut *state;
        for ((feed, known), asked) in self.feeds.iter().zip(states).zip(asked) {
            self.note(feed, known, asked, &mut round, &mut read);
        }
        // The newest telling of repeated news is the one kept.
        read.sort_by(|a: &Headline, b| b.published_at.cmp(&a.published_at).then_with(|| a.title.cmp(&b.title)));
        for headline in read {
            match seen.admit(&headline, now, self.ages) {
                Freshness::Fresh => round.fresh.push(headline),
                Freshness::Repeated => round.counts.repeated += 1,
                Freshness::TooOld => round.counts.too_old += 1,
                Freshness::Ahead => round.counts.ahead += 1,
            }
        }
        self.match_fresh(&mut round, markets).await;
        round
    }

    async fn ask(&self, feed: &FeedAddress, state: &FeedState, now: DateTime<Utc>) -> Asked {
        if state.is_waiting(now) {
            return Asked::Waiting;
        }
        match self.fetcher.fetch(feed, state.known.as_ref()).await {
            Ok(Fetched::Unchanged) => Asked::Unchanged,
            Ok(Fetched::Body { bytes, known }) => {
                let base = known.url.clone();
                // On a thread of its own: a reader that panics on a strange feed costs that feed and no more.
                let items = tokio::task::spawn_blocking(move || parse::items(&bytes, &base)).await;
                match items.unwrap_or_else(|_| Err("the reader broke on it".to_owned())) {
                    Ok(items) => Asked::Items(items, known),
                    Err(reason) => Asked::Failed(FeedError::NotAFeed { host: feed.host().to_owned(), reason }),
                }
            }
            Err(error) => Asked::Failed(error),
        }
    }

    fn note(
        &self,
        feed: &FeedAddress,
        state: &mut FeedState,
        asked: Asked,
        round: &mut NewsRound,
        read: &mut Vec<Headline>,
    ) {
        match asked {
            Asked::Waiting => round.counts.waiting += 1,
            Asked::Unchanged => {
                round.counts.unchanged += 1;
                state.went_well();
            }
            Asked::Items(items, known) => {
                round.counts.read += 1;
                state.went_well();
                state.known = Some(known);
                for item in items {
                    match headline(&item, feed.host()) {
                        Ok(headline) => read.push(headline),
                        Err(Unusable::Untitled | Unusable::Undated) => round.counts.unusable += 1,
                    }
                }
            }
            Asked::Failed(error) => {
                // After the answer, which may have taken long.
                let now = self.clock.now();
                let again_at = state.failed(&error, now, &mut chance(feed, now));
                tracing::warn!(feed = feed.host(), %error, "a news feed gave nothing");
                round.failures.push(FeedFailure { feed: feed.host().to_owned(), reason: error.to_string(), again_at });
            }
        }
    }

    async fn match_fresh(&self, round: &mut NewsRound, markets: &[NewsMarket]) {
        if round.fresh.is_empty() || markets.is_empty() {
            return;
        }
        let found = match self.matching.matches(&round.fresh, markets).await {
            Ok(found) => found,
            Err(reason) => {
                tracing::warn!(%reason, "headlines are matched by words");
                round.fell_back = Some(reason);
                ByWords.matches(&round.fresh, markets).await.unwrap_or_default()
            }
        };
        let matched = round.fresh.iter().cloned().zip(found).filter(|(_, matches)| !matches.is_empty());
        round.matched = matched.collect();
    }
}

/// The spread of waits: another for each feed and moment, and the same when a run is repeated.
fn chance(feed: &FeedAddress, now: DateTime<Utc>) -> SplitMix64 {
    let seed =
        feed.url().as_str().bytes().fold(now.timestamp_millis().cast_unsigned(), |seed, byte| {
            SplitMix64::new(seed ^ u64::from(byte)).next_u64()
        });
    SplitMix64::new(seed)
}
