//! The engine of signals and bets: everything its parts share.

use engine_clock::Clock;
use polymarket::Polymarket;

use crate::board::LoopBoard;
use crate::calibrate::CalibrationSlot;
use crate::incidents::Incidents;
use crate::journal::Journal;
use crate::model_slot::ModelSlot;
use crate::settings::EngineSettings;
use crate::store::Store;

/// The engine of signals and bets: for the model's, and for what copies share with them (books, settlement, reports). Its
/// work is spread over the modules of this crate, one `impl` each: `scan` looks, `raise` makes
/// signals and auto bets, `approve` and `close` act for the owner, `housekeeping` settles.
#[derive(Debug)]
pub struct Engine {
    /// What it was told to do.
    pub settings: EngineSettings,
    /// The time.
    pub clock: Clock,
    /// The database.
    pub store: Store,
    /// The outside world.
    pub venue: Polymarket,
    /// The model in use.
    pub model: ModelSlot,
    /// The calibration of each source.
    pub calibration: CalibrationSlot,
    /// How the loops are doing.
    pub board: LoopBoard,
    /// What was skipped, by reason.
    pub incidents: Incidents,
    /// What was seen and decided; off unless one is given.
    pub journal: Journal,
    /// One money decision at a time in this process; the database guards against other processes.
    pub(crate) money: tokio::sync::Mutex<()>,
    /// One exchange of the model at a time, in the store and in the slot.
    pub(crate) exchanging: tokio::sync::Mutex<()>,
}

impl Engine {
    /// Puts the parts together.
    #[must_use]
    pub fn new(settings: EngineSettings, clock: Clock, store: Store, venue: Polymarket, model: ModelSlot) -> Self {
        Self {
            settings,
            clock,
            store,
            venue,
            model,
            calibration: CalibrationSlot::default(),
            board: LoopBoard::default(),
            incidents: Incidents::default(),
            journal: Journal::default(),
            money: tokio::sync::Mutex::new(()),
            exchanging: tokio::sync::Mutex::new(()),
        }
    }

    /// Keeps a journal.
    #[must_use]
    pub fn with_journal(self, journal: Journal) -> Self {
        Self { journal, ..self }
    }
}
