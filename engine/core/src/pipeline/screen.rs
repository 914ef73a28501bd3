//! The gates that need no more than the listing. What the listing left out fails by the gate that asks for it; nothing
//! is made up.

use chrono::{DateTime, Utc};

use super::settings::{GateSettings, MAX_YES_PRICE, MIN_YES_PRICE};
use super::{checked, record};
use crate::features::is_sports;
use crate::fee::FeeModel;
use crate::gate::{Gate, GateRecord};
use crate::market::{Market, Protocol};
use crate::prediction::SignalSource;
use crate::signal::Decision;

/// Oracle states in which the outcome is being settled: no bet on what is proposed, disputed or already decided.
const SETTLING: [&str; 4] = ["proposed", "disputed", "resolved", "settled"];

/// Asks a listed market the gates from [`Gate::Binary`] to [`Gate::Sports`].
///
/// The price range is asked of the listed price here, to save fetching books, and again of the book in
/// [`judge`](super::judge()).
///
/// # Errors
/// The rejected market as a decision, with the gate that stopped it.
pub fn screen(
    market: &Market,
    source: SignalSource,
    now: DateTime<Utc>,
    settings: &GateSettings,
) -> Result<Vec<GateRecord>, Box<Decision>> {
    let gates: [&dyn Fn() -> GateRecord; 6] = [
        &|| binary(market),
        &|| open(market),
        &|| volume(market, settings),
        &|| expiry(market, now, settings),
        &|| listed_price(market),
        &|| sports(market, settings),
    ];
    let mut trace = Vec::with_capacity(Gate::ALL.len());
    for gate in gates {
        let record = gate();
        let stopped_at = (!record.passed).then_some(record.gate);
        trace.push(record);
        if stopped_at.is_some() {
            return Err(Box::new(blank_decision(market, source, now, settings, trace, stopped_at)));
        }
    }
    Ok(trace)
}

/// A decision with the market's own data and nothing concluded yet.
pub(super) fn blank_decision(
    market: &Market,
    source: SignalSource,
    at: DateTime<Utc>,
    settings: &GateSettings,
    trace: Vec<GateRecord>,
    stopped_at: Option<Gate>,
) -> Decision {
    Decision {
        at,
        source,
        model_version: None,
        market_id: market.id.clone(),
        condition_id: market.condition_id.clone(),
        group_id: market.cluster(),
        question: market.question.clone(),
        path: market_path(market),
        category: market.category.clone().or_else(|| market.tags.first().cloned()),
        end_at: market.end_at,
        yes_bid: None,
        yes_ask: None,
        mid: None,
        prediction: None,
        posterior: None,
        calibrated: None,
        copied: None,
        candidate: None,
        fee: FeeModel { rule: market.fee, fallback_micros: settings.fee_fallback_micros },
        trace,
        stopped_at,
        plans: Vec::new(),
    }
}

/// Path of a market's public page: `event/<group>/<market>`, or `market/<market>` when the group is not known.
#[must_use]
pub fn market_path(market: &Market) -> String {
    match &market.group_slug {
        Some(group) => format!("event/{group}/{}", market.slug),
        None => format!("market/{}", market.slug),
    }
}

fn binary(market: &Market) -> GateRecord {
    let (labels, tokens) = (market.outcome_labels.len(), market.tokens.len());
    // The tokens of another protocol are not read: such a market stops at the next gate, with the reason that is true.
    let traded = market.protocol != Protocol::V1 || (tokens == 2 && market.tokens.first() != market.tokens.last());
    if labels == 2 && traded {
        return checked(Gate::Binary, true, "two outcomes");
    }
    checked(Gate::Binary, false, format!("{labels} outcomes, {tokens} tokens"))
}

fn open(market: &Market) -> GateRecord {
    let settling = market
        .resolution_status
        .as_deref()
        .filter(|status| SETTLING.iter().any(|known| status.eq_ignore_ascii_case(known)));
    let reason = if market.protocol != Protocol::V1 {
        "not a v1 market".to_owned()
    } else if !market.active {
        "not active".to_owned()
    } else if market.closed {
        "closed".to_owned()
    } else if !market.order_book_enabled {
        "has no order book".to_owned()
    } else if !market.accepting_orders {
        "takes no orders".to_owned()
    } else if let Some(status) = settling {
        format!("its resolution is {status}")
    } else {
        return checked(Gate::Open, true, "open");
    };
    checked(Gate::Open, false, reason)
}

fn volume(market: &Market, settings: &GateSettings) -> GateRecord {
    let limit = settings.min_volume;
    let Some(volume) = market.volume else {
        return record(Gate::Volume, false, None, Some(limit.to_f64()), "volume not listed".to_owned());
    };
    let passed = volume >= limit;
    let relation = if passed { "at least" } else { "below" };
    let reason = format!("volume ${:.0} {relation} ${:.0}", volume.to_f64(), limit.to_f64());
    record(Gate::Volume, passed, Some(volume.to_f64()), Some(limit.to_f64()), reason)
}

fn expiry(market: &Market, now: DateTime<Utc>, settings: &GateSettings) -> GateRecord {
    let limit = settings.max_days_to_expiry;
    let Some(days) = market.days_to_expiry(now) else {
        return record(Gate::Expiry, false, None, Some(limit), "no end published".to_owned());
    };
    let passed = days > 0.0 && days <= limit;
    let reason = if days <= 0.0 {
        format!("published end passed {:.1} days ago", -days)
    } else if passed {
        format!("ends in {days:.1} days, within {limit}")
    } else {
        format!("ends in {days:.1} days, beyond {limit}")
    };
    record(Gate::Expiry, passed, Some(days), Some(limit), reason)
}

fn listed_price(market: &Market) -> GateRecord {
    match market.yes_price_hint {
        Some(price) => price_range(price.to_f64()),
        None => checked(Gate::PriceRange, true, "no listed price: the book decides"),
    }
}

/// The price range gate for a Yes price.
pub(super) fn price_range(yes_price: f64) -> GateRecord {
    let (limit, reason) = if yes_price <= MIN_YES_PRICE {
        (MIN_YES_PRICE, format!("price {yes_price:.3} not above {MIN_YES_PRICE}"))
    } else if yes_price >= MAX_YES_PRICE {
        (MAX_YES_PRICE, format!("price {yes_price:.3} not below {MAX_YES_PRICE}"))
    } else {
        let reason = format!("price {yes_price:.3} within {MIN_YES_PRICE}–{MAX_YES_PRICE}");
        return record(Gate::PriceRange, true, Some(yes_price), None, reason);
    };
    record(Gate::PriceRange, false, Some(yes_price), Some(limit), reason)
}

fn sports(market: &Market, settings: &GateSettings) -> GateRecord {
    if !settings.block_sports {
        return checked(Gate::Sports, true, "sports allowed");
    }
    if is_sports(&market.question, market.category.as_deref(), &market.tags) {
        return checked(Gate::Sports, false, "sports or esports");
    }
    checked(Gate::Sports, true, "not sports")
}
