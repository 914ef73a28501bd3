//! Takes in events: live books, and what else was told.

use engine_core::live::{LiveBoard, MoveRule};
use engine_core::market::OutcomeToken;
use polymarket::ws::{AssetChange, Assets, Decoder, Events, Resolved, Snapshot, Strange, Trade};

/// Everything told, kept by live books.
pub(crate) struct Taking {
    pub(crate) board: LiveBoard,
    pub(crate) trades: Vec<Trade>,
    pub(crate) resolved: Vec<(String, Option<String>)>,
}

impl Taking {
    pub(crate) fn new() -> Self {
        let rule = MoveRule { window_ms: 600_000, least_micros: 30_000 };
        Self { board: LiveBoard::new(rule), trades: Vec::new(), resolved: Vec::new() }
    }
}

impl Events for Taking {
    fn snapshot(&mut self, snapshot: &Snapshot<'_>) {
        self.board.snapshot(snapshot.asset.index(), snapshot.bids, snapshot.asks, snapshot.at_ms);
    }

    fn changes(&mut self, changes: &[AssetChange]) {
        for change in changes {
            self.board.change(change.asset.index(), &change.change);
        }
        for (place, change) in changes.iter().enumerate() {
            let is_last = changes.iter().skip(place + 1).all(|later| later.asset != change.asset);
            if is_last {
                self.board.settle(change.asset.index(), change.best.as_ref(), change.change.rung.at_ms);
            }
        }
    }

    fn trade(&mut self, trade: &Trade) {
        self.trades.push(*trade);
    }

    fn resolved(&mut self, resolved: &Resolved<'_>) {
        self.resolved.push((resolved.condition.to_owned(), resolved.winner.map(str::to_owned)));
    }
}

/// Frames told to live books of these tokens.
pub(crate) fn take(tokens: &[&str], frames: &[String]) -> (Taking, Vec<Strange>) {
    let mut assets = Assets::default();
    for token in tokens {
        assets.number(&OutcomeToken::new(*token));
    }
    let (mut decoder, mut taking, mut strange) = (Decoder::default(), Taking::new(), Vec::new());
    for frame in frames {
        strange.extend_from_slice(decoder.decode(frame, &assets, &mut taking));
    }
    (taking, strange)
}
