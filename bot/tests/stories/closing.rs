//! Selling before the end: a preview, a confirmation, a fill into the bids.

use engine_core::market::Side;
use engine_core::money::Usd;
use engine_core::position::PositionStatus;

use crate::bet::{RATE, SLIPPAGE};
use crate::harness::{Setup, Story};
use crate::markets::{identity, list, loud, orders, reprice};
use crate::served::Served;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_position_is_sold_into_the_bids_once() {
    let settings = vec![("STRATEGIES", "aggressive")];
    let mut story = Story::prepare(Setup { settings, ..Setup::default() }).await;
    let market = list(&story.world, &loud("the sold thing"));
    story.start().await;
    let card = story.card("PAPER · Signal").await;
    story.press(card.id, "Approve").await;
    story.shows(card.id, "Approved by you").await;
    let opened = story.positions().await.remove(0);

    // Yes falls: No can be sold at 69 cents, 20 shares of it, then at 68.
    reprice(&story.world, market, 0.30, orders(&[("0.29", "900")], &[("0.31", "20"), ("0.32", "900")]));
    let open = story.ask("/open", "PAPER · Open positions").await;
    assert!(open.text.contains("bid 69.0¢"), "{}", open.text);
    story.press(open.id, "Close 1").await;
    let preview = story.shows(open.id, "Sell this position?").await;
    let sell = Story::data_of(&preview, "Sell now");
    assert_eq!(story.positions().await[0].status, PositionStatus::Open);

    let ([_, no], _) = identity(&story.world, market);
    let served = Served::fetch(&story.venue.clob_url, &no).await;
    let shares = i128::from(opened.shares.micros());
    let taken = served.sell(shares, served.bids[0].0 - SLIPPAGE, RATE);
    assert_eq!((taken.shares, taken.levels.len()), (shares, 2));
    let pnl = taken.notional - i128::from(opened.stake.micros()) - taken.fee;
    let dollars = pnl as f64 / 1e6;
    assert!(preview.text.contains(&format!("profit +${dollars:.2}")), "{} {dollars}", preview.text);

    let answer = story.press(open.id, "Sell now").await;
    assert_eq!((answer.text, answer.alert), (format!("Sold, profit +${dollars:.2}."), false));
    let told = story.card("Sold, as you asked").await;
    assert!(told.text.contains(&format!("profit +${dollars:.2}")), "{}", told.text);
    let closed = story.positions().await.remove(0);
    assert_eq!((closed.status, i128::from(closed.shares.micros())), (PositionStatus::Closed, 0));
    assert_eq!(i128::from(closed.realized_pnl.micros()), pnl - i128::from(opened.fee.micros()));
    let fills = story.store().fills_of(closed.id).await.unwrap();
    let sale = fills.iter().find(|fill| fill.side == Side::Sell).unwrap();
    assert_eq!(fills.len(), 2);
    assert_eq!(i128::from(sale.notional.micros()), taken.notional);
    assert_eq!(i128::from(sale.fee.micros()), taken.fee);
    assert_eq!(sale.book_hash.as_deref(), Some(served.hash.as_str()));

    // Once more, from a screen that still shows the button, twice: the question, then the plain answer.
    let transfers = story.store().transfers(None).await.unwrap();
    let first = story.press_data(open.id, &sell).await;
    let shown = story.shows(open.id, "already closed").await;
    assert!(shown.button("Sell now").is_none(), "{first:?} {}", shown.text);
    let second = story.press_data(open.id, &sell).await;
    assert!(second.alert && second.text.contains("already closed"), "{second:?}");
    story.quiet().await;
    assert_eq!(story.store().transfers(None).await.unwrap(), transfers);
    assert_eq!(story.positions().await, std::slice::from_ref(&closed));
    assert_eq!(story.count("Sold, as you asked"), 1);
    let book = story.store().books().await.unwrap().remove(0);
    assert_eq!(book.cash, Usd::from_micros(300_000_000) + closed.realized_pnl);
    story.finish().await;
}
