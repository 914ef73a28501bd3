//! The JSON document of a sweep.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::table::of_data_set;
use super::{Sweep, words};

/// Everything but `seconds` and `timing` is the same to the byte in every run, on any number of processors.
pub(super) fn document(sweep: &Sweep) -> serde_json::Result<Value> {
    let (run, settings) = (&sweep.run, &sweep.settings);
    let moment = |ts: u32| -> DateTime<Utc> { DateTime::from_timestamp(i64::from(ts), 0).unwrap_or_default() };
    let model = sweep.model.as_ref().map(|model| {
        json!({
            "version": model.version,
            "sha256": model.sha256,
            "trained_from": model.training.from,
            "trained_to": model.training.to,
        })
    });
    let guard = &sweep.report.guard;
    Ok(json!({
        "source": sweep.source,
        "model": model,
        "strategy": sweep.strategy(),
        "from": run.span.map(|span| moment(span.0)),
        "to": run.span.map(|span| moment(span.1)),
        "events": run.counts.events,
        "forecasts_asked": run.tape.len(),
        "drawn": sweep.drawn,
        "sweep": serde_json::to_value(&sweep.report)?,
        "verdict": words::verdict(guard),
        "grounds": words::grounds(guard),
        "data": {
            "markets": sweep.universe.markets_in_all,
            "skipped": sweep.universe.skipped,
            "ignored": run.counts.ignored,
            "unresolved_included": sweep.unresolved,
        },
        "settings": {
            "scan_every_s": settings.scan_every_s,
            "max_quote_age_s": settings.max_quote_age_s,
            "max_candidates": settings.max_candidates,
            "bankroll": settings.bankroll,
            "gates": settings.gates,
            "profile": settings.profiles.first(),
        },
        "assumptions": of_data_set(settings, sweep.unresolved),
        "seconds": sweep.read_s + sweep.sweep_s,
        "timing": {
            "read_s": sweep.read_s,
            "sweep_s": sweep.sweep_s,
            "runs": run.runs,
            "cores": run.cores,
        },
    }))
}
