//! Real markets from the data-set format, as they were known at each moment of the past.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use super::category::{Category, Tag};
use super::config::{RecordedConfig, WorldError};
use super::dice::{mix, seed_of};
use super::fate::{Fate, Payout};
use super::ids::{hex_id, slug_of, token_id};
use super::listing::{BookStyle, Character, Group, Listing};
use super::number::{floor_i64, round_i64};
use super::table::{Column, Table};
use super::tape::{DAY, HOUR, RecordedPoint, Tape};
use super::traders::Moves;

/// History kept before the window: features look back a week, charts a month.
const LOOK_BACK_S: i64 = 31 * 86_400;
/// A market counts as alive for at least this long after its last recorded price.
const ALIVE_MS: i64 = 6 * HOUR;

/// All markets with a price recorded in the window.
pub(crate) fn load(directory: &Path, config: &RecordedConfig) -> Result<Vec<Listing>, WorldError> {
    let mut points = read_prices(&directory.join("prices.parquet"), config)?;
    if let Some(most) = config.max_markets {
        keep_longest(&mut points, most);
    }
    let markets = Table::open(directory.join("markets.parquet"))?;
    let mut listings: BTreeMap<u64, Listing> = BTreeMap::new();
    for group in 0..markets.row_groups() {
        let columns = Columns::read(&markets, group)?;
        for row in 0..markets.rows(group) {
            let Some(mid) = columns.mid.text(row) else { continue };
            let Some(prices) = points.remove(mid) else { continue };
            if let Some(listing) = columns.listing(row, mid, prices, config) {
                listings.entry(listing.id).or_insert(listing);
            }
        }
    }
    let mut listings: Vec<Listing> = listings.into_values().collect();
    join_groups(&mut listings);
    Ok(listings)
}

type Points = HashMap<String, Vec<RecordedPoint>>;

fn read_prices(path: &Path, config: &RecordedConfig) -> Result<Points, WorldError> {
    let table = Table::open(path.to_path_buf())?;
    let (from, to) = (config.from.timestamp(), config.to.timestamp());
    let mut points = Points::new();
    for group in 0..table.row_groups() {
        let mid = table.required(group, "mid")?;
        let ts = table.required(group, "ts")?;
        let price = table.required(group, "yes_price")?;
        let (bid, ask) = (table.optional(group, "bid")?, table.optional(group, "ask")?);
        for row in 0..table.rows(group) {
            let (Some(mid), Some(at), Some(yes)) = (mid.text(row), ts.number(row), price.number(row)) else {
                continue;
            };
            let at = floor_i64(at);
            if !(from - LOOK_BACK_S..=to).contains(&at) || !(0.0..=1.0).contains(&yes) {
                continue;
            }
            let point = RecordedPoint { ts: at, price: narrow(yes), bid: quoted(&bid, row), ask: quoted(&ask, row) };
            if let Some(known) = points.get_mut(mid) {
                known.push(point);
            } else {
                points.insert(mid.to_owned(), vec![point]);
            }
        }
    }
    points.retain(|_, known| {
        known.sort_by_key(|point| point.ts);
        known.dedup_by_key(|point| point.ts);
        known.last().is_some_and(|last| last.ts >= from)
    });
    Ok(points)
}

fn keep_longest(points: &mut Points, most: usize) {
    let mut sizes: Vec<(usize, String)> = points.iter().map(|(mid, known)| (known.len(), mid.clone())).collect();
    sizes.sort_by(|a, b| b.cmp(a));
    let kept: BTreeSet<String> = sizes.into_iter().take(most).map(|(_, mid)| mid).collect();
    points.retain(|mid, _| kept.contains(mid));
}

fn quoted(column: &Column, row: usize) -> Option<f32> {
    column.number(row).filter(|price| (0.0..=1.0).contains(price)).map(narrow)
}

#[allow(clippy::cast_possible_truncation)] // a price keeps seven digits, more than any tick
const fn narrow(price: f64) -> f32 {
    price as f32
}

/// The columns of `markets.parquet` this reads.
struct Columns {
    mid: Column,
    gamma_market_id: Column,
    condition_id: Column,
    question: Column,
    slug: Column,
    category: Column,
    created_at: Column,
    end_at: Column,
    closed_at: Column,
    outcome: Column,
    outcome_source: Column,
    volume: Column,
    tokens: [Column; 2],
    yes_label: Column,
}

impl Columns {
    fn read(table: &Table, group: usize) -> Result<Self, WorldError> {
        let optional = |name| table.optional(group, name);
        Ok(Self {
            mid: table.required(group, "mid")?,
            gamma_market_id: optional("gamma_market_id")?,
            condition_id: optional("condition_id")?,
            question: table.required(group, "question")?,
            slug: optional("slug")?,
            category: optional("category")?,
            created_at: optional("created_at")?,
            end_at: optional("end_at")?,
            closed_at: optional("closed_at")?,
            outcome: optional("outcome")?,
            outcome_source: optional("outcome_source")?,
            volume: optional("volume")?,
            tokens: [optional("yes_token_id")?, optional("no_token_id")?],
            yes_label: optional("yes_label")?,
        })
    }

