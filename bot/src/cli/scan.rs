//! `oddsmith scan`: one scan of the configured hosts, without Telegram.

use engine::raise::ScanReport;
use engine_core::signal::{BookPlan, Decision};
use serde_json::{Value, json};

use super::{say, settings};
use crate::app::App;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One JSON document on standard output and nothing else.
    #[arg(long)]
    json: bool,
    /// Look and conclude, but log nothing, raise no signal and place no bet.
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(args: &Args) -> anyhow::Result<bool> {
    let settings = settings()?;
    let (engine, _scratch) = App::engine_for_commands(&settings, args.dry_run).await?;
    let report = engine.scan(args.dry_run).await?;
    if args.json {
        say(&serde_json::to_string_pretty(&document(&report))?);
    } else {
        summary(&report);
    }
    Ok(true)
}

/// The JSON document of the contract.
fn document(report: &ScanReport) -> Value {
    let model = match &report.model {
        Ok(info) => json!({
            "version": info.version,
            "sha256": info.sha256,
            "features_version": info.features_version,
        }),
        Err(reason) => json!({ "version": null, "missing": reason }),
    };
    json!({
        "at": report.at,
        "funnel": report.summary.funnel,
        "decisions": report.decisions.iter().filter(|d| d.is_scored()).map(decision).collect::<Vec<_>>(),
        "signals": report.decisions.iter().filter(|d| d.final_gate().is_none()).map(signal).collect::<Vec<_>>(),
        "bets": report.summary.bets,
        "skipped": report.summary.skipped.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "model": model,
        "timing_ms": report.timing_ms,
    })
}

fn decision(decision: &Decision) -> Value {
    let prediction = decision.prediction.as_ref();
    let candidate = decision.candidate.as_ref();
    json!({
        "market_id": decision.market_id,
        "condition_id": decision.condition_id,
        "question": decision.question,
        "yes_bid": decision.yes_bid,
        "yes_ask": decision.yes_ask,
        "mid": decision.mid,
        "model_p": prediction.map(|p| p.probability),
        "learners": prediction.map(|p| &p.learners),
        "posterior": decision.posterior,
        "calibrated": decision.calibrated,
        "confidence": prediction.map(|p| p.confidence),
        "gate": decision.gate_name(),
        "reason": decision.reason(),
        "side_outcome": candidate.map(|c| c.outcome),
        "token_id": candidate.map(|c| &c.token),
        "ask": candidate.map(|c| c.best_ask),
        "ask_vwap": candidate.map(|c| c.ask_vwap),
        "cost": candidate.map(|c| c.cost),
        "fee_rate": decision.fee.rate(),
        "edge": candidate.map(|c| c.edge),
        "effective_edge": candidate.map(|c| c.effective_edge),
        "kelly": candidate.map(|c| c.kelly),
        "depth": candidate.map(|c| c.depth),
    })
}

fn signal(decision: &Decision) -> Value {
    let plans: Vec<Value> = decision.plans.iter().map(plan).collect();
    json!({
        "market_id": decision.market_id,
        "condition_id": decision.condition_id,
        "question": decision.question,
        "outcome": decision.candidate.as_ref().map(|c| c.outcome),
        "token_id": decision.candidate.as_ref().map(|c| &c.token),
        "edge": decision.candidate.as_ref().map(|c| c.edge),
        "books": plans,
    })
}

fn plan(plan: &BookPlan) -> Value {
    json!({
        "book": plan.book,
        "takes": plan.takes(),
        "gate": plan.stopped_at.map(|gate| gate.as_str()),
        "stake": plan.stake,
        "shares": plan.shares,
        "vwap": plan.vwap,
        "fee": plan.fee,
        "edge": plan.edge,
    })
}

fn summary(report: &ScanReport) {
    match &report.model {
        Ok(info) => say(&format!("model     {}", info.version)),
        Err(reason) => say(&format!("no model  {reason}; nothing is bet on")),
    }
    for step in &report.summary.funnel {
        say(&format!("{:<16} {:>6} -> {:>6}", step.gate, step.entered, step.passed));
    }
    for (reason, count) in &report.summary.skipped {
        say(&format!("skipped   {count} × {reason}"));
    }
    for decision in report.decisions.iter().filter(|decision| decision.final_gate().is_none()) {
        if let Some(candidate) = &decision.candidate {
            say(&format!(
                "signal    buy {} at {} · edge {:+.1}¢ · {}",
                candidate.outcome,
                candidate.best_ask,
                candidate.edge * 100.0,
                decision.question
            ));
        }
    }
    let took: u64 = report.timing_ms.values().sum();
    say(&format!("took      {took} ms"));
}
