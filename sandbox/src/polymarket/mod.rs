//! The stand-in venue: Polymarket's public HTTP hosts and its market WebSocket, served from a [`World`] on loopback.
//!
//! Routes, casing, defaults, clamps, error bodies and oddities follow the venue as noted in July to November 2026. Three
//! HTTP hosts listen on ports of their own, like the real ones on names of their own. [`Faults`] makes any of them
//! misbehave while a test runs; requests are counted by route.

mod clob;
mod data;
mod faults;
mod gamma;
mod gate;
mod params;
mod stamp;
mod wallets;
mod ws;

use std::future::IntoFuture;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::world::World;

pub use faults::{Faults, FeedFault, HttpFault, ListingFault, SocketFault};
pub use gate::Requests;

/// What every handler works with.
#[derive(Debug, Clone)]
pub(crate) struct Venue {
    pub(crate) world: Arc<World>,
    pub(crate) faults: Faults,
    pub(crate) requests: Requests,
    pub(crate) ping_timeout: Duration,
    pub(crate) cache: wallets::Cache,
}

/// The venue, running until it is dropped or shut down.
#[derive(Debug)]
pub struct PolymarketServer {
    /// Gamma: listings.
    pub gamma_url: String,
    /// CLOB: books and price history.
    pub clob_url: String,
    /// Data API: resolutions, and what traders do and have.
    pub data_url: String,
    /// Market WebSocket, with its path.
    pub ws_url: String,
    /// Makes the venue misbehave.
    pub faults: Faults,
    /// Requests so far.
    pub requests: Requests,
    /// Cancelled, it ends the servers.
    pub shutdown: CancellationToken,
    tasks: JoinSet<()>,
}

impl PolymarketServer {
    /// Starts all four listeners on free ports of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(world: Arc<World>) -> io::Result<Self> {
        Self::start_with(world, Duration::from_secs(20)).await
    }

    /// The same with another patience for a WebSocket client that sends no `PING`. A socket is closed when both the
    /// world's clock and the real one have passed that span, so neither a fast nor a hand-driven clock ends it early.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start_with(world: Arc<World>, ping_timeout: Duration) -> io::Result<Self> {
        let faults = Faults::default();
        let requests = Requests::default();
        let venue = Venue {
            world,
            faults: faults.clone(),
            requests: requests.clone(),
            ping_timeout,
            cache: wallets::Cache::default(),
        };
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let gamma_url =
            serve(&mut tasks, &shutdown, gate::guard("gamma", gamma::routes().merge(wallets::profiles()), &venue))
                .await?;
        let clob_url = serve(&mut tasks, &shutdown, gate::guard("clob", clob::routes(), &venue)).await?;
        let data_url =
            serve(&mut tasks, &shutdown, gate::guard("data", data::routes().merge(wallets::routes()), &venue)).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let ws_url = format!("ws://{}{}", listener.local_addr()?, ws::PATH);
        tasks.spawn(ws::serve(listener, venue, shutdown.clone()));
        Ok(Self { gamma_url, clob_url, data_url, ws_url, faults, requests, shutdown, tasks })
    }

    /// Ends the servers and waits until they have.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Drop for PolymarketServer {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

async fn serve(tasks: &mut JoinSet<()>, shutdown: &CancellationToken, router: Router) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let (stop, grace) = (shutdown.clone(), shutdown.clone());
    tasks.spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await });
        // A client that keeps its connection open must not hold up the end.
        let ended = tokio::select! {
            ended = served.into_future() => ended,
            () = async { grace.cancelled().await; tokio::time::sleep(Duration::from_millis(200)).await } => Ok(()),
        };
        if let Err(error) = ended {
            tracing::warn!(%error, "stand-in venue stopped serving");
        }
    });
    Ok(url)
}
