//! The copy engine at work.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use engine::copy::Ingest;
use engine::engine::Engine;
use engine::supervise::{LoopSpec, Supervisor};
use engine_core::copy::feed::Pace;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Name on the loop board of the loop that reads what followed traders do.
pub(crate) const READ_LOOP: &str = "copy_read";
/// From round to round. Who is due in a round, the queue knows.
const ROUND_EVERY: Duration = Duration::from_secs(1);
/// A round that takes longer than this, in real time, counts as hung.
const HANG_AFTER: Duration = Duration::from_secs(300);

/// Starts copy trading; its loops end when `shutdown` is cancelled.
pub(crate) fn start_copy(engine: &Arc<Engine>, shutdown: &CancellationToken) -> JoinSet<()> {
    let every = TimeDelta::from_std(engine.settings.copy.poll_every).unwrap_or(TimeDelta::MAX);
    let ingest =
        Arc::new(Ingest::new(engine.store.clone(), engine.venue.clone(), engine.clock.clone(), Pace::new(every)));
    let supervisor =
        Supervisor { clock: engine.clock.clone(), board: engine.board.clone(), shutdown: shutdown.clone() };
    let engine = Arc::clone(engine);
    let mut loops = JoinSet::new();
    loops.spawn(async move {
        let spec = LoopSpec { name: READ_LOOP, every: ROUND_EVERY, hang_after: HANG_AFTER };
        let work = || {
            let ingest = Arc::clone(&ingest);
            async move {
                ingest.round().await?;
                Ok(())
            }
        };
        let report = |name: &'static str, error: String| {
            let engine = Arc::clone(&engine);
            async move {
                if let Err(error) = engine.tell_loop_failed(name, error).await {
                    tracing::error!(error = format!("{error:#}"), "the owner could not be told of a failed loop");
                }
            }
        };
        supervisor.run(spec, work, report).await;
    });
    loops
}
