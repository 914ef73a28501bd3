//! `/markets` and `/markets/keyset`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::polymarket::Venue;
use crate::polymarket::faults::ListingFault;
use crate::polymarket::params::Params;
use crate::world::{Listing, View};

use super::cursor::{Key, Place, page};
use super::market_row::{self, With};
use super::{Closed, GammaError, MOST_ROWS, Range, USUAL_ROWS, broken};

/// Legacy paging ends here.
const DEEPEST_OFFSET: usize = 2_000;

type Pairs = Query<Vec<(String, String)>>;

/// Filters of both routes.
struct Filters<'a> {
    /// Asked for by name: then markets of the archive show, too.
    named: bool,
    closed: Closed,
    ids: Vec<u64>,
    slugs: Vec<&'a str>,
    tokens: Vec<&'a str>,
    conditions: Vec<&'a str>,
    questions: Vec<&'a str>,
    volume: Range<f64>,
    liquidity: Range<f64>,
    start: Range<i64>,
    end: Range<i64>,
    tags: Vec<u64>,
    versions: Vec<&'a str>,
    uma_status: Option<&'a str>,
    archived: bool,
}

impl<'a> Filters<'a> {
    fn read(params: &'a Params) -> Result<Self, GammaError> {
        let floats = |low: &str, high: &str| Ok::<_, GammaError>(Range(params.number(low)?, params.number(high)?));
        let moments = |low: &str, high: &str| Ok::<_, GammaError>(Range(params.moment(low)?, params.moment(high)?));
        let mut filters = Self {
            named: false,
            closed: Closed::read(&params.all("closed")?, Closed::Without)?,
            ids: params.integers("id")?,
            slugs: params.all("slug")?,
            tokens: params.all("clob_token_ids")?,
            conditions: params.all("condition_ids")?,
            questions: params.all("question_ids")?,
            volume: floats("volume_num_min", "volume_num_max")?,
            liquidity: floats("liquidity_num_min", "liquidity_num_max")?,
            start: moments("start_date_min", "start_date_max")?,
            end: moments("end_date_min", "end_date_max")?,
            tags: params.integers("tag_id")?,
            versions: params.all("version")?,
            uma_status: params.first("uma_resolution_status"),
            archived: params.flag("archived")? == Some(true) || params.flag("active")? == Some(false),
        };
        filters.named = !(filters.ids.is_empty()
            && filters.slugs.is_empty()
            && filters.tokens.is_empty()
            && filters.conditions.is_empty()
            && filters.questions.is_empty());
        if filters.closed == Closed::Both && !filters.named {
            return Err(GammaError::Validation("closed=any requires an identifier filter".to_owned()));
        }
        Ok(filters)
    }

    fn shows(&self, view: &View<'_>, listing: &Listing) -> bool {
        let any = |wanted: &[&str], value: &str| wanted.is_empty() || wanted.contains(&value);
        let version = if listing.protocol_v2 { "v2" } else { "v1" };
        (self.ids.is_empty() || self.ids.contains(&listing.id))
            && any(&self.slugs, &listing.slug)
            && any(&self.conditions, &listing.condition_id)
            && any(&self.questions, &listing.question_id)
            && (self.tokens.is_empty() || self.tokens.iter().any(|token| listing.outcome_of(token).is_some()))
            && any(&self.versions, version)
            && !self.archived
            && (self.tags.is_empty() || listing.group.tags.iter().any(|tag| self.tags.contains(&tag.id)))
            && self.start.holds(Some(listing.created_ms))
            && self.end.holds(view.end_ms(listing))
            && self.liquidity.holds(Some(listing.level_shares * 4.0))
            && self.closed.shows(view.phase(listing).is_closed())
            && self.volume.holds(view.volume(listing))
            && self.uma_status.is_none_or(|wanted| market_row::uma_word(view, listing) == Some(wanted))
    }
}

/// Sort fields, as the venue names them in JSON. `volume` is text there and sorts as text.
fn keys(view: &View<'_>, listing: &Listing, order: &[&str]) -> Vec<Key> {
    let number = |value: Option<f64>| Key::Number(value.unwrap_or(0.0));
    let key = |name: &&str| match *name {
        "volumeNum" | "volumeClob" => number(view.volume(listing)),
        "volume24hr" => number(view.volume_since(listing, 86_400_000)),
        "volume1wk" => number(view.volume_since(listing, 604_800_000)),
        "liquidityNum" | "liquidityClob" => number(Some(listing.level_shares * 4.0)),
        "endDate" => number(view.end_ms(listing).map(|ms| ms as f64)),
        "startDate" | "createdAt" => number(Some(listing.created_ms as f64)),
        "competitive" => number(Some(1.0 - (view.snapshot(listing).mid - 0.5).abs())),
        "volume" => Key::Text(view.volume(listing).map_or_else(String::new, |volume| volume.to_string())),
        "liquidity" => Key::Text((listing.level_shares * 4.0).to_string()),
        _ => number(Some(0.0)),
    };
    order.iter().filter(|name| **name != "id").map(key).collect()
}

const SORTABLE: [&str; 13] = [
    "id",
    "volumeNum",
    "volumeClob",
    "volume24hr",
    "volume1wk",
    "liquidityNum",
    "liquidityClob",
    "endDate",
    "startDate",
    "createdAt",
    "competitive",
    "volume",
    "liquidity",
];

pub(super) fn order<'a>(params: &'a Params, sortable: &[&str]) -> Result<Vec<&'a str>, GammaError> {
    let order = params.split("order");
    match order.iter().find(|name| !sortable.contains(name)) {
        Some(name) => Err(GammaError::Validation(format!("order: unknown field {name}"))),
        None => Ok(order),
    }
}

