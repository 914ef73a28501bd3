use std::collections::BTreeMap;

use super::*;
use crate::book::{Level, OrderBook};
use crate::chance::SplitMix64;
use crate::fee::{FeeModel, FeeRule};
use crate::ledger::Ledger;
use crate::market::{ConditionId, MarketGroupId, MarketId, Outcome, OutcomeToken};
use crate::paper::{Order, walk};
use crate::prediction::SignalSource;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
const FEE: FeeModel =
    FeeModel { rule: FeeRule::Schedule { rate_micros: 50_000, exponent: 1 }, fallback_micros: 20_000 };

fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

fn opened(id: i64, book: &BookId, fill: &Fill) -> Position {
    Position {
        id,
        book: book.clone(),
        source: SignalSource::Ensemble,
        market_id: MarketId::new("1"),
        condition_id: ConditionId::new("0x1"),
        group_id: MarketGroupId::new("g"),
        question: String::new(),
        path: String::new(),
        token: fill.token.clone(),
        outcome: Outcome::No,
        outcome_label: "No".to_owned(),
        shares: fill.shares,
        shares_bought: fill.shares,
        cost: fill.notional,
        stake: fill.notional,
        fee: fill.fee,
        status: PositionStatus::Open,
        realized_pnl: -fill.fee,
        opened_at: NOW,
        closed_at: None,
        end_at: None,
        signal_id: None,
        trader: None,
    }
}

fn order_book(bid: i64, ask: i64, shares: i64) -> OrderBook {
    let level = |price| Level { price: Price::from_micros(price), shares: Shares::from_micros(shares) };
    OrderBook::new(OutcomeToken::new("1"), vec![level(bid)], vec![level(ask)], NOW, None)
}

fn apply(ledger: &mut Ledger, transfers: &[Transfer]) {
    for transfer in transfers {
        assert!(transfer.amount.is_positive());
        ledger.apply(transfer);
    }
}

/// A book with $300 that bought 100 No at 0.40.
fn bought() -> (BookId, Ledger, Position) {
    let book = BookId::new("balanced");
    let mut ledger = Ledger::default();
    ledger.apply(&fund(&book, usd("300"), NOW));
    let order = Order::buy("0.40".parse().unwrap(), usd("40"), usd("300"));
    let fill = walk(&order_book(390_000, 400_000, 1_000_000_000), &order, &FEE, NOW, NOW).unwrap();
    apply(&mut ledger, &open_transfers(1, &book, &fill, NOW));
    let position = opened(1, &book, &fill);
    (book, ledger, position)
}

#[test]
fn a_partial_sale_takes_its_part_of_the_cost() {
    let (book, mut ledger, position) = bought();
    assert_eq!(ledger.balance(&Account::Cash(book.clone())), usd("258.8"));
    let order = Order::sell("0.01".parse().unwrap(), "25".parse().unwrap());
    let fill = walk(&order_book(600_000, 610_000, 1_000_000_000), &order, &FEE, NOW, NOW).unwrap();
    let sale = reduce(&position, &fill, NOW);
    apply(&mut ledger, &sale.transfers);
    // A copied exit above cost is a profit: 25 × (0.60 − 0.40) − 0.30 fee.
    assert_eq!(sale.pnl, usd("4.7"));
    assert_eq!(sale.position.cost, usd("30"));
    assert_eq!(sale.position.status, PositionStatus::Open);
    assert_eq!(ledger.balance(&Account::Cost(1)), usd("30"));
    assert_eq!(ledger.balance(&Account::Cash(book.clone())), usd("273.5"));
    let paid = settle(&sale.position, Price::ONE, NOW);
    apply(&mut ledger, &paid.transfers);
    assert_eq!(ledger.balance(&Account::Cash(book.clone())), usd("348.5"));
    assert_eq!(paid.pnl, usd("48.5"));
    assert_eq!((paid.shares.to_string(), paid.proceeds), ("75".to_owned(), usd("75")));
    assert_eq!(ledger.profit(&book), usd("48.5"));
    assert_eq!(ledger.total(), Usd::ZERO);
}

