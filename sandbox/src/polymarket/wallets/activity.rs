//! `/v2/activity`, `/v2/trades` and their elders `/activity`, `/trades`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use engine_core::market::Side;
use serde_json::{Value, json};

use super::cache::cached;
use super::page::Page;
use super::{Bad, Pairs, Params, Refused, either, flag_v2, number_v2, row, user_v1, user_v2};
use crate::polymarket::Venue;
use crate::polymarket::faults::FeedFault;
use crate::world::{Deed, Trader, View};

/// Seconds for which the venue's network answers from memory.
const ACTIVITY_S: i64 = 15;
const TRADES_S: i64 = 300;
/// Version 1: rows of activity and trades at most, clamped without a word, and the deepest offset.
const MOST_V1: usize = 500;
const USUAL_V1: usize = 100;
const DEEPEST_ACTIVITY: usize = 5_000;
const DEEPEST_TRADES: usize = 10_000;
/// Smallest trade shown unless asked otherwise, shares.
const SMALLEST: f64 = 0.01;

/// What rows are wanted.
#[derive(Debug, Default)]
struct Filters {
    kinds: Vec<String>,
    side: Option<String>,
    conditions: Vec<String>,
    events: Vec<u64>,
    start: Option<i64>,
    end: Option<i64>,
    with_transfers: bool,
    takers_only: bool,
    /// At least so many shares, and so many dollars.
    smallest: (f64, f64),
}

impl Filters {
    fn shows(&self, view: &View<'_>, deed: &Deed) -> bool {
        let side = match deed.side {
            Some(Side::Buy) => "BUY",
            Some(Side::Sell) => "SELL",
            None => "",
        };
        let within = self.start.is_none_or(|start| deed.at_s >= start) && self.end.is_none_or(|end| deed.at_s <= end);
        let transfer = ["DEPOSIT", "WITHDRAWAL"].contains(&&*deed.kind);
        let tip = &*deed.kind == "TIP";
        let kind = if self.kinds.is_empty() {
            !tip && (self.with_transfers || !transfer)
        } else {
            self.kinds.iter().any(|kind| **kind == *deed.kind)
        };
        let of_event = || {
            let market = view.by_condition(&deed.subject.condition);
            market.is_some_and(|listing| self.events.contains(&listing.group.id))
        };
        within
            && kind
            && self.side.as_deref().is_none_or(|wanted| wanted == side)
            && (self.conditions.is_empty() || self.conditions.contains(&deed.subject.condition))
            && (!self.takers_only || deed.taker)
            && deed.size >= self.smallest.0
            && deed.usdc >= self.smallest.1
            && (self.events.is_empty() || of_event())
    }

    fn v2(params: &Params) -> Result<Self, Refused> {
        let conditions = list(params, "condition");
        let events = list(params, "event_id");
        if !conditions.is_empty() && !events.is_empty() {
            return Err(Refused::new("event_id", "condition and event_id exclude each other"));
        }
        if conditions.len().max(events.len()) > 20 {
            return Err(Refused::new("condition", "at most 20 ids are allowed"));
        }
        let side = params.first("side").map(str::to_uppercase);
        if side.as_deref().is_some_and(|side| side != "BUY" && side != "SELL") {
            return Err(Refused::new("side", "must be BUY or SELL"));
        }
        let (start, end) = (number_v2(params, "start")?, number_v2(params, "end")?);
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            return Err(Refused::new("end", "must not be before start"));
        }
        Ok(Self {
            kinds: list(params, "type"),
            side,
            conditions,
            events: events.iter().filter_map(|id| id.parse().ok()).collect(),
            start,
            end,
            with_transfers: !flag_v2(params, "exclude_deposits_withdrawals", true)?,
            ..Self::default()
        })
    }

    fn v1(params: &Params) -> Result<Self, Bad> {
        let list = |name: &str| params.split(name).into_iter().map(str::to_owned).collect::<Vec<_>>();
        let (conditions, events) = (list("market"), list("eventId"));
        if !conditions.is_empty() && !events.is_empty() {
            return Err(Bad("market and eventId are mutually exclusive".to_owned()));
        }
        Ok(Self {
            kinds: list("type"),
            side: params.first("side").filter(|side| !side.is_empty()).map(str::to_uppercase),
            conditions,
            events: events.iter().filter_map(|id| id.parse().ok()).collect(),
            start: params.number("start")?,
            end: params.number("end")?,
            with_transfers: params.flag("excludeDepositsWithdrawals")? == Some(false),
            ..Self::default()
        })
    }

    fn trades(mut self, takers_only: bool, filter: Option<&str>, amount: Option<f64>) -> Self {
        self.kinds = vec!["TRADE".to_owned()];
        self.takers_only = takers_only;
        self.smallest = match filter {
            Some("CASH") => (0.0, amount.unwrap_or(0.0)),
            Some(_) | None => (amount.unwrap_or(SMALLEST), 0.0),
        };
        self
    }
}

fn list(params: &Params, name: &str) -> Vec<String> {
    let own = params.split(name);
    let found = if own.is_empty() { params.split(&super::camel(name)) } else { own };
    found.into_iter().map(str::to_owned).collect()
}

/// A row with its trader; the place orders rows of all wallets.
type Found<'v> = (&'v Trader, Arc<Deed>);

fn place((trader, deed): &Found<'_>) -> (i64, u64, String) {
    (deed.at_s, deed.seq, trader.wallet.clone())
}

