//! The news desk against stand-in feeds: what it reads, what it leaves, and what no feed can make it do.

// Helpers of tests may fail loudly like the tests themselves.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use engine_clock::Clock;
use engine_core::market::MarketId;
use engine_core::news::{Headline, Match, NewsMarket, SeenRow};
use news::fetch::{Fetcher, Limits};
use news::matching::{ByWords, Matching};
use news::web::PinnedWeb;
use news::{FeedAddress, Guard, NewsDesk, SystemResolver};
use sandbox::news::{Feed, Mood, NewsServer, Story, injections};
use sandbox::world::{MarketSpec, World, WorldConfig};
use url::Url;

/// A stand-in's answer comes at once or never: what is to be cut off is cut off soon.
const LIMITS: Limits = Limits { deadline: Duration::from_secs(6), body_bytes: 2 * 1024 * 1024, redirects: 4 };

struct Stage {
    world: Arc<World>,
    clock: Clock,
    server: NewsServer,
    markets: Vec<NewsMarket>,
}

fn start() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

impl Stage {
    async fn new() -> Self {
        let clock = Clock::manual(start());
        let world = World::simulated(WorldConfig::new(42, start(), clock.clone()).with_markets(120));
        let server = NewsServer::start(world.clone()).await.unwrap();
        let markets = world
            .view()
            .listings()
            .map(|listing| NewsMarket { id: MarketId::new(listing.id.to_string()), question: listing.question.clone() })
            .collect();
        Self { world, clock, server, markets }
    }

    fn desk_of(&self, feeds: &[Feed], matching: Box<dyn Matching>, seen: Vec<SeenRow>) -> NewsDesk {
        let feeds = feeds.iter().map(|feed| Url::parse(&self.server.url(*feed)).unwrap());
        let feeds = feeds.map(|url| FeedAddress::new(url, true).unwrap()).collect();
        let fetcher = Fetcher::new(Guard::new(Box::new(SystemResolver)), Box::new(PinnedWeb), LIMITS);
        NewsDesk::new(feeds, fetcher, matching, self.clock.clone(), seen)
    }

    fn desk(&self) -> NewsDesk {
        self.desk_of(&Feed::ALL, Box::new(ByWords), Vec::new())
    }

    fn wait(&self, minutes: i64) {
        self.clock.advance_to(self.clock.now() + TimeDelta::minutes(minutes));
    }
}

#[tokio::test]
async fn news_are_told_once_across_feeds_rounds_and_restarts() {
    let stage = Stage::new().await;
    let desk = stage.desk();
    let first = desk.round(&stage.markets).await;
    assert_eq!((first.counts.read, first.failures.len()), (3, 0));
    assert!(first.fresh.len() > 20, "{:?}", first.counts);
    // Three feeds tell the same stories.
    assert!(first.counts.repeated >= 2 * first.fresh.len(), "{:?}", first.counts);
    assert!(first.fresh.is_sorted_by(|a, b| a.published_at >= b.published_at));
    assert!(first.fresh.iter().all(|headline| !headline.link.as_deref().unwrap_or_default().contains("utm_")));
    // Nothing happened since: the feeds say so in a few bytes.
    let again = desk.round(&stage.markets).await;
    assert_eq!((again.counts.unchanged, again.fresh.len()), (3, 0));
    assert_eq!(stage.server.requests(Feed::Atom).unchanged, 1);
    // Something happens, and it alone is new.
    stage.wait(5);
    stage.server.publish(Story {
        title: "Ministers agree on the water treaty".to_owned(),
        summary: String::new(),
        link: "https://news.invalid/treaty".to_owned(),
        at: stage.clock.now(),
        market: None,
    });
    let next = desk.round(&stage.markets).await;
    let titles: Vec<&str> = next.fresh.iter().map(|headline| headline.title.as_str()).collect();
    assert_eq!(titles, ["Ministers agree on the water treaty"]);
    // A new process reads everything anew and knows it all.
    let reborn = stage.desk_of(&Feed::ALL, Box::new(ByWords), desk.seen().await);
    let round = reborn.round(&stage.markets).await;
    assert_eq!((round.counts.read, round.fresh.len()), (3, 0));
}

#[tokio::test]
async fn news_that_matter_find_their_market_and_others_find_none() {
    let stage = Stage::new().await;
    let story = |title: &str, market| Story {
        title: title.to_owned(),
        summary: String::new(),
        link: format!("https://news.invalid/{title}"),
        at: start(),
        market,
    };
    let spec = MarketSpec::new("Will Ulrika Sandström resign as prime minister of Norland by December 31?", 0.3);
    let id = stage.world.add_market(&spec).unwrap();
    let mut markets = stage.markets.clone();
    markets.push(NewsMarket { id: MarketId::new(id.to_string()), question: spec.question });
    stage.server.publish(story("Norland: Sandstrom to step down, prime minister's party says", Some(id)));
    stage.server.publish(story("Sandström's cookery show returns", None));
    let round = stage.desk().round(&markets).await;
    let of = |title: &str| round.matched.iter().find(|(headline, _)| headline.title.starts_with(title));
    let (_, matches) = of("Norland:").unwrap();
    assert_eq!(matches[0].market, MarketId::new(id.to_string()));
    assert!(of("Sandström's").is_none_or(|(_, matches)| matches.iter().all(|m| m.market.as_str() != id.to_string())));
    // Of what the world tells by itself, stories of nothing here concern nothing here.
    for title in ["Village bakery", "How to prune", "Chess in the park", "Why owls", "Five soups"] {
        assert!(of(title).is_none(), "{title}: {:?}", of(title));
    }
    assert!(round.matched.len() >= 5, "{} of {}", round.matched.len(), round.fresh.len());
}

