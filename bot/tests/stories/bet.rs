//! The way of a bet: card, approval, fill, result; and everything that must not change it.

use chrono::TimeDelta;
use engine::store::ExportTable;
use engine_core::money::Usd;
use engine_core::position::{Position, PositionStatus};
use engine_core::signal::SignalStatus;
use sandbox::telegram::{OWNER, STRANGER};
use sandbox::world::Payout;
use serde_json::Value;

use crate::harness::{Database, Setup, Story};
use crate::markets::{identity, list, loud, orders, quiet, reprice};
use crate::model::{CONFIDENCE, SHARE_OF_PRICE};
use crate::served::{Served, millionths};

/// Fee rate of political markets, in millionths.
pub(crate) const RATE: i128 = 40_000;
/// The slippage setting's default, in millionths.
pub(crate) const SLIPPAGE: i128 = 10_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bet_is_approved_filled_settled_and_explained() {
    way_of_a_bet(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_of_a_bet_is_the_same_on_postgresql() {
    way_of_a_bet(Database::Postgres).await;
}

async fn way_of_a_bet(database: Database) {
    let mut story = Story::prepare(Setup { database, ..Setup::default() }).await;
    let market = list(&story.world, &loud("the <b>northern</b> bridge & \"Co\" opening"));
    list(&story.world, &quiet("the southern tunnel"));
    story.start().await;
    let ([_, no], condition) = identity(&story.world, market);

    let card = story.card("PAPER · Signal").await;
    let labels: Vec<String> = card.buttons().into_iter().flatten().map(|button| button.label).collect();
    for label in ["Approve", "Half", "Skip", "Why", "Chart", "Mute"] {
        assert!(labels.iter().any(|found| found.contains(label)), "{labels:?}");
    }
    assert!(!card.silent && card.text.contains("the <b>northern</b> bridge & \"Co\" opening"), "{}", card.text);
    let approve = Story::data_of(&card, "Approve");
    story.quiet().await;
    assert_eq!(story.store().pending_signals().await.unwrap().len(), 1, "the quiet market makes no signal");
    check_forecasts(&story).await;

    strangers_press_does_nothing(&story, &approve).await;

    // The book is read at the press: what is served now is what is filled.
    reprice(
        &story.world,
        market,
        0.40,
        orders(&[("0.39", "44.25"), ("0.385", "33"), ("0.38", "900")], &[("0.41", "500"), ("0.42", "900")]),
    );
    let served = Served::fetch(&story.venue.clob_url, &no).await;
    let answer = story.press(card.id, "Approve").await;
    assert_eq!((answer.text.as_str(), answer.alert), ("Placed.", false));
    let positions = story.positions().await;
    check_fills(&story, &positions, &served).await;

    let edited = story.shows(card.id, "Approved by you").await;
    assert!(edited.buttons().is_empty(), "{:?}", edited.buttons());
    let shares: f64 = positions.iter().map(|position| position.shares.to_f64()).sum();
    assert!(edited.text.contains(&format!("{shares:.1} shares @ 61.")), "{}", edited.text);
    assert!(edited.text.contains("3 levels walked"), "{}", edited.text);
    assert!(edited.text.contains("over mid") && edited.text.contains("fee $"), "{}", edited.text);

    // The same button on another device that still shows it.
    let ledger = story.export(ExportTable::Ledger).await;
    let again = story.press_data(card.id, &approve).await;
    assert!(again.alert && again.text.contains("Already decided: approved by you"), "{again:?}");
    story.quiet().await;
    assert_eq!(story.positions().await, positions);
    assert_eq!(story.export(ExportTable::Ledger).await, ledger);
    assert!(story.telegram.message(OWNER, card.id).unwrap().text.contains("Approved by you"));

    story.pass(TimeDelta::hours(5));
    story.world.resolve(market, Payout::NO).unwrap();
    story.run("housekeeping").await;
    let won = story.card("✔ Won").await;
    assert!(won.media.is_some(), "a win comes with its animation");
    check_settlement(&story, &won.text).await;
    check_export(&story, &condition, &no).await;
    check_pages(&story).await;
    story.finish().await;
}

/// What the owner can read of it afterwards.
async fn check_pages(story: &Story) {
    let all: Usd = story.positions().await.iter().map(|position| position.realized_pnl).sum();
    let pnl = format!("+${:.2}", all.to_f64());
    let stats = story.ask("/stats", "PAPER · Stats").await;
    assert!(stats.text.contains(&pnl), "{pnl} in {}", stats.text);
    let home = story.ask("/home", "PAPER · oddsmith").await;
    assert!(home.text.contains(&pnl) && home.text.contains("Last scan"), "{pnl} in {}", home.text);
    let brier = story.ask("/brier", "Brier").await;
    assert!(!brier.buttons().is_empty());
    let why = story.ask("/why", "Why no bet?").await;
    assert!(why.text.contains("1 signal and 3 bets"), "{}", why.text);
    let open = story.ask("/open", "PAPER · Open positions").await;
    assert!(open.text.contains("None"), "{}", open.text);
    story.ask("/help", "What I can do").await;
}

/// Each posterior is the formula's, and the quiet market is logged as well.
async fn check_forecasts(story: &Story) {
    let rows = story.export(ExportTable::Predictions).await;
    assert_eq!(rows.len(), 2);
    for row in rows {
        let number = |name: &str| row[name].as_f64().unwrap();
        let (m, p) = (number("mid"), number("model_p"));
        let odds = |p: f64| p / (1.0 - p);
        let after = odds(m) * (odds(p) / odds(m)).powf(CONFIDENCE);
        assert!((number("posterior") - after / (1.0 + after)).abs() < 1e-9, "{row}");
        let loud = row["gate"] == "signals";
        assert!((p - if loud { m * SHARE_OF_PRICE } else { m }).abs() < 1e-9, "{row}");
        assert!(loud || row["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{row}");
    }
}

async fn strangers_press_does_nothing(story: &Story, approve: &str) {
    let stranger = story.telegram.as_user(STRANGER);
    stranger.say("hello").unwrap();
    let hello = story.until("a word to the stranger", |telegram| telegram.card(STRANGER, "private bot")).await;
    let query = stranger.press_data(STRANGER, hello.id, approve).unwrap();
    let answer = story.telegram.wait_for_answer(std::time::Duration::from_secs(20), &query).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.alert), ("Only the owner can do this.", true));
    assert!(story.positions().await.is_empty());
    assert_eq!(story.store().pending_signals().await.unwrap().len(), 1);
    story.card("Someone I do not know").await;
}

/// One position a book, filled as the served book implies, with a Kelly stake.
async fn check_fills(story: &Story, positions: &[Position], served: &Served) {
    let mut books: Vec<&str> = positions.iter().map(|position| position.book.as_str()).collect();
    books.sort_unstable();
    assert_eq!(books, ["aggressive", "balanced", "conservative"]);
    let signal = story.store().signal(positions[0].signal_id.unwrap()).await.unwrap().unwrap();
    let q = signal.decision.candidate.as_ref().unwrap().win_probability.get();
    for position in positions {
        let [fill] = &story.store().fills_of(position.id).await.unwrap()[..] else { panic!("{position:?}") };
        let shares = i128::from(fill.shares.micros());
        let taken = served.buy(shares, RATE);
        let levels: Vec<(i128, i128)> =
            fill.levels.iter().map(|level| (level.price.micros().into(), level.shares.micros().into())).collect();
        assert_eq!(levels, taken.levels);
        assert_eq!(i128::from(fill.notional.micros()), taken.notional);
        assert_eq!(i128::from(fill.fee.micros()), taken.fee);
        let vwap = taken.notional as f64 / shares as f64;
        assert!((fill.vwap.to_f64() - vwap).abs() < 1e-6, "{fill:?}");
        assert!((fill.slippage().unwrap() - (vwap - served.mid())).abs() < 1e-6);
        assert_eq!(fill.book_hash.as_deref(), Some(served.hash.as_str()));
        assert!(taken.levels.last().unwrap().0 <= served.asks[0].0 + SLIPPAGE);
        assert!(shares % 10_000 == 0 && (position.stake, position.fee) == (fill.notional, fill.fee));

        // 5 % of the bankroll either way is far more than rounding to cents and lots explains.
        let multiplier = match position.book.as_str() {
            "aggressive" => 0.50,
            "balanced" => 0.25,
            _ => 0.15,
        };
        let cost = vwap + 0.04 * vwap * (1.0 - vwap);
        let kelly = 300.0 * multiplier * (q - cost) / (1.0 - cost);
        let stake = position.stake.to_f64();
        assert!(stake <= kelly + 0.01 && stake > kelly * 0.95, "{} stakes {stake}, Kelly says {kelly}", position.book);
    }
}

async fn check_settlement(story: &Story, told: &str) {
    let positions = story.positions().await;
    assert_eq!(positions.len(), 3);
    let mut all = Usd::ZERO;
    for position in &positions {
        assert_eq!(position.status, PositionStatus::Settled);
        let pnl = position.shares_bought.micros() - position.stake.micros() - position.fee.micros();
        assert_eq!(position.realized_pnl, Usd::from_micros(pnl));
        all += position.realized_pnl;
    }
    assert!(told.contains(&format!("profit +${:.2}", all.to_f64())), "{told}");
    for book in story.store().books().await.unwrap() {
        let own: Usd = positions.iter().filter(|p| p.book == book.book).map(|p| p.realized_pnl).sum();
        assert_eq!(book.cash, Usd::from_micros(300_000_000) + own);
    }
}

/// The exported rows tell the same story.
async fn check_export(story: &Story, condition: &str, token: &str) {
    let positions = story.export(ExportTable::Positions).await;
    let fills = story.export(ExportTable::Fills).await;
    assert_eq!((positions.len(), fills.len()), (3, 3));
    for (position, fill) in positions.iter().zip(&fills) {
        assert_eq!((&position["status"], &position["source"]), (&Value::from("settled"), &Value::from("ensemble")));
        assert_eq!((&position["condition_id"], &position["token_id"]), (&condition.into(), &token.into()));
        assert_eq!(position["id"], fill["position_id"]);
        for (of_position, of_fill) in [("shares", "shares"), ("stake", "stake"), ("fee", "fee"), ("price", "vwap")] {
            assert_eq!(position[of_position], fill[of_fill]);
        }
        assert!(fill["side"] == "buy" && fill["latency_ms"].as_i64().is_some_and(|ms| ms >= 0));
    }
    let mut sums = std::collections::BTreeMap::<String, i128>::new();
    for row in story.export(ExportTable::Ledger).await {
        let amount = millionths(&row["amount"].to_string());
        assert!(amount > 0, "{row}");
        *sums.entry(row["from"].as_str().unwrap().to_owned()).or_default() -= amount;
        *sums.entry(row["to"].as_str().unwrap().to_owned()).or_default() += amount;
    }
    assert_eq!(sums.values().sum::<i128>(), 0);
    for position in &positions {
        let (book, id) = (position["book"].as_str().unwrap(), &position["id"]);
        assert_eq!(sums[&format!("cost:{id}")], 0);
        let pnl = -sums[&format!("pnl:{book}")] - sums[&format!("fees:{book}")];
        assert!((pnl as f64 - position["pnl"].as_f64().unwrap() * 1e6).abs() < 0.5, "{position}");
    }
    let [signal] = &story.export(ExportTable::Signals).await[..] else { panic!("one signal") };
    assert_eq!((&signal["status"], &signal["decided_by"]), (&"approved".into(), &format!("user:{OWNER}").into()));
    let outcomes: Vec<Value> =
        story.export(ExportTable::Predictions).await.iter().map(|row| row["outcome"].clone()).collect();
    assert!(outcomes.contains(&Value::from(0.0)) && outcomes.contains(&Value::Null), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_after_the_expiry_changes_nothing() {
    let mut story = Story::prepare(Setup::default()).await;
    list(&story.world, &loud("the late vote"));
    story.start().await;
    let card = story.card("PAPER · Signal").await;
    let buttons = ["Approve", "Half", "Skip"].map(|label| Story::data_of(&card, label));
    story.pass(TimeDelta::minutes(15));
    let expired = story.shows(card.id, "Expired").await;
    assert!(expired.buttons().is_empty());
    for data in &buttons {
        let answer = story.press_data(card.id, data).await;
        assert!(answer.alert && answer.text.contains("expired"), "{answer:?}");
    }
    story.quiet().await;
    assert!(story.positions().await.is_empty());
    let [signal] = &story.store().recent_signals(9).await.unwrap()[..] else { panic!("one signal") };
    assert_eq!(signal.status, SignalStatus::Expired);

    // It rests before it is suggested again.
    story.run("scan").await;
    assert_eq!(story.store().recent_signals(9).await.unwrap().len(), 1);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shipped_model_speaks_of_a_sudden_jump_and_the_bot_asks() {
    let mut story = Story::prepare(Setup { model: crate::model::Model::Shipped, ..Setup::default() }).await;
    let now = story.now();
    // As the demo's markets: quiet near nine cents for a day and a half, then up thirty points within minutes.
    let history = (0..40).map(|hour| {
        let price = 0.085 + 0.01 * f64::from(hour % 3) / 3.0;
        (now - TimeDelta::hours(40 - i64::from(hour)), if hour < 36 { price } else { 0.39 })
    });
    let spec = sandbox::world::MarketSpec {
        history: history.collect(),
        created_at: Some(now - TimeDelta::hours(40)),
        end_at: Some(now + TimeDelta::hours(5)),
        volume: 90_000.0,
        ..sandbox::world::MarketSpec::new("Will the minister resign by Tuesday?", 0.39)
    };
    story.world.add_market(&spec).unwrap();
    story.start().await;
    story.card("PAPER · Signal").await;
    let signal = story.store().pending_signals().await.unwrap().remove(0);
    let (prediction, mid) = (signal.decision.prediction.unwrap(), signal.decision.mid.unwrap());
    let spread = prediction
        .learners
        .iter()
        .fold(0.0, |most: f64, a| prediction.learners.iter().fold(most, |most, b| most.max(a - b)));
    let confidence = (0.75 / (1.0 + 4.0 * spread)).clamp(0.25, 0.75);
    assert!((prediction.confidence - confidence).abs() < 1e-9);
    let odds = |p: f64| p / (1.0 - p);
    let after = odds(mid) * (odds(prediction.probability.get()) / odds(mid)).powf(confidence);
    assert!((signal.decision.posterior.unwrap().get() - after / (1.0 + after)).abs() < 1e-9);
    story.finish().await;
}
