//! `/health`, `/ready` and `/metrics` for machines.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, TimeDelta, Utc};
use engine::board::LoopStatus;
use engine::engine::Engine;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A loop that is this many times its pace late makes the bot unhealthy.
const LATE_FACTOR: i32 = 3;
/// The loops of the chat run all the time: silence for longer than this, in real seconds, makes the bot unhealthy. A
/// long poll takes ten.
const LATE_SECONDS: f64 = 120.0;

/// What the status pages need.
#[derive(Clone)]
pub struct StatusPages {
    /// The engine.
    pub engine: Arc<Engine>,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
    /// When the process started.
    pub started_at: DateTime<Utc>,
}

/// Serves the pages at `address` until shutdown; gives back the address bound.
///
/// # Errors
/// When the address cannot be bound.
pub async fn serve(pages: StatusPages, address: SocketAddr, shutdown: CancellationToken) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("METRICS_BIND/METRICS_PORT: {address} cannot be listened on"))?;
    let bound = listener.local_addr()?;
    let router = Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(pages);
    tokio::spawn(async move {
        let server = axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned());
        if let Err(error) = server.await {
            tracing::error!(%error, "the status pages ended");
        }
    });
    Ok(bound)
}

async fn health(State(pages): State<StatusPages>) -> impl IntoResponse {
    let now = pages.engine.clock.now();
    let loops = pages.engine.board.snapshot();
    let speed = pages.engine.clock.speed().unwrap_or(1.0);
    let late: Vec<&str> =
        loops.iter().filter(|(_, status)| is_late(status, now, speed)).map(|(name, _)| *name).collect();
    let outbox = pages.engine.outbox_stats().await;
    let healthy = late.is_empty() && outbox.is_ok();
    let outbox = match outbox {
        Ok(stats) => json!({
            "pending": stats.pending,
            "oldest_age_s": stats.oldest.map(|at| (now - at).num_seconds()),
        }),
        Err(error) => json!({ "error": error.to_string() }),
    };
    let body = json!({
        "status": if healthy { "ok" } else { "unhealthy" },
        "engines": pages.engine.settings.engines.each().iter().map(|engine| engine.as_str()).collect::<Vec<_>>(),
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_s": (now - pages.started_at).num_seconds(),
        "late": late,
        "loops": loops.iter().map(|(name, status)| (*name, loop_json(status, now))).collect::<BTreeMap<_, _>>(),
        "model": match pages.engine.model.info() {
            Ok(info) => json!({ "version": info.version, "created_at": info.created_at, "sha256": info.sha256 }),
            Err(reason) => json!({ "missing": reason }),
        },
        "outbox": outbox,
        "feeds": feeds(&pages, now),
        "skipped": pages.engine.incidents.snapshot(),
    });
    let code = if healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(body))
}

/// True when a loop should have run again long ago. `speed` is the clock's: seconds of it for each real one.
fn is_late(status: &LoopStatus, now: DateTime<Utc>, speed: f64) -> bool {
    let Some(last) = status.last_ok_at else {
        return false;
    };
    let Some(next) = status.next_at else {
        return (now - last).as_seconds_f64() > LATE_SECONDS * speed;
    };
    let pace = (next - last).max(TimeDelta::minutes(1));
    now > next + pace * LATE_FACTOR
}

fn loop_json(status: &LoopStatus, now: DateTime<Utc>) -> Value {
    json!({
        "last_ok_age_s": status.last_ok_at.map(|at| (now - at).num_seconds()),
        "runs": status.runs,
        "errors": status.errors,
        "failing": status.failing,
    })
}

fn feeds(pages: &StatusPages, now: DateTime<Utc>) -> Value {
    let feeds: BTreeMap<&str, Value> = pages
        .engine
        .venue
        .stats()
        .into_iter()
        .map(|(host, stats)| {
            let age = stats.last_ok.map(|at| (now - at).num_seconds());
            let value = json!({
                "last_ok_age_s": age,
                "requests": stats.requests,
                "retries": stats.retries,
                "rate_limited": stats.rate_limited,
                "failed": stats.failed,
            });
            (host, value)
        })
        .collect();
    json!(feeds)
}

/// Ready as soon as the database answers: everything else recovers by itself.
async fn ready(State(pages): State<StatusPages>) -> impl IntoResponse {
    match pages.engine.store.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}

async fn metrics(State(pages): State<StatusPages>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], pages.metrics.render())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(last_s: i64, next_s: Option<i64>) -> LoopStatus {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        LoopStatus { last_ok_at: Some(at(last_s)), next_at: next_s.map(at), ..LoopStatus::default() }
    }

    #[test]
    fn a_loop_is_late_by_its_own_pace_and_one_without_by_silence() {
        let now = DateTime::from_timestamp(10_000, 0).unwrap();
        let table = [
            (status(9_400, Some(10_000)), 1.0, false),
            (status(7_000, Some(7_600)), 1.0, true),
            (status(7_600, Some(8_200)), 1.0, false),
            (status(9_900, None), 1.0, false),
            (status(9_000, None), 1.0, true),
            (status(9_000, None), 60.0, false),
            (LoopStatus::default(), 1.0, false),
        ];
        for (status, speed, late) in table {
            assert_eq!(is_late(&status, now, speed), late, "{status:?} at {speed}");
        }
    }
}
