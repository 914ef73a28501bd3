//! Reports: folds over the ledger and the positions.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::money::Usd;
use engine_core::notice::{BookReport, WinLoss};
use engine_core::strategy::BookId;
use sea_orm::ConnectionTrait;

use super::connect::Store;
use super::convert::{midnight_ms, ms, small_count, time, usd};
use super::error::StoreError;
use super::ledger::equity;

/// Results of a book, or of all, over a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PeriodStats {
    /// Positions opened.
    pub opened: u32,
    /// Positions that ended.
    pub ended: u32,
    /// Of those, with a profit after fees.
    pub wins: u32,
    /// Paid for the shares of those that ended, fees apart.
    pub staked: Usd,
    /// Sum of the profits of winning positions.
    pub gains: Usd,
    /// Sum of the losses of losing positions, as a positive amount.
    pub losses: Usd,
    /// Realised profit after fees, from the ledger.
    pub pnl: Usd,
    /// Realised profit of ended positions ÷ their stake; `None` without one.
    pub roi: Option<f64>,
    /// Profits of winning positions ÷ losses of losing ones; `None` without a loss.
    pub profit_factor: Option<f64>,
    /// Deepest fall of realised profit from its height within the span, in dollars, 0 or above.
    pub max_drawdown: Usd,
    /// Fees paid.
    pub fees: Usd,
    /// Cost basis of positions open now.
    pub exposure: Usd,
}