/// Rows with their places, and whether more follow.
type Found<'v> = (Vec<(Place, &'v Arc<Listing>)>, bool);

/// Matching markets after `after`, in order, at most `limit`, and whether more follow.
fn select<'v>(
    view: &'v View<'_>,
    params: &Params,
    after: Option<&Place>,
    limit: usize,
) -> Result<Found<'v>, GammaError> {
    let filters = Filters::read(params)?;
    let order = order(params, &SORTABLE)?;
    let ascending = params.flag("ascending")?.unwrap_or(order.is_empty());
    let shows = |listing: &&Arc<Listing>| filters.shows(view, listing);
    if ascending && order.iter().all(|name| *name == "id") {
        // Ids ascend as stored: no need to look at the markets of other pages.
        let after = after.map_or(0, |place| place.id);
        let archived = view.archived_after(after).filter(|_| filters.named);
        let mut rest = archived.chain(view.listings_after(after)).filter(shows);
        let found = rest.by_ref().take(limit).map(|listing| (Place { keys: Vec::new(), id: listing.id }, listing));
        let found: Vec<_> = found.collect();
        return Ok((found, rest.next().is_some()));
    }
    let rows: Vec<_> = view
        .archived_after(0)
        .filter(|_| filters.named)
        .chain(view.listings())
        .filter(shows)
        .map(|listing| (Place { keys: keys(view, listing, &order), id: listing.id }, listing))
        .collect();
    Ok(page(rows, after, ascending, limit))
}

fn with(params: &Params) -> Result<With, GammaError> {
    Ok(if params.flag("include_tag")? == Some(true) { With::EventAndTags } else { With::Event })
}

pub(super) async fn by_keyset(State(venue): State<Venue>, pairs: Pairs) -> Result<Response, GammaError> {
    let params = Params::from(pairs);
    if params.has("offset") {
        return Err(GammaError::Validation("offset is not supported, use after_cursor".to_owned()));
    }
    let limit = params.limit(USUAL_ROWS, MOST_ROWS)?;
    let after = if venue.faults.has_listing(ListingFault::CursorIgnored) { None } else { Place::from_params(&params)? };
    let view = venue.world.view();
    let (found, more) = select(&view, &params, after.as_ref(), limit)?;
    let with = with(&params)?;
    let cursor = next_cursor(&venue, &found, more, &params);
    let next = cursor.map_or_else(String::new, |cursor| format!(",\"next_cursor\":\"{cursor}\""));
    let rows = found.iter().map(|(_, listing)| market_row::row(&view, listing, with));
    let text = if venue.faults.has_listing(ListingFault::BrokenRows) {
        let rows: Vec<Value> = rows.map(|row| json!(row)).collect();
        json!(broken::rows(rows)).to_string()
    } else {
        serde_json::to_string(&rows.collect::<Vec<_>>()).unwrap_or_else(|_| "[]".to_owned())
    };
    let body = format!("{{\"markets\":{text}{next}}}");
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// The cursor for the next page; a broken venue repeats itself.
pub(super) fn next_cursor<T>(venue: &Venue, found: &[(Place, T)], more: bool, params: &Params) -> Option<String> {
    let repeats = venue.faults.has_listing(ListingFault::RepeatedCursor);
    if let Some(cursor) = params.first("after_cursor").filter(|_| repeats) {
        return Some(cursor.to_owned());
    }
    let more = more || repeats || venue.faults.has_listing(ListingFault::CursorIgnored);
    found.last().filter(|_| more).map(|(place, _)| place.cursor(params))
}

pub(super) async fn by_offset(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, GammaError> {
    let params = Params::from(pairs);
    let limit = params.limit(USUAL_ROWS, MOST_ROWS)?;
    let offset = params.number::<usize>("offset")?.unwrap_or(0);
    if offset > DEEPEST_OFFSET {
        let text = "offset too large, use /markets/keyset for deeper pagination";
        return Err(GammaError::Validation(text.to_owned()));
    }
    let view = venue.world.view();
    let (found, _) = select(&view, &params, None, offset + limit)?;
    let with = with(&params)?;
    let rows: Vec<Value> =
        found.iter().skip(offset).map(|(_, listing)| json!(market_row::row(&view, listing, with))).collect();
    Ok(Json(Value::Array(rows)))
}

pub(super) async fn one(State(venue): State<Venue>, Path(id): Path<String>) -> Result<Json<Value>, GammaError> {
    let id: u64 = id.parse().map_err(|_| GammaError::Validation("id: invalid integer".to_owned()))?;
    let view = venue.world.view();
    let listing = view.market(id).ok_or(GammaError::NotFound("id"))?;
    Ok(Json(json!(market_row::row(&view, listing, With::Event))))
}

pub(super) async fn one_by_slug(
    State(venue): State<Venue>,
    Path(slug): Path<String>,
) -> Result<Json<Value>, GammaError> {
    let view = venue.world.view();
    let listing = view.by_slug(&slug).ok_or(GammaError::NotFound("slug"))?;
    Ok(Json(json!(market_row::row(&view, listing, With::Event))))
}

pub(super) async fn tags(State(venue): State<Venue>, Path(id): Path<u64>) -> Result<Json<Value>, GammaError> {
    let view = venue.world.view();
    let listing = view.market(id).ok_or(GammaError::NotFound("id"))?;
    Ok(Json(listing.group.tags.iter().map(market_row::tag).collect()))
}
