//! The traders of the world: who they are, what they have done so far, and what that did to the books.
//!
//! A simulated world has [`CAST`] made-up traders of several kinds ([`Kind`]). What each does in a market is a pure
//! function of trader and market, so nothing has to be walked through in order; it is thought up when somebody first
//! asks about the trader. Their record reaches back to markets that ended before the world began (`past.rs`). A
//! recorded world has the wallets of `trades.parquet`, and tests add traders of their own (`script.rs`).

mod account;
mod act;
mod deed;
mod desk;
mod feed;
mod kinds;
mod names;
mod nudge;
mod past;
pub(super) mod recorded;
mod script;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::config::WorldConfig;
use super::dice::{Dice, mix};
use super::ids::hex_id;
use super::listing::Listing;
use super::state::State;
use super::tape::MINUTE;

pub(crate) use account::{Account, Flow, Holding};
pub use act::Act;
pub use deed::{Deed, Subject};
use desk::Plan;
pub use kinds::Kind;
pub(crate) use nudge::{Moves, Nudge};
pub use script::ActivitySpec;

/// The made-up traders: how many of each kind. The best of the gamblers are the lucky ones.
const CAST: [(Kind, usize); 5] =
    [(Kind::Sharp, 4), (Kind::Gambler, 24), (Kind::Maker, 3), (Kind::Farmer, 3), (Kind::Baiter, 3)];
/// How many gamblers count as lucky.
const LUCKY: usize = 4;
/// A world of this many markets has traders in the usual share of them.
const USUAL_MARKETS: f64 = 312.0;
/// The feed's usual delay in worlds with traders of their own, milliseconds.
const USUAL_LAG_MS: i64 = 4_000;

/// A trader as the world knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trader {
    /// Proxy wallet, lower case.
    pub wallet: String,
    /// The name it chose; may be empty.
    pub name: String,
    /// The name the venue gave it; may be empty.
    pub pseudonym: String,
    /// What it lives by. The lucky say gambler here: their luck shows in the record only (`World::kind_of`).
    pub kind: Kind,
    /// When it joined, unix seconds.
    pub joined_s: i64,
    pub(crate) seed: u64,
}

/// Everybody, and what tests have changed about them.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    setting: Option<Setting>,
    traders: Vec<Trader>,
    by_wallet: HashMap<String, usize>,
    lucky: OnceLock<BTreeSet<usize>>,
    past: OnceLock<Box<State>>,
    books: Mutex<HashMap<usize, Plans>>,
    by_hand: HashMap<String, Vec<Arc<Deed>>>,
    hidden: HashSet<String>,
    /// From when on the feed has which delay, ascending.
    lags: Vec<(i64, i64)>,
    /// Every so manieth transaction comes so much later.
    tardy: Option<(u64, i64)>,
}

/// What the made-up traders are made from.
#[derive(Debug)]
struct Setting {
    config: WorldConfig,
    /// Share of the usual participation: the same number of positions whatever the size of the world.
    scale: f64,
}

/// The plans of one trader for the markets seen so far.
#[derive(Debug, Default)]
struct Plans {
    upto: u64,
    plans: Vec<(u64, Arc<Plan>)>,
}

impl Crowd {
    /// The cast of a simulated world.
    pub(crate) fn of(config: &WorldConfig) -> Self {
        let mut crowd = Self { lags: vec![(i64::MIN, USUAL_LAG_MS)], ..Self::default() };
        if !config.traders {
            return crowd;
        }
        let begun = config.start.timestamp() - past::DAYS * 86_400;
        let kinds = CAST.iter().flat_map(|(kind, count)| std::iter::repeat_n(*kind, *count));
        for (index, kind) in (0_u64..).zip(kinds) {
            let seed = mix(mix(config.seed, 0x7EA), index);
            let (name, pseudonym) = names::draw(seed);
            let wallet: String = hex_id(mix(seed, 2)).chars().take(42).collect();
            let joined_s = begun - i64::try_from(seed % 20_000_000).unwrap_or(0);
            crowd.join(Trader { wallet, name, pseudonym, kind, joined_s, seed });
        }
        let scale = (USUAL_MARKETS / config.markets.max(1) as f64).min(1.0);
        crowd.setting = Some(Setting { config: config.clone(), scale });
        crowd
    }

    fn join(&mut self, trader: Trader) -> usize {
        let index = self.traders.len();
        self.by_wallet.insert(trader.wallet.clone(), index);
        self.traders.push(trader);
        index
    }

    /// Everything of the record and what tests have added, trader by trader.
    pub(crate) fn recorded(&self) -> impl Iterator<Item = &Deed> {
        self.traders.iter().filter_map(|trader| self.by_hand.get(&trader.wallet)).flatten().map(Arc::as_ref)
    }

    pub(crate) const fn len(&self) -> usize {
        self.traders.len()
    }

    /// Everybody not hidden, as listed.
    pub(crate) fn traders(&self) -> impl Iterator<Item = (usize, &Trader)> {
        self.traders.iter().enumerate().filter(|(_, trader)| !self.hidden.contains(&trader.wallet))
    }

