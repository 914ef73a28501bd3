//! `/events` and `/events/keyset`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde_json::{Map, Value, json};

use crate::polymarket::Venue;
use crate::polymarket::faults::ListingFault;
use crate::polymarket::params::Params;
use crate::world::{Group, View};

use super::cursor::{Key, Place, page};
use super::markets::{next_cursor, order};
use super::{Closed, GammaError, MOST_ROWS, Range, USUAL_ROWS, event_row, market_row};

type Pairs = Query<Vec<(String, String)>>;

const SORTABLE: [&str; 8] =
    ["id", "volume", "volume24hr", "liquidity", "endDate", "startDate", "createdAt", "creationDate"];

struct Filters<'a> {
    closed: Closed,
    ids: Vec<u64>,
    slugs: Vec<&'a str>,
    tags: Vec<u64>,
    without_tags: Vec<u64>,
    tag_slug: Option<&'a str>,
    title: Option<String>,
    volume: Range<f64>,
    end: Range<i64>,
    start: Range<i64>,
}

impl<'a> Filters<'a> {
    fn read(params: &'a Params) -> Result<Self, GammaError> {
        let filters = Self {
            closed: Closed::read(&params.all("closed")?, Closed::Both)?,
            ids: params.integers("id")?,
            slugs: params.all("slug")?,
            tags: params.integers("tag_id")?,
            without_tags: params.integers("exclude_tag_id")?,
            tag_slug: params.first("tag_slug"),
            title: params.first("title_search").map(str::to_lowercase),
            volume: Range(params.number("volume_min")?, params.number("volume_max")?),
            end: Range(params.moment("end_date_min")?, params.moment("end_date_max")?),
            start: Range(params.moment("start_date_min")?, params.moment("start_date_max")?),
        };
        if filters.tags.iter().any(|tag| filters.without_tags.contains(tag)) {
            return Err(GammaError::Validation("tag_id and exclude_tag_id overlap".to_owned()));
        }
        Ok(filters)
    }

    fn shows(&self, view: &View<'_>, group: &Group) -> bool {
        let has = |wanted: &[u64]| group.tags.iter().any(|tag| wanted.contains(&tag.id));
        (self.ids.is_empty() || self.ids.contains(&group.id))
            && (self.slugs.is_empty() || self.slugs.contains(&group.slug.as_str()))
            && (self.tags.is_empty() || has(&self.tags))
            && !has(&self.without_tags)
            && self.tag_slug.is_none_or(|slug| group.tags.iter().any(|tag| tag.slug == slug))
            && self.title.as_ref().is_none_or(|title| group.title.to_lowercase().contains(title))
            && self.end.holds(group.end_ms)
            && self.start.holds(Some(group.created_ms))
            && self.closed.shows(event_row::is_closed(view, group))
            && self.volume.holds(Some(event_row::sizes(view, group)[0]))
    }
}

fn keys(view: &View<'_>, group: &Group, order: &[&str]) -> Vec<Key> {
    let sizes = event_row::sizes(view, group);
    let key = |name: &&str| match *name {
        "volume" => sizes[0],
        "volume24hr" => sizes[1],
        "liquidity" => sizes[2],
        "endDate" => group.end_ms.map_or(0.0, |ms| ms as f64),
        _ => group.created_ms as f64,
    };
    order.iter().filter(|name| **name != "id").map(|name| Key::Number(key(name))).collect()
}

type Found<'v> = (Vec<(Place, &'v Arc<Group>)>, bool);

fn select<'v>(
    view: &'v View<'_>,
    params: &Params,
    after: Option<&Place>,
    limit: usize,
) -> Result<Found<'v>, GammaError> {
    let filters = Filters::read(params)?;
    let order = order(params, &SORTABLE)?;
    let ascending = params.flag("ascending")?.unwrap_or(order.is_empty());
    let rows: Vec<_> = view
        .groups()
        .filter(|group| filters.shows(view, group))
        .map(|group| (Place { keys: keys(view, group, &order), id: group.id }, group))
        .collect();
    Ok(page(rows, after, ascending, limit))
}

pub(super) async fn by_keyset(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, GammaError> {
    let params = Params::from(pairs);
    if params.has("offset") {
        return Err(GammaError::Validation("offset is not supported, use after_cursor".to_owned()));
    }
    let limit = params.limit(USUAL_ROWS, MOST_ROWS)?;
    let after = if venue.faults.has_listing(ListingFault::CursorIgnored) { None } else { Place::from_params(&params)? };
    let with_markets = params.flag("include_markets")?.unwrap_or(true);
    let view = venue.world.view();
    let (found, more) = select(&view, &params, after.as_ref(), limit)?;
    let rows = found.iter().map(|(_, group)| event_row::full(&view, group, with_markets));
    let mut body = Map::new();
    body.insert("events".to_owned(), rows.collect());
    if let Some(cursor) = next_cursor(&venue, &found, more, &params) {
        body.insert("next_cursor".to_owned(), json!(cursor));
    }
    Ok(Json(Value::Object(body)))
}

pub(super) async fn by_offset(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, GammaError> {
    let params = Params::from(pairs);
    let limit = params.limit(USUAL_ROWS, MOST_ROWS)?;
    let offset = params.number::<usize>("offset")?.unwrap_or(0);
    let view = venue.world.view();
    let (found, _) = select(&view, &params, None, offset.saturating_add(limit))?;
    Ok(Json(found.iter().skip(offset).map(|(_, group)| event_row::full(&view, group, true)).collect()))
}

pub(super) async fn one(State(venue): State<Venue>, Path(id): Path<String>) -> Result<Json<Value>, GammaError> {
    let id: u64 = id.parse().map_err(|_| GammaError::Validation("id: invalid integer".to_owned()))?;
    let view = venue.world.view();
    let group = view.group(id).ok_or(GammaError::NotFound("id"))?;
    Ok(Json(event_row::full(&view, group, true)))
}

pub(super) async fn one_by_slug(
    State(venue): State<Venue>,
    Path(slug): Path<String>,
) -> Result<Json<Value>, GammaError> {
    let view = venue.world.view();
    let group = view.group_by_slug(&slug).ok_or(GammaError::NotFound("slug"))?;
    Ok(Json(event_row::full(&view, group, true)))
}

pub(super) async fn tags(State(venue): State<Venue>, Path(id): Path<u64>) -> Result<Json<Value>, GammaError> {
    let view = venue.world.view();
    let group = view.group(id).ok_or(GammaError::NotFound("id"))?;
    Ok(Json(group.tags.iter().map(market_row::tag).collect()))
}