#[tokio::test]
async fn one_bad_feed_never_stops_the_others() {
    let drip = Mood::Slow { every: Duration::from_millis(50) };
    let moods = [
        (Mood::Page, "did not send a feed: it is a web page"),
        (Mood::Prose, "did not send a feed: unable to parse feed: no root element"),
        (Mood::BrokenXml, "did not send a feed"),
        (Mood::XmlBomb, "did not send a feed: it defines entities of its own"),
        (Mood::Huge, "sent more than 2097152 bytes"),
        (Mood::GzipBomb, "sent more than 2097152 bytes"),
        (drip, "did not finish answering within 6 s"),
        (Mood::Down, "answered with status 503"),
        (Mood::Redirect("http://169.254.169.254/latest/meta-data/".to_owned()), "169.254.169.254 (link-local)"),
        (Mood::Redirect("http://127.0.0.1/".to_owned()), "127.0.0.1 (this machine)"),
        (Mood::Redirect("/atom".to_owned()), "(this machine)"),
        (Mood::Redirect("file:///etc/passwd".to_owned()), "neither http nor https"),
    ];
    for (mood, words) in moods {
        let stage = Stage::new().await;
        stage.server.set_mood(Feed::Rss, mood.clone());
        let round = stage.desk().round(&stage.markets).await;
        let [failure] = round.failures.as_slice() else { panic!("{mood:?}: {:?}", round.failures) };
        assert!(failure.reason.starts_with("127.0.0.1 "), "{mood:?}: {}", failure.reason);
        assert!(failure.reason.contains(words), "{mood:?}: {}", failure.reason);
        assert_eq!(round.counts.read, 2, "{mood:?}");
        assert!(round.fresh.len() > 20 && !round.matched.is_empty(), "{mood:?}");
    }
}

#[tokio::test]
async fn a_feed_that_fails_is_left_alone_for_a_while_and_comes_back() {
    let stage = Stage::new().await;
    stage.server.set_mood(Feed::Rss, Mood::TooMany { retry_after_s: 3600 });
    let desk = stage.desk_of(&[Feed::Rss], Box::new(ByWords), Vec::new());
    let round = desk.round(&[]).await;
    assert_eq!(round.failures[0].again_at, start() + TimeDelta::hours(1));
    stage.server.set_mood(Feed::Rss, Mood::Good);
    stage.wait(59);
    assert_eq!(desk.round(&[]).await.counts.waiting, 1);
    assert_eq!(stage.server.requests(Feed::Rss).all, 1);
    stage.wait(1);
    assert_eq!(desk.round(&[]).await.counts.read, 1);
}

/// What an attempt may leave in a headline: words on one line, and nothing that works anywhere.
#[tokio::test]
async fn no_attempt_leaves_more_than_plain_words() {
    let stage = Stage::new().await;
    for feed in Feed::ALL {
        stage.server.set_mood(feed, Mood::Injected);
    }
    let round = stage.desk().round(&stage.markets).await;
    assert!(round.fresh.len() >= injections().len(), "{} told", round.fresh.len());
    let quiet = Stage::new().await.desk().round(&stage.markets).await;
    for headline in &round.fresh {
        for text in [&headline.title, &headline.summary] {
            assert!(text.chars().count() <= 600, "{text}");
            let odd = |c: char| {
                c.is_control()
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
            };
            assert!(!text.chars().any(odd), "{text:?}");
            for tag in ["<script", "<system", "</", "<!--", "<div", "<a ", "<b ", "<tool_use", "<invoke"] {
                assert!(!text.contains(tag), "{tag} in {text}");
            }
        }
        assert!(headline.link.as_deref().is_none_or(|link| link.starts_with("https://news.invalid/")));
    }
    // What is not an attempt is read as if there were none.
    let matched = |round: &news::NewsRound| -> BTreeMap<String, Vec<Match>> {
        round.matched.iter().map(|(headline, matches)| (headline.title.clone(), matches.clone())).collect()
    };
    let with = matched(&round);
    for (title, matches) in matched(&quiet) {
        assert_eq!(with.get(&title), Some(&matches), "{title}");
    }
}

struct Broken;

#[async_trait]
impl Matching for Broken {
    async fn matches(&self, _: &[Headline], _: &[NewsMarket]) -> Result<Vec<Vec<Match>>, String> {
        Err("the model is away".to_owned())
    }
}

#[tokio::test]
async fn when_another_way_of_matching_fails_words_decide_and_it_is_said() {
    let stage = Stage::new().await;
    let by_words = stage.desk().round(&stage.markets).await;
    let fallen = stage.desk_of(&Feed::ALL, Box::new(Broken), Vec::new()).round(&stage.markets).await;
    assert_eq!(fallen.fell_back.as_deref(), Some("the model is away"));
    assert_eq!(fallen.matched, by_words.matched);
    assert!(!fallen.matched.is_empty());
}
