//! Supervised loops: a panic, an error or a hang in one is seen, reported and the loop goes on; others never notice.

use std::future::Future;
use std::time::Duration;

use chrono::TimeDelta;
use engine_clock::Clock;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::board::LoopBoard;
use crate::meter;

/// A loop that runs again and again.
#[derive(Debug, Clone, Copy)]
pub struct LoopSpec {
    /// Its name in `/health` and in reports.
    pub name: &'static str,
    /// From the start of one run to the start of the next, in the clock's time.
    pub every: Duration,
    /// A run that takes longer than this, in real time, counts as hung and is dropped.
    pub hang_after: Duration,
}

/// Everything a supervised loop needs besides its work.
#[derive(Debug, Clone)]
pub struct Supervisor {
    /// The time.
    pub clock: Clock,
    /// Where runs are noted.
    pub board: LoopBoard,
    /// Cancelled when the bot is to stop; a run under way is finished first.
    pub shutdown: CancellationToken,
}

impl Supervisor {
    /// Runs `work` at the pace of `spec` until shutdown. `report` hears of the first failure of a row.
    pub async fn run<Work, Run, Report, Told>(&self, spec: LoopSpec, work: Work, report: Report)
    where
        Work: Fn() -> Run,
        Run: Future<Output = anyhow::Result<()>> + Send + 'static,
        Report: Fn(&'static str, String) -> Told,
        Told: Future<Output = ()>,
    {
        self.run_woken(spec, work, report, None).await;
    }

    /// [`Supervisor::run`] that also runs as soon as the number in `wake` changes, be it in the middle of a run.
    pub async fn run_woken<Work, Run, Report, Told>(
        &self,
        spec: LoopSpec,
        work: Work,
        report: Report,
        mut wake: Option<watch::Receiver<u64>>,
    ) where
        Work: Fn() -> Run,
        Run: Future<Output = anyhow::Result<()>> + Send + 'static,
        Report: Fn(&'static str, String) -> Told,
        Told: Future<Output = ()>,
    {
        while !self.shutdown.is_cancelled() {
            let started = self.clock.now();
            self.board.begin(spec.name, started);
            if let Some(wake) = &mut wake {
                wake.mark_unchanged();
            }
            match once(spec, work()).await {
                Ok(()) => {
                    meter::loop_run(spec.name, true);
                    self.board.succeed(spec.name, self.clock.now());
                }
                Err(error) => {
                    meter::loop_run(spec.name, false);
                    tracing::error!(loop_name = spec.name, error, "a run of the loop failed");
                    if self.board.fail(spec.name, &error) {
                        report(spec.name, error).await;
                    }
                }
            }
            let next = started + TimeDelta::from_std(spec.every).unwrap_or(TimeDelta::MAX);
            self.board.schedule(spec.name, next);
            tokio::select! {
                () = self.clock.sleep_until(next) => {}
                () = changed(&mut wake) => {}
                () = self.shutdown.cancelled() => {}
            }
        }
    }
}

/// Waits for a change; for ever when there is nobody left to make one.
async fn changed(wake: &mut Option<watch::Receiver<u64>>) {
    if let Some(wake) = wake
        && wake.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

/// One run in a task of its own, so that a panic ends the run and not the loop. The error is a sentence.
async fn once<Run>(spec: LoopSpec, run: Run) -> Result<(), String>
where
    Run: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    // A set of one: it takes its task along when it is dropped, be it after a hang or because the loop itself is ended.
    let mut task = JoinSet::new();
    task.spawn(run);
    match tokio::time::timeout(spec.hang_after, task.join_next()).await {
        Ok(Some(Ok(Ok(()))) | None) => Ok(()),
        Ok(Some(Ok(Err(error)))) => Err(format!("{error:#}")),
        Ok(Some(Err(join))) => Err(if join.is_panic() {
            format!("panicked: {}", panic_text(join.into_panic().as_ref()))
        } else {
            "was cancelled".to_owned()
        }),
        Err(_) => Err(format!("hung for {} s and was dropped", spec.hang_after.as_secs())),
    }
}

fn panic_text(payload: &(dyn std::any::Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use chrono::DateTime;
    use tokio::sync::mpsc;

    use super::*;

    const SPEC: LoopSpec =
        LoopSpec { name: "scan", every: Duration::from_secs(60), hang_after: Duration::from_millis(50) };

    fn supervisor() -> Supervisor {
        Supervisor {
            clock: Clock::manual(DateTime::from_timestamp(1_790_000_000, 0).unwrap()),
            board: LoopBoard::default(),
            shutdown: CancellationToken::new(),
        }
    }

    /// Runs a loop whose n-th run does what `act` says, moving the clock whenever a run has ended.
    async fn drive(runs: u32, act: fn(u32) -> anyhow::Result<Duration>) -> (Supervisor, Vec<String>) {
        let supervisor = supervisor();
        let count = Arc::new(AtomicU32::new(0));
        let (told, mut reports) = mpsc::unbounded_channel();
        let looping = tokio::spawn({
            let (supervisor, count) = (supervisor.clone(), count.clone());
            async move {
                let work = || {
                    let n = count.fetch_add(1, Ordering::SeqCst);
                    async move {
                        let wait = act(n)?;
                        tokio::time::sleep(wait).await;
                        Ok(())
                    }
                };
                let report = |name, error| {
                    let told = told.clone();
                    async move { told.send(format!("{name}: {error}")).unwrap() }
                };
                supervisor.run(SPEC, work, report).await;
            }
        });
        let mut steps = 0;
        while supervisor.board.snapshot().get("scan").map_or(0, |status| status.runs) < u64::from(runs) {
            supervisor.clock.advance_to(supervisor.clock.now() + TimeDelta::seconds(61));
            tokio::time::sleep(Duration::from_millis(2)).await;
            steps += 1;
            assert!(steps < 5_000, "the loop stands still");
        }
        supervisor.shutdown.cancel();
        looping.await.unwrap();
        let mut heard = Vec::new();
        while let Ok(text) = reports.try_recv() {
            heard.push(text);
        }
        (supervisor, heard)
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_reported_once_and_the_loop_goes_on() {
        let (supervisor, heard) = drive(4, |n| match n {
            0 | 1 => panic!("boom {n}"),
            _ => Ok(Duration::ZERO),
        })
        .await;
        assert_eq!(heard, ["scan: panicked: boom 0"]);
        let status = supervisor.board.snapshot()["scan"].clone();
        assert!(status.errors == 2 && status.failing.is_none() && status.last_ok_at.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_hang_is_dropped_and_reported() {
        let (_, heard) = drive(2, |n| Ok(if n == 0 { Duration::from_secs(3600) } else { Duration::ZERO })).await;
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(heard[0].contains("hung"), "{heard:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_is_told_with_its_cause() {
        let (_, heard) = drive(2, |n| {
            if n == 0 { Err(anyhow::anyhow!("no route").context("Gamma did not answer")) } else { Ok(Duration::ZERO) }
        })
        .await;
        assert_eq!(heard, ["scan: Gamma did not answer: no route"]);
    }
}
