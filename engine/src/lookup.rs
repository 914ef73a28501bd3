//! Judges the one market a person asks about, without raising anything.

use engine_core::market::{ConditionId, Market, MarketId};
use engine_core::pipeline::{self, Circumstances, Evidence};
use engine_core::prediction::SignalSource;
use engine_core::signal::Decision;

use crate::engine::Engine;
use crate::gather::Gathered;

/// Length of a condition id: `0x` and 64 digits.
const CONDITION_LEN: usize = 66;
/// Events asked for when words are searched.
const SEARCH_LIMIT: u32 = 3;

impl Engine {
    /// Finds a market by number, condition, link or words and judges it as a scan would; `None` when there is none.
    ///
    /// # Errors
    /// When the venue cannot be asked or the model cannot be run.
    pub async fn judge_query(&self, query: &str) -> anyhow::Result<Option<Decision>> {
        match self.find_market(query.trim()).await? {
            Some(market) => self.judge_market(market).await.map(Some),
            None => Ok(None),
        }
    }

    async fn find_market(&self, query: &str) -> anyhow::Result<Option<Market>> {
        let gamma = self.venue.gamma();
        if !query.is_empty() && query.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(gamma.market_by_id(&MarketId::new(query)).await?.map(|row| row.market));
        }
        if query.len() == CONDITION_LEN && query.starts_with("0x") {
            return self.market(&ConditionId::new(query.to_lowercase())).await;
        }
        if let Some(slugs) = slugs(query) {
            return self.by_slugs(&slugs).await;
        }
        let events = gamma.search(query, SEARCH_LIMIT).await?;
        Ok(events.into_iter().flat_map(|event| event.markets).map(|row| row.market).find(|market| !market.closed))
    }

    async fn by_slugs(&self, slugs: &[&str]) -> anyhow::Result<Option<Market>> {
        let gamma = self.venue.gamma();
        if let Some(slug) = slugs.get(1)
            && let Some(row) = gamma.market_by_slug(slug).await?
        {
            return Ok(Some(row.market));
        }
        let Some(slug) = slugs.first() else { return Ok(None) };
        if let Some(row) = gamma.market_by_slug(slug).await? {
            return Ok(Some(row.market));
        }
        let event = gamma.event_by_slug(slug).await?;
        let mut markets = event.into_iter().flat_map(|event| event.markets).map(|row| row.market);
        Ok(markets.find(|market| !market.closed))
    }

    async fn judge_market(&self, market: Market) -> anyhow::Result<Decision> {
        let at = self.clock.now();
        let gates = &self.settings.gates;
        let trace = match pipeline::screen(&market, SignalSource::Ensemble, at, gates) {
            Ok(trace) => trace,
            Err(decision) => return Ok(*decision),
        };
        let mut gathered = Gathered::default();
        gathered.fetch_books(&self.venue, [&market], &self.incidents).await?;
        gathered.fetch_histories(&self.venue, [&market], &self.incidents).await?;
        let forecast = match (self.model.current(), gathered.features(&market, at)) {
            (Ok(model), Some(features)) => {
                let version = model.info().version;
                let found = tokio::task::spawn_blocking(move || model.predict(&[features])).await??;
                found.into_iter().next().map(|prediction| (prediction, version))
            }
            (Err(_), _) | (_, None) => None,
        };
        let curves = self.calibration.curves();
        let evidence = gathered.evidence(&market, SignalSource::Ensemble, forecast, at);
        let evidence = Evidence { curves: Some(&curves), ..evidence };
        let mut decision = pipeline::judge(&evidence, trace, self.settings.reference_stake(), gates);
        let views = self.book_views(&self.profiles().await?, at).await?;
        pipeline::plan(&mut decision, &evidence, &Circumstances::new(&views), gates);
        Ok(decision)
    }
}

/// The slugs of a link to the venue's page: group and market, or one of them.
fn slugs(query: &str) -> Option<Vec<&str>> {
    let path = ["event/", "market/"].iter().find_map(|mark| query.split_once(mark).map(|(_, path)| path))?;
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let slugs: Vec<&str> = path.split('/').filter(|slug| !slug.is_empty()).collect();
    (!slugs.is_empty()).then_some(slugs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_cut_into_slugs() {
        let table: [(&str, Option<&[&str]>); 5] = [
            ("https://polymarket.com/event/fed-december/fed-cuts-25?tid=1", Some(&["fed-december", "fed-cuts-25"])),
            ("polymarket.com/market/some-market#x", Some(&["some-market"])),
            ("event/fed-december/", Some(&["fed-december"])),
            ("https://polymarket.com/event/", None),
            ("will the fed cut", None),
        ];
        for (query, expected) in table {
            assert_eq!(slugs(query).as_deref(), expected, "{query}");
        }
    }
}
