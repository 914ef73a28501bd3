//! What happens to the books by the calendar alone: days end, markets resolve.

use chrono::DateTime;

use super::desk::Desk;
use super::look::moment;
use super::market::Fate;
use super::record::{Bet, BookRecord};
use super::settings::BacktestSettings;
use super::state::NEVER;
use crate::market::ConditionId;
use crate::money::Usd;
use crate::settlement::Payouts;

const DAY_S: u32 = 86_400;

/// Midpoint of Yes of a market at the moment, by its number; `None` where there is none.
pub(super) type Mark<'a> = dyn Fn(u32) -> Option<f64> + 'a;

/// The books, the ends of the markets and the days.
#[derive(Debug)]
pub(super) struct Calendar {
    pub(super) desk: Desk,
    fates: Vec<Fate>,
    /// Markets by the time their payouts were known, the last first.
    resolutions: Vec<(u32, u32)>,
    outcomes: Vec<Option<f64>>,
    books: Vec<BookRecord>,
    next_day: u32,
}

/// What is left when everything is over.
pub(super) struct Closed {
    /// The bets, each with how its market ended as far as the run got to know.
    pub(super) bets: Vec<Bet>,
    pub(super) books: Vec<BookRecord>,
    pub(super) ledger_total: Usd,
    pub(super) outcomes: Vec<Option<f64>>,
}

impl Calendar {
    pub(super) fn new(settings: &BacktestSettings, fates: Vec<Fate>) -> Self {
        let numbered = fates.iter().zip(0_u32..);
        let mut resolutions: Vec<(u32, u32)> =
            numbered.filter_map(|(fate, market)| Some((fate.resolved?.0, market))).collect();
        resolutions.sort_unstable_by(|a, b| b.cmp(a));
        let book = |profile: &crate::strategy::StrategyProfile| BookRecord {
            book: profile.book.clone(),
            bankroll: settings.bankroll,
            cash: settings.bankroll,
            equity: settings.bankroll,
            days: Vec::new(),
            invested: Vec::new(),
        };
        Self {
            desk: Desk::new(settings, DateTime::UNIX_EPOCH),
            outcomes: vec![None; fates.len()],
            fates,
            resolutions,
            books: settings.profiles.iter().map(book).collect(),
            next_day: NEVER,
        }
    }

    /// Days are counted from the one of the first event.
    pub(super) fn begin(&mut self, first: u32) {
        self.next_day = (first / DAY_S + 1).saturating_mul(DAY_S);
    }

    /// When something happens next; once nothing is `bet_on` any more a day only matters while something that will still be
    /// paid is held.
    pub(super) fn next_due(&self, bet_on: bool) -> u32 {
        let resolution = self.resolutions.last().map_or(NEVER, |next| next.0);
        let idle = !bet_on && (self.desk.is_idle() || self.resolutions.is_empty());
        let day = if idle { NEVER } else { self.next_day };
        day.min(resolution)
    }

    /// Ends the day when `due` is its last moment; `counted` days leave a mark in the books' records.
    pub(super) fn end_day(&mut self, due: u32, counted: bool, mark: &Mark<'_>) {
        if self.next_day != due {
            return;
        }
        self.next_day = due.saturating_add(DAY_S);
        if counted {
            for (book, (equity, invested)) in self.books.iter_mut().zip(self.desk.equity(mark)) {
                book.days.push((due, equity));
                book.invested.push(invested);
            }
        }
    }

    /// The next market that has resolved by `due`, paid out in all books; `condition` gives the key of a market.
    pub(super) fn resolve<'a>(
        &mut self,
        due: u32,
        condition: impl Fn(u32) -> Option<&'a ConditionId>,
    ) -> Option<(u32, Payouts)> {
        let (_, market) = self.resolutions.pop_if(|next| next.0 <= due)?;
        let (_, payouts) = self.fates.get(market as usize)?.resolved?;
        self.desk.settle(condition(market)?, payouts, moment(due));
        if let Some(outcome) = self.outcomes.get_mut(market as usize) {
            *outcome = Some(payouts.outcome_yes());
        }
        Some((market, payouts))
    }

    /// Closes the books; `mark` values what is still held.
    pub(super) fn close(mut self, mark: &Mark<'_>) -> Closed {
        let marks = self.desk.equity(mark);
        for ((book, (equity, _)), cash) in self.books.iter_mut().zip(marks).zip(self.desk.cash()) {
            book.equity = Usd::from_f64(equity).unwrap_or(cash);
            book.cash = cash;
        }
        let ledger_total = self.desk.ledger().total();
        let mut bets = self.desk.into_bets();
        for bet in &mut bets {
            bet.outcome_yes = self.outcomes.get(bet.market as usize).copied().flatten();
        }
        Closed { bets, books: self.books, ledger_total, outcomes: self.outcomes }
    }
}