#[test]
fn payouts_of_one_half_and_none() {
    for (payout, cash, pnl) in [("1", "358.8", "58.8"), ("0.5", "308.8", "8.8"), ("0", "258.8", "-41.2")] {
        let (book, mut ledger, position) = bought();
        let paid = settle(&position, payout.parse().unwrap(), NOW);
        apply(&mut ledger, &paid.transfers);
        assert_eq!(ledger.balance(&Account::Cash(book)), usd(cash), "{payout}");
        assert_eq!(paid.pnl, usd(pnl), "{payout}");
        assert_eq!(ledger.balance(&Account::Cost(1)), Usd::ZERO);
    }
}

#[test]
fn a_reversed_resolution_is_corrected_and_never_overdraws() {
    for (spent, shortfall) in [("0", "0"), ("300", "41.2")] {
        let (book, mut ledger, position) = bought();
        let paid = settle(&position, Price::ONE, NOW);
        apply(&mut ledger, &paid.transfers);
        // Meanwhile the book put money elsewhere.
        if spent != "0" {
            let mut entries = Entries::new(2, &book, NOW);
            entries.add(entries.cash(), entries.cost(), usd(spent), TransferKind::Buy);
            apply(&mut ledger, &entries.transfers);
        }
        let cash = ledger.balance(&Account::Cash(book.clone()));
        let fixed = resettle(&paid.position, paid.shares, Price::ONE, "0".parse().unwrap(), cash, NOW);
        apply(&mut ledger, &fixed.transfers);
        assert_eq!((fixed.difference, fixed.shortfall), (usd("-100"), usd(shortfall)));
        assert_eq!(fixed.position.realized_pnl, usd("-41.2"));
        assert_eq!(ledger.profit(&book), usd("-41.2"));
        assert!(ledger.overdrawn().is_none());
        assert_eq!(ledger.total(), Usd::ZERO);
        let back = resettle(&fixed.position, paid.shares, "0".parse().unwrap(), Price::ONE, cash, NOW);
        assert_eq!(back.position.realized_pnl, usd("58.8"));
        assert_eq!(back.shortfall, Usd::ZERO);
    }
}

/// A random market day: books that buy, sell in parts and are paid out, for a long time.
struct World {
    chance: SplitMix64,
    ledger: Ledger,
    open: BTreeMap<i64, Position>,
    ended: BTreeMap<BookId, Usd>,
    books: Vec<BookId>,
    next_id: i64,
    transfers: usize,
}

impl World {
    fn amount(&mut self, below: usize) -> i64 {
        i64::try_from(self.chance.below(below)).unwrap()
    }

    fn quotes(&mut self) -> OrderBook {
        let ask = 20_000 + 1_000 * self.amount(970);
        let shares = 1 + self.amount(400_000_000);
        order_book(ask - 10_000, ask, shares)
    }

    fn apply(&mut self, transfers: &[Transfer]) {
        self.transfers += transfers.len();
        apply(&mut self.ledger, transfers);
    }

    fn buy(&mut self) {
        let index = self.chance.below(self.books.len());
        let book = self.books[index].clone();
        let cash = self.ledger.balance(&Account::Cash(book.clone()));
        let spend = Usd::from_micros(self.amount(60_000_000));
        let quotes = self.quotes();
        let order = Order::buy("0.99".parse().unwrap(), spend, cash);
        if let Some(fill) = walk(&quotes, &order, &FEE, NOW, NOW) {
            self.next_id += 1;
            self.apply(&open_transfers(self.next_id, &book, &fill, NOW));
            self.open.insert(self.next_id, opened(self.next_id, &book, &fill));
        }
    }

    fn some_open(&mut self) -> Option<Position> {
        let index = self.chance.below(self.open.len());
        self.open.values().nth(index).cloned()
    }

