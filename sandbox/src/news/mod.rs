//! Stand-in news feeds: RSS, Atom and JSON on loopback, with news that matter to the world's markets and news that do
//! not. A [`Mood`] makes a feed misbehave the way feeds and attackers do.

mod injection;
mod mood;
mod render;
mod story;

use std::collections::BTreeMap;
use std::future::IntoFuture;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::world::World;
use crate::world::dice::seed_of;

pub use injection::{Injection, injections};
pub use mood::Mood;
pub use story::Story;

/// One of the three feeds. All tell the same stories, each in its own form, as feeds do that copy each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feed {
    /// `/rss`
    Rss,
    /// `/atom`
    Atom,
    /// `/json`
    Json,
}

impl Feed {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rss, Self::Atom, Self::Json];

    const fn path(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Atom => "atom",
            Self::Json => "json",
        }
    }
}

/// Requests to a feed so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FeedRequests {
    /// All.
    pub all: u64,
    /// Those answered "not modified".
    pub unchanged: u64,
}

#[derive(Debug, Clone)]
struct Desk {
    world: Arc<World>,
    state: Arc<Mutex<DeskState>>,
}

#[derive(Debug, Default)]
struct DeskState {
    moods: BTreeMap<Feed, Mood>,
    requests: BTreeMap<Feed, FeedRequests>,
    published: Vec<Story>,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, DeskState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The feeds, running until dropped or stopped.
#[derive(Debug)]
pub struct NewsServer {
    base: String,
    desk: Desk,
    shutdown: CancellationToken,
    tasks: JoinSet<()>,
}

impl NewsServer {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(world: Arc<World>) -> io::Result<Self> {
        let desk = Desk { world, state: Arc::default() };
        let router = Router::new().route("/{feed}", get(serve)).with_state(desk.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            tokio::select! {
                ended = axum::serve(listener, router).into_future() => if let Err(error) = ended {
                    tracing::warn!(%error, "stand-in news stopped serving");
                },
                () = stop.cancelled() => {}
            }
        });
        Ok(Self { base, desk, shutdown, tasks })
    }

    /// Address of a feed.
    #[must_use]
    pub fn url(&self, feed: Feed) -> String {
        format!("{}/{}", self.base, feed.path())
    }

    /// What `NEWS_FEEDS` has to say to read all of them.
    #[must_use]
    pub fn setting(&self) -> String {
        Feed::ALL.map(|feed| self.url(feed)).join(",")
    }

    /// From now on the feed answers so.
    pub fn set_mood(&self, feed: Feed, mood: Mood) {
        self.desk.lock().moods.insert(feed, mood);
    }

    /// Puts a story into all feeds, beside those the world makes by itself.
    pub fn publish(&self, story: Story) {
        self.desk.lock().published.push(story);
    }

    /// Requests so far.
    #[must_use]
    pub fn requests(&self, feed: Feed) -> FeedRequests {
        self.desk.lock().requests.get(&feed).copied().unwrap_or_default()
    }

    /// Ends it and waits until it has.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Drop for NewsServer {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

async fn serve(State(desk): State<Desk>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(feed) = Feed::ALL.into_iter().find(|feed| feed.path() == path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (mood, published) = {
        let mut state = desk.lock();
        state.requests.entry(feed).or_default().all += 1;
        (state.moods.get(&feed).cloned().unwrap_or_default(), state.published.clone())
    };
    if let Some(answer) = mood.answer() {
        return answer;
    }
    let injected = mood == Mood::Injected;
    let body = {
        let view = desk.world.view();
        let mut stories = story::stories(&view, injected);
        stories.extend(published);
        stories.sort_by_key(|story| std::cmp::Reverse(story.at));
        render::body(feed, &stories)
    };
    let tag = format!("\"{:016x}\"", seed_of(&body));
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        desk.lock().requests.entry(feed).or_default().unchanged += 1;
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    ([(header::ETAG, tag), (header::CONTENT_TYPE, render::content_type(feed).to_owned())], body).into_response()
}
