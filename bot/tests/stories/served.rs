//! What a served order book implies, worked out here from the venue's own bytes and not with the bot's code.

use serde_json::Value;

const UNIT: i128 = 1_000_000;

/// A book as the venue served it; prices and shares in millionths, best first.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    pub(crate) hash: String,
    pub(crate) asks: Vec<(i128, i128)>,
    pub(crate) bids: Vec<(i128, i128)>,
}

/// What was taken, all in millionths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) levels: Vec<(i128, i128)>,
    pub(crate) shares: i128,
    pub(crate) notional: i128,
    pub(crate) fee: i128,
}

impl Served {
    pub(crate) async fn fetch(clob_url: &str, token: &str) -> Self {
        let url = format!("{clob_url}/book?token_id={token}");
        let body: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
        let side = |name: &str| -> Vec<(i128, i128)> {
            let rows = body[name].as_array().unwrap().iter();
            rows.map(|row| (millionths(row["price"].as_str().unwrap()), millionths(row["size"].as_str().unwrap())))
                .collect()
        };
        let (mut asks, mut bids) = (side("asks"), side("bids"));
        asks.sort();
        bids.sort();
        bids.reverse();
        Self { hash: body["hash"].as_str().unwrap().to_owned(), asks, bids }
    }

    /// Midpoint in dollars.
    pub(crate) fn mid(&self) -> f64 {
        (self.asks[0].0 + self.bids[0].0) as f64 / 2.0 / UNIT as f64
    }

    /// A buyer takes so many shares, best asks first. `rate` of the fee in millionths.
    pub(crate) fn buy(&self, shares: i128, rate: i128) -> Taken {
        take(&self.asks, shares, rate)
    }

    /// A seller gives so many shares into the bids down to a price.
    pub(crate) fn sell(&self, shares: i128, worst: i128, rate: i128) -> Taken {
        let bids: Vec<(i128, i128)> = self.bids.iter().copied().filter(|(price, _)| *price >= worst).collect();
        take(&bids, shares, rate)
    }
}

fn take(ladder: &[(i128, i128)], shares: i128, rate: i128) -> Taken {
    let mut taken = Taken { levels: Vec::new(), shares: 0, notional: 0, fee: 0 };
    for (price, resting) in ladder {
        let part = (shares - taken.shares).min(*resting);
        if part == 0 {
            break;
        }
        taken.levels.push((*price, part));
        taken.shares += part;
        // Prices have at most three decimals here and shares two, so this is exact.
        taken.notional += price * part / UNIT;
        taken.fee += fee(rate, *price, part);
    }
    taken
}

/// `floor5(shares × rate × p × (1 − p))`.
pub(crate) fn fee(rate: i128, price: i128, shares: i128) -> i128 {
    let micros = shares * rate * price * (UNIT - price) / (UNIT * UNIT * UNIT);
    micros - micros % 10
}

/// A decimal text in millionths.
pub(crate) fn millionths(text: &str) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = format!("{fraction:0<6}");
    assert_eq!(fraction.len(), 6, "{text} has more than six decimals");
    whole.parse::<i128>().unwrap() * UNIT + fraction.parse::<i128>().unwrap()
}
