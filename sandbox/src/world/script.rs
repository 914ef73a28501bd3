//! Markets made and changed by hand, for stories with the clock in a test's hand.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::World;
use super::book::Orders;
use super::category::{Category, Tag};
use super::config::WorldError;
use super::dice::{mix, seed_of};
use super::fate::{Fate, Payout};
use super::ids::{hex_id, slug_of, token_id};
use super::listing::{BookStyle, Character, Group, Listing};
use super::state::Changes;
use super::tape::{RecordedPoint, Tape};
use super::traders::Moves;

/// A market to add. Times left out are taken from the clock.
#[derive(Debug, Clone)]
pub struct MarketSpec {
    /// The question; also the title of its event.
    pub question: String,
    /// Topic, which decides tags and fee.
    pub category: Category,
    /// Yes price from its creation on, until changed.
    pub price: f64,
    /// Earlier prices, ascending: what the price history shows.
    pub history: Vec<(DateTime<Utc>, f64)>,
    /// Dollars traded.
    pub volume: f64,
    /// Typical shares at one price level.
    pub level_shares: f64,
    /// Published end; ten days from now when left out.
    pub end_at: Option<DateTime<Utc>>,
    /// Creation; twenty days ago when left out.
    pub created_at: Option<DateTime<Utc>>,
    /// Hang it into the event of this market, which must exist.
    pub sibling_of: Option<u64>,
    /// Smallest price step in millionths.
    pub tick_micros: i64,
    /// Number of the market; the next free one when left out.
    pub id: Option<u64>,
}

impl MarketSpec {
    /// A politics market with an ordinary book, $50,000 of volume and ten days to go.
    #[must_use]
    pub fn new(question: &str, price: f64) -> Self {
        Self {
            question: question.to_owned(),
            category: Category::Politics,
            price,
            history: Vec::new(),
            volume: 50_000.0,
            level_shares: 500.0,
            end_at: None,
            created_at: None,
            sibling_of: None,
            tick_micros: 10_000,
            id: None,
        }
    }
}

/// What to change about a market from now on; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct MarketChange {
    /// Yes price.
    pub price: Option<f64>,
    /// Exactly these orders.
    pub orders: Option<Orders>,
    /// Another look of the book (and no fixed orders any more).
    pub style: Option<BookStyle>,
    /// Another end.
    pub fate: Option<Fate>,
    /// Dollars traded.
    pub volume: Option<f64>,
    /// Whether it takes orders.
    pub accepting_orders: Option<bool>,
    /// Published end.
    pub end_at: Option<DateTime<Utc>>,
}

impl World {
    /// Lists one more market and returns its number. It never ends unless told to.
    ///
    /// # Errors
    /// When it should be the sibling of a market that does not exist.
    pub fn add_market(&self, spec: &MarketSpec) -> Result<u64, WorldError> {
        let now = self.clock().now();
        let mut state = self.write();
        let next = state.listings.last_key_value().map_or(600_000, |(id, _)| id + 1);
        let id = spec.id.unwrap_or(next);
        let created = spec.created_at.unwrap_or(now - TimeDelta::days(20));
        let end_ms = Some(spec.end_at.unwrap_or(now + TimeDelta::days(10)).timestamp_millis());
        let created_ms = created.timestamp_millis();
        let group = match spec.sibling_of {
            Some(other) => {
                let sibling = state.listings.get(&other).ok_or(WorldError::UnknownMarket(other))?;
                sibling.group.clone()
            }
            None => Arc::new(Group {
                id: 5_000_000 + id,
                title: spec.question.clone(),
                slug: format!("{}-event-{id}", slug_of(&spec.question)),
                category: spec.category,
                tags: vec![spec.category.tag()],
                neg_risk: false,
                created_ms,
                end_ms,
            }),
        };
        let point = |ts: i64, price: f64| {
            #[allow(clippy::cast_possible_truncation)] // a price keeps seven digits, more than any tick
            let price = price as f32;
            RecordedPoint { ts, price, bid: None, ask: None }
        };
        let mut points: Vec<RecordedPoint> = spec.history.iter().map(|(at, p)| point(at.timestamp(), *p)).collect();
        let after = if points.is_empty() { created.timestamp() } else { now.timestamp() };
        points.push(point(after, spec.price));
        let seed = mix(seed_of(&spec.question), id);
        state.insert(Listing {
            id,
            condition_id: hex_id(mix(seed, 1)),
            question_id: hex_id(mix(seed, 2)),
            tokens: [token_id(mix(seed, 3)), token_id(mix(seed, 4))],
            labels: ["Yes".to_owned(), "No".to_owned()],
            question: spec.question.clone(),
            slug: format!("{}-{id}", slug_of(&spec.question)),
            description: spec.question.clone(),
            item_title: String::new(),
            group,
            created_ms,
            end_ms,
            tick_micros: spec.tick_micros,
            fee: spec.category.fee(),
            character: Character::Scripted,
            book: BookStyle::Normal,
            protocol_v2: false,
            volume_total: Some(spec.volume),
            volume_span_ms: (created_ms, created_ms + 1),
            level_shares: spec.level_shares,
            stale_after_ms: None,
            fate: Fate::NEVER,
            tape: Tape::Recorded(points.into()),
            seed,
            moves: Moves::default(),
        });
        drop(state);
        self.stir();
        Ok(id)
    }

