//! Facts of positions and results.

use anyhow::Context as _;
use chrono::{DateTime, Days, NaiveTime, Utc};
use dialogues::facts::{
    ClosePreview, ClosePreviewFacts, Facts, OPEN_PAGE_SIZE, OpenFacts, OpenPosition, Performance, PositionWhyFacts,
    StatsFacts,
};
use dialogues::screen::Period;
use engine::store::EquityPoint;
use engine_core::engines::Engines;
use engine_core::money::Usd;
use engine_core::notice::BookReport;
use engine_core::position::{Position, PositionStatus};
use engine_core::strategy::BookId;

use super::EngineDesk;

impl EngineDesk {
    pub(super) async fn open(&self, page: u32) -> anyhow::Result<Facts> {
        let mut all = self.engine.store.open_positions().await?;
        all.retain(|position| self.engine.settings.engines.show(&position.book));
        let pages = all.len().div_ceil(OPEN_PAGE_SIZE).max(1);
        let page = usize::try_from(page).unwrap_or(0).min(pages - 1);
        let invested: Usd = all.iter().map(|position| position.cost).sum();
        let total = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let shown: Vec<_> = all.into_iter().skip(page * OPEN_PAGE_SIZE).take(OPEN_PAGE_SIZE).collect();
        let positions = self.priced(shown).await?;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(Facts::Open(OpenFacts { positions, page: number(page), pages: number(pages), total, invested }))
    }

    /// Positions with what they are worth now, and whose trades they copy.
    pub(super) async fn priced(&self, positions: Vec<Position>) -> anyhow::Result<Vec<OpenPosition>> {
        let tokens: Vec<_> = positions.iter().map(|position| position.token.clone()).collect();
        let books = if tokens.is_empty() {
            Default::default()
        } else {
            // Without prices the page still shows what is held.
            self.engine.venue.clob().books(&tokens).await.map(|found| found.books).unwrap_or_default()
        };
        let mut priced = Vec::new();
        for position in positions {
            let book = books.get(&position.token).filter(|book| book.fault().is_none());
            let (bid, mid, at) =
                book.map_or((None, None, None), |book| (book.best_bid(), book.midpoint(), Some(book.at)));
            let trader = self.copied_from(&position).await?;
            priced.push(OpenPosition::value(position, bid, mid, at).copied_from(trader));
        }
        Ok(priced)
    }

    pub(super) async fn close_preview(&self, id: i64) -> anyhow::Result<Facts> {
        let Some(position) = self.engine.store.position(id).await? else {
            return Ok(Facts::Missing(format!("position {id}")));
        };
        let preview = if position.status == PositionStatus::Open {
            match self.engine.preview_sale(&position).await {
                Ok(sale) => sale.map(|sale| ClosePreview { fill: sale.fill, pnl: sale.pnl }),
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "a sale could not be previewed");
                    Err("Polymarket does not answer just now.".to_owned())
                }
            }
        } else {
            Err("it is already closed.".to_owned())
        };
        // The page puts the reason into a sentence of its own.
        let preview = preview.map_err(|reason| reason.trim_end_matches('.').to_owned());
        Ok(Facts::ClosePreview(Box::new(ClosePreviewFacts { position, preview })))
    }

    pub(super) async fn position_why(&self, id: i64) -> anyhow::Result<Facts> {
        let store = &self.engine.store;
        let Some(position) = store.position(id).await? else {
            return Ok(Facts::Missing(format!("position {id}")));
        };
        let decision = match position.signal_id {
            Some(signal) => store.signal(signal).await?.map(|row| row.decision),
            None => None,
        };
        let fills = store.fills_of(id).await?;
        Ok(Facts::PositionWhy(Box::new(PositionWhyFacts { position, decision, fills })))
    }

    pub(super) async fn position_chart(&self, id: i64) -> anyhow::Result<Facts> {
        let position = self.engine.store.position(id).await?;
        Ok(position.map_or_else(
            || Facts::Missing(format!("position {id}")),
            |position| Facts::PositionChart(Box::new(position)),
        ))
    }

    pub(super) async fn stats(&self, book: Option<String>, period: Period) -> anyhow::Result<Facts> {
        let since = since(period, self.now());
        let mut books = Vec::new();
        let rows = self.books().await?;
        for row in &rows {
            let performance = self.performance(std::slice::from_ref(row), Some(&row.book), since).await?;
            books.push((row.book.clone(), performance));
        }
        let chosen = match &book {
            Some(name) => books
                .iter()
                .find(|(id, _)| id.as_str() == name)
                .map(|(_, performance)| performance.clone())
                .with_context(|| format!("there is no book {name}"))?,
            None => self.performance(&rows, self.only_book(&rows), since).await?,
        };
        Ok(Facts::Stats(StatsFacts { book, period, chosen, books }))
    }

    /// The book whose results are those of this chat together, where it shows one alone.
    fn only_book<'a>(&self, rows: &'a [BookReport]) -> Option<&'a BookId> {
        match self.engine.settings.engines {
            Engines::Both | Engines::Ml => None,
            Engines::Copy => rows.first().map(|row| &row.book),
        }
    }

    /// Results of `book`, or of all; `rows` are the reports of the books counted.
    async fn performance(
        &self,
        rows: &[BookReport],
        book: Option<&BookId>,
        since: Option<DateTime<Utc>>,
    ) -> anyhow::Result<Performance> {
        let stats = self.engine.store.period_stats(book, since).await?;
        let series = self.engine.store.equity_series(book).await?;
        Ok(Performance {
            pnl: stats.pnl,
            staked: stats.staked,
            wins: stats.wins,
            losses: stats.ended.saturating_sub(stats.wins),
            gross_profit: stats.gains,
            gross_loss: stats.losses,
            max_drawdown: max_drawdown(&series, since),
            fees: stats.fees,
            exposure: stats.exposure,
            equity: rows.iter().map(|row| row.cash + row.invested).sum(),
            open: rows.iter().map(|row| row.open).sum(),
        })
    }
}

/// Deepest fall of equity below its height so far, as a share of that height, among the points since then.
fn max_drawdown(series: &[EquityPoint], since: Option<DateTime<Utc>>) -> Option<f64> {
    let (mut height, mut deepest) = (0.0_f64, None);
    for point in series.iter().filter(|point| since.is_none_or(|since| point.at >= since)) {
        let equity = point.equity.to_f64();
        height = height.max(equity);
        if height > 0.0 {
            deepest = Some(deepest.unwrap_or(0.0_f64).max(1.0 - equity / height));
        }
    }
    deepest
}

/// Where a span of time begins; `None` is the beginning of everything.
fn since(period: Period, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let midnight = now.date_naive().and_time(NaiveTime::MIN).and_utc();
    match period {
        Period::Today => Some(midnight),
        Period::Week => now.checked_sub_days(Days::new(7)),
        Period::Month => now.checked_sub_days(Days::new(30)),
        Period::All => None,
    }
}
