//! A venue that lists every market recorded wallets ever traded, with deep books at the price of their last trade.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_clock::Clock;
use sandbox::world::World;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The markets of recorded wallets.
struct House {
    clock: Clock,
    /// Title and both tokens by condition.
    markets: BTreeMap<String, (String, [String; 2])>,
    /// Prices paid for a token, by time.
    prices: BTreeMap<String, Vec<(i64, f64)>>,
}

/// Starts it; listings and books have one address.
pub(crate) async fn open(world: &World, clock: &Clock) -> String {
    let house = Arc::new(House::of(world, clock));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, house.clone()));
        }
    });
    address
}

impl House {
    fn of(world: &World, clock: &Clock) -> Self {
        let later = world.view().at(i64::MAX / 2);
        let mut sides: BTreeMap<String, (String, [Option<String>; 2])> = BTreeMap::new();
        let mut prices: BTreeMap<String, Vec<(i64, f64)>> = BTreeMap::new();
        for trader in world.traders() {
            for deed in later.activity(&trader.wallet) {
                let Some(index) = deed.outcome_index.filter(|_| deed.is_trade()) else { continue };
                let market = sides.entry(deed.subject.condition.clone()).or_default();
                market.0.clone_from(&deed.subject.title);
                market.1[usize::from(index)] = Some(deed.token.to_string());
                prices.entry(deed.token.to_string()).or_default().push((deed.at_s, deed.price));
            }
        }
        prices.values_mut().for_each(|points| points.sort_by_key(|point| point.0));
        let both = |(condition, (title, tokens)): (String, (String, [Option<String>; 2]))| {
            let known = tokens.iter().flatten().next()?.clone();
            // The outcome nobody traded has a token as well.
            let tokens = tokens.map(|token| token.unwrap_or_else(|| format!("{known}0")));
            Some((condition, (title, tokens)))
        };
        Self { clock: clock.clone(), markets: sides.into_iter().filter_map(both).collect(), prices }
    }

    /// The last price of a token, else what the other leaves.
    fn price(&self, token: &str, other: &str) -> f64 {
        let now = self.clock.now().timestamp();
        let last = |token: &str| self.prices.get(token)?.iter().rev().find(|point| point.0 <= now).map(|point| point.1);
        last(token).or_else(|| Some(1.0 - last(other)?)).unwrap_or(0.5).clamp(0.02, 0.98)
    }

    fn listing(&self, condition: &str) -> Option<Value> {
        let (title, tokens) = self.markets.get(condition)?;
        let id = self.markets.range(..condition.to_owned()).count();
        let end = self.clock.now() + chrono::TimeDelta::days(5);
        Some(json!({
            "id": id.to_string(), "question": format!("{title}?"), "conditionId": condition, "slug": format!("m{id}"),
            "outcomes": ["Yes", "No"], "clobTokenIds": tokens, "volumeNum": 50_000, "active": true, "closed": false,
            "version": "v1", "acceptingOrders": true, "enableOrderBook": true, "endDate": end.to_rfc3339(),
        }))
    }

    fn book(&self, token: &str) -> Option<Value> {
        let (_, tokens) = self.markets.values().find(|(_, tokens)| tokens.iter().any(|one| one == token))?;
        let other = if tokens[0] == token { &tokens[1] } else { &tokens[0] };
        let level = |price: f64| json!([{"price": format!("{price:.4}"), "size": "100000"}]);
        let price = self.price(token, other);
        Some(json!({
            "asset_id": token, "timestamp": self.clock.now().timestamp_millis().to_string(),
            "bids": level(price - 0.01), "asks": level(price),
        }))
    }

    fn answer(&self, target: &str, body: &[u8]) -> Value {
        if target.starts_with("/books") {
            let asked: Vec<Value> = serde_json::from_slice(body).unwrap();
            return asked.iter().filter_map(|row| self.book(row["token_id"].as_str()?)).collect();
        }
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(name, _)| *name == "condition_ids").filter_map(|(_, id)| self.listing(id)).collect()
    }
}

async fn serve(stream: TcpStream, house: Arc<House>) {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut asked, mut line, mut length) = (String::new(), String::new(), 0);
        while line != "\r\n" {
            line.clear();
            if !matches!(stream.read_line(&mut line).await, Ok(1..)) {
                return;
            }
            if asked.is_empty() {
                line.clone_into(&mut asked);
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        if stream.read_exact(&mut body).await.is_err() {
            return;
        }
        let answer = house.answer(asked.split(' ').nth(1).unwrap(), &body).to_string();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", answer.len());
        if stream.write_all(format!("{head}{answer}").as_bytes()).await.is_err() {
            return;
        }
    }
}
