//! The settings in groups, each with how it is read.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use engine::recipient::BotId;
use engine_core::money::{Price, Usd};
use secrecy::SecretString;
use url::Url;

use super::read::Reader;
use super::{parse, table};

/// Telegram's settings.
#[derive(Debug, Clone)]
pub struct Telegram {
    pub(super) token: Option<(BotId, SecretString)>,
    pub(super) owner: Option<i64>,
    /// The Bot API server.
    pub api_url: Url,
    /// Webhook; `None` is long polling.
    pub webhook: Option<Webhook>,
}

/// What a chat needs, all present.
#[derive(Debug, Clone)]
pub struct ChatAccess {
    /// The bot, as its token names it.
    pub bot: BotId,
    /// Its token.
    pub token: SecretString,
    /// The owner's user id.
    pub owner: i64,
    /// The Bot API server.
    pub api_url: Url,
}

/// How Telegram calls us.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Public address.
    pub url: Url,
    /// Local port behind the reverse proxy.
    pub port: u16,
    /// Sent along by Telegram with every call.
    pub secret: SecretString,
}

/// Addresses of Polymarket.
#[derive(Debug, Clone)]
pub struct Hosts {
    /// Market list.
    pub gamma: Url,
    /// Order books and price history.
    pub clob: Url,
    /// Resolutions, trades, leaderboard.
    pub data_api: Url,
    /// Live prices.
    pub clob_ws: Url,
}

/// Thresholds of the gates every source passes.
#[derive(Debug, Clone, PartialEq)]
pub struct GateLimits {
    /// Least volume.
    pub min_volume: Usd,
    /// Most days to the published end.
    pub max_days_to_expiry: f64,
    /// Least executable depth on the side to buy.
    pub min_book_depth: Usd,
    /// Leave out sports and esports.
    pub block_sports: bool,
    /// Never buy Yes on the model's word.
    pub block_yes_side: bool,
    /// Floor of the ensemble's effective edge, 0–1.
    pub ensemble_min_effective_edge: f64,
    /// Floor of every other source's, 0–1.
    pub min_effective_edge: f64,
    /// Least entry price, 0–1.
    pub min_bet_price: f64,
    /// Least full Kelly fraction, 0–1.
    pub min_kelly_size: f64,
    /// Damping of the model's likelihood ratio, 0–1.
    pub lr_damping: f64,
    /// How far above the decision price a fill may walk, dollars a share.
    pub slippage: Price,
    /// Fee where none is documented, millionths of the stake.
    pub fee_fallback_micros: i64,
    /// Most candidates a scan hands on.
    pub max_model_candidates: u32,
    /// Most dollars of a book in one market.
    pub cap_per_market: Option<Usd>,
    /// Most dollars of a book in one event.
    pub cap_per_event: Option<Usd>,
    /// Most dollars of a book in one category.
    pub cap_per_category: Option<Usd>,
}

/// Early exits; `None` is off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exits {
    /// Share of the stake lost at which a position is sold, above 0, at most 1.
    pub stop_loss: Option<f64>,
    /// Days before the published end at which it is sold.
    pub days_before_expiry: Option<f64>,
}

/// The pace of the loops, in the clock's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intervals {
    /// Between scans for bets.
    pub bet_scan: Duration,
    /// Between housekeeping rounds.
    pub housekeeping: Duration,
    /// Between heartbeats; `None` is off.
    pub heartbeat: Option<Duration>,
    /// Between looks at the news.
    pub news: Duration,
    /// Between looks at followed traders.
    pub copy_trade: Duration,
    /// Age at which the model is due for retraining.
    pub retrain: Duration,
}

/// News feeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Read them at all.
    pub enabled: bool,
    /// Their addresses.
    pub feeds: Vec<Url>,
}

/// The language model.
#[derive(Debug, Clone)]
pub struct Llm {
    /// Name.
    pub model: String,
    /// Server.
    pub base_url: Url,
    /// Key; `None` means it is never asked.
    pub api_key: Option<SecretString>,
    /// Views asked for, 1–3.
    pub consensus_agents: u32,
    /// Most markets a scan puts to it.
    pub max_candidates: u32,
}

/// Retraining.
#[derive(Debug, Clone, PartialEq)]
pub struct Retraining {
    /// Folder of the retrained models.
    pub store: PathBuf,
    /// Program and arguments that train.
    pub trainer: Option<Vec<String>>,
    /// The trainer is stopped after this long.
    pub limit: Duration,
    /// Data set to train and to compare on.
    pub data: Option<PathBuf>,
}

/// The journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalKeeping {
    /// Keep one at all.
    pub enabled: bool,
    /// Folder, when one is named.
    pub dir: Option<PathBuf>,
    /// Days it is kept.
    pub days: u32,
    /// Most megabytes of it.
    pub max_mb: u32,
}

/// The copy engine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Copy {
    /// Share of the full Kelly fraction it stakes, above 0, at most 1.
    pub kelly_fraction: f64,
    /// Bankroll its book starts with.
    pub bankroll: Usd,
    /// Least effective edge of a copy sized by Kelly; `None` asks what every other source is asked.
    pub min_effective_edge: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SimulatedClock {
    pub(super) start: Option<DateTime<Utc>>,
    pub(super) speed: f64,
}

