//! What followed traders hold, kept market by market with the rows of activity it was learned from.

use engine_core::copy::activity::Wallet;
use engine_core::copy::leader_position::{LeaderHoldings, MarketHolding};
use engine_core::market::ConditionId;
use entities::copy_holdings;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::connect::Store;
use super::convert::{from_json, to_json};
use super::error::StoreError;

const TABLE: &str = "copy_holdings";
/// What is not of one market stands under this condition.
const FRAME: &str = "";
/// Rows of one INSERT or names in one SELECT.
const ROWS_AT_ONCE: usize = 500;

/// What an action changed of a trader's holdings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HoldingChange {
    /// All that is not of one market, when that changed.
    pub frame: Option<LeaderHoldings>,
    /// Markets that changed, and what is held of them now.
    pub markets: Vec<(ConditionId, MarketHolding)>,
}

impl Store {
    /// What a trader holds in these markets, as far as was seen. Of one nothing was ever noted of, nothing is known.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn holdings_of(&self, wallet: &Wallet, conditions: &[ConditionId]) -> Result<LeaderHoldings, StoreError> {
        let names: Vec<&str> = std::iter::once(FRAME).chain(conditions.iter().map(ConditionId::as_str)).collect();
        let mut rows = Vec::new();
        for some in names.chunks(ROWS_AT_ONCE) {
            let found = copy_holdings::Entity::find()
                .filter(copy_holdings::Column::Wallet.eq(wallet.as_str()))
                .filter(copy_holdings::Column::ConditionId.is_in(some.iter().copied()));
            rows.extend(found.all(self.read()).await?);
        }
        let frame = rows.iter().find(|row| row.condition_id == FRAME);
        let mut holdings = match frame {
            Some(row) => from_json(TABLE, "body", &row.body)?,
            None => LeaderHoldings::from_window(),
        };
        for row in rows.iter().filter(|row| row.condition_id != FRAME) {
            holdings.put_back(ConditionId::new(row.condition_id.clone()), from_json(TABLE, "body", &row.body)?);
        }
        Ok(holdings)
    }
}

/// Notes what changed, inside the transaction of what was done about it. A market of which nothing is held is forgotten.
pub(super) async fn write(tx: &DatabaseTransaction, wallet: &Wallet, change: &HoldingChange) -> Result<(), StoreError> {
    let frame = change.frame.iter().map(|frame| Ok((FRAME.to_owned(), to_json(frame)?)));
    let held = change.markets.iter().filter(|(_, holding)| !holding.is_nothing());
    let markets = held.map(|(condition, holding)| Ok((condition.as_str().to_owned(), to_json(holding)?)));
    let rows: Vec<(String, String)> = frame.chain(markets).collect::<Result<_, StoreError>>()?;
    for some in rows.chunks(ROWS_AT_ONCE) {
        let models = some.iter().map(|(condition, body)| copy_holdings::ActiveModel {
            wallet: Set(wallet.as_str().to_owned()),
            condition_id: Set(condition.clone()),
            body: Set(body.clone()),
        });
        let newest = OnConflict::columns([copy_holdings::Column::Wallet, copy_holdings::Column::ConditionId])
            .update_column(copy_holdings::Column::Body)
            .to_owned();
        copy_holdings::Entity::insert_many(models).on_conflict(newest).exec_without_returning(tx).await?;
    }
    for (condition, _) in change.markets.iter().filter(|(_, holding)| holding.is_nothing()) {
        copy_holdings::Entity::delete_by_id((wallet.as_str().to_owned(), condition.as_str().to_owned()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Forgets what a trader held, and notes what he holds at the beginning of a follow.
pub(super) async fn begin(
    tx: &DatabaseTransaction,
    wallet: &Wallet,
    holdings: &LeaderHoldings,
) -> Result<(), StoreError> {
    forget(tx, wallet).await?;
    let markets = holdings.markets().map(|(condition, holding)| (condition.clone(), holding.clone())).collect();
    write(tx, wallet, &HoldingChange { frame: Some(holdings.frame()), markets }).await
}

/// Forgets what a trader held.
pub(super) async fn forget(tx: &DatabaseTransaction, wallet: &Wallet) -> Result<(), StoreError> {
    copy_holdings::Entity::delete_many().filter(copy_holdings::Column::Wallet.eq(wallet.as_str())).exec(tx).await?;
    Ok(())
}
