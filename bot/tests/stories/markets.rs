//! Markets of the stories.

use chrono::TimeDelta;
use engine_core::money::{Price, Shares};
use sandbox::world::{MarketChange, MarketSpec, Orders, Rung, World};

/// Prices and sizes of resting orders, best first.
pub(crate) type Ladder<'a> = &'a [(&'a str, &'a str)];

/// A question the scripted model thinks far too dear at Yes.
pub(crate) fn loud(what: &str) -> String {
    format!("Will {what} definitely happen?")
}

/// A question it has no opinion on.
pub(crate) fn quiet(what: &str) -> String {
    format!("Is {what} going to happen?")
}

/// Orders as seen from Yes.
pub(crate) fn orders(bids: Ladder<'_>, asks: Ladder<'_>) -> Orders {
    let rungs = |ladder: Ladder<'_>| -> Vec<Rung> {
        ladder
            .iter()
            .map(|(price, shares)| (price.parse::<Price>().unwrap(), shares.parse::<Shares>().unwrap()))
            .collect()
    };
    Orders { bids: rungs(bids), asks: rungs(asks) }
}

/// A book around 40 cents for Yes. A buyer of No finds 60.5 shares at 61 cents, then plenty at 62, then more at 63.
pub(crate) fn around_forty() -> Orders {
    orders(
        &[("0.39", "60.5"), ("0.38", "900"), ("0.37", "2000")],
        &[("0.41", "70.25"), ("0.42", "900"), ("0.43", "800")],
    )
}

/// Lists a market at 40 cents with the book of [`around_forty`], ending in two days.
pub(crate) fn list(world: &World, question: &str) -> u64 {
    let end = world.clock().now() + TimeDelta::days(2);
    let id = world.add_market(&MarketSpec { end_at: Some(end), ..MarketSpec::new(question, 0.40) }).unwrap();
    reprice(world, id, 0.40, around_forty());
    id
}

/// Another price and other orders from now on.
pub(crate) fn reprice(world: &World, id: u64, price: f64, orders: Orders) {
    let change = MarketChange { price: Some(price), orders: Some(orders), ..MarketChange::default() };
    world.override_market(id, change).unwrap();
}

/// The market's outcome tokens, Yes first, and its condition.
pub(crate) fn identity(world: &World, id: u64) -> ([String; 2], String) {
    let view = world.view();
    let listing = view.market(id).unwrap();
    (listing.tokens.clone(), listing.condition_id.clone())
}
