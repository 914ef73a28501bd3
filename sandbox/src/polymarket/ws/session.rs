//! One client of the market channel.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::polymarket::Venue;
use crate::polymarket::faults::SocketFault;
use crate::world::{Book, Phase, View};

use super::frames;

/// Books are looked at again after this much of the world's time …
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(10);
/// … but not more often than this in real time, however fast the world runs.
const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// What the client told us so far, and what it was told.
struct Session {
    venue: Venue,
    /// Subscribed tokens with the book last sent.
    books: BTreeMap<String, Option<Book>>,
    /// Markets whose end was told.
    told_resolved: HashSet<u64>,
    custom: bool,
    begun: bool,
    last_ping: (Instant, DateTime<Utc>),
    /// New markets were told up to here, unix ms.
    told_new_ms: i64,
}

/// Why a session ends.
enum End {
    /// Close with this code and reason.
    Close(CloseCode, &'static str),
    /// The connection is gone, or shall look so.
    Gone,
}

pub(super) async fn run(mut socket: WebSocketStream<TcpStream>, venue: Venue) {
    let mut drops = venue.faults.socket_drops();
    let mut stirred = venue.world.changes();
    let clock = venue.world.clock().clone();
    let mut session = Session::new(venue);
    let mut patience = tokio::time::interval(Duration::from_millis(250));
    let mut next_look = (tokio::time::Instant::now() + LOOK_PAUSE, clock.now() + LOOK_AGAIN);
    let end = loop {
        // Both are points in time, not spans, so that being interrupted does not start the wait anew.
        let look_again = async {
            tokio::time::sleep_until(next_look.0).await;
            clock.sleep_until(next_look.1).await;
        };
        let answer = tokio::select! {
            message = socket.next() => session.hear(message),
            _ = drops.changed() => Err(End::Gone),
            _ = stirred.changed() => Ok(session.news()),
            () = look_again => {
                next_look = (tokio::time::Instant::now() + LOOK_PAUSE, clock.now() + LOOK_AGAIN);
                Ok(session.news())
            }
            _ = patience.tick() => session.wait(),
        };
        match answer {
            Ok(messages) => {
                for message in messages {
                    if socket.send(message).await.is_err() {
                        return;
                    }
                }
            }
            Err(end) => break end,
        }
    };
    match end {
        End::Gone => {}
        End::Close(code, reason) => {
            // The client may be gone already; then there is nobody left to tell.
            let _ = socket.close(Some(CloseFrame { code, reason: reason.into() })).await;
        }
    }
}

impl Session {
    fn new(venue: Venue) -> Self {
        let now = venue.world.clock().now();
        Self {
            venue,
            books: BTreeMap::new(),
            told_resolved: HashSet::new(),
            custom: false,
            begun: false,
            last_ping: (Instant::now(), now),
            told_new_ms: now.timestamp_millis(),
        }
    }

    fn hear(&mut self, message: Option<Result<Message, Error>>) -> Result<Vec<Message>, End> {
        match message {
            None | Some(Err(_) | Ok(Message::Close(_))) => Err(End::Gone),
            Some(Ok(Message::Text(text))) if text.as_str() == "PING" => self.ping(),
            Some(Ok(Message::Text(text))) => Ok(self.command(text.as_str())),
            // Protocol pings are answered by the library and do not count as keep-alive.
            Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(Vec::new()),
        }
    }

    fn ping(&mut self) -> Result<Vec<Message>, End> {
        if !self.begun {
            return Err(End::Close(CloseCode::Policy, "subscribe first"));
        }
        self.last_ping = (Instant::now(), self.venue.world.clock().now());
        Ok(vec![Message::text("PONG")])
    }

    /// Closes on a client that keeps silent by both clocks.
    fn wait(&self) -> Result<Vec<Message>, End> {
        let limit = self.venue.ping_timeout;
        let simulated = (self.venue.world.clock().now() - self.last_ping.1).to_std().unwrap_or_default();
        if self.last_ping.0.elapsed() > limit && simulated > limit {
            return Err(End::Close(CloseCode::Policy, "no ping received"));
        }
        Ok(Vec::new())
    }

