//! A venue that shows a history as time goes by, in pages, and misbehaves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use engine_clock::Clock;
use engine_core::chance::SplitMix64;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::history::Row;

/// How the venue behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manners {
    /// Of a hundred requests so many go wrong.
    pub(crate) faults: usize,
    /// The second version is not there.
    pub(crate) first_version_only: bool,
    /// Edges of a span that count: the beginning, the end.
    pub(crate) edges: (bool, bool),
    /// Newest first, whatever was asked for.
    pub(crate) newest_first: bool,
}

pub(crate) struct Venue {
    pub(crate) address: String,
    world: Arc<World>,
}

struct World {
    clock: Clock,
    rows: Vec<Row>,
    manners: Mutex<Manners>,
    chance: Mutex<SplitMix64>,
    requests: Mutex<u64>,
}

impl Venue {
    pub(crate) async fn start(clock: Clock, rows: Vec<Row>, manners: Manners, seed: u64) -> Self {
        let (manners, chance) = (Mutex::new(manners), Mutex::new(SplitMix64::new(seed)));
        let world = Arc::new(World { clock, rows, manners, chance, requests: Mutex::new(0) });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn({
            let world = world.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, world.clone()));
                }
            }
        });
        Self { address, world }
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.world.manners.lock().unwrap());
    }

    pub(crate) fn requests(&self) -> u64 {
        *self.world.requests.lock().unwrap()
    }
}

/// Answers the requests of one connection; they have no body, and nothing in their addresses is escaped.
async fn serve(stream: TcpStream, world: Arc<World>) {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut asked, mut line) = (String::new(), String::new());
        while line != "\r\n" {
            line.clear();
            // The other side has gone, maybe in the middle.
            if !matches!(stream.read_line(&mut line).await, Ok(1..)) {
                return;
            }
            if asked.is_empty() {
                line.clone_into(&mut asked);
            }
        }
        let target = asked.split(' ').nth(1).unwrap();
        let (path, query) = target.split_once('?').unwrap();
        let query = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let answer = answer(&world, path, &query);
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn respond(status: u16, kind: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nretry-after: 0\r\n\r\n{body}")
}

fn answer(world: &World, path: &str, asked: &HashMap<&str, &str>) -> String {
    *world.requests.lock().unwrap() += 1;
    let manners = *world.manners.lock().unwrap();
    let mut chance = world.chance.lock().unwrap();
    let fault = if chance.below(100) < manners.faults { chance.below(7) } else { usize::MAX };
    match (fault, path) {
        (0, _) => return respond(429, "application/json", r#"{"error":"slow down","code":"rate_limited"}"#),
        (1, _) => return respond(429, "text/html", "<html><title>Too many</title></html>"),
        (2, _) => return respond(200, "text/plain", "error code: 1015"),
        // Breaks off in the middle of the answer.
        (3, _) => return respond(200, "application/json", r#"{"data": [{"#),
        (_, "/v2/activity") if manners.first_version_only => return respond(404, "application/json", "{}"),
        (_, "/v2/activity" | "/activity") => {}
        (_, other) => panic!("{other} was asked for"),
    }
    let first_version = path == "/activity";
    let number = |name: &str| asked.get(name).map(|text| text.parse::<i64>().unwrap());
    let (from, to, now) = (number("start").unwrap(), number("end").unwrap(), world.clock.now());
    let inside = |row: &&Row| {
        let at = row.at.timestamp();
        let edge = manners.edges.0 && at == from || manners.edges.1 && at == to;
        row.wallet.as_str() == asked["user"] && row.shown_at <= now && (from < at && at < to || edge)
    };
    let mut rows: Vec<&Row> = world.rows.iter().filter(inside).collect();
    if manners.newest_first {
        rows.reverse();
    }
    // Pages are as long as the venue likes, and it does not say.
    let page = 5 + chance.below(40);
    let skip = match number("offset").or_else(|| number("cursor")) {
        // A cursor that is ignored.
        Some(_) if fault == 4 => 0,
        Some(skip) => usize::try_from(skip).unwrap(),
        None => 0,
    };
    let shown: Vec<Value> = rows.iter().skip(skip).take(page).map(|row| row.json(first_version)).collect();
    if first_version {
        return respond(200, "application/json", &json!(shown).to_string());
    }
    let more = skip + page < rows.len();
    let cursor = match fault {
        // The same cursor again; or more to come, but not how.
        5 if more => json!(skip.to_string()),
        6 => Value::Null,
        _ if more => json!((skip + page).to_string()),
        _ => Value::Null,
    };
    let body = json!({"data": shown, "pagination": {"has_more": more, "next_cursor": cursor}});
    respond(200, "application/json", &body.to_string())
}
