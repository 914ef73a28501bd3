//! The JSON document of a backtest.

use chrono::{DateTime, Utc};
use engine_core::backtest::Bet;
use serde_json::{Value, json};

use super::table::assumptions;
use super::{Outcome, Results};

/// One source: its document; several: a list of them. Everything but `seconds`, `events_per_second` and `timing` is the
/// same to the byte in every run.
pub(super) fn document(results: &Results) -> serde_json::Result<Value> {
    let documents = results.outcomes.iter().map(|outcome| one(results, outcome)).collect::<Result<Vec<_>, _>>()?;
    Ok(match <[Value; 1]>::try_from(documents) {
        Ok([only]) => only,
        Err(several) => json!({ "sources": several }),
    })
}

fn one(results: &Results, outcome: &Outcome) -> serde_json::Result<Value> {
    let run = &outcome.run;
    let mut document = serde_json::to_value(&run.report)?;
    let settings = &results.settings;
    let model = outcome.model.as_ref().map(|model| {
        json!({
            "version": model.version,
            "sha256": model.sha256,
            "trained_from": model.training.from,
            "trained_to": model.training.to,
        })
    });
    let seconds = results.read_s + run.timing.run_s;
    let core_s = run.timing.run_s - run.timing.features_s - run.timing.model_s;
    let more = json!({
        "source": run.source,
        "model": model,
        "from": run.span.map(|span| moment(span.0)),
        "to": run.span.map(|span| moment(span.1)),
        "events": run.counts.events,
        "scans": run.counts.scans,
        "forecasts_asked": run.counts.forecasts,
        "candidates": run.counts.candidates,
        "ledger_total": run.ledger_total,
        "data": {
            "markets": results.universe.markets_in_all,
            "skipped": results.universe.skipped,
            "ignored": run.counts.ignored,
            "unresolved_included": results.unresolved,
        },
        "settings": {
            "scan_every_s": settings.scan_every_s,
            "lr_damping": settings.gates.lr_damping,
            "max_quote_age_s": settings.max_quote_age_s,
            "max_candidates": settings.max_candidates,
            "bankroll": settings.bankroll,
        },
        "assumptions": assumptions(settings, results.unresolved),
        "placed": run.record.bets.iter().map(|bet| placed(results, bet)).collect::<Vec<_>>(),
        "control": control(outcome)?,
        "seconds": seconds,
        "events_per_second": run.counts.events as f64 / seconds,
        "timing": {
            "read_s": results.read_s,
            "run_s": run.timing.run_s,
            "features_s": run.timing.features_s,
            "model_s": run.timing.model_s,
            "events_per_second_of_run": run.counts.events as f64 / run.timing.run_s,
            "events_per_second_without_features_and_model": run.counts.events as f64 / core_s,
        },
    });
    if let (Some(document), Value::Object(more)) = (document.as_object_mut(), more) {
        document.extend(more);
    }
    Ok(document)
}

/// What came of the same source where there is no edge.
fn control(outcome: &Outcome) -> serde_json::Result<Value> {
    let report = &outcome.control.report;
    Ok(json!({
        "events": outcome.control.counts.events,
        "totals": serde_json::to_value(&report.totals)?,
        "forecasts": serde_json::to_value(&report.forecasts)?,
    }))
}

fn placed(results: &Results, bet: &Bet) -> Value {
    let market = results.universe.markets.get(bet.market as usize).map(|market| &market.listed);
    let strategy = results.settings.profiles.get(bet.book).map(|profile| &profile.book);
    json!({
        "strategy": strategy,
        "condition_id": market.map(|market| &market.condition_id),
        "question": market.map(|market| &market.question),
        "outcome": bet.outcome.as_str(),
        "opened_at": moment(bet.opened_at),
        "closed_at": bet.closed_at.map(moment),
        "status": bet.status.as_str(),
        "stake": bet.stake,
        "shares": bet.shares,
        "price": bet.price,
        "fee": bet.fee,
        "mid": bet.mid,
        "believed": bet.believed,
        "edge": bet.edge,
        "pnl": bet.pnl,
        "outcome_yes": bet.outcome_yes,
    })
}

fn moment(ts: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(i64::from(ts), 0).unwrap_or_default()
}