    /// A wrong key or word is ignored, as the venue does: the socket stays open and silent.
    fn command(&mut self, text: &str) -> Vec<Message> {
        let Ok(frame) = serde_json::from_str::<Value>(text) else { return Vec::new() };
        let first = frame.get("type").and_then(Value::as_str) == Some("market");
        let operation = frame.get("operation").and_then(Value::as_str);
        self.begun |= first;
        let Some(tokens) = frame.get("assets_ids").and_then(Value::as_array) else { return Vec::new() };
        let tokens: Vec<String> = tokens.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if let Some(custom) = frame.get("custom_feature_enabled").and_then(Value::as_bool) {
            self.custom = custom;
        }
        match (first, operation) {
            (true, _) | (false, Some("subscribe")) if self.begun => {
                let dump = frame.get("initial_dump").and_then(Value::as_bool).unwrap_or(true);
                self.subscribe(tokens, dump)
            }
            (false, Some("unsubscribe")) => {
                for token in &tokens {
                    self.books.remove(token);
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn subscribe(&mut self, tokens: Vec<String>, dump: bool) -> Vec<Message> {
        if self.venue.faults.has_socket(SocketFault::SwallowSubscribe) {
            return Vec::new();
        }
        let world = self.venue.world.clone();
        let view = world.view();
        let mut frames = Vec::new();
        for token in tokens {
            if self.books.contains_key(&token) {
                continue;
            }
            let book = view.by_token(&token).and_then(|(listing, outcome)| view.book(listing, outcome));
            frames.extend(book.as_ref().filter(|_| dump).map(frames::book));
            self.books.insert(token, book);
        }
        if frames.is_empty() || self.is_silent() { Vec::new() } else { vec![Message::text(json!(frames).to_string())] }
    }

    fn is_silent(&self) -> bool {
        self.venue.faults.has_socket(SocketFault::Silent)
    }

    /// What has changed since the client was last told.
    fn news(&mut self) -> Vec<Message> {
        if self.is_silent() || !self.begun {
            return Vec::new();
        }
        let world = self.venue.world.clone();
        let view = world.view();
        let mut told = self.book_news(&view);
        if self.custom {
            told.extend(self.resolved_news(&view));
            told.extend(self.listing_news(&view));
        }
        told.into_iter().map(|frame| Message::text(frame.to_string())).collect()
    }

    fn book_news(&mut self, view: &View<'_>) -> Vec<Value> {
        let mut told = Vec::new();
        let mut changes: BTreeMap<String, (i64, Vec<Value>)> = BTreeMap::new();
        for (token, last) in &mut self.books {
            let now = view.by_token(token).and_then(|(listing, outcome)| view.book(listing, outcome));
            match (last.as_ref(), now.as_ref()) {
                (Some(before), Some(after)) if before != after => {
                    if before.tick_size != after.tick_size {
                        told.push(frames::tick_size_change(before, after));
                    }
                    let traded = before.last_trade_price != after.last_trade_price;
                    if traded {
                        told.push(frames::last_trade(after, "25"));
                        told.push(frames::book(after));
                    } else {
                        let entry = changes.entry(after.market.clone()).or_insert((after.timestamp_ms, Vec::new()));
                        entry.1.extend(frames::level_changes(before, after));
                    }
                    let moved = (before.best_bid(), before.best_ask()) != (after.best_bid(), after.best_ask());
                    if self.custom && moved {
                        told.extend(frames::best_bid_ask(after));
                    }
                }
                (None, Some(after)) => told.push(frames::book(after)),
                (Some(_), Some(_)) | (_, None) => {}
            }
            *last = now;
        }
        let changed = changes.into_iter().filter(|(_, (_, rows))| !rows.is_empty());
        told.extend(changed.map(|(market, (at_ms, rows))| frames::price_change(&market, &rows, at_ms)));
        told
    }

    fn resolved_news(&mut self, view: &View<'_>) -> Vec<Value> {
        let mut told = Vec::new();
        for token in self.books.keys() {
            let Some((listing, _)) = view.by_token(token) else { continue };
            let payout = match view.phase(listing) {
                Phase::Resolved(payout) => payout,
                Phase::Unlisted | Phase::Open | Phase::Proposed | Phase::Disputed | Phase::Closed => continue,
            };
            if self.told_resolved.insert(listing.id) {
                told.extend(frames::market_resolved(listing, payout, view.now_ms()));
            }
        }
        told
    }

    fn listing_news(&mut self, view: &View<'_>) -> Vec<Value> {
        let since = self.told_new_ms;
        self.told_new_ms = view.now_ms();
        let fresh = view.listings().filter(|listing| listing.created_ms > since);
        fresh.map(|listing| frames::new_market(listing, view.now_ms())).collect()
    }
}