    fn sell(&mut self) {
        let Some(position) = self.some_open() else {
            return;
        };
        let part = Shares::from_micros(1 + self.amount(usize::try_from(position.shares.micros()).unwrap() * 2));
        let order = Order::sell("0.01".parse().unwrap(), part.min(position.shares));
        let quotes = self.quotes();
        if let Some(fill) = walk(&quotes, &order, &FEE, NOW, NOW) {
            let sale = reduce(&position, &fill, NOW);
            self.apply(&sale.transfers);
            self.keep(sale.position);
        }
    }

    fn settle(&mut self) {
        let Some(position) = self.some_open() else {
            return;
        };
        let payout = Price::from_micros([0, 1_000_000, 500_000, 333_333][self.chance.below(4)]);
        let paid = settle(&position, payout, NOW);
        self.apply(&paid.transfers);
        self.keep(paid.position);
    }

    fn keep(&mut self, position: Position) {
        assert!(position.shares >= Shares::ZERO && position.cost >= Usd::ZERO);
        if position.status == PositionStatus::Open {
            self.open.insert(position.id, position);
        } else {
            self.open.remove(&position.id);
            assert_eq!(self.ledger.balance(&Account::Cost(position.id)), Usd::ZERO);
            self.ledger.forget(&Account::Cost(position.id));
            *self.ended.entry(position.book).or_default() += position.realized_pnl;
        }
    }

    fn check(&self) {
        assert_eq!(self.ledger.total(), Usd::ZERO);
        assert_eq!(self.ledger.overdrawn(), None);
        for book in &self.books {
            let held = self.open.values().filter(|position| &position.book == book);
            let open: Usd = held.clone().map(|position| position.realized_pnl).sum();
            let invested: Usd = held.map(|position| position.cost).sum();
            let realised = open + self.ended.get(book).copied().unwrap_or_default();
            assert_eq!(self.ledger.profit(book), realised);
            // Realised profit is the change of cash, the money in open positions counted.
            let cash = self.ledger.balance(&Account::Cash(book.clone()));
            assert_eq!(cash + invested - usd("300"), realised);
        }
    }
}

#[test]
fn a_million_transfers_lose_nothing() {
    let books: Vec<BookId> = ["aggressive", "balanced", "conservative"].map(BookId::new).to_vec();
    let mut world = World {
        chance: SplitMix64::new(20_261_123),
        ledger: books.iter().map(|book| fund(book, usd("300"), NOW)).collect::<Vec<_>>().iter().collect(),
        open: BTreeMap::new(),
        ended: BTreeMap::new(),
        books,
        next_id: 0,
        transfers: 0,
    };
    let mut rounds = 0_u32;
    while world.transfers < 1_000_000 && rounds < 2_000_000 {
        match world.chance.below(10) {
            0..=3 => world.buy(),
            4..=6 => world.sell(),
            _ => world.settle(),
        }
        rounds += 1;
        if rounds.is_multiple_of(64) {
            world.check();
        }
        if rounds.is_multiple_of(20_000) {
            top_up(&mut world);
        }
    }
    world.check();
    assert!(world.transfers >= 400_000, "{} transfers only", world.transfers);
}

/// Broke books make no moves: profit or loss is paid back so that the play goes on, through the ledger like all else.
fn top_up(world: &mut World) {
    for book in world.books.clone() {
        let cash = world.ledger.balance(&Account::Cash(book.clone()));
        let missing = usd("300") - cash;
        if missing.is_positive() {
            let gift = Transfer {
                at: NOW,
                from: Account::Pnl(book.clone()),
                to: Account::Cash(book.clone()),
                amount: missing,
                kind: TransferKind::Profit,
                book: book.clone(),
                position_id: None,
            };
            world.apply(&[gift]);
            *world.ended.entry(book).or_default() += missing;
        }
    }
}
