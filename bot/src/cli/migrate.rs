//! `oddsmith migrate [up|down|status]`.

use clap::ValueEnum;

use super::{say, settings};
use crate::leases::schema_lease;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to do.
    #[arg(value_enum, default_value_t = Direction::Up)]
    direction: Direction,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Direction {
    /// Apply what is missing.
    Up,
    /// Take back the newest step.
    Down,
    /// Say what is applied; exit 1 when something is missing.
    Status,
}

pub(super) async fn run(args: &Args) -> anyhow::Result<bool> {
    let settings = settings()?;
    let store = engine::store::Store::connect(settings.database_url()).await?;
    match args.direction {
        Direction::Up => {
            let _alone = schema_lease(&store).await?;
            migration::up(store.connection()).await?;
        }
        Direction::Down => {
            let _alone = schema_lease(&store).await?;
            migration::down(store.connection(), 1).await?;
            say("took back the newest step");
            return Ok(true);
        }
        Direction::Status => {
            let steps = migration::status(store.connection()).await?;
            for step in &steps {
                say(&format!("{}  {}", if step.applied { "applied" } else { "missing" }, step.name));
            }
            return Ok(steps.iter().all(|step| step.applied));
        }
    }
    say("schema is up to date");
    Ok(true)
}
