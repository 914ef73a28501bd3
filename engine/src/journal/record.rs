//! What a scan leaves for the journal while it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use engine_core::book::OrderBook;
use engine_core::calibration::Curves;
use engine_core::features::FEATURES_VERSION;
use engine_core::fill::Fill;
use engine_core::journal::{BetMade, Effect, Frame, ModelSeen, Raised, ScanFrame, Seen, Terms, within_reach};
use engine_core::market::{Market, MarketId, Outcome};
use engine_core::pipeline::BookView;
use engine_core::prediction::SignalSource;
use engine_core::signal::Decision;
use engine_core::strategy::BookId;

use crate::predict::ModelInfo;
use crate::scan::Scan;
use crate::settings::EngineSettings;

/// A scan that is being recorded: the listing as it came, and the candidates put to the books so far.
#[derive(Debug)]
pub(crate) struct Recording {
    screened_at: DateTime<Utc>,
    listed: Vec<Market>,
    terms: Arc<Terms>,
    raised: Vec<Raised>,
}

impl Recording {
    /// Begins with what was listed and what the scan goes by.
    pub(crate) fn new(
        screened_at: DateTime<Utc>,
        listed: Vec<Market>,
        settings: &EngineSettings,
        curves: &Curves,
        model: Option<&ModelInfo>,
    ) -> Self {
        let model = model.map(|info| ModelSeen {
            version: info.version.clone(),
            sha256: info.sha256.clone(),
            trained_to: info.training.to,
        });
        let terms = Terms {
            gates: settings.gates.clone(),
            reference_stake: settings.reference_stake(),
            max_candidates: settings.max_candidates,
            source: SignalSource::Ensemble,
            features_version: FEATURES_VERSION,
            curves: curves.clone(),
            model,
        };
        Self { screened_at, listed, terms: Arc::new(terms), raised: Vec::new() }
    }

    /// A candidate was put to the books, as they stood.
    pub(crate) fn raise(&mut self, decision: &Decision, views: &[BookView], duplicate: Option<String>) {
        self.raised.push(Raised {
            market: decision.market_id.clone(),
            views: views.to_vec(),
            duplicate,
            plans: Raised::wordless(&decision.plans),
            bets: Vec::new(),
        });
    }

    /// The bets that followed from the candidate put to the books last, and which of them the store refused.
    pub(crate) fn bet(&mut self, bets: Vec<(BookId, Fill)>, refused: &dyn Fn(&BookId) -> Option<String>) {
        if let Some(raised) = self.raised.last_mut() {
            let made = |(book, fill)| BetMade { refused: refused(&book), book, fill };
            raised.bets = bets.into_iter().map(made).collect();
        }
    }

    /// The frame, once every candidate was put to the books.
    pub(crate) fn finish(self, scan: &Scan) -> Frame {
        let Self { screened_at, listed, terms, raised } = self;
        let slippage = terms.gates.slippage;
        let decisions: BTreeMap<_, _> = scan.decisions.iter().map(|decision| (&decision.market_id, decision)).collect();
        // The hash of a book matters to a fill alone, and does not compress.
        let asked: BTreeSet<&MarketId> = raised.iter().map(|raised| &raised.market).collect();
        let seen = listed.into_iter().filter_map(|market| {
            let decision = decisions.get(&market.id)?;
            let hashed = asked.contains(&market.id);
            let near = |book| {
                let near = within_reach(book, slippage);
                OrderBook { hash: near.hash.filter(|_| hashed), ..near }
            };
            let book = |outcome| scan.gathered.book(&market, outcome).map(near);
            Some(Seen {
                yes_book: book(Outcome::Yes),
                no_book: book(Outcome::No),
                features: scan.features.get(&market.id).copied(),
                prediction: decision.prediction.clone(),
                effect: Effect::of(decision),
                market,
            })
        });
        let seen = seen.collect();
        Frame::Scan(Box::new(ScanFrame { screened_at, at: scan.at, seen, terms, raised }))
    }
}
