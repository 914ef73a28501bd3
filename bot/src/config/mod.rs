//! Settings: read once from the environment and `.env`, checked all together, and turned into the types of the domain.

mod example;
mod parse;
mod parts;
mod read;
mod table;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use engine::journal::{Bounds, JournalSettings};
use engine_clock::Clock;
use engine_core::engines::Engines;
use engine_core::money::Usd;
use engine_core::strategy::StrategyProfile;
use secrecy::{ExposeSecret, SecretString};

pub use example::env_example;
pub(crate) use parse::is_loopback;
pub use parts::{
    ChatAccess, Copy, Exits, GateLimits, Hosts, Intervals, JournalKeeping, Llm, News, Retraining, Telegram, Webhook,
};
pub use read::{Problem, SettingsError};
pub use table::{Entry, GROUPS, Group, all};

use parts::SimulatedClock;
use read::Reader;

/// Interval of every loop with `--fast`.
pub const FAST_INTERVAL: Duration = Duration::from_secs(120);
/// What a megabyte of the journal's bound is.
const BYTES_PER_MB: u64 = 1_000_000;
/// Metrics port when it is not set.
const METRICS_PORT: u16 = 9000;
/// The same when only the copy engine runs.
pub const COPY_METRICS_PORT: u16 = 9001;

/// All settings, checked. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Settings {
    database_url: SecretString,
    /// Telegram.
    pub telegram: Telegram,
    /// The outside world.
    pub hosts: Hosts,
    /// Folder of the model's files.
    pub model_dir: PathBuf,
    /// How new models are made.
    pub retraining: Retraining,
    /// Strategies in the order given.
    pub strategies: Vec<StrategyProfile>,
    /// Paper dollars each strategy starts with.
    pub bankroll: Usd,
    /// What becomes a signal.
    pub gates: GateLimits,
    /// When positions are sold early.
    pub exits: Exits,
    /// The pace of the loops.
    pub intervals: Intervals,
    /// How long a signal waits for a decision.
    pub signal_expiry: Duration,
    /// Days after which handled updates and delivered messages are deleted.
    pub retention_days: u32,
    journal: JournalKeeping,
    /// After how long a closed market without resolution is reported.
    pub unresolved_alert: Duration,
    /// Address of metrics and health.
    pub metrics_bind: IpAddr,
    metrics_port: Option<u16>,
    /// News feeds.
    pub news: News,
    /// The language model.
    pub llm: Llm,
    /// The copy engine.
    pub copy: Copy,
    /// Redis, when used.
    pub redis_url: Option<SecretString>,
    simulated_clock: Option<SimulatedClock>,
    engines: Engines,
    idle: Vec<&'static str>,
}

impl Settings {
    /// Reads the environment, and `.env` in this folder or above it for what the environment does not say.
    ///
    /// # Errors
    /// [`SettingsError`] with every setting that is not allowed.
    pub fn from_env() -> Result<Self, SettingsError> {
        let file = env_file()?;
        Self::from_lookup(&|name| std::env::var(name).ok().or_else(|| file.get(name).cloned()))
    }

