//! The market channel: live books over WebSocket.
//!
//! A [`Decoder`] reads frames, flat and borrowed, into an [`Events`]; [`Assets`] numbers the tokens subscribed to.

mod assets;
mod decimal;
mod decode;
mod event;
mod hash;

pub use assets::{AssetId, Assets};
pub use decode::{Decoder, Strange};
pub use event::{AssetChange, Events, Resolved, Snapshot, Trade};
pub use hash::{HashCheck, check_hash};
