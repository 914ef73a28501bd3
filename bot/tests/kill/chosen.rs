//! The moment of a life at which it is killed.

use std::time::Duration;

use crate::dice::Dice;
use crate::life::Life;
use crate::stage::Stage;

/// A life ends after this at the latest.
const AT_MOST: Duration = Duration::from_secs(4);
/// Steps in which files are looked at.
const LOOK: Duration = Duration::from_micros(500);

/// See the module.
#[derive(Debug)]
pub(crate) enum Moment {
    /// While it starts, or replays what the last life left.
    Early(Duration),
    /// Any time.
    Any(Duration),
    /// So long after the so-many-th call to Telegram that is no poll has come in.
    Call { nth: u64, later: Duration },
    /// So long after the database's log has grown so often.
    Write { nth: u32, later: Duration },
}

impl Moment {
    pub(crate) fn choose(dice: &mut Dice) -> Self {
        match dice.below(10) {
            0 | 1 => Self::Early(dice.between_ms(20, 700)),
            2..=4 => Self::Any(dice.between_ms(300, 3000)),
            5..=7 => Self::Call { nth: 1 + dice.below(14) as u64, later: short(dice) },
            _ => Self::Write { nth: 1 + u32::try_from(dice.below(60)).unwrap(), later: short(dice) },
        }
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Early(_) => "early",
            Self::Any(_) => "any time",
            Self::Call { .. } => "at a call",
            Self::Write { .. } => "at a write",
        }
    }

    pub(crate) async fn wait(&self, stage: &Stage, life: &Life) {
        let waited = tokio::time::timeout(AT_MOST, async {
            match self {
                Self::Early(span) | Self::Any(span) => tokio::time::sleep(*span).await,
                Self::Call { nth, later } => {
                    let before = stage.calls_made();
                    let _ = stage
                        .telegram
                        .wait_for(AT_MOST, "a call", |_| (stage.calls_made() >= before + nth).then_some(()))
                        .await;
                    tokio::time::sleep(*later).await;
                }
                Self::Write { nth, later } => {
                    let (mut last, mut seen) = (stage.log_size(), 0);
                    while seen < *nth {
                        tokio::time::sleep(LOOK).await;
                        let now = stage.log_size();
                        seen += u32::from(now != last);
                        last = now;
                    }
                    tokio::time::sleep(*later).await;
                }
            }
        });
        // Nothing to see in this life: it ends all the same.
        let _ = waited.await;
        assert!(life.is_running(), "the bot went by itself\n{}", stage.log());
    }
}

/// From the same instant to a few milliseconds later.
fn short(dice: &mut Dice) -> Duration {
    if dice.percent(40) { Duration::ZERO } else { Duration::from_micros(100 * dice.below(120) as u64) }
}
