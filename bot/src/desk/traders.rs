//! Facts of traders: the leaderboard, the search, reports.

use chrono::TimeDelta;
use dialogues::facts::{CopyTerms, Facts, FindTraderFacts, LeaderboardFacts, ReportFacts, TraderFacts};
use dialogues::screen::{Period, Screen};
use engine_core::copy::activity::Wallet;
use engine_core::copy::board::{BOARD_PAGE, BOARD_PAGES, LeaderboardPeriod, TraderFound};
use engine_core::copy::dossier::DossierRead;
use engine_core::copy::follow::{Follow, Standing};
use engine_core::copy::trader::Trader;
use engine_core::notice::BookReport;
use engine_core::prediction::SignalSource;
use engine_core::strategy::COPY_BOOK;

use super::EngineDesk;
use crate::telegram::Pending;

/// A report younger than this is not made anew, however often somebody presses.
const FRESH: TimeDelta = TimeDelta::minutes(1);
/// Said when too many reports are under way.
const BUSY: &str = "I am reading a dozen traders already. Please try again in a minute.";

impl EngineDesk {
    pub(super) async fn leaderboard(&self, period: Period, page: u32) -> Facts {
        let span = match period {
            Period::Today => LeaderboardPeriod::Day,
            Period::Week => LeaderboardPeriod::Week,
            Period::Month => LeaderboardPeriod::Month,
            Period::All => LeaderboardPeriod::All,
        };
        let at = usize::try_from(page).unwrap_or(usize::MAX);
        let rows = self.dossiers.leaderboard(span, at).await.map_err(|error| {
            tracing::warn!(error = format!("{error:#}"), "the leaderboard could not be had");
            "Polymarket does not answer just now.".to_owned()
        });
        let full = rows.as_ref().is_ok_and(|rows| rows.len() >= BOARD_PAGE);
        let more = full && at.saturating_add(1) < BOARD_PAGES;
        Facts::Leaderboard(LeaderboardFacts { period, page, rows, more })
    }

    /// Whoever answers to a name; one alone is opened at once.
    pub(super) async fn find_trader(&self, query: &str) -> anyhow::Result<(Facts, Option<Pending>)> {
        match self.dossiers.find_trader(query).await? {
            TraderFound::One { trader } => self.trader(&trader.wallet, false).await,
            found @ (TraderFound::Several { .. }
            | TraderFound::Nobody { .. }
            | TraderFound::Unreadable
            | TraderFound::Unavailable { .. }) => {
                Ok((Facts::FindTrader(FindTraderFacts { query: query.to_owned(), found }), None))
            }
        }
    }

    /// The report on a trader, begun where there is none, or `again` where there is.
    pub(super) async fn trader(&self, wallet: &Wallet, again: bool) -> anyhow::Result<(Facts, Option<Pending>)> {
        let follow = self.follow_of(wallet).await?;
        let last = self.engine.store.dossier(wallet).await?;
        let name = follow.as_ref().map(|follow| follow.name.clone()).filter(|name| !name.is_empty());
        let known = last.as_ref().map(|dossier| dossier.trader.name.clone());
        let trader = Trader { wallet: wallet.clone(), name: name.or(known).unwrap_or_default() };
        let begun = match self.readings.under_way(wallet) {
            Some(news) => Ok(Some(news)),
            None => {
                let fresh = last.as_ref().is_some_and(|dossier| self.now() - dossier.at < FRESH);
                let told = self.readings.in_vain(wallet).is_some();
                let wanted = if again { !fresh } else { last.is_none() && !told };
                if wanted { self.readings.begin(wallet).map(Some).ok_or(BUSY) } else { Ok(None) }
            }
        };
        let (report, pending) = match begun {
            Err(busy) => (ReportFacts::Failed(busy.to_owned()), None),
            Ok(Some(news)) => {
                let progress = *news.borrow();
                let screen = Screen::Trader { wallet: wallet.clone(), again: false };
                (ReportFacts::Reading(progress), Some(Pending { screen, news }))
            }
            Ok(None) => {
                let done = || last.map(|dossier| ReportFacts::Read(DossierRead::Done(Box::new(dossier))));
                let failed = || ReportFacts::Failed(super::SORRY.to_owned());
                (self.readings.in_vain(wallet).or_else(done).unwrap_or_else(failed), None)
            }
        };
        let trader = named(trader, &report);
        let terms = self.copy_terms().await?;
        Ok((Facts::Trader(Box::new(TraderFacts { trader, report, follow, terms })), pending))
    }

    pub(super) async fn trader_chart(&self, wallet: &Wallet) -> anyhow::Result<Facts> {
        let dossier = self.engine.store.dossier(wallet).await?;
        Ok(dossier.map_or_else(
            || Facts::Missing("report on this trader".to_owned()),
            |dossier| Facts::TraderChart(Box::new(dossier)),
        ))
    }

    /// The follow of a wallet that is followed now.
    pub(super) async fn follow_of(&self, wallet: &Wallet) -> anyhow::Result<Option<Follow>> {
        let follow = self.engine.store.follow_of(wallet).await?;
        Ok(follow.filter(|follow| follow.standing != Standing::Ended))
    }

    /// The copy book, once it is set up.
    pub(super) async fn copy_book(&self) -> anyhow::Result<Option<BookReport>> {
        let books = self.engine.store.report(self.now()).await?;
        Ok(books.into_iter().find(|report| report.book.as_str() == COPY_BOOK))
    }

    pub(super) async fn copy_terms(&self) -> anyhow::Result<CopyTerms> {
        let settings = &self.engine.settings;
        let equity = self.copy_book().await?.map_or(settings.copy.bankroll, |book| book.cash + book.invested);
        Ok(CopyTerms {
            floor: settings.gates.edge_floor(SignalSource::CopyTrade),
            min_bet: settings.copy.profile.min_bet,
            equity,
        })
    }
}

/// The trader as the report knows him, where it knows more than we did.
fn named(trader: Trader, report: &ReportFacts) -> Trader {
    let told = match report {
        ReportFacts::Read(DossierRead::Done(dossier)) => &dossier.trader,
        ReportFacts::Read(
            DossierRead::Nothing { trader, .. }
            | DossierRead::Vanished { trader, .. }
            | DossierRead::Unavailable { trader, .. },
        ) => trader,
        ReportFacts::Reading(_) | ReportFacts::Failed(_) => return trader,
    };
    if told.name.is_empty() { trader } else { told.clone() }
}
