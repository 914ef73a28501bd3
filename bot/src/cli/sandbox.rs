//! `oddsmith sandbox`: a whole stand-in world on this machine, and the real bot in it.

mod summary;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use engine_clock::Clock;
use engine_core::strategy::BookMode;
use sandbox::polymarket::PolymarketServer;
use sandbox::telegram::{OWNER, Options, TelegramServer};
use sandbox::world::{RecordedConfig, World, WorldConfig};

use super::run::{end, stopped};
use super::say;
use crate::app::App;
use crate::config::Settings;

/// Minutes a signal can be decided in the sandbox: a person reads at the pace of the real world.
const SIGNAL_EXPIRY_MINS: &str = "90";
/// Minutes between signs of life in the sandbox: one every few real minutes is enough.
const HEARTBEAT_MINS: &str = "360";
/// Real seconds between two looks at what has ended; the usual half hour of the world's time is a long wait here.
const HOUSEKEEPING_SECONDS: f64 = 5.0;
/// How far the model may pull the market's probability in the sandbox: all the way. The shipped model is not proven and
/// at the usual half its edges are too small for any strategy, which would make a dull demonstration.
const LR_DAMPING: &str = "1";
/// Days of recorded markets that are replayed when no start is given.
const REPLAY_DAYS: i64 = 7;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Port of the chat page.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The same seed gives the same world.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Simulated seconds for each real one.
    #[arg(long, default_value_t = 60.0, value_parser = super::positive_speed)]
    speed: f64,
    /// Replay recorded real markets from this folder (markets.parquet, prices.parquet, and trades.parquet where it is
    /// there) instead of simulated ones.
    #[arg(long, value_name = "DIR", value_parser = super::existing_dir)]
    data: Option<PathBuf>,
    /// First day to replay; the last seven recorded days by default.
    #[arg(long, value_name = "DATE", requires = "data")]
    from: Option<NaiveDate>,
    /// Nobody is asked: every book bets by itself, and after so many real seconds the sandbox ends with a summary.
    #[arg(long, value_name = "SECONDS")]
    headless: Option<u64>,
}

/// The stand-in servers.
struct StandIn {
    world: Arc<World>,
    venue: PolymarketServer,
    telegram: TelegramServer,
    clock: Clock,
    /// When the world's time began.
    start: DateTime<Utc>,
}

pub(super) async fn run(args: &Args) -> anyhow::Result<bool> {
    let scratch = scratch_dir()?;
    let outcome = stand_in_and_bot(args, &scratch).await;
    if let Err(error) = std::fs::remove_dir_all(&scratch) {
        tracing::warn!(%error, "the throw-away database could not be removed");
    }
    outcome
}

async fn stand_in_and_bot(args: &Args, scratch: &Path) -> anyhow::Result<bool> {
    let stand_in = StandIn::start(args).await?;
    let settings = stand_in.settings(scratch)?;
    if args.headless.is_some() {
        App::preset_modes(&settings, &stand_in.clock, BookMode::Auto).await?;
    }
    let app = App::start(&settings, stand_in.clock.clone()).await?;
    greet(args, &stand_in, &settings, &app);
    if let Some(seconds) = args.headless {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(seconds)) => {}
            result = stopped() => result?,
        }
        summary::print(&app, stand_in.world.market_count(), seen_in_training(args, &stand_in, &app)).await?;
    } else {
        stopped().await?;
    }
    say("Stopping …");
    end(app).await
}

impl StandIn {
    async fn start(args: &Args) -> anyhow::Result<Self> {
        let (world, clock, what) = match &args.data {
            None => {
                let start = Clock::wall().now();
                let clock = Clock::scaled(start, args.speed);
                let world = World::simulated(WorldConfig::new(args.seed, start, clock.clone()).with_demo());
                let what =
                    format!("{} markets, {} traders, seed {}", world.market_count(), world.trader_count(), args.seed);
                (world, clock, what)
            }
            Some(dir) => recorded(dir, args)?,
        };
        let start = clock.now();
        let venue = PolymarketServer::start(world.clone()).await.context("starting the stand-in Polymarket")?;
        let page_port = args.headless.is_none().then_some(args.port);
        let options = Options { page_port, ..Options::new(clock.clone()) };
        let telegram = TelegramServer::start(options)
            .await
            .with_context(|| format!("--port {} is not free; choose another", args.port))?;
        telegram.set_banner(&format!("{what} · {}", pace(args.speed)));
        Ok(Self { world, venue, telegram, clock, start })
    }

