//! Our open copies, staked and on probation, as a round sees them.

use std::collections::BTreeMap;

use engine_core::copy::activity::Wallet;
use engine_core::market::ConditionId;
use engine_core::money::{Shares, Usd};
use engine_core::position::Position;

use crate::engine::Engine;
use crate::store::{Rest, Shadow, StoreError};

/// An open copy.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Copy {
    /// Staked, with what is owed of it.
    Staked(Box<Position>, Option<Rest>),
    /// On probation.
    Trial(Box<Shadow>),
}

impl Copy {
    pub(super) const fn position(&self) -> &Position {
        match self {
            Self::Staked(position, _) => position,
            Self::Trial(shadow) => &shadow.position,
        }
    }

    /// Shares we would hold had everything been sold that is owed.
    pub(super) fn shares(&self) -> Shares {
        match self {
            Self::Staked(position, Some(rest)) => (position.shares - rest.shares).max(Shares::ZERO),
            Self::Staked(position, None) => position.shares,
            Self::Trial(shadow) => shadow.position.shares,
        }
    }
}

/// Open copies of some traders.
#[derive(Debug, Default)]
pub(super) struct Scene {
    copies: BTreeMap<(Wallet, ConditionId), Vec<Copy>>,
}

impl Scene {
    /// Our copies of these traders.
    pub(super) async fn read(engine: &Engine, wallets: &[Wallet]) -> Result<Self, StoreError> {
        let mut rests: BTreeMap<i64, Rest> =
            engine.store.copy_rests().await?.into_iter().map(|rest| (rest.position_id, rest)).collect();
        let mut scene = Self::default();
        for position in engine.store.open_copies(wallets).await? {
            if let Some(wallet) = position.trader.as_deref().and_then(Wallet::parse) {
                let rest = rests.remove(&position.id);
                scene.add(wallet, Copy::Staked(Box::new(position), rest));
            }
        }
        for shadow in engine.store.open_shadows(wallets).await? {
            scene.add(shadow.wallet.clone(), Copy::Trial(Box::new(shadow)));
        }
        Ok(scene)
    }

    /// Reads our copies of a trader anew, after one was opened or reduced.
    pub(super) async fn renew(&mut self, engine: &Engine, wallet: &Wallet) -> Result<(), StoreError> {
        let fresh = Self::read(engine, std::slice::from_ref(wallet)).await?;
        self.copies.retain(|(whose, _), _| whose != wallet);
        self.copies.extend(fresh.copies);
        Ok(())
    }

    fn add(&mut self, wallet: Wallet, copy: Copy) {
        let condition = copy.position().condition_id.clone();
        self.copies.entry((wallet, condition)).or_default().push(copy);
    }

    /// Our copies of a trader in a market.
    pub(super) fn copies_of(&self, wallet: &Wallet, condition: Option<&ConditionId>) -> &[Copy] {
        let key = condition.map(|condition| (wallet.clone(), condition.clone()));
        key.and_then(|key| self.copies.get(&key)).map_or(&[], Vec::as_slice)
    }

    /// What a trader's copies on probation would have cost, by market.
    pub(super) fn on_trial(&self, wallet: &Wallet) -> BTreeMap<ConditionId, Usd> {
        let his = self.copies.iter().filter(|((whose, _), _)| whose == wallet);
        his.flat_map(|((_, condition), copies)| copies.iter().map(move |copy| (condition, copy)))
            .filter_map(|(condition, copy)| match copy {
                Copy::Trial(shadow) => Some((condition.clone(), shadow.position.cost)),
                Copy::Staked(..) => None,
            })
            .collect()
    }
}
