//! A market, books and views for tests.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{BookView, Evidence, Exposure};
use crate::book::{Level, OrderBook};
use crate::fee::FeeRule;
use crate::market::{ConditionId, Market, MarketGroupId, MarketId, OutcomeToken, Protocol};
use crate::money::{Price, Shares, Usd};
use crate::prediction::{Prediction, SignalSource};
use crate::probability::Probability;
use crate::strategy::{BookMode, StrategyProfile};

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

pub(crate) fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

pub(crate) fn market() -> Market {
    Market {
        id: MarketId::new("501"),
        condition_id: ConditionId::new("0x501"),
        question: "Will the bill pass by Friday?".to_owned(),
        slug: "will-the-bill-pass".to_owned(),
        group_slug: Some("the-bill".to_owned()),
        group_id: Some(MarketGroupId::new("77")),
        group_title: Some("The bill".to_owned()),
        category: None,
        tags: vec!["politics".to_owned()],
        outcome_labels: vec!["Yes".to_owned(), "No".to_owned()],
        tokens: vec![OutcomeToken::new("11"), OutcomeToken::new("22")],
        yes_price_hint: Some("0.60".parse().unwrap()),
        best_bid_hint: Some("0.59".parse().unwrap()),
        best_ask_hint: Some("0.61".parse().unwrap()),
        volume: Some(usd("50000")),
        created_at: Some(now() - TimeDelta::days(20)),
        end_at: Some(now() + TimeDelta::days(2)),
        protocol: Protocol::V1,
        active: true,
        closed: false,
        accepting_orders: true,
        order_book_enabled: true,
        neg_risk: false,
        tick_size: None,
        fee: FeeRule::Schedule { rate_micros: 40_000, exponent: 1 },
        resolution_status: None,
    }
}

pub(crate) fn level(price: &str, shares: &str) -> Level {
    Level { price: price.parse::<Price>().unwrap(), shares: shares.parse::<Shares>().unwrap() }
}

pub(crate) fn book(token: &str, bids: Vec<Level>, asks: Vec<Level>) -> OrderBook {
    OrderBook::new(OutcomeToken::new(token), bids, asks, now(), Some("hash".to_owned()))
}

/// Yes 0.59 / 0.61, No 0.39 / 0.41, each a thousand shares deep, with more behind.
pub(crate) fn books() -> (OrderBook, OrderBook) {
    let yes = book(
        "11",
        vec![level("0.59", "1000"), level("0.55", "5000")],
        vec![level("0.61", "1000"), level("0.62", "5000"), level("0.70", "5000")],
    );
    let no = book(
        "22",
        vec![level("0.39", "1000"), level("0.38", "5000")],
        vec![level("0.41", "1000"), level("0.42", "5000"), level("0.45", "5000")],
    );
    (yes, no)
}

pub(crate) fn prediction(probability: f64) -> Prediction {
    Prediction { probability: Probability::new(probability).unwrap(), learners: vec![probability; 5], confidence: 0.75 }
}

pub(crate) fn evidence<'a>(market: &'a Market, books: &'a (OrderBook, OrderBook), probability: f64) -> Evidence<'a> {
    Evidence {
        market,
        yes_book: Some(&books.0),
        no_book: Some(&books.1),
        source: SignalSource::Ensemble,
        model_version: Some("v5-1".to_owned()),
        prediction: Some(prediction(probability)),
        only: None,
        copied: None,
        at: now(),
    }
}

pub(crate) fn view(name: &str) -> BookView {
    BookView {
        profile: StrategyProfile::built_in(name).unwrap(),
        mode: BookMode::Approve,
        cash: usd("300"),
        open_groups: BTreeSet::new(),
        bets_today: 0,
        exposure: Exposure::default(),
    }
}
