//! What a headless run of the sandbox ends with: what was seen, bet, settled, earned and scored.

use engine::store::PositionFilter;
use engine_core::notice::ScanSummary;
use engine_core::position::{Position, PositionStatus};
use engine_core::scoring::{BetReturn, return_score};

use crate::app::App;
use crate::cli::say;

/// Seed of the bootstrap: the same bets always give the same interval.
const BOOTSTRAP_SEED: u64 = 20_261_123;
/// Resampling fewer events than this gives an interval that is far too narrow.
const LEAST_EVENTS: u64 = 10;

/// Prints the summary. `markets` is how many the stand-in venue listed so far; `in_sample` says that the model was
/// trained on what was replayed.
pub(super) async fn print(app: &App, markets: usize, in_sample: bool) -> anyhow::Result<()> {
    let engine = &app.engine;
    let now = engine.clock.now();
    say(&format!("  simulated until {}", now.format("%Y-%m-%d %H:%M UTC")));
    let scans = engine.store.scans_since(chrono::DateTime::UNIX_EPOCH).await?;
    let (logged, resolved) = engine.store.prediction_counts().await?;
    let scored = engine.store.forecast_markets().await?;
    say(&format!(
        "  markets       {markets} listed, {scored} forecast in {} scans ({logged} forecasts logged, {resolved} resolved)",
        scans.len()
    ));
    if let Some(scan) = engine.store.last_scan().await? {
        say(&format!("  last scan     {} ms: {}", scan.took_ms, funnel(&scan)));
    }
    bets(&engine.store.positions(&PositionFilter::default()).await?);
    for row in engine.store.report(now).await? {
        let record = row.record;
        say(&format!(
            "  {:<13} cash ${:.2}  open {} (${:.2})  won {} lost {}  PnL ${:+.2}  fees ${:.2}",
            row.book.as_str(),
            row.cash.to_f64(),
            row.open,
            row.invested.to_f64(),
            record.wins,
            record.losses,
            row.pnl_all.to_f64(),
            row.fees.to_f64()
        ));
    }
    let scores = engine.scores().await?;
    if in_sample && !scores.is_empty() {
        say("  the model was trained on what was replayed: the score below means nothing");
    }
    for score in scores {
        say(&format!(
            "  {}: {} forecasts of {} events, Brier ours {:.4}, market {:.4}, skill {:+.2} % [{:+.2}, {:+.2}], {}",
            score.source,
            score.n,
            score.events,
            score.brier_model,
            score.brier_market,
            score.skill * 100.0,
            score.skill_ci95[0] * 100.0,
            score.skill_ci95[1] * 100.0,
            score.verdict
        ));
    }
    Ok(())
}

fn funnel(scan: &ScanSummary) -> String {
    let reached = scan.funnel.iter().filter(|step| step.entered > 0);
    reached.map(|step| format!("{} {}", step.gate, step.passed)).collect::<Vec<_>>().join(" → ")
}

/// Bets of all books together; their return with a 95 % interval by resampling whole events, since bets on one event win
/// and lose together.
fn bets(positions: &[Position]) {
    let count = |status| positions.iter().filter(|position| position.status == status).count();
    say(&format!(
        "  bets          {} placed: {} settled, {} sold early, {} open",
        positions.len(),
        count(PositionStatus::Settled),
        count(PositionStatus::Closed),
        count(PositionStatus::Open)
    ));
    let ended: Vec<BetReturn> = positions
        .iter()
        .filter(|position| position.status != PositionStatus::Open)
        .map(|position| BetReturn {
            cluster: position.group_id.to_string(),
            stake: position.stake.to_f64(),
            pnl: position.realized_pnl.to_f64(),
        })
        .collect();
    let Some(score) = return_score(&ended, BOOTSTRAP_SEED) else { return };
    let interval = score.roi_ci95.filter(|_| score.events >= LEAST_EVENTS).map_or_else(
        || "too few events for an interval".to_owned(),
        |[low, high]| format!("95 % between {:+.1} and {:+.1} %", low * 100.0, high * 100.0),
    );
    say(&format!(
        "  ended bets    PnL ${:+.2} on ${:.2} staked, {:+.1} % ({interval}), {} bets on {} events",
        score.pnl,
        score.staked,
        score.roi * 100.0,
        score.bets,
        score.events
    ));
}