    pub(crate) fn find(&self, wallet: &str) -> Option<(usize, &Trader)> {
        let index = *self.by_wallet.get(&wallet.to_ascii_lowercase())?;
        self.traders.get(index).filter(|trader| !self.hidden.contains(&trader.wallet)).map(|trader| (index, trader))
    }

    /// What a trader really lives by: the luck of gamblers shows only in their record.
    pub(crate) fn kind_of(&self, index: usize, trader: &Trader) -> Kind {
        if trader.kind == Kind::Gambler && self.lucky().contains(&index) { Kind::Lucky } else { trader.kind }
    }

    fn lucky(&self) -> &BTreeSet<usize> {
        self.lucky.get_or_init(|| {
            let gamblers = self.traders.iter().enumerate().filter(|(_, trader)| trader.kind == Kind::Gambler);
            let mut record: Vec<(f64, usize)> = gamblers.map(|(index, _)| (self.past_profit(index), index)).collect();
            record.sort_by(|a, b| b.0.total_cmp(&a.0));
            record.into_iter().take(LUCKY).map(|(_, index)| index).collect()
        })
    }

    /// Dollars realised in the markets that ended before the world began.
    fn past_profit(&self, index: usize) -> f64 {
        let Some(past) = self.past() else { return 0.0 };
        let rows: Vec<Arc<Deed>> = {
            let plans = self.plans(index, &BTreeMap::new());
            let ended = plans.iter().filter_map(|(id, plan)| Some((past.listings.get(id)?, plan)));
            ended.flat_map(|(listing, plan)| feed::carried_out(plan, listing, &listing.fate, i64::MAX)).collect()
        };
        let mut rows = rows;
        rows.sort_by_key(|deed| deed.key());
        Account::of(rows.iter().map(AsRef::as_ref)).realized()
    }

    /// The markets that ended before the world began; `None` where nobody made them up.
    pub(crate) fn past(&self) -> Option<&State> {
        let setting = self.setting.as_ref()?;
        Some(self.past.get_or_init(|| Box::new(past::markets(&setting.config))))
    }

    /// A trader's plans for past markets and for `listings`, by market.
    fn plans(&self, index: usize, listings: &BTreeMap<u64, Arc<Listing>>) -> Vec<(u64, Arc<Plan>)> {
        let (Some(trader), Some(past)) = (self.traders.get(index), self.past()) else { return Vec::new() };
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let book = books.entry(index).or_insert_with(|| {
            let known = past.listings.values();
            let plans = known.filter_map(|market| Some((market.id, Arc::new(self.plan(trader, market, true)?))));
            Plans { upto: 0, plans: plans.collect() }
        });
        for (id, listing) in listings.range(book.upto.saturating_add(1)..) {
            if matches!(listing.tape, super::tape::Tape::Simulated { .. }) {
                book.upto = *id;
                book.plans.extend(self.plan(trader, listing, false).map(|plan| (*id, Arc::new(plan))));
            }
        }
        book.plans.clone()
    }

    fn plan(&self, trader: &Trader, listing: &Listing, past: bool) -> Option<Plan> {
        self.is_in(trader, listing, past).then(|| kinds::plan(trader.kind, trader.seed, listing)).flatten()
    }

    /// Whether a trader cares for a market at all.
    fn is_in(&self, trader: &Trader, listing: &Listing, past: bool) -> bool {
        let Some(setting) = &self.setting else { return false };
        let scale = if past { 1.0 } else { setting.scale };
        Dice::new(mix(mix(trader.seed, 3), listing.seed)).chance(trader.kind.share() * scale)
    }

    fn movers<'a>(&'a self, listing: &'a Listing) -> impl Iterator<Item = &'a Trader> {
        let movers = self.traders.iter().filter(|trader| trader.kind.moves_the_book());
        movers.filter(|trader| self.is_in(trader, listing, false))
    }

    /// How the traders' orders of late move a market's book. What they do takes time to think up, so it is only done
    /// where one of them looked at the market not long ago.
    pub(crate) fn nudges<'a>(&self, listing: &'a Listing, now_ms: i64) -> &'a [Nudge] {
        let moves = &listing.moves;
        let looks = moves.looks.get_or_init(|| {
            let each = self.movers(listing).flat_map(|trader| kinds::looks(trader.kind, trader.seed, listing));
            let mut looks: Vec<i64> = each.collect();
            looks.sort_unstable();
            looks.into()
        });
        let last = looks.partition_point(|ms| *ms <= now_ms).checked_sub(1).and_then(|place| looks.get(place));
        // A minute more, so that the end of a nudge shows as a change of the book.
        if last.is_none_or(|last| now_ms - last > (kinds::LONGEST_NUDGE_MIN + 1) * MINUTE) {
            return &[];
        }
        moves.nudges.get_or_init(|| {
            let plans = self.movers(listing).filter_map(|trader| kinds::plan(trader.kind, trader.seed, listing));
            plans.flat_map(|plan| plan.nudges).collect()
        })
    }
}
