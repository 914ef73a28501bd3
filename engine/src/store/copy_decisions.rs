//! What came of the orders of followed traders: copied, or not and why.

use chrono::{DateTime, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::gate::Gate;
use engine_core::market::{ConditionId, Side};
use engine_core::signal::Decision;
use entities::copy_decisions;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::connect::Store;
use super::convert::{clean, from_json, ms, side, time, to_json, word};
use super::copy_follows::parse_wallet;
use super::error::StoreError;

const TABLE: &str = "copy_decisions";
/// What stands for the side of what is no trade.
const NO_SIDE: &str = "other";

/// What came of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderFate {
    /// A copy was opened.
    Copied,
    /// The owner is asked.
    Asked,
    /// It would have been copied; the follow is on probation.
    Shadow,
    /// A gate or a cap stopped it.
    Skipped,
    /// Our copy was reduced or sold.
    Exit,
    /// Nothing follows from it here.
    Ignored,
}

impl OrderFate {
    const ALL: [Self; 6] = [Self::Copied, Self::Asked, Self::Shadow, Self::Skipped, Self::Exit, Self::Ignored];

    /// One word, as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Copied => "copied",
            Self::Asked => "asked",
            Self::Shadow => "shadow",
            Self::Skipped => "skipped",
            Self::Exit => "exit",
            Self::Ignored => "ignored",
        }
    }

    /// The inverse of [`OrderFate::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fate| fate.as_str() == text)
    }
}

/// What came of an order of a followed trader. Wallet, transaction, subject and side make it the same order when it is
/// seen again.
#[derive(Debug, Clone, PartialEq)]
pub struct CopyDecision {
    /// Whose order.
    pub wallet: Wallet,
    /// Hash of its transaction.
    pub transaction: String,
    /// The outcome token, else the condition, else empty.
    pub subject: String,
    /// Bought or sold; `None` for what is no trade.
    pub side: Option<Side>,
    /// What came of it.
    pub fate: OrderFate,
    /// The gate that stopped it, when one did.
    pub gate: Option<Gate>,
    /// Why, in words for the owner.
    pub reason: String,
    /// The market, when known.
    pub condition: Option<ConditionId>,
    /// When the trader acted.
    pub traded_at: DateTime<Utc>,
    /// When we decided.
    pub decided_at: DateTime<Utc>,
    /// What the gates made of it, when they were asked.
    pub decision: Option<Decision>,
    /// The signal raised.
    pub signal_id: Option<i64>,
    /// Our position that was opened or reduced.
    pub position_id: Option<i64>,
}

/// Which decisions are wanted. The default wants all.
#[derive(Debug, Clone, Default)]
pub struct CopyDecisionFilter {
    /// Only of this trader.
    pub wallet: Option<Wallet>,
    /// Only with this fate.
    pub fate: Option<OrderFate>,
    /// Only from this time on.
    pub since: Option<DateTime<Utc>>,
    /// At most so many.
    pub limit: Option<u64>,
}

impl Store {
    /// Decisions, newest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn copy_decisions(&self, filter: &CopyDecisionFilter) -> Result<Vec<CopyDecision>, StoreError> {
        let mut query = copy_decisions::Entity::find().order_by_desc(copy_decisions::Column::Id);
        if let Some(wallet) = &filter.wallet {
            query = query.filter(copy_decisions::Column::Wallet.eq(wallet.as_str()));
        }
        if let Some(fate) = filter.fate {
            query = query.filter(copy_decisions::Column::Fate.eq(fate.as_str()));
        }
        if let Some(since) = filter.since {
            query = query.filter(copy_decisions::Column::DecidedMs.gte(ms(since)));
        }
        query.limit(filter.limit).all(self.read()).await?.into_iter().map(from_row).collect()
    }
}

/// Logs a decision inside the transaction of what was decided. False when the order was decided on before: then nothing
/// else of the transaction may be done either.
pub(super) async fn insert(tx: &DatabaseTransaction, decision: &CopyDecision) -> Result<bool, StoreError> {
    let row = copy_decisions::ActiveModel {
        id: NotSet,
        wallet: Set(decision.wallet.as_str().to_owned()),
        transaction_hash: Set(clean(&decision.transaction)),
        subject: Set(clean(&decision.subject)),
        side: Set(decision.side.map_or(NO_SIDE, Side::as_str).to_owned()),
        fate: Set(decision.fate.as_str().to_owned()),
        gate: Set(decision.gate.map(|gate| gate.as_str().to_owned())),
        reason: Set(clean(&decision.reason)),
        condition_id: Set(decision.condition.as_ref().map(|condition| condition.as_str().to_owned())),
        traded_ms: Set(ms(decision.traded_at)),
        decided_ms: Set(ms(decision.decided_at)),
        body: Set(decision.decision.as_ref().map(to_json).transpose()?),
        signal_id: Set(decision.signal_id),
        position_id: Set(decision.position_id),
    };
    let once = OnConflict::columns([
        copy_decisions::Column::Wallet,
        copy_decisions::Column::TransactionHash,
        copy_decisions::Column::Subject,
        copy_decisions::Column::Side,
    ])
    .do_nothing()
    .to_owned();
    Ok(copy_decisions::Entity::insert(row).on_conflict(once).exec_without_returning(tx).await? > 0)
}

fn from_row(row: copy_decisions::Model) -> Result<CopyDecision, StoreError> {
    Ok(CopyDecision {
        wallet: parse_wallet(TABLE, &row.wallet)?,
        transaction: row.transaction_hash,
        subject: row.subject,
        side: if row.side == NO_SIDE { None } else { Some(side(TABLE, &row.side)?) },
        fate: word(TABLE, "fate", &row.fate, OrderFate::parse)?,
        gate: row.gate.map(|gate| word(TABLE, "gate", &gate, Gate::parse)).transpose()?,
        reason: row.reason,
        condition: row.condition_id.map(ConditionId::new),
        traded_at: time(TABLE, row.traded_ms)?,
        decided_at: time(TABLE, row.decided_ms)?,
        decision: row.body.map(|body| from_json(TABLE, "body", &body)).transpose()?,
        signal_id: row.signal_id,
        position_id: row.position_id,
    })
}
