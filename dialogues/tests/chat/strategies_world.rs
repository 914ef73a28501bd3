//! Strategies in the small fixed world.

use chrono::TimeDelta;
use dialogues::facts::*;
use dialogues::message::{Action, Press};
use dialogues::screen::Screen;
use dialogues::state::State;
use dialogues::tune::{TopUpDraft, TuneDraft, TunePurpose, TuneStep};
use dialogues::{Effect, Event, step};
use engine_core::scoring::ReturnScore;
use engine_core::strategy::{BookId, StrategyProfile};
use engine_core::tuning::{Difference, Figures, Judgement, Preview, Threshold, Thresholds};

use crate::views::sketch;
use crate::world::*;

pub(crate) fn thresholds(book: &str) -> Thresholds {
    Thresholds::of(&StrategyProfile::built_in(book).unwrap())
}

/// Balanced, with the smallest edge at 5 %.
pub(crate) fn draft(step: TuneStep) -> TuneDraft {
    let balanced = thresholds("balanced");
    TuneDraft::begin(BookId::new("balanced"), balanced).with(Threshold::MinEdge, 500).at(step)
}

pub(crate) fn money(amount: Option<&str>) -> TopUpDraft {
    let amount = amount.map(|amount| amount.parse().unwrap());
    TopUpDraft { book: BookId::new("balanced"), capital: "300".parse().unwrap(), amount }
}

fn strategy(book: &str) -> StrategyFacts {
    let report = reports().into_iter().find(|report| report.book.as_str() == book).unwrap();
    StrategyFacts { report, thresholds: thresholds(book), defaults: thresholds(book), trial_since: None }
}

/// Tuned by hand, with a trial beside it.
fn aggressive() -> StrategyFacts {
    let defaults = thresholds("aggressive");
    StrategyFacts {
        thresholds: defaults.with(Threshold::MinBet, 750).unwrap().with(Threshold::MinEdge, 450).unwrap(),
        trial_since: Some(now() - TimeDelta::hours(52)),
        ..strategy("aggressive")
    }
}

fn figures(bets: u32, pnl: &str, drawdown: f64, interval: Option<[f64; 2]>) -> Figures {
    let pnl: engine_core::money::Usd = pnl.parse().unwrap();
    Figures {
        signals: bets * 3,
        bets,
        open: 2,
        staked: "402.1".parse().unwrap(),
        settled_pnl: pnl,
        open_pnl: "-0.4".parse().unwrap(),
        drawdown,
        events: bets - 2,
        returns: Some(ReturnScore {
            bets: u64::from(bets),
            events: u64::from(bets) - 2,
            staked: 402.1,
            pnl: pnl.to_f64(),
            roi: pnl.to_f64() / 402.1,
            roi_ci95: interval,
        }),
    }
}

fn preview(days: i64, changed: bool, judgement: Judgement) -> Preview {
    let difference = Difference {
        events: if judgement == Judgement::TooFew { 19 } else { 117 },
        needed: 100,
        pnl: -1.2,
        ci95: (judgement != Judgement::TooFew).then_some([-7.5, 4.25]),
        judgement,
    };
    Preview {
        since: Some(now() - TimeDelta::days(days)),
        until: now(),
        scans: 4_311,
        now: figures(44, "14.1", 0.048, Some([-0.021, 0.093])),
        changed: changed.then(|| figures(61, "12.9", 0.061, Some([-0.031, 0.081]))),
        difference: changed.then_some(difference),
    }
}

fn nothing() -> Preview {
    Preview { since: None, until: now(), scans: 0, now: Figures::default(), changed: None, difference: None }
}

fn tuned(draft: &TuneDraft) -> TuneFacts {
    let tried = match draft.step {
        TuneStep::One { .. } => None,
        TuneStep::Edit | TuneStep::Confirm => Some(preview(30, draft.wanted != draft.base, Judgement::TooFew)),
    };
    TuneFacts {
        draft: draft.clone(),
        strategy: strategy("balanced"),
        preview: tried,
        scan_every_secs: 600,
        early_exits: false,
    }
}

fn on_trial() -> TrialFacts {
    let of = |bets, open, staked: &str, pnl: &str| TrialFigures {
        bets,
        open,
        staked: staked.parse().unwrap(),
        pnl: pnl.parse().unwrap(),
    };
    let trial = Trial {
        thresholds: thresholds("aggressive"),
        since: now() - TimeDelta::hours(52),
        trial: of(9, 4, "71.2", "3.1"),
        real: of(6, 3, "60.05", "-2"),
    };
    TrialFacts { strategy: aggressive(), trial: Some(trial) }
}

