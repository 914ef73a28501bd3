//! Double-entry ledger: accounts, transfers, and one invariant: the sum over all accounts never changes.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::money::Usd;
use crate::strategy::BookId;

/// An account of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Account {
    /// Where a book's bankroll comes from; its balance is minus what was put in.
    Capital(BookId),
    /// Free cash of a book.
    Cash(BookId),
    /// Cost basis of the shares a position holds.
    Cost(i64),
    /// Fees a book has paid.
    Fees(BookId),
    /// Where profits come from and losses go to; its balance is minus the realised profit before fees.
    Pnl(BookId),
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Capital(book) => write!(f, "capital:{book}"),
            Self::Cash(book) => write!(f, "cash:{book}"),
            Self::Cost(position) => write!(f, "cost:{position}"),
            Self::Fees(book) => write!(f, "fees:{book}"),
            Self::Pnl(book) => write!(f, "pnl:{book}"),
        }
    }
}

/// A text that names no account.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not an account (cash:, cost:, fees:, pnl: or capital: and a name)")]
pub struct UnknownAccount(pub String);

impl FromStr for Account {
    type Err = UnknownAccount;
    fn from_str(text: &str) -> Result<Self, UnknownAccount> {
        let unknown = || UnknownAccount(text.to_owned());
        let (kind, name) = text.split_once(':').ok_or_else(unknown)?;
        let book = || BookId::new(name);
        match kind {
            "capital" => Ok(Self::Capital(book())),
            "cash" => Ok(Self::Cash(book())),
            "cost" => name.parse().map(Self::Cost).map_err(|_| unknown()),
            "fees" => Ok(Self::Fees(book())),
            "pnl" => Ok(Self::Pnl(book())),
            _ => Err(unknown()),
        }
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.to_string()
    }
}

impl TryFrom<String> for Account {
    type Error = UnknownAccount;
    fn try_from(text: String) -> Result<Self, UnknownAccount> {
        text.parse()
    }
}

/// Why money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// A bankroll is put in.
    Fund,
    /// Shares are bought.
    Buy,
    /// A taker fee is paid.
    Fee,
    /// Cost basis comes back at a sale or settlement.
    Return,
    /// Profit of a sale or settlement.
    Profit,
    /// Loss of a sale or settlement.
    Loss,
}

impl TransferKind {
    /// As stored and exported.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fund => "fund",
            Self::Buy => "buy",
            Self::Fee => "fee",
            Self::Return => "return",
            Self::Profit => "profit",
            Self::Loss => "loss",
        }
    }

    /// The inverse of [`TransferKind::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Fund, Self::Buy, Self::Fee, Self::Return, Self::Profit, Self::Loss]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// Money moving from one account to another. The amount is above zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// When.
    pub at: DateTime<Utc>,
    /// Account debited.
    pub from: Account,
    /// Account credited.
    pub to: Account,
    /// Dollars.
    pub amount: Usd,
    /// Why.
    pub kind: TransferKind,
    /// Whose books it concerns.
    pub book: BookId,
    /// The position it concerns.
    pub position_id: Option<i64>,
}

/// Balances as a fold over transfers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    balances: BTreeMap<Account, Usd>,
}

impl Ledger {
    /// Applies one transfer.
    pub fn apply(&mut self, transfer: &Transfer) {
        *self.balances.entry(transfer.from.clone()).or_default() -= transfer.amount;
        *self.balances.entry(transfer.to.clone()).or_default() += transfer.amount;
    }

    /// Balance of an account; zero when it was never touched.
    #[must_use]
    pub fn balance(&self, account: &Account) -> Usd {
        self.balances.get(account).copied().unwrap_or_default()
    }

    /// Sum over all accounts: always zero.
    #[must_use]
    pub fn total(&self) -> Usd {
        self.balances.values().copied().sum()
    }

    /// Adds the balances of another ledger: the fold over both lists of transfers.
    pub fn merge(&mut self, other: &Self) {
        for (account, balance) in &other.balances {
            *self.balances.entry(account.clone()).or_default() += *balance;
        }
    }

    /// All accounts ever touched and their balances, in order.
    pub fn balances(&self) -> impl Iterator<Item = (&Account, Usd)> {
        self.balances.iter().map(|(account, balance)| (account, *balance))
    }

    /// Realised profit of a book after fees.
    #[must_use]
    pub fn profit(&self, book: &BookId) -> Usd {
        -self.balance(&Account::Pnl(book.clone())) - self.balance(&Account::Fees(book.clone()))
    }

    /// An account that holds less than nothing though it must not: cash of a book, cost of a position, or fees.
    #[must_use]
    pub fn overdrawn(&self) -> Option<(&Account, Usd)> {
        self.balances().find(|(account, balance)| match account {
            Account::Cash(_) | Account::Cost(_) | Account::Fees(_) => *balance < Usd::ZERO,
            Account::Capital(_) | Account::Pnl(_) => false,
        })
    }

    /// Drops an account whose balance is zero, such as the cost of an ended position. True when it was dropped.
    pub fn forget(&mut self, account: &Account) -> bool {
        let empty = self.balances.get(account) == Some(&Usd::ZERO);
        empty && self.balances.remove(account).is_some()
    }
}

impl<'a> FromIterator<&'a Transfer> for Ledger {
    fn from_iter<I: IntoIterator<Item = &'a Transfer>>(transfers: I) -> Self {
        let mut ledger = Self::default();
        for transfer in transfers {
            ledger.apply(transfer);
        }
        ledger
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(from: Account, to: Account, amount: &str) -> Transfer {
        let book = BookId::new("balanced");
        let amount = amount.parse().unwrap();
        Transfer { at: DateTime::UNIX_EPOCH, from, to, amount, kind: TransferKind::Fund, book, position_id: None }
    }

    #[test]
    fn account_names_round_trip() {
        for text in ["capital:a", "cash:balanced", "cost:-7", "fees:x:y", "pnl:copy"] {
            assert_eq!(text.parse::<Account>().unwrap().to_string(), text);
        }
        for text in ["cash", "cost:x", "gold:a", ""] {
            assert!(text.parse::<Account>().is_err(), "{text}");
        }
    }

    #[test]
    fn merging_is_folding_over_both() {
        let (capital, cash) = (Account::Capital(BookId::new("b")), Account::Cash(BookId::new("b")));
        let all = [
            transfer(capital, cash.clone(), "300"),
            transfer(cash.clone(), Account::Cost(1), "40"),
            transfer(cash.clone(), Account::Fees(BookId::new("b")), "0.5"),
        ];
        let whole: Ledger = all.iter().collect();
        let mut parts: Ledger = all[..1].iter().collect();
        parts.merge(&all[1..].iter().collect());
        assert_eq!(parts, whole);
        assert_eq!(whole.balance(&cash).to_string(), "259.5");
        assert_eq!(whole.profit(&BookId::new("b")).to_string(), "-0.5");
        assert_eq!((whole.total(), whole.overdrawn()), (Usd::ZERO, None));
        let overdrawn: Ledger = all[1..].iter().collect();
        assert_eq!(overdrawn.overdrawn().map(|(account, _)| account.clone()), Some(cash));
    }
}
