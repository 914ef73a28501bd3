//! Followed traders' dossiers are made again about once a day.

use std::sync::PoisonError;

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::copy::dossier::{Dossier, DossierRead};
use engine_core::copy::follow::{Follow, Standing};

use super::Dossiers;

/// A dossier is made again after so long …
const FRESH_HOURS: i64 = 22;
/// … and up to so much later, differently for each wallet, so that those made together do not fall due together.
const SPREAD_MINUTES: i64 = 240;
/// One that could not be made is left alone for so long: the others have their turn.
const REST: TimeDelta = TimeDelta::minutes(30);

impl Dossiers {
    /// Makes the dossier that is longest overdue among those of followed traders; `None` when none is due, or the one that
    /// was could not be made. To be called every minute or so: a thousand follows take most of a day.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn refresh_due(&self, follows: &[Follow]) -> anyhow::Result<Option<Dossier>> {
        let now = self.clock.now();
        let made = self.store.newest_verdicts().await?;
        let due = follows
            .iter()
            .filter(|follow| follow.standing != Standing::Ended && !self.rests(&follow.wallet, now))
            .map(|follow| {
                let before = made.get(&follow.wallet).map(|(at, _)| *at);
                (before.map_or(DateTime::UNIX_EPOCH, |at| at + fresh_for(&follow.wallet)), &follow.wallet)
            })
            .filter(|(due, _)| *due <= now)
            .min();
        let Some((_, wallet)) = due else { return Ok(None) };
        let wallet = wallet.clone();
        match self.dossier(&wallet, 1).await? {
            DossierRead::Done(dossier) => Ok(Some(*dossier)),
            DossierRead::Nothing { .. } | DossierRead::Vanished { .. } => {
                self.let_rest(wallet, now + TimeDelta::hours(FRESH_HOURS));
                Ok(None)
            }
            DossierRead::Unavailable { .. } => {
                self.let_rest(wallet, now + REST);
                Ok(None)
            }
        }
    }

    fn rests(&self, wallet: &Wallet, now: DateTime<Utc>) -> bool {
        let rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        rests.get(wallet).is_some_and(|until| now < *until)
    }

    fn let_rest(&self, wallet: Wallet, until: DateTime<Utc>) {
        let mut rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        rests.retain(|_, until| now < *until);
        rests.insert(wallet, until);
    }
}

/// How long a dossier of this wallet is fresh.
fn fresh_for(wallet: &Wallet) -> TimeDelta {
    let digits = wallet.as_str().get(2..10).and_then(|digits| i64::from_str_radix(digits, 16).ok()).unwrap_or_default();
    TimeDelta::hours(FRESH_HOURS) + TimeDelta::minutes(digits % SPREAD_MINUTES)
}