/// The facts of its screens; `None` for any other.
pub(crate) fn facts(screen: &Screen) -> Option<Facts> {
    let known = |book: &str| ["aggressive", "balanced", "conservative"].contains(&book);
    Some(match screen {
        Screen::Strategies => {
            let strategies = vec![aggressive(), strategy("balanced"), strategy("conservative")];
            Facts::Strategies(StrategiesFacts { strategies })
        }
        Screen::Strategy { book } | Screen::ResetProfile { book } | Screen::Trial { book } if !known(book) => {
            Facts::Missing(format!("strategy {book}"))
        }
        Screen::Strategy { book } => Facts::Strategy(Box::new(StrategyPageFacts {
            strategy: if book == "aggressive" { aggressive() } else { strategy(book) },
            preview: match book.as_str() {
                "conservative" => nothing(),
                "aggressive" => preview(3, false, Judgement::Same),
                _ => preview(30, false, Judgement::Same),
            },
            last_change: (book == "aggressive")
                .then(|| LastChange { at: now() - TimeDelta::hours(3), by: Some("<b>Ann".to_owned()) }),
        })),
        Screen::Tune { draft } => Facts::Tune(Box::new(tuned(draft))),
        Screen::ResetProfile { book } => Facts::ResetProfile(Box::new(ResetFacts {
            strategy: if book == "aggressive" { aggressive() } else { strategy(book) },
        })),
        Screen::TopUp { draft } => {
            Facts::TopUp(Box::new(TopUpFacts { draft: (**draft).clone(), report: strategy("balanced").report }))
        }
        Screen::Trial { book } if book == "aggressive" => Facts::Trial(Box::new(on_trial())),
        Screen::Trial { book } => Facts::Trial(Box::new(TrialFacts { strategy: strategy(book), trial: None })),
        Screen::CompareProfiles => Facts::CompareProfiles(CompareFacts {
            since: Some(now() - TimeDelta::days(12)),
            strategies: vec![
                (BookId::new("aggressive"), figures(44, "14.1", 0.048, None)),
                (BookId::new("conservative"), figures(9, "-3.25", 0.021, None)),
            ],
        }),
        Screen::Home
        | Screen::Signals
        | Screen::Signal { .. }
        | Screen::SignalWhy { .. }
        | Screen::SignalChart { .. }
        | Screen::Open { .. }
        | Screen::ClosePreview { .. }
        | Screen::PositionWhy { .. }
        | Screen::PositionChart { .. }
        | Screen::Stats { .. }
        | Screen::EquityChart
        | Screen::Brier
        | Screen::ReliabilityChart
        | Screen::Why { .. }
        | Screen::Modes
        | Screen::PauseAll
        | Screen::Models
        | Screen::Model { .. }
        | Screen::Leaderboard { .. }
        | Screen::Trader { .. }
        | Screen::TraderChart { .. }
        | Screen::FindTrader { .. }
        | Screen::Traders { .. }
        | Screen::Followed { .. }
        | Screen::Follow { .. }
        | Screen::UnfollowWhom { .. }
        | Screen::Unfollow { .. }
        | Screen::StageAsk { .. }
        | Screen::Copy
        | Screen::Health
        | Screen::Help => return None,
    })
}

pub(crate) fn every_screen() -> Vec<Screen> {
    let book = |name: &str| name.to_owned();
    let tune = |draft: TuneDraft| Screen::Tune { draft: Box::new(draft) };
    let unchanged = TuneDraft::begin(BookId::new("balanced"), thresholds("balanced"));
    let promoted = TuneDraft { purpose: TunePurpose::Promote, ..draft(TuneStep::Confirm) };
    vec![
        Screen::Strategies,
        Screen::Strategy { book: book("aggressive") },
        Screen::Strategy { book: book("balanced") },
        Screen::Strategy { book: book("conservative") },
        Screen::Strategy { book: book("<b>ghost") },
        tune(unchanged),
        tune(draft(TuneStep::Edit)),
        tune(draft(TuneStep::One { threshold: Threshold::KellyMultiplier })),
        tune(draft(TuneStep::Confirm)),
        tune(promoted),
        Screen::ResetProfile { book: book("aggressive") },
        Screen::ResetProfile { book: book("balanced") },
        Screen::TopUp { draft: Box::new(money(None)) },
        Screen::TopUp { draft: Box::new(money(Some("100"))) },
        Screen::Trial { book: book("aggressive") },
        Screen::Trial { book: book("balanced") },
        Screen::CompareProfiles,
    ]
}

/// What may be said of a change, in each way it may come out.
#[test]
fn what_is_concluded_reads_well() {
    let judged = [Judgement::Same, Judgement::TooFew, Judgement::CannotTell, Judgement::Better, Judgement::Worse];
    let mut all: Vec<TuneFacts> = judged
        .into_iter()
        .map(|judgement| {
            let tried = Some(preview(30, true, judgement));
            TuneFacts { preview: tried, early_exits: true, ..tuned(&draft(TuneStep::Edit)) }
        })
        .collect();
    let same = preview(1, true, Judgement::Same);
    all.push(TuneFacts { preview: Some(Preview { changed: Some(same.now), ..same }), ..tuned(&draft(TuneStep::Edit)) });
    // Somebody else saved meanwhile.
    let mut moved = tuned(&draft(TuneStep::Confirm));
    moved.strategy.thresholds = thresholds("aggressive");
    all.push(moved);
    let text: Vec<String> = all
        .into_iter()
        .map(|facts| sketch(&dialogues::view::screen(&Facts::Tune(Box::new(facts)), &reader())))
        .collect();
    insta::assert_snapshot!(text.join("\n\n──\n"));
}

/// A press that names no amount, where one was asked for, is asked again instead of being carried out.
#[test]
fn no_money_is_put_in_without_an_amount_that_was_asked_about() {
    let context = crate::properties::context(OWNER, true, 0);
    let put_in = |asked: TopUpDraft, pressed: TopUpDraft| {
        let until = context.now + TimeDelta::minutes(1);
        let state = State::TopUp { draft: Box::new(asked), until };
        let action = Action::TopUp { draft: Box::new(pressed) };
        let (_, effects) = step(state, &context, Event::Press(Press::Act { action }));
        effects.iter().any(|effect| matches!(effect, Effect::Perform(_)))
    };
    assert!(put_in(money(Some("100")), money(Some("100"))));
    assert!(!put_in(money(Some("100")), money(Some("300"))));
    assert!(!put_in(money(None), money(Some("100"))));
    assert!(!put_in(money(None), money(None)));
}
