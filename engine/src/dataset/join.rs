//! Several data sets as one.

use std::collections::HashMap;
use std::path::Path;

use super::error::DataSetError;
use super::record::{DataSet, RecordedMarket};

impl DataSet {
    /// Reads several data sets and joins them ([`DataSet::join`]), the first one named first.
    ///
    /// # Errors
    /// As for [`DataSet::read`], for any of them.
    pub fn read_all<P: AsRef<Path>>(dirs: impl IntoIterator<Item = P>) -> Result<Self, DataSetError> {
        let mut all = Self::default();
        for dir in dirs {
            all.join(Self::read(dir)?);
        }
        Ok(all)
    }

    /// Adds the markets of another data set. A market of both (the same condition; the same `mid` where either has no
    /// condition) stays one market: what is known of it here stands, gaps are filled from the other, and of the other's
    /// prices only those of our own bets come along, or all when there is none here. Prices recorded at another pace
    /// would change what volatility means. Two outcomes that contradict each other leave none.
    pub fn join(&mut self, other: Self) {
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_insert(0) += count;
        }
        let mut places: HashMap<String, usize> = HashMap::new();
        for (place, market) in self.markets.iter().enumerate() {
            places.entry(market.mid.clone()).or_insert(place);
            if let Some(key) = condition_key(market) {
                places.entry(key).or_insert(place);
            }
        }
        for market in other.markets {
            let place = condition_key(&market)
                .and_then(|key| places.get(&key))
                .or_else(|| places.get(&market.mid))
                .filter(|place| self.markets.get(**place).is_some_and(|known| !contradicts(known, &market)));
            match place.and_then(|place| self.markets.get_mut(*place)) {
                None => self.markets.push(market),
                Some(known) => {
                    if !known.take_from(market) {
                        *self.skipped.entry("outcome that another data set contradicts").or_insert(0) += 1;
                    }
                }
            }
        }
    }
}

fn condition_key(market: &RecordedMarket) -> Option<String> {
    market.condition_id.as_ref().map(|id| id.to_lowercase())
}

/// The same `mid` but another condition: another market.
fn contradicts(known: &RecordedMarket, other: &RecordedMarket) -> bool {
    condition_key(known).zip(condition_key(other)).is_some_and(|(a, b)| a != b)
}

impl RecordedMarket {
    /// Fills gaps from another record of the same market; false when the outcomes contradict each other.
    fn take_from(&mut self, other: Self) -> bool {
        let agrees = self.take_outcome(&other);
        if self.question.is_empty() {
            self.question = other.question;
        }
        if self.tags.is_empty() {
            self.tags = other.tags;
        }
        fill(&mut self.gamma_market_id, other.gamma_market_id);
        fill(&mut self.condition_id, other.condition_id);
        fill(&mut self.slug, other.slug);
        fill(&mut self.category, other.category);
        fill(&mut self.event, other.event);
        fill(&mut self.created_at, other.created_at);
        fill(&mut self.end_at, other.end_at);
        fill(&mut self.closed_at, other.closed_at);
        fill(&mut self.volume, other.volume);
        fill(&mut self.yes_token_id, other.yes_token_id);
        fill(&mut self.no_token_id, other.no_token_id);
        fill(&mut self.yes_label, other.yes_label);
        if self.prices.is_empty() {
            self.prices = other.prices;
        } else {
            self.prices.extend(other.prices.iter().filter(|price| other.own_bets.binary_search(&price.ts).is_ok()));
        }
        self.own_bets.extend(other.own_bets);
        self.put_in_order();
        agrees
    }

    /// A scorable outcome beats one that is not; two of them that differ cancel each other.
    fn take_outcome(&mut self, other: &Self) -> bool {
        let contradiction = self.is_scorable() && other.is_scorable() && self.outcome != other.outcome;
        if contradiction {
            self.outcome = None;
            self.outcome_source = None;
        } else if self.outcome.is_none() || (!self.is_scorable() && other.is_scorable()) {
            self.outcome = other.outcome;
            self.outcome_source.clone_from(&other.outcome_source);
        }
        !contradiction
    }
}

fn fill<T>(gap: &mut Option<T>, from: Option<T>) {
    if gap.is_none() {
        *gap = from;
    }
}
