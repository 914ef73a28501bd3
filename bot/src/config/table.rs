//! Every setting: its name, default, what is allowed, and one sentence. The only list; the reader, the error messages
//! and `.env.example` all come from it.

/// One setting.
#[derive(Debug)]
pub struct Entry {
    /// Name in the environment.
    pub name: &'static str,
    /// Default as text; empty when there is none.
    pub default: &'static str,
    /// What is allowed, for error messages.
    pub allowed: &'static str,
    /// One sentence, for `.env.example`.
    pub doc: &'static str,
    /// The value must not be shown anywhere.
    pub secret: bool,
    /// False for a setting that is read and checked but belongs to a part that is not built yet.
    pub in_effect: bool,
}

/// A headed run of settings.
#[derive(Debug)]
pub struct Group {
    /// Heading.
    pub title: &'static str,
    /// Its settings.
    pub entries: &'static [&'static Entry],
}

macro_rules! groups {
    ($($title:literal { $($name:ident = $default:literal $(, $flag:ident)* ; $allowed:literal ; $doc:literal)* })*) => {
        $($(
            #[doc = $doc]
            #[allow(clippy::needless_update)] // the flags differ from entry to entry
            pub(super) const $name: Entry = Entry {
                name: stringify!($name),
                default: $default,
                allowed: $allowed,
                doc: $doc,
                $($flag: groups!(@ $flag),)*
                ..BLANK
            };
        )*)*
        /// All settings in the order of `.env.example`.
        pub const GROUPS: &[Group] = &[$(Group { title: $title, entries: &[$(&$name),*] }),*];
    };
    (@ secret) => { true };
    (@ in_effect) => { false };
}

const BLANK: Entry = Entry { name: "", default: "", allowed: "", doc: "", secret: false, in_effect: true };