    /// The market of a row; `None` without a question or a price.
    fn listing(&self, row: usize, mid: &str, points: Vec<RecordedPoint>, config: &RecordedConfig) -> Option<Listing> {
        let question = self.question.text(row).filter(|text| !text.trim().is_empty())?.to_owned();
        let (first, last) = (points.first()?.ts * 1000, points.last()?.ts * 1000);
        let millis = |column: &Column| column.number(row).map(|seconds| round_i64(seconds * 1000.0));
        let seed = mix(config.seed, seed_of(mid));
        let id = self.gamma_market_id.text(row).and_then(|text| text.parse().ok());
        let id = id.unwrap_or(1_000_000_000 + seed_of(mid) % 1_000_000_000);
        let own = |column: &Column| column.text(row).filter(|text| !text.is_empty()).map(str::to_owned);
        let (end_ms, closed_at) = (millis(&self.end_at), millis(&self.closed_at));
        let created_at = millis(&self.created_at);
        let text = self.category.text(row).unwrap_or("other");
        let volume = self.volume.number(row).or(config.assumed_volume);
        let alive = ALIVE_MS.max(3 * median_gap_ms(&points));
        let yes_label = own(&self.yes_label).unwrap_or_else(|| "Yes".to_owned());
        let no_label = if yes_label == "Yes" { "No".to_owned() } else { format!("Not {yes_label}") };
        Some(Listing {
            id,
            condition_id: own(&self.condition_id).unwrap_or_else(|| hex_id(mix(seed, 1))),
            question_id: hex_id(mix(seed, 2)),
            tokens: [
                own(&self.tokens[0]).unwrap_or_else(|| token_id(mix(seed, 3))),
                own(&self.tokens[1]).unwrap_or_else(|| token_id(mix(seed, 4))),
            ],
            labels: [yes_label, no_label],
            slug: own(&self.slug).unwrap_or_else(|| format!("{}-{id}", slug_of(&question))),
            description: question.clone(),
            item_title: String::new(),
            group: Arc::new(group_of(&question, text, id, created_at.unwrap_or(first), end_ms)),
            question,
            // Known to this venue from its first recorded price on, so that nothing shows before.
            created_ms: created_at.map_or(first, |created| created.max(first)),
            end_ms,
            tick_micros: 10_000,
            fee: Category::from_text(text).fee(),
            character: Character::Recorded,
            book: BookStyle::Normal,
            protocol_v2: false,
            volume_total: volume,
            volume_span_ms: (created_at.unwrap_or(first - 10 * DAY), last.max(first + DAY)),
            level_shares: (volume.unwrap_or(10_000.0) / 20.0).powf(0.75).clamp(15.0, 20_000.0),
            stale_after_ms: Some(last + alive),
            fate: self.fate(row, end_ms, closed_at, last, config),
            tape: Tape::Recorded(points.into()),
            seed,
            moves: Moves::default(),
        })
    }

    /// Paid when it was known to be over, if the outcome is known; else closed and never resolved. When an outcome was
    /// proposed is not recorded, so no proposal shows.
    fn fate(&self, row: usize, end: Option<i64>, closed: Option<i64>, last: i64, config: &RecordedConfig) -> Fate {
        let inferred = self.outcome_source.text(row) == Some("inferred_last_price");
        let outcome = self.outcome.number(row).filter(|_| config.inferred_outcomes || !inferred);
        match outcome {
            Some(yes) => {
                let over = Some(closed.unwrap_or_else(|| end.map_or(last, |end| end.max(last))));
                let micros = u32::try_from(round_i64(yes.clamp(0.0, 1.0) * 1e6)).unwrap_or(0);
                Fate { closed_ms: over, resolved_ms: over, payout: Payout::split(micros), ..Fate::NEVER }
            }
            None => Fate { closed_ms: closed.or(end).map(|over| over.max(last)), ..Fate::NEVER },
        }
    }
}

fn median_gap_ms(points: &[RecordedPoint]) -> i64 {
    let mut gaps: Vec<i64> = points.windows(2).map(|pair| (pair[1].ts - pair[0].ts) * 1000).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().unwrap_or(0)
}

/// The event of a market. The record names none, so it is derived: questions that differ only in numbers and end on the
/// same day are siblings ("above 80k / 82k on March 11"), and so are "Will X win the Y" with the same Y.
fn group_of(question: &str, category: &str, id: u64, created_ms: i64, end_ms: Option<i64>) -> Group {
    let slug = slug_of(question);
    let rest = slug.split_once("-win-the-").map_or(slug.as_str(), |(_, rest)| rest);
    let words = rest.split('-').filter(|word| !word.bytes().any(|byte| byte.is_ascii_digit()));
    let stem = words.collect::<Vec<_>>().join("-");
    let day = end_ms.map_or(0, |end| end.div_euclid(DAY));
    let key = seed_of(&format!("{stem}|{day}"));
    let topic = Category::from_text(category);
    let mut tags = vec![topic.tag()];
    if !tags.iter().any(|tag| tag.slug == category) && category != "other" {
        let tag =
            Tag { id: 103_000 + seed_of(category) % 900_000, label: category.to_owned(), slug: category.to_owned() };
        tags.push(tag);
    }
    Group {
        id: 10_000_000 + key % 1_000_000_000,
        title: question.to_owned(),
        slug: format!("{stem}-{id}"),
        category: topic,
        tags,
        neg_risk: false,
        created_ms,
        end_ms,
    }
}

/// Siblings share one event: the first one's title and address, and the earliest creation.
fn join_groups(listings: &mut [Listing]) {
    let mut groups: BTreeMap<u64, Group> = BTreeMap::new();
    for listing in listings.iter() {
        let group = groups.entry(listing.group.id).or_insert_with(|| Group::clone(&listing.group));
        group.created_ms = group.created_ms.min(listing.created_ms);
    }
    let groups: BTreeMap<u64, Arc<Group>> = groups.into_iter().map(|(id, group)| (id, Arc::new(group))).collect();
    for listing in listings {
        if let Some(group) = groups.get(&listing.group.id) {
            listing.group = group.clone();
        }
    }
}