    /// The bot's settings: what the environment would say for this world. The bot does not know it is in a sandbox.
    fn settings(&self, scratch: &Path) -> anyhow::Result<Settings> {
        let database = format!("sqlite://{}?mode=rwc", scratch.join("sandbox.sqlite").display());
        let start = self.clock.now().timestamp().to_string();
        let own: HashMap<&str, String> = HashMap::from([
            ("GAMMA_URL", self.venue.gamma_url.clone()),
            ("CLOB_URL", self.venue.clob_url.clone()),
            ("DATA_API_URL", self.venue.data_url.clone()),
            ("CLOB_WS_URL", self.venue.ws_url.clone()),
            ("TELEGRAM_API_URL", self.telegram.api_url()),
            ("TELEGRAM_BOT_TOKEN", self.telegram.token().to_owned()),
            ("TELEGRAM_CHAT_ID", OWNER.to_string()),
            ("DATABASE_URL", database),
            ("METRICS_PORT", "0".to_owned()),
            ("SIGNAL_EXPIRY_MINS", SIGNAL_EXPIRY_MINS.to_owned()),
            ("HEARTBEAT_INTERVAL_MINS", HEARTBEAT_MINS.to_owned()),
            ("CLOCK_START", start),
            ("CLOCK_SPEED", self.clock.speed().unwrap_or(1.0).to_string()),
        ]);
        // Thresholds and the model may be chosen from outside; the world and the database may not.
        let speed = self.clock.speed().unwrap_or(1.0);
        let usual = |name: &str| match name {
            "LR_DAMPING" => Some(LR_DAMPING.to_owned()),
            "SCAN_INTERVAL_MINS" => Some((HOUSEKEEPING_SECONDS * speed / 60.0).clamp(1.0, 30.0).to_string()),
            _ => None,
        };
        let lookup = |name: &str| own.get(name).cloned().or_else(|| std::env::var(name).ok()).or_else(|| usual(name));
        Ok(Settings::from_lookup(&lookup)?)
    }
}

/// A folder of our own for the throw-away database.
fn scratch_dir() -> anyhow::Result<PathBuf> {
    let dir = std::env::temp_dir().join(format!("oddsmith-sandbox-{}", std::process::id()));
    std::fs::create_dir_all(&dir).with_context(|| format!("making {}", dir.display()))?;
    Ok(dir)
}

fn recorded(dir: &Path, args: &Args) -> anyhow::Result<(Arc<World>, Clock, String)> {
    let from: DateTime<Utc> = match args.from {
        Some(day) => day.and_time(NaiveTime::MIN).and_utc(),
        None => engine::dataset::last_price_at(dir)? - TimeDelta::days(REPLAY_DAYS),
    };
    let clock = Clock::scaled(from, args.speed);
    let config =
        RecordedConfig { seed: args.seed, ..RecordedConfig::new(from, from + TimeDelta::days(60), clock.clone()) };
    let world = World::recorded(dir, &config)?;
    let (markets, traders) = (world.market_count(), world.trader_count());
    let what = format!("{markets} recorded markets, {traders} recorded traders from {}", from.date_naive());
    Ok((world, clock, what))
}

fn pace(speed: f64) -> String {
    if (speed - 60.0).abs() < f64::EPSILON { "1 minute = 1 hour".to_owned() } else { format!("{speed} × real time") }
}

fn greet(args: &Args, stand_in: &StandIn, settings: &Settings, app: &App) {
    let what = match args.data {
        None => "everything below is simulated",
        Some(_) => "recorded prices, made-up order books",
    };
    say(&format!("oddsmith {} · sandbox · {what}, on this machine", env!("CARGO_PKG_VERSION")));
    let (markets, traders) = (stand_in.world.market_count(), stand_in.world.trader_count());
    let world = match args.data {
        None => format!("{markets} markets, {traders} traders, seed {}, {}", args.seed, pace(args.speed)),
        Some(_) => format!("{markets} recorded markets at the start, {traders} recorded traders, {}", pace(args.speed)),
    };
    say(&format!("  world      {world}"));
    if args.data.is_some() {
        say("             sizes in books are assumed, volume is the last recorded one spread over the market's life;");
        say("             a market whose volume was not recorded is not bet on");
    }
    match app.engine.model.info() {
        Ok(info) => say(&format!(
            "  model      {} ({} features v{}, {} learners), golden rows agree",
            info.version,
            engine_core::features::FEATURE_COUNT,
            info.features_version,
            info.learners.len()
        )),
        Err(reason) => say(&format!("  model      none: {reason}. Nothing will be bet on.")),
    }
    if seen_in_training(args, stand_in, app) {
        say("             it was trained on what is replayed here: no score of this run means anything");
    }
    let damping = settings.gates.lr_damping;
    if damping > engine_core::pipeline::GateSettings::default().lr_damping {
        say(&format!("             LR_DAMPING={damping} here (usually 0.5), so that there is something to see"));
    } else {
        say(&format!("             LR_DAMPING={damping}"));
    }
    say("  database   throw-away SQLite");
    say(&format!("  health     http://{}/health", app.status));
    if let Some(page) = stand_in.telegram.page_url() {
        say(&format!("  chat       {page}        ← open this"));
    }
    say("Ctrl-C stops. Real Telegram: see README, \"Your own bot\".");
}

/// True when the model was fitted on rows from the replayed time or after it.
fn seen_in_training(args: &Args, stand_in: &StandIn, app: &App) -> bool {
    args.data.is_some() && app.engine.model.info().is_ok_and(|info| info.training.to >= stand_in.start)
}
