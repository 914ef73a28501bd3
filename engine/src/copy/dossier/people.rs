//! Who there is: the leaderboard, and the search by wallet, profile or name.

use std::collections::BTreeSet;

use anyhow::Context as _;
use chrono::TimeDelta;
use engine_core::copy::activity::Wallet;
use engine_core::copy::board::{BOARD_PAGE, BOARD_PAGES, LeaderboardPeriod, LeaderboardRow, TraderFound};
use engine_core::copy::dossier::Dossier;
use engine_core::copy::follow::Standing;
use engine_core::copy::trader::Trader;
use engine_core::copy::trader_ref::TraderRef;
use polymarket::data_api::LeaderboardRow as ListedTrader;
use polymarket::gamma::Profile;

use super::Dossiers;
use super::outage::outage;

/// A leaderboard is asked for again after this.
const BOARD_FRESH: TimeDelta = TimeDelta::minutes(1);
/// Longest name kept, in characters.
const LONGEST_NAME: usize = 80;

impl Dossiers {
    /// A page of the leaderboard, from 0; empty beyond its end. Everybody on it counts as looked at from now on, for
    /// whoever is picked from it was picked out of them all.
    ///
    /// # Errors
    /// When the venue cannot be asked or the database refuses.
    pub async fn leaderboard(&self, period: LeaderboardPeriod, page: usize) -> anyhow::Result<Vec<LeaderboardRow>> {
        let listed = self.board(period).await?;
        let shown: Vec<ListedTrader> =
            listed.into_iter().skip(page.saturating_mul(BOARD_PAGE)).take(BOARD_PAGE).collect();
        let wallets: Vec<Wallet> = shown.iter().map(|row| row.wallet.clone()).collect();
        self.store.note_looked_at(&wallets, self.clock.now()).await?;
        let verdicts = self.store.newest_verdicts().await?;
        let follows = self.store.follows().await?;
        let followed: BTreeSet<&Wallet> =
            follows.iter().filter(|follow| follow.standing != Standing::Ended).map(|follow| &follow.wallet).collect();
        let row = |row: ListedTrader| LeaderboardRow {
            rank: row.rank,
            pnl: row.pnl,
            volume: row.volume,
            followed: followed.contains(&row.wallet),
            verdict: verdicts.get(&row.wallet).map(|(_, verdict)| *verdict),
            trader: Trader { wallet: row.wallet, name: short(&row.name) },
        };
        Ok(shown.into_iter().map(row).collect())
    }

    async fn board(&self, period: LeaderboardPeriod) -> anyhow::Result<Vec<ListedTrader>> {
        // Held while asking: of two who want the same page, one asks.
        let mut boards = self.boards.lock().await;
        let now = self.clock.now();
        if let Some((at, rows)) = boards.get(&period)
            && (TimeDelta::zero()..BOARD_FRESH).contains(&(now - *at))
        {
            return Ok(rows.clone());
        }
        let rows = self.venue.data().leaderboard(period, BOARD_PAGE * BOARD_PAGES).await;
        let rows = rows.context("the leaderboard cannot be had")?;
        boards.insert(period, (now, rows.clone()));
        Ok(rows)
    }

    /// Finds the trader a text names: a wallet, the address of a profile, or a name. A wallet is always found; whether it
    /// ever traded is for the dossier to say.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find_trader(&self, text: &str) -> anyhow::Result<TraderFound> {
        let name = match TraderRef::parse(text) {
            None => return Ok(TraderFound::Unreadable),
            Some(TraderRef::Wallet(wallet)) => {
                let last = self.store.dossier(&wallet).await?;
                return Ok(TraderFound::One { trader: self.who(&wallet, last.as_ref()).await?.0 });
            }
            Some(TraderRef::Name(name)) => name,
        };
        let traders: Vec<Trader> = match self.venue.gamma().profiles_named(&name).await {
            Ok(found) => found.iter().map(of_profile).collect(),
            Err(error) => return Ok(TraderFound::Unavailable { outage: outage(&error) }),
        };
        Ok(match <[Trader; 1]>::try_from(traders) {
            Ok([trader]) => TraderFound::One { trader },
            Err(none) if none.is_empty() => TraderFound::Nobody { name },
            Err(traders) => TraderFound::Several { traders },
        })
    }

    /// Who a wallet is, and whether the venue has a profile of him. What he was called before stands in where the venue
    /// says nothing: many who trade have no profile, and a report does not fail for want of a name.
    pub(super) async fn who(&self, wallet: &Wallet, last: Option<&Dossier>) -> anyhow::Result<(Trader, bool)> {
        let profile = self.venue.gamma().profile(wallet).await.unwrap_or_else(|error| {
            tracing::debug!(%wallet, %error, "a profile is not told");
            None
        });
        let told = profile.as_ref().map(of_profile).filter(|trader| !trader.name.is_empty());
        let trader = match (told, last) {
            (Some(trader), _) => trader,
            (None, Some(last)) => last.trader.clone(),
            (None, None) => {
                let name = self.store.follow_of(wallet).await?.map(|follow| follow.name).unwrap_or_default();
                Trader { wallet: wallet.clone(), name }
            }
        };
        Ok((trader, profile.is_some()))
    }
}

fn of_profile(profile: &Profile) -> Trader {
    let name = if profile.name.is_empty() { &profile.pseudonym } else { &profile.name };
    Trader { wallet: profile.wallet.clone(), name: short(name) }
}

fn short(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}
