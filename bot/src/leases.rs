//! What a process must hold alone to run: its engines, and its Telegram bot. And the schema, while it changes it.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use engine::recipient::BotId;
use engine::store::{Lease, Store, StoreError};
use engine_core::engines::{EngineKind, Engines};

/// Name of the lease under which the schema is changed.
const SCHEMA: &str = "schema";
/// How long, in real time, a start waits for another process that brings the schema up to date.
const SCHEMA_PATIENCE: Duration = Duration::from_secs(120);
/// From try to try.
const SCHEMA_RETRY: Duration = Duration::from_millis(50);

/// Leases held as long as the process runs.
#[derive(Debug)]
pub(crate) struct Leases(Vec<Lease>);

impl Leases {
    /// Takes them all, or says in a sentence what is taken.
    ///
    /// # Errors
    /// When another process holds one of them, or the database cannot be asked.
    pub(crate) async fn take(store: &Store, engines: Engines, bot: BotId) -> anyhow::Result<Self> {
        let (mut held, mut taken) = (Vec::new(), Vec::new());
        for engine in engines.each() {
            match store.acquire_lease(engine.as_str()).await {
                Ok(lease) => held.push(lease),
                Err(StoreError::LeaseTaken { .. }) => taken.push(*engine),
                Err(error) => return Err(error.into()),
            }
        }
        if !taken.is_empty() {
            return Err(anyhow::Error::msg(engines_taken(engines, &taken)));
        }
        match store.acquire_lease(&bot.lease()).await {
            Ok(lease) => held.push(lease),
            Err(StoreError::LeaseTaken { .. }) => return Err(anyhow::Error::msg(bot_taken(bot))),
            Err(error) => return Err(error.into()),
        }
        Ok(Self(held))
    }

    /// Checks that all are still ours.
    ///
    /// # Errors
    /// As for [`Lease::check`].
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        for lease in &self.0 {
            lease.check().await?;
        }
        Ok(())
    }

    /// Lets go of all.
    ///
    /// # Errors
    /// When the database refuses; what is left then ends with the process.
    pub(crate) async fn release(self) -> Result<(), StoreError> {
        for lease in self.0 {
            lease.release().await?;
        }
        Ok(())
    }
}

fn engines_taken(wanted: Engines, taken: &[EngineKind]) -> String {
    let names: Vec<String> = taken.iter().map(|engine| format!("`{}`", engine.as_str())).collect();
    let free = wanted.each().iter().find(|engine| !taken.contains(engine));
    let way_out = free.map_or_else(String::new, |free| format!(", or start this one with --engines {}", free.as_str()));
    format!("another oddsmith already runs {} on this database; stop it first{way_out}", names.join(" and "))
}

fn bot_taken(bot: BotId) -> String {
    format!(
        "TELEGRAM_BOT_TOKEN is that of bot {bot}, through which another oddsmith on this database already speaks: give \
         this process a bot of its own (a second token from @BotFather), or run both engines in one process"
    )
}

/// Opens a database and brings its schema up to date. Of several processes that start at once one does, the others wait.
///
/// # Errors
/// When the database cannot be opened, a step fails, or another process takes minutes over it.
pub(crate) async fn open_store(url: &str) -> anyhow::Result<Store> {
    let store = Store::connect(url).await?;
    let lease = schema_lease(&store).await?;
    migration::up(store.connection()).await.context("bringing the database schema up to date")?;
    lease.release().await?;
    Ok(store)
}

/// The lease under which the schema is changed, waited for.
///
/// # Errors
/// When another process holds it for minutes, or the database cannot be asked.
pub(crate) async fn schema_lease(store: &Store) -> anyhow::Result<Lease> {
    let begun = Instant::now();
    loop {
        match store.acquire_lease(SCHEMA).await {
            Ok(lease) => return Ok(lease),
            Err(StoreError::LeaseTaken { .. }) if begun.elapsed() < SCHEMA_PATIENCE => {
                tokio::time::sleep(SCHEMA_RETRY).await;
            }
            Err(StoreError::LeaseTaken { .. }) => {
                anyhow::bail!(
                    "another oddsmith has been changing the schema of this database for minutes; look at it first"
                )
            }
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_named_with_the_way_out() {
        use EngineKind::{Copy, Ml};
        let table = [
            (Engines::Ml, vec![Ml], "`ml` on this database; stop it first"),
            (Engines::Both, vec![Copy], "`copy` on this database; stop it first, or start this one with --engines ml"),
            (Engines::Both, vec![Ml, Copy], "`ml` and `copy` on this database; stop it first"),
        ];
        for (wanted, taken, said) in table {
            assert_eq!(engines_taken(wanted, &taken), format!("another oddsmith already runs {said}"));
        }
    }
}
