//! The recorded wallets of the data-set format: `trades.parquet`, told as time passes.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use engine_core::market::Side;

use super::deed::{Deed, Subject};
use super::{Crowd, Kind, Trader, USUAL_LAG_MS};
use crate::world::config::{RecordedConfig, WorldError};
use crate::world::number::floor_i64;
use crate::world::seed_of;
use crate::world::table::{Column, Table};

/// The wallets whose activity was recorded, up to the end of the window; nobody when the data set has none.
pub(crate) fn load(directory: &Path, config: &RecordedConfig) -> Result<Crowd, WorldError> {
    let mut crowd = Crowd { lags: vec![(i64::MIN, USUAL_LAG_MS)], ..Crowd::default() };
    let path = directory.join("trades.parquet");
    if !path.exists() {
        return Ok(crowd);
    }
    let mut reading = Reading::default();
    let table = Table::open(path)?;
    for group in 0..table.row_groups() {
        let columns = Columns::read(&table, group)?;
        for row in 0..table.rows(group) {
            reading.row(&columns, row, config.to.timestamp());
        }
    }
    let subjects = reading.subjects();
    for (wallet, (name, rows)) in reading.wallets {
        let mut deeds: Vec<Arc<Deed>> = rows.into_iter().map(|raw| Arc::new(raw.deed(&subjects))).collect();
        deeds.sort_by_key(|deed| deed.key());
        let joined_s = deeds.first().map_or(0, |deed| deed.at_s);
        let seed = seed_of(&wallet);
        let pseudonym = super::names::draw(seed).1;
        crowd.join(Trader { wallet: wallet.clone(), name, pseudonym, kind: Kind::Recorded, joined_s, seed });
        crowd.by_hand.insert(wallet, deeds);
    }
    Ok(crowd)
}

struct Columns {
    wallet: Column,
    ts: Column,
    kind: Column,
    side: Column,
    condition: Column,
    asset: Column,
    outcome_index: Column,
    outcome: Column,
    size: Column,
    price: Column,
    usdc: Column,
    transaction: Column,
    title: Column,
    slug: Column,
    event_slug: Column,
    name: Column,
}

impl Columns {
    fn read(table: &Table, group: usize) -> Result<Self, WorldError> {
        let optional = |name| table.optional(group, name);
        Ok(Self {
            wallet: table.required(group, "wallet")?,
            ts: table.required(group, "ts")?,
            kind: table.required(group, "type")?,
            side: optional("side")?,
            condition: table.required(group, "condition_id")?,
            asset: table.required(group, "asset")?,
            outcome_index: optional("outcome_index")?,
            outcome: optional("outcome")?,
            size: table.required(group, "size")?,
            price: table.required(group, "price")?,
            usdc: table.required(group, "usdc_size")?,
            transaction: table.required(group, "tx_hash")?,
            title: optional("title")?,
            slug: optional("slug")?,
            event_slug: optional("event_slug")?,
            name: optional("name")?,
        })
    }
}

/// A row that still lacks what it is about.
struct Raw {
    deed: Deed,
    condition: Arc<str>,
}

impl Raw {
    fn deed(self, subjects: &HashMap<Arc<str>, Arc<Subject>>) -> Deed {
        let subject = subjects.get(&self.condition).cloned().unwrap_or_default();
        Deed { subject, ..self.deed }
    }
}

/// What is known of a condition: texts, and tokens by outcome.
#[derive(Default)]
struct Known {
    texts: [String; 3],
    tokens: [Option<Arc<str>>; 2],
}

/// The file as read so far. Equal texts are kept once.
#[derive(Default)]
struct Reading {
    texts: HashMap<String, Arc<str>>,
    conditions: HashMap<Arc<str>, Known>,
    wallets: BTreeMap<String, (String, Vec<Raw>)>,
}

impl Reading {
    fn text(&mut self, text: Option<&str>) -> Arc<str> {
        let text = text.unwrap_or_default();
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let kept: Arc<str> = Arc::from(text);
        self.texts.insert(text.to_owned(), kept.clone());
        kept
    }

    fn row(&mut self, columns: &Columns, row: usize, until_s: i64) {
        let (Some(wallet), Some(ts)) = (columns.wallet.text(row), columns.ts.number(row)) else { return };
        let at_s = floor_i64(ts);
        if at_s > until_s {
            return;
        }
        let condition = self.text(columns.condition.text(row));
        let token = self.text(columns.asset.text(row));
        let index = columns.outcome_index.number(row).map(floor_i64);
        let outcome_index = index.and_then(|index| u8::try_from(index).ok()).filter(|index| *index < 2);
        if !condition.is_empty() {
            let known = self.conditions.entry(condition.clone()).or_default();
            if let Some(place) = outcome_index.and_then(|index| known.tokens.get_mut(usize::from(index))) {
                *place = Some(token.clone());
            }
            if known.texts[0].is_empty() {
                let text = |column: &Column| column.text(row).unwrap_or_default().to_owned();
                known.texts = [text(&columns.title), text(&columns.slug), text(&columns.event_slug)];
            }
        }
        let number = |column: &Column| column.number(row).unwrap_or(0.0);
        let side = match columns.side.text(row) {
            Some("BUY") => Some(Side::Buy),
            Some("SELL") => Some(Side::Sell),
            Some(_) | None => None,
        };
        let deed = Deed {
            at_s,
            seq: row as u64,
            kind: self.text(columns.kind.text(row)),
            subject: Arc::default(),
            token,
            side,
            outcome_index,
            outcome: self.text(columns.outcome.text(row)),
            size: number(&columns.size),
            price: number(&columns.price),
            usdc: number(&columns.usdc),
            transaction: Arc::from(columns.transaction.text(row).unwrap_or_default()),
            late_ms: 0,
            taker: true,
        };
        let entry = self.wallets.entry(wallet.to_ascii_lowercase()).or_default();
        if entry.0.is_empty() {
            columns.name.text(row).unwrap_or_default().clone_into(&mut entry.0);
        }
        entry.1.push(Raw { deed, condition });
    }

    /// A token nobody traded gets a stand-in name, which no answer shows.
    fn subjects(&mut self) -> HashMap<Arc<str>, Arc<Subject>> {
        let conditions = std::mem::take(&mut self.conditions);
        let subject = |(condition, known): (Arc<str>, Known)| {
            let [title, slug, event_slug] = known.texts;
            let tokens = known.tokens.into_iter().enumerate();
            let tokens = tokens.map(|(i, token)| token.unwrap_or_else(|| Arc::from(format!("{condition}/{i}"))));
            let tokens = tokens.collect();
            (condition.clone(), Arc::new(Subject { condition: condition.to_string(), title, slug, event_slug, tokens }))
        };
        conditions.into_iter().map(subject).collect()
    }
}
