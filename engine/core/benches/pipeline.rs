//! One market on its way through the pipeline: features, gates, fill, ledger. The model is measured by the bench
//! `inference` of `engine`, the loop around it all by `backtest`.

#![allow(missing_docs, reason = "criterion's macros")]
#![allow(clippy::expect_used, reason = "a benchmark fails as a test does")]

use std::hint::black_box;

use chrono::{DateTime, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use engine_core::backtest::control::martingales;
use engine_core::backtest::look::moment;
use engine_core::backtest::{AssumedBooks, BacktestSettings, Desk, HourlyHistory, Quote};
use engine_core::book::{Level, OrderBook};
use engine_core::features::{QuestionFeatures, Snapshot, extract, extract_with};
use engine_core::fee::{FeeModel, FeeRule};
use engine_core::history::PriceHistory;
use engine_core::ledger::{Account, Ledger, Transfer, TransferKind};
use engine_core::market::{Market, OutcomeToken};
use engine_core::money::{Price, Shares, Usd};
use engine_core::paper::{Order, walk};
use engine_core::pipeline::{GateSettings, ListedMarket};
use engine_core::prediction::Prediction;
use engine_core::probability::Probability;
use engine_core::strategy::{BookId, StrategyProfile};

const START: u32 = 1_750_003_200;
/// Levels a side of a well-filled book.
const LEVELS: i64 = 20;

/// A market in the middle of its life, with a week of prices.
fn market() -> (Market, PriceHistory, DateTime<Utc>) {
    let (markets, ticks) = martingales(1, START, 7);
    let mut history = HourlyHistory::default();
    ticks.iter().for_each(|tick| history.push(tick.ts(), tick.quote.price()));
    let listed = markets.into_iter().next().expect("a market").listed;
    (listed, history.to_history(), moment(START + 3 * 86_400))
}

fn features(criterion: &mut Criterion) {
    let (market, history, at) = market();
    let snapshot = Snapshot {
        at,
        yes_price: 0.42,
        history: &history,
        volume: None,
        question: &market.question,
        category: market.category.as_deref(),
        tags: &market.tags,
        created_at: market.created_at,
        end_at: market.end_at,
    };
    criterion.bench_function("features of a market", |bencher| bencher.iter(|| extract(black_box(&snapshot))));
    let text = QuestionFeatures::new(snapshot.question, snapshot.category, snapshot.tags);
    criterion.bench_function("features of a market whose question is known", |bencher| {
        bencher.iter(|| extract_with(black_box(&snapshot), &text));
    });
}

/// A market through all gates into three books, and one that stops at its edge.
fn gates(criterion: &mut Criterion) {
    let (market, _, at) = market();
    let profiles = ["aggressive", "balanced", "conservative"].map(|name| StrategyProfile::built_in(name).expect(name));
    let gates = GateSettings { block_yes_side: false, ..GateSettings::default() };
    let settings = BacktestSettings::new(gates, profiles.to_vec(), Usd::from_micros(300_000_000));
    let quote = Quote::new(0.42, None, None).expect("a price");
    let market = Market { yes_price_hint: Some(quote.price()), ..market };
    let books = AssumedBooks::new(&market, quote, at, &settings.gates).expect("books");
    for (name, said) in [("a bet of three books", 0.9), ("no edge", 0.43)] {
        let prediction = Probability::new(said).map(|probability| Prediction {
            probability,
            learners: Vec::new(),
            confidence: 0.75,
        });
        let listed = ListedMarket {
            market: &market,
            number: (0, 0),
            yes_book: Some(&books.yes),
            no_book: Some(&books.no),
            prediction,
        };
        criterion.bench_function(&format!("gates, with their words: {name}"), |bencher| {
            bencher
                .iter(|| Desk::new(&settings, at).scan(black_box(std::slice::from_ref(&listed)), &settings.cycle(at)));
        });
    }
}

fn broker(criterion: &mut Criterion) {
    let level =
        |cents: i64| Level { price: Price::from_micros(cents * 10_000), shares: Shares::from_micros(37_000_000) };
    let (bids, asks) = ((20 - LEVELS + 1..=20).map(level).collect(), (21..21 + LEVELS).map(level).collect());
    let book = OrderBook::new(OutcomeToken::new("1"), bids, asks, DateTime::UNIX_EPOCH, None);
    let fee = FeeModel { rule: FeeRule::Schedule { rate_micros: 50_000, exponent: 1 }, fallback_micros: 20_000 };
    let order = Order::buy(Price::from_micros(400_000), Usd::from_micros(150_000_000), Usd::from_micros(1_000_000_000));
    criterion.bench_function("fill over 15 of 20 levels", |bencher| {
        bencher
            .iter(|| walk(black_box(&book), &order, &fee, DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH).expect("a fill"));
    });
}

fn ledger(criterion: &mut Criterion) {
    let book = BookId::new("balanced");
    let mut ledger = Ledger::default();
    let transfer = |from: Account, to: Account, kind: TransferKind| Transfer {
        at: DateTime::UNIX_EPOCH,
        from,
        to,
        amount: Usd::from_micros(1_000_000),
        kind,
        book: book.clone(),
        position_id: None,
    };
    ledger.apply(&transfer(Account::Capital(book.clone()), Account::Cash(book.clone()), TransferKind::Fund));
    let there = transfer(Account::Cash(book.clone()), Account::Cost(1), TransferKind::Buy);
    let back = transfer(Account::Cost(1), Account::Cash(book.clone()), TransferKind::Return);
    criterion.bench_function("two transfers and the balance of cash", |bencher| {
        bencher.iter(|| {
            ledger.apply(black_box(&there));
            ledger.apply(black_box(&back));
            ledger.balance(&Account::Cash(book.clone()))
        });
    });
}

criterion_group!(benches, features, gates, broker, ledger);
criterion_main!(benches);
