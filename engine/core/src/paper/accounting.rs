//! Positions and the transfers that belong to them.
//!
//! Everything is exact, and the position agrees with the ledger at every moment: over the positions of a book,
//! `Σ realized_pnl = −balance(pnl:book) − balance(fees:book)` and `Σ cost = Σ balance(cost:…)`. So a position starts
//! with the entry fee as its realised loss, each sale adds its own profit, and the settlement the rest.

use chrono::{DateTime, Utc};

use crate::fill::Fill;
use crate::ledger::{Account, Transfer, TransferKind};
use crate::money::{Price, Shares, Usd};
use crate::position::{Position, PositionStatus};
use crate::signal::Decision;
use crate::strategy::BookId;

/// A sale of some or all shares of a position.
#[derive(Debug, Clone, PartialEq)]
pub struct Reduction {
    /// The position after it; closed when no share is left.
    pub position: Position,
    /// What moves in the ledger.
    pub transfers: Vec<Transfer>,
    /// Profit of the shares sold: proceeds − their cost − the fee of this sale. (The entry fee was booked when the
    /// position was opened; `position.realized_pnl` is the profit of the whole with all fees.)
    pub pnl: Usd,
}

/// The payout of a position by its market's resolution.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// The position after it.
    pub position: Position,
    /// What moves in the ledger.
    pub transfers: Vec<Transfer>,
    /// Shares paid out: needed again should the resolution be corrected.
    pub shares: Shares,
    /// Dollars paid out.
    pub proceeds: Usd,
    /// Profit of the whole position after all fees, earlier sales counted.
    pub pnl: Usd,
}

/// The correction of a settlement after its resolution changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    /// The position after it.
    pub position: Position,
    /// What moves in the ledger.
    pub transfers: Vec<Transfer>,
    /// Dollars gained (above zero) or taken back (below zero).
    pub difference: Usd,
    /// Part of what is taken back that the book no longer had. It is put in as new capital, so that the book stays at
    /// zero and its loss is shown whole.
    pub shortfall: Usd,
}

/// The transfer that puts a bankroll into a book.
#[must_use]
pub fn fund(book: &BookId, amount: Usd, at: DateTime<Utc>) -> Transfer {
    Transfer {
        at,
        from: Account::Capital(book.clone()),
        to: Account::Cash(book.clone()),
        amount,
        kind: TransferKind::Fund,
        book: book.clone(),
        position_id: None,
    }
}

/// The position a fill opens for `book`, number 0 until the store gives one. `None` without a candidate.
#[must_use]
pub fn open_position(decision: &Decision, book: &BookId, fill: &Fill, signal_id: Option<i64>) -> Option<Position> {
    let candidate = decision.candidate.as_ref()?;
    Some(Position {
        id: 0,
        book: book.clone(),
        source: decision.source,
        market_id: decision.market_id.clone(),
        condition_id: decision.condition_id.clone(),
        group_id: decision.group_id.clone(),
        question: decision.question.clone(),
        path: decision.path.clone(),
        token: fill.token.clone(),
        outcome: candidate.outcome,
        outcome_label: candidate.outcome_label.clone(),
        shares: fill.shares,
        shares_bought: fill.shares,
        cost: fill.notional,
        stake: fill.notional,
        fee: fill.fee,
        status: PositionStatus::Open,
        realized_pnl: -fill.fee,
        opened_at: fill.filled_at,
        closed_at: None,
        end_at: decision.end_at,
        signal_id,
        trader: None,
    })
}

/// The transfers of the fill that opens a position: its cost, and its fee.
#[must_use]
pub fn open_transfers(position_id: i64, book: &BookId, fill: &Fill, at: DateTime<Utc>) -> Vec<Transfer> {
    let mut entries = Entries::new(position_id, book, at);
    entries.add(entries.cash(), entries.cost(), fill.notional, TransferKind::Buy);
    entries.add(entries.cash(), entries.fees(), fill.fee, TransferKind::Fee);
    entries.transfers
}

/// Sells shares of a position. Its cost basis falls in proportion to the shares. A fill of more shares than are held
/// counts as a fill of all of them.
#[must_use]
pub fn reduce(position: &Position, fill: &Fill, at: DateTime<Utc>) -> Reduction {
    let sold = fill.shares.min(position.shares);
    let cost = cost_share(position, sold);
    let mut entries = Entries::new(position.id, &position.book, at);
    entries.pay_out(cost, fill.notional);
    entries.add(entries.cash(), entries.fees(), fill.fee, TransferKind::Fee);
    let pnl = fill.notional - cost - fill.fee;
    let mut after = position.clone();
    after.shares -= sold;
    after.cost -= cost;
    after.fee += fill.fee;
    after.realized_pnl += pnl;
    if !after.shares.is_positive() {
        after.status = PositionStatus::Closed;
        after.closed_at = Some(at);
    }
    Reduction { position: after, transfers: entries.transfers, pnl }
}