    /// Changes a market from this moment on.
    ///
    /// # Errors
    /// When there is no such market.
    pub fn override_market(&self, id: u64, change: MarketChange) -> Result<(), WorldError> {
        let now_ms = self.clock().now().timestamp_millis();
        let mut state = self.write();
        if !state.listings.contains_key(&id) {
            return Err(WorldError::UnknownMarket(id));
        }
        let kept = state.changes.entry(id).or_insert_with(|| Changes { first_ms: now_ms, ..Changes::default() });
        kept.changed_ms = now_ms;
        if let Some(price) = change.price {
            kept.prices.push((now_ms, price));
        }
        if let Some(style) = change.style {
            kept.style = Some(style);
            kept.orders = None;
        }
        kept.orders = change.orders.or_else(|| kept.orders.take());
        kept.fate = change.fate.or(kept.fate);
        kept.volume = change.volume.or(kept.volume);
        kept.accepting_orders = change.accepting_orders.or(kept.accepting_orders);
        kept.end_ms = change.end_at.map(|at| at.timestamp_millis()).or(kept.end_ms);
        drop(state);
        self.stir();
        Ok(())
    }

    /// Closes a market and pays it now.
    ///
    /// # Errors
    /// When there is no such market.
    pub fn resolve(&self, id: u64, payout: Payout) -> Result<(), WorldError> {
        let now = Some(self.clock().now().timestamp_millis());
        let fate = Fate { proposed_ms: now, disputed_ms: None, closed_ms: now, resolved_ms: now, payout };
        self.override_market(id, MarketChange { fate: Some(fate), ..MarketChange::default() })
    }

    /// Ends trading of a market now without a payout.
    ///
    /// # Errors
    /// When there is no such market.
    pub fn close_unresolved(&self, id: u64) -> Result<(), WorldError> {
        let now = Some(self.clock().now().timestamp_millis());
        let fate = Fate { proposed_ms: now, closed_ms: now, ..Fate::NEVER };
        self.override_market(id, MarketChange { fate: Some(fate), ..MarketChange::default() })
    }

    /// Sets the Yes price of a market from now on.
    ///
    /// # Errors
    /// When there is no such market.
    pub fn set_price(&self, id: u64, price: f64) -> Result<(), WorldError> {
        self.override_market(id, MarketChange { price: Some(price), ..MarketChange::default() })
    }

    /// Tags of a market's event, for tests that count by topic.
    #[must_use]
    pub fn tags_of(&self, id: u64) -> Vec<Tag> {
        let view = self.view();
        view.market(id).map_or_else(Vec::new, |listing| listing.group.tags.clone())
    }
}