/// Rows of one wallet, or of all, oldest first.
fn select<'v>(view: &'v View<'_>, user: Option<&str>, filters: &Filters) -> Vec<Found<'v>> {
    let traders: Vec<&Trader> = match user {
        Some(user) => view.trader(user).into_iter().collect(),
        None => view.traders().collect(),
    };
    let rows = traders.into_iter().flat_map(|trader| {
        let deeds = view.activity(&trader.wallet).into_iter();
        deeds.filter(|deed| filters.shows(view, deed)).map(move |deed| (trader, deed))
    });
    let mut rows: Vec<Found<'v>> = rows.collect();
    if user.is_none() {
        rows.sort_by_cached_key(place);
    }
    rows
}

type ToRow = fn(&View<'_>, &Trader, &Deed) -> Value;

/// One page of version 2, newest first unless asked otherwise.
fn page_v2(
    venue: &Venue,
    params: &Params,
    view: &View<'_>,
    rows: Vec<Found<'_>>,
    to_row: ToRow,
) -> Result<Value, Refused> {
    let page = Page::read(params)?;
    let ascending = match either(params, "sort_direction").map(str::to_uppercase).as_deref() {
        None | Some("DESC") => false,
        Some("ASC") => true,
        Some(_) => return Err(Refused::new("sort_direction", "must be ASC or DESC")),
    };
    let mut rows = rows;
    if !ascending {
        rows.reverse();
    }
    if let Some(after) = &page.after {
        let after = read_place(after).ok_or_else(|| Refused::new("cursor", "invalid cursor"))?;
        rows.retain(|found| if ascending { place(found) > after } else { place(found) < after });
    }
    let mut more = rows.len() > page.limit;
    rows.truncate(page.limit);
    let mut next = rows.last().map(|found| {
        let (at_s, seq, wallet) = place(found);
        format!("{at_s} {seq} {wallet}")
    });
    if let Some(sent) = page.after.as_ref().filter(|_| venue.faults.has_feed(FeedFault::RepeatedCursor)) {
        (more, next) = (true, Some(sent.clone()));
    }
    let told: Vec<Value> = rows.iter().map(|(trader, deed)| to_row(view, trader, deed)).collect();
    Ok(page.answer(&spoiled(venue, told), next.as_deref().filter(|_| more)))
}

fn read_place(text: &str) -> Option<(i64, u64, String)> {
    let mut parts = text.split(' ');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.to_owned()))
}

fn spoiled(venue: &Venue, rows: Vec<Value>) -> Vec<Value> {
    if venue.faults.has_feed(FeedFault::BrokenRows) { row::broken(rows) } else { rows }
}

/// `startTs` and other names the venue does not know are ignored: the newest page comes, whatever they say.
pub(super) async fn v2(State(venue): State<Venue>, uri: Uri, pairs: Pairs) -> Result<Response, Refused> {
    let params = Params::from(pairs);
    cached(&venue, &uri, ACTIVITY_S, || {
        let user = user_v2(&params)?;
        let view = venue.world.view();
        let rows = select(&view, Some(user), &Filters::v2(&params)?);
        page_v2(&venue, &params, &view, rows, row::activity_v2)
    })
}

pub(super) async fn trades_v2(State(venue): State<Venue>, uri: Uri, pairs: Pairs) -> Result<Response, Refused> {
    let params = Params::from(pairs);
    cached(&venue, &uri, TRADES_S, || {
        let user = if params.has("user") { Some(user_v2(&params)?) } else { None };
        if user.is_none() && (params.has("start") || params.has("end")) {
            return Err(Refused::new("start", "only with user"));
        }
        let (takers, amount) = (flag_v2(&params, "taker_only", true)?, number_v2(&params, "filter_amount")?);
        let filters = Filters::v2(&params)?.trades(takers, either(&params, "filter_type"), amount);
        let view = venue.world.view();
        let rows = select(&view, user, &filters);
        page_v2(&venue, &params, &view, rows, row::trade_v2)
    })
}

/// One page of version 1.
fn page_v1(
    venue: &Venue,
    params: &Params,
    view: &View<'_>,
    rows: Vec<Found<'_>>,
    (deepest, to_row): (usize, ToRow),
) -> Result<Value, Bad> {
    let limit = params.limit(USUAL_V1, MOST_V1)?;
    let offset = params.number::<usize>("offset")?.unwrap_or(0);
    if offset > deepest {
        return Err(Bad(format!("max historical activity offset of {deepest} exceeded")));
    }
    let mut rows = rows;
    match params.first("sortBy") {
        None | Some("TIMESTAMP") => {}
        Some("TOKENS") => rows.sort_by(|a, b| a.1.size.total_cmp(&b.1.size)),
        Some("CASH") => rows.sort_by(|a, b| a.1.usdc.total_cmp(&b.1.usdc)),
        Some(_) => return Err(Bad("invalid sortBy parameter".to_owned())),
    }
    if params.first("sortDirection") != Some("ASC") {
        rows.reverse();
    }
    let page = rows.iter().skip(offset).take(limit).map(|(trader, deed)| to_row(view, trader, deed));
    Ok(json!(spoiled(venue, page.collect())))
}

pub(super) async fn v1(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Bad> {
    let params = Params::from(pairs);
    let user = user_v1(&params)?;
    let view = venue.world.view();
    let rows = select(&view, Some(user), &Filters::v1(&params)?);
    page_v1(&venue, &params, &view, rows, (DEEPEST_ACTIVITY, row::activity_v1)).map(Json)
}

pub(super) async fn trades_v1(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Bad> {
    let params = Params::from(pairs);
    let user = if params.has("user") { Some(user_v1(&params)?) } else { None };
    let takers = params.flag("takerOnly")?.unwrap_or(true);
    let filters = Filters::v1(&params)?.trades(takers, params.first("filterType"), params.number("filterAmount")?);
    let view = venue.world.view();
    let rows = select(&view, user, &filters);
    page_v1(&venue, &params, &view, rows, (DEEPEST_TRADES, row::trade_v1)).map(Json)
}
