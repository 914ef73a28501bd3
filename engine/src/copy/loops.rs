//! The loops of the copy engine, supervised.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::engine::CopyEngine;
use crate::supervise::{LoopSpec, Supervisor};

/// The loop that acts on what was read.
const MIRROR: &str = "copy_mirror";
/// Whose turn it is to be looked at is asked this often; the feed's own pace decides who is.
const READ_EVERY: Duration = Duration::from_secs(1);
/// What waits or is owed is looked at this often; new rows do not wait for it.
const MIRROR_EVERY: Duration = Duration::from_secs(5);
/// Probation and news are looked after this often.
const CARE_EVERY: Duration = Duration::from_secs(60);
/// Whose report is due is asked this often.
const REPORTS_EVERY: Duration = Duration::from_secs(60);
/// A run that takes longer than this, in real time, counts as hung.
const HANG_AFTER: Duration = Duration::from_secs(300);

type Work = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// Starts the loops; they end when `shutdown` is cancelled, each after the run it is in.
pub fn spawn(copy: &Arc<CopyEngine>, shutdown: &CancellationToken) -> JoinSet<()> {
    let engine = copy.engine();
    let supervisor =
        Supervisor { clock: engine.clock.clone(), board: engine.board.clone(), shutdown: shutdown.clone() };
    let mut loops = JoinSet::new();
    let mut start = |name, every, work: fn(Arc<CopyEngine>) -> Work| {
        let spec = LoopSpec { name, every, hang_after: HANG_AFTER };
        loops.spawn(keep(supervisor.clone(), spec, copy.clone(), work));
    };
    start("copy_read", READ_EVERY, |copy| Box::pin(async move { Ok(copy.ingest.round().await.map(drop)?) }));
    start(MIRROR, MIRROR_EVERY, |copy| Box::pin(async move { copy.mirror().await.map(drop) }));
    start("copy_reports", REPORTS_EVERY, |copy| Box::pin(async move { copy.renew_report().await }));
    start("copy_care", CARE_EVERY, |copy| Box::pin(async move { copy.care().await }));
    loops
}

async fn keep(supervisor: Supervisor, spec: LoopSpec, copy: Arc<CopyEngine>, work: fn(Arc<CopyEngine>) -> Work) {
    // New rows do not wait for their turn.
    let wake = (spec.name == MIRROR).then(|| copy.ingest().arrivals());
    let report = |name: &'static str, error: String| {
        let engine = copy.engine().clone();
        async move {
            if let Err(error) = engine.tell_loop_failed(name, error).await {
                tracing::error!(error = format!("{error:#}"), "the owner could not be told of a failed loop");
            }
        }
    };
    supervisor.run_woken(spec, || work(copy.clone()), report, wake).await;
}
