//! Settings of the worlds.

use chrono::{DateTime, TimeDelta, Utc};
use engine_clock::Clock;
use thiserror::Error;

/// A simulated world.
#[derive(Debug, Clone)]
pub struct WorldConfig {
    /// The same seed and start give the same world.
    pub seed: u64,
    /// Markets listed at the start, the demo's included; about as many stay open as time passes.
    pub markets: usize,
    /// The moment the world is made for: what ended before it is not simulated.
    pub start: DateTime<Utc>,
    /// Tells the time from then on.
    pub clock: Clock,
    /// Adds mispriced markets that end a little over an hour after the start, and from the third hour on one every
    /// hour and a half.
    pub demo: bool,
    /// Share of the other markets that is mispriced on purpose.
    pub mispriced: f64,
    /// Scales how many markets have a broken book or an odd end (0 = none, 1 = about one in ten).
    pub oddities: f64,
    /// From the proposal of an outcome to its payout, when nobody disputes it.
    pub resolution_delay: TimeDelta,
    /// Traders of several kinds live here.
    pub traders: bool,
}

impl WorldConfig {
    /// The usual world: 312 markets, about one in sixteen mispriced, payout two hours after the proposal.
    #[must_use]
    pub fn new(seed: u64, start: DateTime<Utc>, clock: Clock) -> Self {
        Self {
            seed,
            markets: 312,
            start,
            clock,
            demo: false,
            mispriced: 0.06,
            oddities: 1.0,
            resolution_delay: TimeDelta::hours(2),
            traders: true,
        }
    }

    /// The same with the demo's markets (which then make up most of the mispriced ones) and payout after eight minutes.
    #[must_use]
    pub fn with_demo(mut self) -> Self {
        self.demo = true;
        self.mispriced = 0.02;
        self.resolution_delay = TimeDelta::minutes(8);
        self
    }

    /// The same without traders: nobody moves the books.
    #[must_use]
    pub fn without_traders(mut self) -> Self {
        self.traders = false;
        self
    }

    /// The same with another number of markets.
    #[must_use]
    pub fn with_markets(mut self, markets: usize) -> Self {
        self.markets = markets;
        self
    }
}

/// A world that replays recorded markets.
#[derive(Debug, Clone)]
pub struct RecordedConfig {
    /// First moment that will be asked about; history reaches 31 days further back.
    pub from: DateTime<Utc>,
    /// Last moment that will be asked about.
    pub to: DateTime<Utc>,
    /// Tells the time.
    pub clock: Clock,
    /// Seeds what the record does not hold: sizes in books, missing identifiers.
    pub seed: u64,
    /// Resolve also markets whose outcome was only inferred from an extreme last price. Never score on those.
    pub inferred_outcomes: bool,
    /// Dollars of volume to show for a market whose volume was not recorded; `None` leaves the field out, and a bot
    /// with a minimum volume will not bet on it.
    pub assumed_volume: Option<f64>,
    /// List also markets that are known only from recorded trades: their price is that of the last trade, and what they
    /// paid is inferred.
    pub traded_markets: bool,
    /// Keep at most this many markets with recorded prices, the ones with most recorded prices in the window.
    pub max_markets: Option<usize>,
}

impl RecordedConfig {
    /// Replays everything recorded between two moments.
    #[must_use]
    pub fn new(from: DateTime<Utc>, to: DateTime<Utc>, clock: Clock) -> Self {
        Self {
            from,
            to,
            clock,
            seed: 42,
            inferred_outcomes: false,
            assumed_volume: None,
            traded_markets: false,
            max_markets: None,
        }
    }
}

/// Why a world could not be made or changed.
#[derive(Debug, Error)]
pub enum WorldError {
    /// A file of the data set could not be opened.
    #[error("cannot read `{path}`")]
    Open {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the data set is not readable Parquet.
    #[error("`{path}` is not a readable Parquet file")]
    Parquet {
        /// The file.
        path: String,
        /// Why.
        source: parquet::errors::ParquetError,
    },
    /// A column that cannot be done without is missing.
    #[error("`{path}` has no column `{column}`")]
    MissingColumn {
        /// The file.
        path: String,
        /// The column.
        column: &'static str,
    },
    /// Nothing was recorded in the window.
    #[error("no market has a recorded price between {from} and {to}")]
    Empty {
        /// Start of the window.
        from: DateTime<Utc>,
        /// End of the window.
        to: DateTime<Utc>,
    },
    /// No such market.
    #[error("there is no market {0}")]
    UnknownMarket(u64),
    /// No such trader.
    #[error("there is no trader with the wallet `{0}`")]
    UnknownTrader(String),
}