/// Pays out all shares still held at `payout_per_share` (1, 0, 0.5 or another fraction). There is no fee.
#[must_use]
pub fn settle(position: &Position, payout_per_share: Price, at: DateTime<Utc>) -> Settlement {
    let proceeds = payout_per_share.cost_of(position.shares);
    let mut entries = Entries::new(position.id, &position.book, at);
    entries.pay_out(position.cost, proceeds);
    let mut after = position.clone();
    after.realized_pnl += proceeds - position.cost;
    after.shares = Shares::ZERO;
    after.cost = Usd::ZERO;
    after.status = PositionStatus::Settled;
    after.closed_at = Some(at);
    Settlement {
        pnl: after.realized_pnl,
        position: after,
        transfers: entries.transfers,
        shares: position.shares,
        proceeds,
    }
}

/// A position no money is behind, paid out: settled, or corrected when its `shares` were `paid` otherwise before. `None` when
/// that changes nothing.
#[must_use]
pub fn settle_unbooked(
    position: &Position,
    shares: Shares,
    paid: Option<Price>,
    payout: Price,
    at: DateTime<Utc>,
) -> Option<Position> {
    match paid {
        Some(before) if before == payout => None,
        // There is no cash that could fall short: only the position counts.
        Some(before) => Some(resettle(position, shares, before, payout, Usd::ZERO, at).position),
        None => Some(settle(position, payout, at).position),
    }
}

/// Corrects a settlement of `shares` that paid `before` a share to `after` a share. `free_cash` is what the book has
/// now; what it lacks is put in as capital and named in the result.
#[must_use]
pub fn resettle(
    position: &Position,
    shares: Shares,
    before: Price,
    after: Price,
    free_cash: Usd,
    at: DateTime<Utc>,
) -> Correction {
    let difference = after.cost_of(shares) - before.cost_of(shares);
    let mut entries = Entries::new(position.id, &position.book, at);
    let missing = -difference - free_cash;
    let shortfall = if missing.is_positive() && !difference.is_positive() { missing } else { Usd::ZERO };
    entries.add(Account::Capital(position.book.clone()), entries.cash(), shortfall, TransferKind::Fund);
    if difference.is_positive() {
        entries.add(entries.pnl(), entries.cash(), difference, TransferKind::Profit);
    } else {
        entries.add(entries.cash(), entries.pnl(), -difference, TransferKind::Loss);
    }
    let mut corrected = position.clone();
    corrected.realized_pnl += difference;
    Correction { position: corrected, transfers: entries.transfers, difference, shortfall }
}

/// The cost basis of `sold` of a position's shares: all of it for the last share, so that nothing is left behind.
fn cost_share(position: &Position, sold: Shares) -> Usd {
    if sold >= position.shares {
        return position.cost;
    }
    let micros = i128::from(position.cost.micros()) * i128::from(sold.micros()) / i128::from(position.shares.micros());
    Usd::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

/// Collects the transfers of one position at one moment.
struct Entries<'a> {
    position_id: i64,
    book: &'a BookId,
    at: DateTime<Utc>,
    transfers: Vec<Transfer>,
}

impl<'a> Entries<'a> {
    const fn new(position_id: i64, book: &'a BookId, at: DateTime<Utc>) -> Self {
        Self { position_id, book, at, transfers: Vec::new() }
    }

    fn cash(&self) -> Account {
        Account::Cash(self.book.clone())
    }

    fn fees(&self) -> Account {
        Account::Fees(self.book.clone())
    }

    fn pnl(&self) -> Account {
        Account::Pnl(self.book.clone())
    }

    const fn cost(&self) -> Account {
        Account::Cost(self.position_id)
    }

    /// Adds a transfer unless nothing moves.
    fn add(&mut self, from: Account, to: Account, amount: Usd, kind: TransferKind) {
        if amount.is_positive() {
            self.transfers.push(Transfer {
                at: self.at,
                from,
                to,
                amount,
                kind,
                book: self.book.clone(),
                position_id: Some(self.position_id),
            });
        }
    }

    /// Turns `cost` of basis into `proceeds` of cash, and books the difference as profit or loss.
    fn pay_out(&mut self, cost: Usd, proceeds: Usd) {
        self.add(self.cost(), self.cash(), cost.min(proceeds), TransferKind::Return);
        self.add(self.cost(), self.pnl(), cost - proceeds, TransferKind::Loss);
        self.add(self.pnl(), self.cash(), proceeds - cost, TransferKind::Profit);
    }
}

#[cfg(test)]
#[path = "accounting_tests.rs"]
mod tests;
