//! The market WebSocket.

mod frames;
mod session;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_util::sync::CancellationToken;

use super::Venue;
use super::faults::SocketFault;

/// Path of the market channel.
pub(crate) const PATH: &str = "/ws/market";

/// Accepts connections until told to stop.
pub(crate) async fn serve(listener: TcpListener, venue: Venue, shutdown: CancellationToken) {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            Some(_) = sessions.join_next(), if !sessions.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    sessions.spawn(greet(stream, venue.clone()));
                }
                Err(error) => tracing::warn!(%error, "stand-in socket could not accept"),
            },
        }
    }
}

/// Shakes hands on the right path, then serves the connection.
async fn greet(stream: TcpStream, venue: Venue) {
    venue.requests.add(format!("ws{PATH}"));
    if venue.faults.has_socket(SocketFault::Refuse) {
        return;
    }
    #[allow(clippy::result_large_err)] // the signature of the handshake callback
    let check = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        if request.uri().path() == PATH {
            return Ok(response);
        }
        let mut refusal = ErrorResponse::new(None);
        *refusal.status_mut() = StatusCode::NOT_FOUND;
        Err(refusal)
    };
    match tokio_tungstenite::accept_hdr_async(stream, check).await {
        Ok(socket) => session::run(socket, venue).await,
        Err(error) => tracing::debug!(%error, "stand-in socket: no handshake"),
    }
}
