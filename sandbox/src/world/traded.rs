//! Markets that only recorded trades know: listed, so that whoever follows the traders finds what they traded.
//!
//! The price is that of the last trade seen. The record tells neither end nor outcome of such a market: it ends a day after
//! its last trade, and pays (where inferred outcomes are wanted) what the last price leaned to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::category::Category;
use super::config::RecordedConfig;
use super::dice::{mix, seed_of};
use super::fate::{Fate, Payout};
use super::ids::{hex_id, slug_of, token_id};
use super::listing::{BookStyle, Character, Group, Listing};
use super::number::round_i64;
use super::state::State;
use super::tape::{DAY, RecordedPoint, Tape};
use super::traders::{Deed, Moves, Subject};

/// Letters of a condition on chain; combinations of markets have fewer.
const CONDITION_LETTERS: usize = 66;
/// Numbers of these markets begin here, above those of recorded listings.
const FIRST_ID: u64 = 2_000_000_000;
/// How many numbers there are for them.
const IDS: u64 = 1_000_000_000;
/// Typical shares resting at a level: enough for a copy, whatever it is.
const LEVEL_SHARES: f64 = 2_000.0;

/// What the trades tell of one market.
#[derive(Default)]
struct Traded {
    subject: Arc<Subject>,
    labels: [Option<Arc<str>>; 2],
    /// Price of the first outcome by unix second.
    prices: BTreeMap<i64, f64>,
    dollars: f64,
}

/// Lists every market traded in the window that no listing knows.
pub(crate) fn list(state: &mut State, config: &RecordedConfig) {
    let (from, to) = (config.from.timestamp(), config.to.timestamp());
    let mut markets: BTreeMap<String, Traded> = BTreeMap::new();
    for deed in state.crowd.recorded() {
        let condition = &deed.subject.condition;
        if deed.is_trade() && condition.len() == CONDITION_LETTERS && state.by_condition(condition).is_none() {
            markets.entry(condition.clone()).or_default().add(deed);
        }
    }
    markets.retain(|_, market| market.prices.range(from..=to).next().is_some());
    for (condition, market) in markets {
        if let Some(listing) = market.listing(condition, state, config) {
            state.insert(listing);
        }
    }
}

impl Traded {
    fn add(&mut self, deed: &Deed) {
        let Some(index) = deed.outcome_index.map(usize::from) else { return };
        if !(deed.price > 0.0 && deed.price < 1.0) {
            return;
        }
        self.subject = deed.subject.clone();
        if let Some(label) = self.labels.get_mut(index).filter(|_| !deed.outcome.is_empty()) {
            *label = Some(deed.outcome.clone());
        }
        self.prices.insert(deed.at_s, if index == 0 { deed.price } else { 1.0 - deed.price });
        self.dollars += deed.size * deed.price;
    }

    fn listing(self, condition: String, state: &State, config: &RecordedConfig) -> Option<Listing> {
        let seed = mix(config.seed, seed_of(&condition));
        let (first, last) = (self.prices.first_key_value()?, self.prices.last_key_value()?);
        let (first_ms, end_ms) = (first.0 * 1_000, last.0 * 1_000 + DAY);
        let title = self.subject.title.clone();
        let named = |text: &String, other: String| if text.is_empty() { other } else { text.clone() };
        let id = (0..IDS).map(|step| FIRST_ID + (seed + step) % IDS).find(|id| !state.listings.contains_key(id))?;
        let slug = named(&self.subject.slug, format!("{}-{id}", slug_of(&title)));
        let group_slug = named(&self.subject.event_slug, slug.clone());
        let topic = Category::from_text(&group_slug);
        let group = Group {
            id: 20_000_000 + seed_of(&group_slug) % IDS,
            title: title.clone(),
            slug: group_slug,
            category: topic,
            tags: vec![topic.tag()],
            neg_risk: false,
            created_ms: first_ms,
            end_ms: Some(end_ms),
        };
        let yes_wins = *last.1 >= 0.5;
        let paid = config.inferred_outcomes.then(|| Payout::split(if yes_wins { 1_000_000 } else { 0 }));
        let fate = match paid {
            Some(payout) => Fate { closed_ms: Some(end_ms), resolved_ms: Some(end_ms), payout, ..Fate::NEVER },
            None => Fate { closed_ms: Some(end_ms), ..Fate::NEVER },
        };
        let label = |index: usize, other: &str| self.labels[index].as_deref().unwrap_or(other).to_owned();
        Some(Listing {
            id,
            question_id: hex_id(mix(seed, 2)),
            tokens: [0, 1]
                .map(|index| own_token(&self.subject, index).unwrap_or_else(|| token_id(mix(seed, 3 + index as u64)))),
            labels: [label(0, "Yes"), label(1, "No")],
            slug,
            description: title.clone(),
            item_title: String::new(),
            group: Arc::new(group),
            question: title,
            created_ms: first_ms,
            end_ms: Some(end_ms),
            tick_micros: 10_000,
            fee: topic.fee(),
            character: Character::Recorded,
            book: BookStyle::Normal,
            protocol_v2: false,
            volume_total: Some(config.assumed_volume.unwrap_or(0.0).max(self.dollars)),
            // All of it counts from the start: what others traded is not in the record.
            volume_span_ms: (first_ms - DAY, first_ms),
            level_shares: LEVEL_SHARES,
            stale_after_ms: Some(end_ms),
            fate,
            tape: Tape::Recorded(self.prices.iter().map(point).collect()),
            seed,
            moves: Moves::default(),
            condition_id: condition,
        })
    }
}

/// The token of an outcome, when somebody traded it.
fn own_token(subject: &Subject, index: usize) -> Option<String> {
    let token = subject.tokens.get(index)?;
    token.bytes().all(|byte| byte.is_ascii_digit()).then(|| token.to_string())
}

#[allow(clippy::cast_possible_truncation)] // a price keeps seven digits, more than any tick
fn point((ts, price): (&i64, &f64)) -> RecordedPoint {
    let cents = round_i64(price * 100.0).clamp(1, 99) as f64 / 100.0;
    RecordedPoint { ts: *ts, price: cents as f32, bid: None, ask: None }
}