impl Store {
    /// Each book: balances, profit over several spans, wins and losses.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn report(&self, now: DateTime<Utc>) -> Result<Vec<BookReport>, StoreError> {
        let today = self.book_sums(Some(time("transfers", midnight_ms(now))?)).await?;
        let week = self.book_sums(Some(now - TimeDelta::days(7))).await?;
        let counts = self.position_counts().await?;
        let books = self.books().await?;
        Ok(books
            .into_iter()
            .map(|row| {
                let (open, record) = counts.get(&row.book).copied().unwrap_or_default();
                BookReport {
                    mode: row.mode,
                    cash: row.cash,
                    invested: row.invested,
                    capital: row.capital,
                    open,
                    pnl_today: today.get(&row.book).copied().unwrap_or_default().pnl,
                    pnl_week: week.get(&row.book).copied().unwrap_or_default().pnl,
                    pnl_all: row.pnl,
                    fees: row.fees,
                    record,
                    book: row.book,
                }
            })
            .collect())
    }

    /// Results since a time (or of all time) of one book or of all.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn period_stats(
        &self,
        book: Option<&BookId>,
        since: Option<DateTime<Utc>>,
    ) -> Result<PeriodStats, StoreError> {
        let from_ms = since.map_or(i64::MIN, ms);
        let name = book.map_or("", BookId::as_str);
        let query = "SELECT \
             COALESCE(SUM(CASE WHEN opened_ms >= $1 THEN 1 ELSE 0 END), 0) AS opened, \
             COALESCE(SUM(CASE WHEN closed_ms >= $1 THEN 1 ELSE 0 END), 0) AS ended, \
             COALESCE(SUM(CASE WHEN closed_ms >= $1 AND realized_pnl_micros > 0 THEN 1 ELSE 0 END), 0) AS wins, \
             CAST(COALESCE(SUM(CASE WHEN closed_ms >= $1 THEN stake_micros ELSE 0 END), 0) AS BIGINT) AS staked, \
             CAST(COALESCE(SUM(CASE WHEN closed_ms >= $1 AND realized_pnl_micros > 0 THEN realized_pnl_micros \
                  ELSE 0 END), 0) AS BIGINT) AS gains, \
             CAST(COALESCE(SUM(CASE WHEN closed_ms >= $1 AND realized_pnl_micros < 0 THEN -realized_pnl_micros \
                  ELSE 0 END), 0) AS BIGINT) AS losses, \
             CAST(COALESCE(SUM(cost_micros), 0) AS BIGINT) AS exposure \
             FROM positions WHERE $2 = '' OR book = $2";
        let statement = self.sql(query, [from_ms.into(), name.into()]);
        let Some(row) = self.read().query_one_raw(statement).await? else {
            return Ok(PeriodStats::default());
        };
        let amount = |column: &str| row.try_get("", column).map(usd);
        let (gains, losses, staked) = (amount("gains")?, amount("losses")?, amount("staked")?);
        let ledger = self.ledger_stats(book, since).await?;
        Ok(PeriodStats {
            opened: small_count(row.try_get("", "opened")?),
            ended: small_count(row.try_get("", "ended")?),
            wins: small_count(row.try_get("", "wins")?),
            staked,
            gains,
            losses,
            roi: ratio(gains - losses, staked),
            profit_factor: ratio(gains, losses),
            exposure: amount("exposure")?,
            ..ledger
        })
    }

    /// Profit, fees and drawdown of a span, from the ledger.
    async fn ledger_stats(
        &self,
        book: Option<&BookId>,
        since: Option<DateTime<Utc>>,
    ) -> Result<PeriodStats, StoreError> {
        let sums = self.book_sums(since).await?;
        let wanted = sums.iter().filter(|(name, _)| book.is_none_or(|book| book == *name));
        let (mut pnl, mut fees) = (Usd::ZERO, Usd::ZERO);
        for (_, sum) in wanted {
            pnl += sum.pnl;
            fees += sum.fees;
        }
        let transfers = self.transfers(book).await?;
        let (mut base, mut falls) = (Usd::ZERO, Vec::new());
        for point in equity(&transfers) {
            if since.is_some_and(|since| point.at < since) {
                base = point.pnl;
            } else {
                falls.push(point.pnl);
            }
        }
        Ok(PeriodStats { pnl, fees, max_drawdown: drawdown(base, &falls), ..PeriodStats::default() })
    }

    async fn position_counts(&self) -> Result<BTreeMap<BookId, (u32, WinLoss)>, StoreError> {
        let query = "SELECT book, \
             SUM(CASE WHEN status = 'open' THEN 1 ELSE 0 END) AS open_ones, \
             SUM(CASE WHEN status <> 'open' AND realized_pnl_micros > 0 THEN 1 ELSE 0 END) AS wins, \
             SUM(CASE WHEN status <> 'open' AND realized_pnl_micros <= 0 THEN 1 ELSE 0 END) AS losses \
             FROM positions GROUP BY book";
        let rows = self.read().query_all_raw(self.sql(query, [])).await?;
        rows.iter()
            .map(|row| {
                let number = |column: &str| row.try_get("", column).map(small_count);
                let record = WinLoss { wins: number("wins")?, losses: number("losses")? };
                Ok((BookId::new(row.try_get::<String>("", "book")?), (number("open_ones")?, record)))
            })
            .collect()
    }
}

fn ratio(part: Usd, whole: Usd) -> Option<f64> {
    whole.is_positive().then(|| part.to_f64() / whole.to_f64())
}

/// Deepest fall from the height reached before.
fn drawdown(base: Usd, points: &[Usd]) -> Usd {
    let (mut height, mut deepest) = (base, Usd::ZERO);
    for point in points {
        height = height.max(*point);
        deepest = deepest.max(height - *point);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawdown_is_the_deepest_fall_from_the_height_before() {
        let dollars = |values: &[i64]| values.iter().map(|v| usd(v * 1_000_000)).collect::<Vec<_>>();
        let table = [
            (0, vec![], 0),
            (0, vec![1, 2, 3], 0),
            (0, vec![5, 2, 8, 4, 9], 4),
            (10, vec![7, 12, 11], 3),
            (0, vec![-2, -1, -5], 5),
        ];
        for (base, points, deepest) in table {
            assert_eq!(drawdown(usd(base * 1_000_000), &dollars(&points)), usd(deepest * 1_000_000), "{points:?}");
        }
    }
}