    /// Reads settings through a lookup by name; an empty text counts as not given.
    ///
    /// # Errors
    /// [`SettingsError`] with every setting that is not allowed.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(lookup);
        let settings = Self::read(&mut reader);
        match settings {
            Some(settings) if reader.problems.is_empty() => Ok(Self { idle: reader.idle, ..settings }),
            _ => Err(SettingsError { problems: reader.problems }),
        }
    }

    fn read(r: &mut Reader<'_>) -> Option<Self> {
        let telegram = Telegram::read(r)?;
        let database_url = r.value(&table::DATABASE_URL, parse::database_url)?;
        let model_dir = r.value(&table::MODEL_DIR, parse::folder)?;
        let retraining = Retraining::read(r)?;
        let retention_days = r.value(&table::RETENTION_DAYS, parse::whole(7, 36_500))?;
        let journal = JournalKeeping::read(r)?;
        let redis_url = r.optional(&table::REDIS_URL, parse::redis_url);
        let strategies = r.value(&table::STRATEGIES, parse::strategies)?;
        let bankroll = r.value(&table::STRATEGY_BANKROLL, parse::positive_dollars)?;
        let exits = Exits {
            stop_loss: r.value(&table::STOP_LOSS_PCT, parse::stop_loss)?,
            days_before_expiry: r.value(&table::EXIT_DAYS_BEFORE_EXPIRY, parse::days_or_off)?,
        };
        let gates = GateLimits::read(r)?;
        let signal_expiry = r.value(&table::SIGNAL_EXPIRY_MINS, parse::minutes)?;
        let intervals = Intervals::read(r)?;
        let unresolved_alert = r.value(&table::UNRESOLVED_ALERT_HOURS, parse::hours)?;
        let hosts = Hosts::read(r)?;
        let metrics_port = r.optional(&table::METRICS_PORT, parse::port);
        let metrics_bind = r.value(&table::METRICS_BIND, parse::address)?;
        let news = News {
            enabled: r.value(&table::NEWS_ENABLED, parse::boolean)?,
            feeds: r.value(&table::NEWS_FEEDS, parse::feeds)?,
        };
        let llm = Llm::read(r)?;
        let copy = Copy {
            kelly_fraction: r.value(&table::KELLY_FRACTION, parse::positive_share)?,
            bankroll: r.value(&table::COPY_BANKROLL, parse::positive_dollars)?,
            min_effective_edge: r.optional(&table::COPY_MIN_EFFECTIVE_EDGE, parse::share),
        };
        let simulated_clock = SimulatedClock::read(r)?;
        let settings = Self {
            database_url,
            telegram,
            hosts,
            model_dir,
            retraining,
            strategies,
            bankroll,
            gates,
            exits,
            intervals,
            signal_expiry,
            retention_days,
            journal,
            unresolved_alert,
            metrics_bind,
            metrics_port,
            news,
            llm,
            copy,
            redis_url,
            simulated_clock,
            engines: Engines::default(),
            idle: Vec::new(),
        };
        settings.refuse_simulated_time_in_the_real_world(r);
        Some(settings)
    }

    /// Simulated time against a real host would date real data wrongly.
    fn refuse_simulated_time_in_the_real_world(&self, r: &mut Reader<'_>) {
        let Some(clock) = self.simulated_clock else {
            return;
        };
        let mut hosts = vec![
            (table::GAMMA_URL.name, &self.hosts.gamma),
            (table::CLOB_URL.name, &self.hosts.clob),
            (table::DATA_API_URL.name, &self.hosts.data_api),
            (table::CLOB_WS_URL.name, &self.hosts.clob_ws),
        ];
        // Nobody speaks to Telegram without a token: commands that need no chat need no stand-in for it.
        if self.telegram.token.is_some() {
            hosts.push((table::TELEGRAM_API_URL.name, &self.telegram.api_url));
        }
        if self.llm.api_key.is_some() {
            hosts.push((table::OPENAI_BASE_URL.name, &self.llm.base_url));
        }
        if self.news.enabled {
            hosts.extend(self.news.feeds.iter().map(|feed| (table::NEWS_FEEDS.name, feed)));
        }
        let real: Vec<&str> = hosts.into_iter().filter(|(_, url)| !is_loopback(url)).map(|(name, _)| name).collect();
        if !real.is_empty() {
            let (entry, value) = clock.start.map_or_else(
                || (&table::CLOCK_SPEED, clock.speed.to_string()),
                |start| (&table::CLOCK_START, start.timestamp().to_string()),
            );
            let allowed = format!("no simulated time while a host is a real one ({})", real.join(", "));
            r.clash(entry, Some(value), allowed);
        }
    }

    /// Where the database is.
    #[must_use]
    pub fn database_url(&self) -> &str {
        self.database_url.expose_secret()
    }

    /// Where the journal is kept and how much of it; `None` when none is.
    #[must_use]
    pub fn journal(&self) -> Option<JournalSettings> {
        let dir = self.journal.dir.clone().or_else(|| beside(self.database_url()))?;
        let bytes = u64::from(self.journal.max_mb) * BYTES_PER_MB;
        self.journal.enabled.then_some(JournalSettings { dir, bounds: Bounds { days: self.journal.days, bytes } })
    }

    /// What the chat needs.
    ///
    /// # Errors
    /// [`SettingsError`] when the token or the owner is not set: without an owner nobody may approve, so the bot does
    /// not start.
    pub fn chat(&self) -> Result<ChatAccess, SettingsError> {
        match (&self.telegram.token, self.telegram.owner) {
            (Some((bot, token)), Some(owner)) => {
                Ok(ChatAccess { bot: *bot, token: token.clone(), owner, api_url: self.telegram.api_url.clone() })
            }
            (token, owner) => {
                let missing =
                    [(token.is_none(), &table::TELEGRAM_BOT_TOKEN), (owner.is_none(), &table::TELEGRAM_CHAT_ID)];
                let problems = missing
                    .into_iter()
                    .filter(|(missing, _)| *missing)
                    .map(|(_, entry)| Problem { name: entry.name, value: None, allowed: entry.allowed.to_owned() })
                    .collect();
                Err(SettingsError { problems })
            }
        }
    }

    /// Two minutes between the runs of every loop, for `--fast`.
    #[must_use]
    pub fn fast(mut self) -> Self {
        let every = &mut self.intervals;
        every.bet_scan = FAST_INTERVAL;
        every.housekeeping = FAST_INTERVAL;
        every.heartbeat = every.heartbeat.map(|_| FAST_INTERVAL);
        every.news = FAST_INTERVAL;
        every.copy_trade = FAST_INTERVAL;
        self
    }

    /// For a process that runs these engines; without a word, both.
    #[must_use]
    pub fn with_engines(mut self, engines: Engines) -> Self {
        self.engines = engines;
        self
    }

    /// The engines to run.
    #[must_use]
    pub const fn engines(&self) -> Engines {
        self.engines
    }

    /// Where metrics and health listen.
    #[must_use]
    pub fn metrics_address(&self) -> SocketAddr {
        let usual = match self.engines {
            Engines::Both | Engines::Ml => METRICS_PORT,
            Engines::Copy => COPY_METRICS_PORT,
        };
        SocketAddr::new(self.metrics_bind, self.metrics_port.unwrap_or(usual))
    }

    /// The clock everything runs by.
    #[must_use]
    pub fn clock(&self) -> Clock {
        let wall = Clock::wall();
        self.simulated_clock.map_or(wall.clone(), |simulated| {
            Clock::scaled(simulated.start.unwrap_or_else(|| wall.now()), simulated.speed)
        })
    }

    /// Settings that were given a value of their own although the part they belong to is not built yet; `run` says so.
    #[must_use]
    pub fn without_effect(&self) -> &[&'static str] {
        &self.idle
    }
}

/// The journal's folder beside an SQLite file; `None` for any other database.
fn beside(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"))?;
    let path = path.split('?').next().filter(|path| !path.is_empty() && *path != ":memory:")?;
    let file = PathBuf::from(path);
    let stem = file.file_stem()?.to_str()?;
    Some(file.with_file_name(format!("{stem}-journal")))
}

/// What `.env` says; nothing when there is none. A broken line is named by the setting before it, never shown: it may
/// hold a secret.
fn env_file() -> Result<HashMap<String, String>, SettingsError> {
    let Ok(lines) = dotenvy::dotenv_iter() else {
        return Ok(HashMap::new());
    };
    let mut values = HashMap::new();
    let mut before = "the start of the file".to_owned();
    for line in lines {
        let Ok((name, value)) = line else {
            let allowed = format!("lines of the form NAME=value in it; the one after {before} is not");
            return Err(SettingsError { problems: vec![Problem { name: ".env", value: None, allowed }] });
        };
        before.clone_from(&name);
        values.insert(name, value);
    }
    Ok(values)
}

#[cfg(test)]
mod tests;
