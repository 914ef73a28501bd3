//! A small fixed world: one market in every state the views can show.

mod bets;
mod pages;

use chrono::{DateTime, TimeDelta, Utc};
use dialogues::Role;
use dialogues::facts::*;
use dialogues::screen::Screen;
use engine_core::book::Level;
use engine_core::calibration::{Calibration, Curve, Lesson, Method, Trial};
use engine_core::engines::Engines;
use engine_core::fee::{FeeModel, FeeRule};
use engine_core::fill::Fill;
use engine_core::gate::{Gate, GateRecord};
use engine_core::market::{ConditionId, MarketGroupId, MarketId, Outcome, OutcomeToken, Side};
use engine_core::model::{ModelCard, ModelStatus};
use engine_core::notice::*;
use engine_core::position::{Position, PositionStatus};
use engine_core::prediction::{Prediction, SignalSource};
use engine_core::probability::Probability;

use engine_core::scoring::{Duel, DuelVerdict, Verdict};
use engine_core::signal::{BookPlan, Candidate, Decision, SignalStatus};
use engine_core::strategy::{BookId, BookMode};

pub(crate) use bets::*;
pub(crate) use pages::*;

pub(crate) const OWNER: i64 = 100;
pub(crate) const VIEWER: i64 = 200;
pub(crate) const STRANGER: i64 = 300;

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-23T12:03:07Z".parse().unwrap()
}

pub(crate) fn seconds(n: i64) -> TimeDelta {
    TimeDelta::seconds(n)
}

pub(crate) fn reader() -> Reader {
    Reader { user: Some(OWNER), role: Role::Owner, engines: Engines::Both, now: now() }
}

/// The facts of any screen in this world.
pub(crate) fn facts(screen: &Screen) -> Facts {
    if let Some(facts) = crate::copy_world::facts(screen) {
        return facts;
    }
    if let Some(facts) = crate::strategies_world::facts(screen) {
        return facts;
    }
    match screen {
        Screen::Home => Facts::Home(HomeFacts {
            books: reports(),
            last_scan: Some(scan()),
            model: Ok("v1".to_owned()),
            pending: 1,
            note: None,
        }),
        Screen::Signals => Facts::Signals(SignalsFacts {
            pending: vec![card(SignalStatus::Pending)],
            recent: vec![card(SignalStatus::Skipped)],
        }),
        Screen::Signal { id: 12 } => Facts::Signal(Box::new(card(SignalStatus::Pending))),
        Screen::SignalWhy { id: 12 } => {
            Facts::SignalWhy(Box::new(SignalWhyFacts { card: card(SignalStatus::Pending), features: Some(features()) }))
        }
        Screen::SignalChart { id: 12 } => Facts::SignalChart(Box::new(card(SignalStatus::Pending))),
        Screen::Signal { id } | Screen::SignalWhy { id } | Screen::SignalChart { id } => {
            Facts::Missing(format!("signal {id}"))
        }
        Screen::Open { page } => Facts::Open(OpenFacts {
            positions: vec![
                OpenPosition::value(
                    position(7, "aggressive", "30.4", "11.62", "0.28"),
                    Some("0.445".parse().unwrap()),
                    Some(0.45),
                    Some(now() - seconds(4)),
                ),
                OpenPosition::value(position(8, "balanced", "15.2", "5.81", "0.15"), None, None, None),
            ],
            page: *page,
            pages: 2,
            total: 7,
            invested: "68.1".parse().unwrap(),
        }),
        Screen::ClosePreview { position: id } => Facts::ClosePreview(Box::new(ClosePreviewFacts {
            position: position(*id, "aggressive", "30.4", "11.62", "0.28"),
            preview: Ok(ClosePreview {
                fill: Fill {
                    side: Side::Sell,
                    vwap: "0.445".parse().unwrap(),
                    notional: "13.53".parse().unwrap(),
                    mid: Some(0.45),
                    ..fill("30.4", "13.53", "0.3")
                },
                pnl: "1.33".parse().unwrap(),
            }),
        })),
        Screen::PositionWhy { position: id } => Facts::PositionWhy(Box::new(PositionWhyFacts {
            position: position(*id, "aggressive", "30.4", "11.62", "0.28"),
            decision: Some(decision()),
            fills: vec![fill("30.4", "11.62", "0.28")],
        })),
        Screen::PositionChart { position: id } => {
            Facts::PositionChart(Box::new(position(*id, "aggressive", "30.4", "11.62", "0.28")))
        }
        Screen::Stats { book, period } => Facts::Stats(StatsFacts {
            book: book.clone(),
            period: *period,
            chosen: performance(),
            books: vec![
                (BookId::new("aggressive"), performance()),
                (BookId::new("conservative"), Performance::default()),
            ],
        }),
        Screen::EquityChart => Facts::EquityChart(reports()),
        Screen::Brier => Facts::Brier(brier()),
        Screen::ReliabilityChart => Facts::ReliabilityChart(brier()),
        Screen::Why { query: None } => Facts::Why(WhyFacts { funnel: scan().funnel, scans: 72, signals: 3, bets: 1 }),
        Screen::Why { query: Some(query) } => {
            let found =
                if query.contains("fed") { MarketFound::One(Box::new(rejected())) } else { MarketFound::Nothing };
            Facts::MarketWhy(Box::new(MarketWhyFacts { query: query.clone(), found }))
        }
        Screen::Modes => Facts::Modes(modes()),
        Screen::PauseAll => Facts::PauseAll(modes()),
        Screen::Models => Facts::Models(models()),
        Screen::Model { id: 2 } => Facts::Model(Box::new(model_card(ModelStatus::Champion))),
        Screen::Model { id } => Facts::Missing(format!("model {id}")),
        Screen::Health => Facts::Health(health()),
        Screen::Help => Facts::Help,
        Screen::Leaderboard { .. }
        | Screen::Trader { .. }
        | Screen::TraderChart { .. }
        | Screen::FindTrader { .. }
        | Screen::Traders { .. }
        | Screen::Followed { .. }
        | Screen::Follow { .. }
        | Screen::UnfollowWhom { .. }
        | Screen::Unfollow { .. }
        | Screen::StageAsk { .. }
        | Screen::Copy => unreachable!("copy trading has a world of its own"),
        Screen::Strategies
        | Screen::Strategy { .. }
        | Screen::Tune { .. }
        | Screen::ResetProfile { .. }
        | Screen::TopUp { .. }
        | Screen::Trial { .. }
        | Screen::CompareProfiles => unreachable!("strategies have a world of their own"),
    }
}
