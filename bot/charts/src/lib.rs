//! Pictures for the chat, from facts to bytes: a price chart, equity curves, a trader's equity against ours, a
//! reliability diagram, and small animations for wins.
//!
//! Every picture is SVG text first (which tests compare), then pixels drawn with fonts that are part of the program,
//! so that it looks the same on every machine. Pictures bring their own background and read well in light and dark
//! chats, at the width of a phone. Nothing here looks at a clock or a system font.

mod axis;
mod canvas;
mod equity;
mod palette;
mod price;
mod raster;
mod reliability;
mod text;
mod trader;
mod victory;

pub use equity::{Curve, EquityChart, EquityOf, equity_chart};
pub use price::{Entry, PriceChart, price_chart};
pub use raster::DrawError;
pub use reliability::{Bin, ReliabilityChart, reliability_chart};
pub use trader::{TraderChart, TraderVerdict, trader_chart};
pub use victory::{VICTORY_HEIGHT, VICTORY_WIDTH, victory_gif};

/// Width of every chart in pixels.
pub const WIDTH: u32 = 1000;
/// Height of every chart in pixels.
pub const HEIGHT: u32 = 720;
