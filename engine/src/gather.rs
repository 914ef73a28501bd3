//! Fetches what the gates need beyond the listing: books of both outcomes and the recent price history.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use engine_core::book::OrderBook;
use engine_core::features::{self, FeatureVector, Snapshot};
use engine_core::history::PriceHistory;
use engine_core::market::{Market, Outcome, OutcomeToken};
use engine_core::money::Usd;
use engine_core::pipeline::Evidence;
use engine_core::prediction::{Prediction, SignalSource};
use polymarket::clob::{BookTrouble, HistoryInterval, HistoryRange};
use polymarket::{Polymarket, PolymarketError};

use crate::incidents::Incidents;

/// Minutes between the points of a history: enough for hourly features.
pub(crate) const HISTORY_FIDELITY_MINS: u32 = 60;

/// Books and histories by token.
#[derive(Debug, Default)]
pub struct Gathered {
    books: BTreeMap<OutcomeToken, OrderBook>,
    histories: BTreeMap<OutcomeToken, PriceHistory>,
}

impl Gathered {
    /// Fetches the books of both outcomes of each market. Books that could not be read are counted.
    ///
    /// # Errors
    /// When no book at all could be had.
    pub async fn fetch_books<'a>(
        &mut self,
        venue: &Polymarket,
        markets: impl IntoIterator<Item = &'a Market>,
        incidents: &Incidents,
    ) -> Result<(), PolymarketError> {
        let tokens: Vec<OutcomeToken> = markets.into_iter().flat_map(|market| market.tokens.iter().cloned()).collect();
        if tokens.is_empty() {
            return Ok(());
        }
        let answer = venue.clob().books(&tokens).await?;
        for trouble in answer.faults.values() {
            incidents.add(book_trouble(trouble), 1);
        }
        incidents.add("book: of a token not asked for", answer.strangers);
        self.books.extend(answer.books);
        Ok(())
    }

    /// Fetches a week of Yes prices for each market that has a Yes midpoint. A history that cannot be had is counted
    /// and stands as empty: the features then say "not known".
    ///
    /// # Errors
    /// When no history at all could be had.
    pub async fn fetch_histories<'a>(
        &mut self,
        venue: &Polymarket,
        markets: impl IntoIterator<Item = &'a Market>,
        incidents: &Incidents,
    ) -> Result<(), PolymarketError> {
        let tokens: Vec<OutcomeToken> = markets
            .into_iter()
            .filter_map(|market| market.token(Outcome::Yes))
            .filter(|token| self.books.get::<OutcomeToken>(token).is_some_and(|book| book.midpoint().is_some()))
            .cloned()
            .collect();
        if tokens.is_empty() {
            return Ok(());
        }
        let range = HistoryRange::Recent(HistoryInterval::Week);
        let answer = venue.clob().price_histories(&tokens, range, HISTORY_FIDELITY_MINS).await?;
        for error in answer.faults.values() {
            incidents.add(format!("history: {:?}", error.kind()).to_lowercase(), 1);
        }
        self.histories.extend(answer.histories);
        Ok(())
    }

    /// The book of an outcome, if one was served.
    #[must_use]
    pub fn book(&self, market: &Market, outcome: Outcome) -> Option<&OrderBook> {
        self.books.get(market.token(outcome)?)
    }

    /// The Yes price history, if one was served.
    #[must_use]
    pub fn history(&self, market: &Market) -> Option<&PriceHistory> {
        self.histories.get(market.token(Outcome::Yes)?)
    }

    /// What the gates are asked with.
    #[must_use]
    pub fn evidence<'a>(
        &'a self,
        market: &'a Market,
        source: SignalSource,
        forecast: Option<(Prediction, String)>,
        at: DateTime<Utc>,
    ) -> Evidence<'a> {
        let (prediction, model_version) = forecast.unzip();
        Evidence {
            market,
            yes_book: self.book(market, Outcome::Yes),
            no_book: self.book(market, Outcome::No),
            source,
            model_version,
            prediction,
            curves: None,
            only: None,
            copied: None,
            at,
        }
    }

    /// The features of a market at `at`; `None` without a Yes midpoint.
    #[must_use]
    pub fn features(&self, market: &Market, at: DateTime<Utc>) -> Option<FeatureVector> {
        let yes_price = self.evidence(market, SignalSource::Ensemble, None, at).mid()?;
        let unknown = PriceHistory::default();
        Some(features::extract(&Snapshot {
            at,
            yes_price,
            history: self.history(market).unwrap_or(&unknown),
            volume: market.volume.map(Usd::to_f64),
            question: &market.question,
            category: market.category.as_deref(),
            tags: &market.tags,
            created_at: market.created_at,
            end_at: market.end_at,
        }))
    }
}

fn book_trouble(trouble: &BookTrouble) -> String {
    match trouble {
        BookTrouble::Unreadable(_) => "book: unreadable".to_owned(),
        BookTrouble::NotFetched(error) => format!("book: {:?}", error.kind()).to_lowercase(),
    }
}
