//! What a failure of the venue means to somebody who asked.

use engine_core::copy::board::Outage;
use polymarket::PolymarketError;

/// The failure as a value that can be told.
pub(super) fn outage(error: &PolymarketError) -> Outage {
    match error {
        PolymarketError::RateLimited { retry_after, .. } => {
            Outage::TooManyRequests { retry_after_secs: retry_after.map(|wait| wait.as_secs()) }
        }
        PolymarketError::Config { .. }
        | PolymarketError::Timeout { .. }
        | PolymarketError::Connect { .. }
        | PolymarketError::Reset { .. }
        | PolymarketError::Blocked { .. }
        | PolymarketError::NotReady { .. }
        | PolymarketError::Client { .. }
        | PolymarketError::Server { .. }
        | PolymarketError::TooLarge { .. }
        | PolymarketError::Decode { .. } => Outage::Failing { error: error.to_string() },
    }
}