groups! {
    "Telegram" {
        TELEGRAM_BOT_TOKEN = "", secret; "a token from @BotFather such as 123456:ABC-DEF";
            "The bot's token, from @BotFather; `run` needs it, and of two processes on one database each needs a bot of its own."
        TELEGRAM_CHAT_ID = ""; "the owner's numeric user id, above 0 (a group cannot own the bot)";
            "Your own numeric user id: the owner, who alone may approve; `run` refuses to start without it."
    }
    "Storage" {
        DATABASE_URL = "sqlite://oddsmith.sqlite?mode=rwc", secret; "sqlite://FILE?mode=rwc or postgres://USER:PASSWORD@HOST/NAME";
            "Where everything is kept: an SQLite file, or PostgreSQL."
        MODEL_DIR = "models"; "a folder";
            "Folder with ensemble.onnx, manifest.json and golden.json."
        MODEL_STORE = "models-store"; "a folder";
            "Folder for retrained models, one folder a version; made when the first one is trained."
        RETENTION_DAYS = "365"; "a whole number of days from 7 to 36500";
            "Handled updates, delivered messages and scan records older than this are deleted. Bets are kept, and of the resolved forecasts those that scores count."
        JOURNAL_ENABLED = "true"; "true or false";
            "Keep a journal of what was seen and decided, for `replay` and `backtest --journal`; switched on, it still needs a folder."
        JOURNAL_DIR = ""; "a folder, or empty";
            "Folder of the journal; empty = beside the SQLite file, with its name and -journal; with PostgreSQL none is kept unless a folder is named."
        JOURNAL_RETENTION_DAYS = "30"; "a whole number of days from 1 to 36500";
            "Segments of the journal older than this are deleted."
        JOURNAL_MAX_MB = "2048"; "a whole number of megabytes from 16 to 1000000";
            "The oldest segments of the journal are deleted when all of them together are larger than this."
        REDIS_URL = "", secret, in_effect; "redis://HOST, rediss://HOST or empty";
            "Redis to share work between several processes; empty = not used."
    }
    "Paper books" {
        STRATEGIES = "aggressive,balanced,conservative"; "one or more of aggressive, balanced, conservative, comma-separated, each once";
            "Strategies that run side by side, each with a bankroll of its own."
        STRATEGY_BANKROLL = "300.0"; "dollars above 0, at most 1000000000";
            "Paper dollars each strategy starts with."
        SLIPPAGE_PCT = "0.01"; "a number from 0 to 0.5";
            "How far above the price decided on a fill may walk the book, in dollars a share (0.01 = 1 cent)."
        FEE_PCT = "0.02"; "a number from 0 to 0.5";
            "Share of the stake charged as fee where a market documents neither a fee schedule nor that it is free."
        STOP_LOSS_PCT = "999.0"; "above 0 and at most 1 (0.3 = sell after losing 30 % of the stake), or 999 = off";
            "Sell a position that lost this share of its stake; 999.0 = off."
        EXIT_DAYS_BEFORE_EXPIRY = "0"; "days above 0, or 0 = off";
            "Sell a position this many days before its market's published end; 0 = off."
        EXPOSURE_CAP_PER_MARKET = ""; "dollars above 0, or empty = off";
            "Most paper dollars one book may hold in one market; empty = off."
        EXPOSURE_CAP_PER_EVENT = ""; "dollars above 0, or empty = off";
            "Most paper dollars one book may hold in one event's markets together; empty = off."
        EXPOSURE_CAP_PER_CATEGORY = ""; "dollars above 0, or empty = off";
            "Most paper dollars one book may hold in one category; empty = off."
    }
    "What becomes a signal" {
        MIN_VOLUME = "1000.0"; "dollars, 0 or more";
            "Markets that traded less than this many dollars are left out."
        MIN_BOOK_DEPTH = "200.0"; "dollars, 0 or more";
            "Dollars that must be for sale on the side to buy, within SLIPPAGE_PCT of the best price."
        MAX_DAYS_TO_EXPIRY = "14"; "days above 0, at most 3650";
            "Markets whose published end is further away are left out."
        BLOCK_SPORTS = "true"; "true or false";
            "Leave out sports and esports."
        BLOCK_YES_SIDE = "true"; "true or false";
            "Never buy Yes on the model's word."
        LR_DAMPING = "0.5"; "a number from 0 to 1";
            "How far the model may pull the market's probability: 0 = not at all, 1 = fully."
        ENSEMBLE_MIN_EFFECTIVE_EDGE = "0.02"; "a number from 0 to 1";
            "Least edge after fees times confidence for the ensemble's signals."
        MIN_EFFECTIVE_EDGE = "0.08"; "a number from 0 to 1";
            "The same for every other source of signals."
        MIN_BET_PRICE = "0.15"; "a number from 0 to 1";
            "Outcomes cheaper than this are not bought."
        MIN_KELLY_SIZE = "0.02"; "a number from 0 to 1";
            "Least full Kelly fraction worth a bet."
        MAX_MODEL_CANDIDATES = "15"; "a whole number from 1 to 1000";
            "Most candidates one scan hands on, best first."
        SIGNAL_EXPIRY_MINS = "15"; "minutes above 0, at most 10080";
            "How long a signal waits for your decision."
    }
    "Pace" {
        BET_SCAN_INTERVAL_MINS = "10"; "minutes above 0, at most 10080 (decimals are fine)";
            "Minutes between scans for bets."
        SCAN_INTERVAL_MINS = "30"; "minutes above 0, at most 10080 (decimals are fine)";
            "Minutes between housekeeping rounds: resolve, exits, scores, daily report."
        HEARTBEAT_INTERVAL_MINS = "60"; "minutes above 0, at most 10080, or 0 = off";
            "Minutes between signs of life in the chat; 0 = off."
        UNRESOLVED_ALERT_HOURS = "48"; "hours above 0, at most 8760";
            "Tell when a market we hold is closed but has not resolved for this long."
    }
    "Addresses of the outside world" {
        GAMMA_URL = "https://gamma-api.polymarket.com"; "an http or https address";
            "Polymarket's market list."
        CLOB_URL = "https://clob.polymarket.com"; "an http or https address";
            "Polymarket's order books and price history."
        DATA_API_URL = "https://data-api.polymarket.com"; "an http or https address";
            "Polymarket's resolutions, trades and leaderboard."
        CLOB_WS_URL = "wss://ws-subscriptions-clob.polymarket.com", in_effect; "a ws or wss address";
            "Polymarket's live prices."
        TELEGRAM_API_URL = "https://api.telegram.org"; "an http or https address";
            "The Bot API server."
    }
    "Metrics and health" {
        METRICS_PORT = "9000"; "a port from 0 to 65535 (0 = any free one)";
            "Port of /metrics, /health and /ready (when unset and only the copy engine runs: 9001)."
        METRICS_BIND = "127.0.0.1"; "an IP address";
            "Address they listen on; anything but loopback shows them to the network."
    }
    "News and language model" {
        NEWS_ENABLED = "false", in_effect; "true or false";
            "Read news feeds and reassess the markets they touch."
        NEWS_FEEDS = "", in_effect; "http or https addresses, comma-separated, or empty";
            "Addresses of the RSS feeds, comma-separated."
        NEWS_SCAN_INTERVAL_MINS = "10", in_effect; "minutes above 0, at most 10080 (decimals are fine)";
            "Minutes between looks at the feeds."
        LLM_MODEL = "gpt-4o", in_effect; "a model's name";
            "Language model to ask."
        OPENAI_API_KEY = "", secret, in_effect; "a key, or empty = no language model";
            "Key for it; empty = never asked."
        OPENAI_BASE_URL = "https://api.openai.com/v1", in_effect; "an http or https address";
            "Server that speaks OpenAI's API."
        CONSENSUS_AGENTS = "2", in_effect; "a whole number from 1 to 3";
            "How many views it is asked for: sceptic, catalyst, base rate."
        MAX_LLM_CANDIDATES = "1", in_effect; "a whole number from 0 to 100";
            "Most markets a scan puts to it."
    }
    "Retraining" {
        RETRAIN_INTERVAL_HOURS = "24"; "hours above 0, at most 8760";
            "Hours after which the model counts as due for retraining; with TRAINER and TRAINING_DATA set, `run` retrains at this pace."
        TRAINER = ""; "a program and its arguments, separated by spaces (no shell reads them), or empty = no retraining";
            "Program that trains, such as training/.venv/bin/python -m oddsmith_training.train; called with --rows FILE --out DIR after its own arguments."
        TRAINER_LIMIT_MINS = "120"; "minutes above 0, at most 10080";
            "The trainer is stopped after this many minutes."
        TRAINING_DATA = ""; "a folder with markets.parquet and prices.parquet, or empty";
            "Data set to retrain on and to compare models on."
    }
    "Copy trading" {
        COPY_TRADE_INTERVAL_MINS = "1"; "minutes above 0, at most 10080 (decimals are fine)";
            "Minutes between looks at followed traders."
        KELLY_FRACTION = "0.25"; "above 0 and at most 1";
            "Share of the full Kelly fraction the copy book stakes."
        COPY_BANKROLL = "300.0"; "dollars above 0, at most 1000000000";
            "Bankroll the copy book starts with."
        COPY_MIN_EFFECTIVE_EDGE = ""; "0 to 1, or empty = MIN_EFFECTIVE_EDGE";
            "Least edge a copied trade sized by Kelly must keep at our price; the trader's edge is measured and shrunk already."
    }
    "Webhook" {
        WEBHOOK_URL = "", in_effect; "an https address, or empty = long polling";
            "Public address Telegram is to call; empty = long polling."
        WEBHOOK_PORT = "8443", in_effect; "a port from 1 to 65535";
            "Port the webhook listens on behind the reverse proxy."
        WEBHOOK_SECRET = "", secret, in_effect; "1 to 256 of A-Z a-z 0-9 _ - (needed with WEBHOOK_URL)";
            "Secret Telegram must send along; needed with WEBHOOK_URL."
    }
    "Simulated time, for stand-in worlds on this machine only" {
        CLOCK_START = ""; "unix seconds, or empty = now";
            "Time at which the bot's clock starts; refused when any host is a real one."
        CLOCK_SPEED = "1"; "above 0 and at most 1000000";
            "Simulated seconds for each real one; anything but 1 is refused when any host is a real one."
    }
}

/// All settings, one after another.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    GROUPS.iter().flat_map(|group| group.entries.iter().copied())
}
