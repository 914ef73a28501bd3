//! A wallet as a whole: value, statistics, profit over time.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::book::value_at;
use super::{Bad, Pairs, Params, Refused, user_v1, user_v2};
use crate::polymarket::Venue;
use crate::world::{Account, Deed, View, round_to};

/// Most points of a series of profit.
const MOST_POINTS: i64 = 1_000;

pub(super) async fn value_v2(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Refused> {
    let params = Params::from(pairs);
    let user = user_v2(&params)?;
    let view = venue.world.view();
    let value = round_to(value_at(&view, &view.account(user), view.now_ms()), 4);
    Ok(Json(json!({"data": {"proxy_wallet": user, "value": value}})))
}

pub(super) async fn value_v1(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Bad> {
    let params = Params::from(pairs);
    let user = user_v1(&params)?;
    let view = venue.world.view();
    let value = round_to(value_at(&view, &view.account(user), view.now_ms()), 4);
    Ok(Json(json!([{"user": user, "value": value}])))
}

/// How many markets it has traded.
pub(super) async fn traded(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Bad> {
    let params = Params::from(pairs);
    let user = user_v1(&params)?;
    let view = venue.world.view();
    let account = view.account(user);
    let mut markets: Vec<&str> = account.holdings().map(|holding| holding.subject.condition.as_str()).collect();
    markets.sort_unstable();
    markets.dedup();
    Ok(Json(json!({"user": user, "traded": markets.len()})))
}

pub(super) async fn volume(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Refused> {
    let params = Params::from(pairs);
    let user = user_v2(&params)?;
    let view = venue.world.view();
    if view.trader(user).is_none() {
        return Ok(Json(json!({"data": null})));
    }
    let flow = view.account(user).flow;
    let (volume, volume_usdc) = (round_to(flow.shares, 6), round_to(flow.usdc, 6));
    Ok(Json(json!({"data": {"volume": volume, "volume_usdc": volume_usdc, "trade_count": flow.trades}})))
}

pub(super) async fn stats(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Refused> {
    let params = Params::from(pairs);
    let user = user_v2(&params)?;
    let view = venue.world.view();
    let Some(trader) = view.trader(user) else { return Ok(Json(json!({"data": null}))) };
    let rows = view.activity(user);
    let account = Account::of(rows.iter().map(AsRef::as_ref));
    let mut orders: Vec<&str> = rows.iter().filter(|row| row.is_trade()).map(|row| &*row.transaction).collect();
    orders.sort_unstable();
    orders.dedup();
    let best = account.holdings().map(|holding| holding.realized).fold(0.0, f64::max);
    Ok(Json(json!({"data": {
        "proxy_wallet": trader.wallet,
        "trades": orders.len(),
        "biggest_win": round_to(best, 6),
        "views": trader.seed % 500,
        "join_date": trader.joined_s,
        "all_time_pnl": point(&view, &account, view.now_ms()),
    }})))
}

/// The books at a moment, as the series of profit has them.
fn point(view: &View<'_>, account: &Account, ms: i64) -> Value {
    let realized = account.realized();
    let position = account.cash + value_at(view, account, ms);
    let money = |value: f64| json!(round_to(value, 6));
    json!({
        "timestamp": ms / 1_000,
        "source_block": 90_000_000 + ms.rem_euclid(1_000_000_000) / 2_000,
        "realized_market_pnl": money(realized),
        "realized_lp_pnl": 0.0,
        "realized_combo_pnl": 0.0,
        "unrealized_pnl": money(position - realized),
        "fees_refunded": 0.0,
        "maker_rebate": money(account.income),
        "taker_rebate": 0.0,
        "reward_income": 0.0,
        "yield_income": 0.0,
        "referral_income": 0.0,
        "deposits": null,
        "withdrawals": null,
        "realized_pnl": money(realized),
        "wallet_income": money(account.income),
        "position_pnl": money(position),
        "settled_pnl": money(realized + account.income),
        "economic_pnl": money(position + account.income),
        "trade_pnl": money(position + account.flow.fees),
        "sponsored_income": 0.0,
        "fees": money(-account.flow.fees),
        "fees_paid": money(-account.flow.fees),
        "cashflow_net": null,
        "volume": money(account.flow.shares),
        "volume_usdc": money(account.flow.usdc),
        "trade_count": account.flow.trades,
    })
}

pub(super) async fn pnl(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Refused> {
    let params = Params::from(pairs);
    let user = user_v2(&params)?;
    let interval = params.first("interval").unwrap_or("max");
    let (span, usual) = match interval {
        "max" | "all" => (i64::MAX, "1d"),
        "1m" => (30 * 86_400, "1d"),
        "1w" => (7 * 86_400, "1d"),
        "1d" => (86_400, "1h"),
        "12h" => (43_200, "1h"),
        "6h" => (21_600, "1h"),
        _ => return Err(Refused::new("interval", "unknown interval")),
    };
    let fidelity = params.first("fidelity").unwrap_or(usual);
    let step = match fidelity {
        "1d" => 86_400,
        "18h" => 64_800,
        "12h" => 43_200,
        "3h" => 10_800,
        "1h" => 3_600,
        _ => return Err(Refused::new("fidelity", "unknown fidelity")),
    };
    let view = venue.world.view();
    let Some(trader) = view.trader(user) else { return Ok(Json(json!({"data": null}))) };
    let rows = view.activity(user);
    let now = view.now_ms() / 1_000;
    let first = rows.first().map_or(now, |row| row.at_s).max(now.saturating_sub(span));
    let first = first.max(now - MOST_POINTS * step);
    Ok(Json(json!({"data": {
        "proxy_wallet": trader.wallet,
        "interval": interval,
        "fidelity": fidelity,
        "source_fidelity": fidelity,
        "points": series(&view, &rows, (first, now, step)),
    }})))
}

/// The books at every whole step from `first` on, and now.
fn series(view: &View<'_>, rows: &[Arc<Deed>], (first, now, step): (i64, i64, i64)) -> Vec<Value> {
    let mut moments: Vec<i64> = (first.div_euclid(step) + 1..=now.div_euclid(step)).map(|slot| slot * step).collect();
    moments.push(now);
    moments.dedup();
    let (mut account, mut done) = (Account::default(), 0);
    let at = |moment: &i64| {
        let upto = rows.partition_point(|row| row.at_s <= *moment);
        for row in rows.get(done..upto).unwrap_or_default() {
            account.enter(row);
        }
        done = upto.max(done);
        point(view, &account, moment * 1_000)
    };
    moments.iter().map(at).collect()
}