impl Telegram {
    pub(super) fn read(r: &mut Reader<'_>) -> Option<Self> {
        let token = r.optional(&table::TELEGRAM_BOT_TOKEN, parse::bot_token);
        let owner = r.optional(&table::TELEGRAM_CHAT_ID, parse::user_id);
        let api_url = r.value(&table::TELEGRAM_API_URL, parse::http_url)?;
        let url = r.optional(&table::WEBHOOK_URL, parse::https_url);
        let port = r.value(&table::WEBHOOK_PORT, parse::fixed_port)?;
        let secret = r.optional(&table::WEBHOOK_SECRET, parse::webhook_secret);
        let webhook = match (url, secret) {
            (Some(url), Some(secret)) => Some(Webhook { url, port, secret }),
            (Some(_), None) => {
                r.refuse(&table::WEBHOOK_SECRET, None);
                None
            }
            (None, _) => None,
        };
        Some(Self { token, owner, api_url, webhook })
    }
}

impl Hosts {
    pub(super) fn read(r: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            gamma: r.value(&table::GAMMA_URL, parse::http_url)?,
            clob: r.value(&table::CLOB_URL, parse::http_url)?,
            data_api: r.value(&table::DATA_API_URL, parse::http_url)?,
            clob_ws: r.value(&table::CLOB_WS_URL, parse::ws_url)?,
        })
    }
}

impl GateLimits {
    pub(super) fn read(r: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            min_volume: r.value(&table::MIN_VOLUME, parse::dollars)?,
            max_days_to_expiry: r.value(&table::MAX_DAYS_TO_EXPIRY, parse::days)?,
            min_book_depth: r.value(&table::MIN_BOOK_DEPTH, parse::dollars)?,
            block_sports: r.value(&table::BLOCK_SPORTS, parse::boolean)?,
            block_yes_side: r.value(&table::BLOCK_YES_SIDE, parse::boolean)?,
            ensemble_min_effective_edge: r.value(&table::ENSEMBLE_MIN_EFFECTIVE_EDGE, parse::share)?,
            min_effective_edge: r.value(&table::MIN_EFFECTIVE_EDGE, parse::share)?,
            min_bet_price: r.value(&table::MIN_BET_PRICE, parse::share)?,
            min_kelly_size: r.value(&table::MIN_KELLY_SIZE, parse::share)?,
            lr_damping: r.value(&table::LR_DAMPING, parse::share)?,
            slippage: r.value(&table::SLIPPAGE_PCT, parse::slippage)?,
            fee_fallback_micros: r.value(&table::FEE_PCT, parse::fee_micros)?,
            max_model_candidates: r.value(&table::MAX_MODEL_CANDIDATES, parse::whole(1, 1000))?,
            cap_per_market: r.optional(&table::EXPOSURE_CAP_PER_MARKET, parse::positive_dollars),
            cap_per_event: r.optional(&table::EXPOSURE_CAP_PER_EVENT, parse::positive_dollars),
            cap_per_category: r.optional(&table::EXPOSURE_CAP_PER_CATEGORY, parse::positive_dollars),
        })
    }
}

impl Intervals {
    pub(super) fn read(r: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            bet_scan: r.value(&table::BET_SCAN_INTERVAL_MINS, parse::minutes)?,
            housekeeping: r.value(&table::SCAN_INTERVAL_MINS, parse::minutes)?,
            heartbeat: r.value(&table::HEARTBEAT_INTERVAL_MINS, parse::minutes_or_off)?,
            news: r.value(&table::NEWS_SCAN_INTERVAL_MINS, parse::minutes)?,
            copy_trade: r.value(&table::COPY_TRADE_INTERVAL_MINS, parse::minutes)?,
            retrain: r.value(&table::RETRAIN_INTERVAL_HOURS, parse::hours)?,
        })
    }
}

impl Llm {
    pub(super) fn read(r: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            model: r.value(&table::LLM_MODEL, parse::words)?,
            base_url: r.value(&table::OPENAI_BASE_URL, parse::http_url)?,
            api_key: r.optional(&table::OPENAI_API_KEY, parse::secret),
            consensus_agents: r.value(&table::CONSENSUS_AGENTS, parse::whole(1, 3))?,
            max_candidates: r.value(&table::MAX_LLM_CANDIDATES, parse::whole(0, 100))?,
        })
    }
}

impl JournalKeeping {
    pub(super) fn read(r: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            enabled: r.value(&table::JOURNAL_ENABLED, parse::boolean)?,
            dir: r.optional(&table::JOURNAL_DIR, parse::folder),
            days: r.value(&table::JOURNAL_RETENTION_DAYS, parse::whole(1, 36_500))?,
            max_mb: r.value(&table::JOURNAL_MAX_MB, parse::whole(16, 1_000_000))?,
        })
    }
}

impl Retraining {
    pub(super) fn read(r: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            store: r.value(&table::MODEL_STORE, parse::folder)?,
            trainer: r.optional(&table::TRAINER, parse::command),
            limit: r.value(&table::TRAINER_LIMIT_MINS, parse::minutes)?,
            data: r.optional(&table::TRAINING_DATA, parse::folder),
        })
    }
}

impl SimulatedClock {
    /// `Some(None)` is real time.
    pub(super) fn read(r: &mut Reader<'_>) -> Option<Option<Self>> {
        let start = r.optional(&table::CLOCK_START, parse::unix_time);
        let speed = r.value(&table::CLOCK_SPEED, parse::speed)?;
        let real = start.is_none() && (speed - 1.0).abs() < f64::EPSILON;
        Some((!real).then_some(Self { start, speed }))
    }
}
