//! Read-only client of the public Polymarket APIs: Gamma (listings, profiles), CLOB (books, histories), the data API
//! (resolutions, traders) and the market channel ([`ws`], live books).
//!
//! Nothing here can place an order or needs a key. Foreign JSON is judged row by row: what cannot be used is skipped
//! and counted by reason, and an answer never panics. Every request passes one transport ([`http`]) with a rate limit
//! below the published one, a deadline over the whole answer, bounded retries and counters.
//!
//! ```no_run
//! # async fn example() -> Result<(), polymarket::PolymarketError> {
//! let venue = polymarket::Polymarket::new(&polymarket::Hosts::default(), &polymarket::Options::default())?;
//! let listing = venue.gamma().open_markets(&polymarket::gamma::OpenFilter::default()).await?;
//! println!("{} markets on {} pages", listing.markets.len(), listing.pages);
//! # Ok(())
//! # }
//! ```

pub mod clob;
pub mod data_api;
pub mod gamma;
pub mod http;
mod options;
mod wire;
pub mod ws;

pub use http::error::{ErrorKind, PolymarketError};
pub use http::stats::HostStats;
pub use options::{Hosts, Options};

use std::collections::BTreeMap;

use clob::ClobClient;
use data_api::DataClient;
use gamma::GammaClient;
use http::client::HttpClient;
use http::limits::HostName;

/// Installs the process-wide TLS provider (ring). Call it first in `main`; calling it again does nothing.
pub fn install_crypto() {
    // The only failure is "already installed", which is what was asked for.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The three APIs. Cheap to clone; clones share connections, limits and counters.
#[derive(Debug, Clone)]
pub struct Polymarket {
    gamma: GammaClient,
    clob: ClobClient,
    data: DataClient,
}

impl Polymarket {
    /// Builds the three clients; nothing is sent yet.
    ///
    /// # Errors
    /// [`PolymarketError::Config`] when an address or an option cannot be used, naming it.
    pub fn new(hosts: &Hosts, options: &Options) -> Result<Self, PolymarketError> {
        install_crypto();
        options.check()?;
        let client = |name, address: &str| HttpClient::new(name, address, options);
        Ok(Self {
            gamma: GammaClient::new(client(HostName::Gamma, &hosts.gamma)?),
            clob: ClobClient::new(client(HostName::Clob, &hosts.clob)?),
            data: DataClient::new(client(HostName::Data, &hosts.data_api)?),
        })
    }

    /// Listings and look-ups of markets and events.
    #[must_use]
    pub const fn gamma(&self) -> &GammaClient {
        &self.gamma
    }

    /// Order books, price histories, market flags.
    #[must_use]
    pub const fn clob(&self) -> &ClobClient {
        &self.clob
    }

    /// Resolutions and payouts; what traders do, hold and are ranked by.
    #[must_use]
    pub const fn data(&self) -> &DataClient {
        &self.data
    }

    /// Counters of each API since the start, by name (`gamma`, `clob`, `data`).
    #[must_use]
    pub fn stats(&self) -> BTreeMap<&'static str, HostStats> {
        [self.gamma.http(), self.clob.http(), self.data.http()]
            .into_iter()
            .map(|http| (http.name().as_str(), http.stats()))
            .collect()
    }
}
