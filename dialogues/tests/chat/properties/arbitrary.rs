//! Anything that may come in.

use dialogues::command::Command;
use dialogues::draft::{Cap, FollowDraft, Purpose, Sizing, Step};
use dialogues::message::{Action, Press};
use dialogues::screen::{Period, Screen};
use dialogues::tune::{TopUpDraft, TuneDraft, TunePurpose, TuneStep};
use dialogues::{ActionResult, CopyOutcome, Event, ModelOutcome, TuneOutcome};
use engine_core::copy::activity::Wallet;
use engine_core::copy::follow::Standing;
use engine_core::copy::judge::CopyCaps;
use engine_core::copy::probation::Stage;
use engine_core::market::MarketGroupId;
use engine_core::money::Usd;
use engine_core::notice::DecidedBy;
use engine_core::signal::SignalStatus;
use engine_core::strategy::{BookId, BookMode};
use engine_core::tuning::{Threshold, Thresholds};
use proptest::prelude::*;
use proptest::sample::select;

use crate::copy_world::{ANN, BOB, EVE};
use crate::world::now;

fn period() -> impl Strategy<Value = Period> {
    select(vec![Period::Today, Period::Week, Period::Month, Period::All])
}

/// Few wallets, so that presses meet what was asked.
fn wallet() -> impl Strategy<Value = Wallet> {
    select([ANN, BOB, EVE].map(crate::copy_world::wallet).to_vec())
}

fn stage() -> impl Strategy<Value = Stage> {
    select(vec![Stage::Shadow, Stage::Live, Stage::Failed])
}

fn draft() -> impl Strategy<Value = Box<FollowDraft>> {
    let step = select(vec![
        Step::Start,
        Step::Sizing,
        Step::Caps,
        Step::OneCap { cap: Cap::Day },
        Step::Mode,
        Step::Confirm,
        Step::Confirm,
    ]);
    let cap = proptest::option::of((1_i64..1_000_000_000).prop_map(Usd::from_micros));
    let sizing = prop_oneof![Just(Sizing::Kelly), (1_u32..1_001).prop_map(|percent| Sizing::Proportional { percent })];
    let mode = select(vec![BookMode::Approve, BookMode::Auto]);
    (wallet(), any::<bool>(), stage(), sizing, cap, mode, step).prop_map(
        |(wallet, new, stage, sizing, per_day, mode, step)| {
            let purpose = if new { Purpose::Begin } else { Purpose::Change };
            let begin = FollowDraft::begin(wallet, sizing);
            let caps = CopyCaps { per_day, ..begin.caps };
            Box::new(FollowDraft { purpose, stage, caps, mode, step, ..begin })
        },
    )
}

/// Few books, so that presses meet what was asked.
fn book() -> impl Strategy<Value = BookId> {
    select(vec![BookId::new("balanced"), BookId::new("bold")])
}

fn thresholds() -> impl Strategy<Value = Thresholds> {
    (select(Threshold::ALL.to_vec()), 0_i64..=4).prop_map(|(threshold, fourths)| {
        let (low, high) = (*threshold.range().start(), *threshold.range().end());
        let base = crate::strategies_world::thresholds("balanced");
        base.with(threshold, low + (high - low) * fourths / 4).unwrap()
    })
}

fn tune_draft() -> impl Strategy<Value = Box<TuneDraft>> {
    let one = select(Threshold::ALL.to_vec()).prop_map(|threshold| TuneStep::One { threshold });
    let step = prop_oneof![Just(TuneStep::Edit), one, Just(TuneStep::Confirm)];
    let purpose = select(vec![TunePurpose::Change, TunePurpose::Promote]);
    (book(), thresholds(), thresholds(), purpose, step)
        .prop_map(|(book, base, wanted, purpose, step)| Box::new(TuneDraft { book, base, wanted, purpose, step }))
}

fn money() -> impl Strategy<Value = Box<TopUpDraft>> {
    let amount = proptest::option::of((1_i64..1_000_000_000).prop_map(Usd::from_micros));
    (book(), amount).prop_map(|(book, amount)| Box::new(TopUpDraft { book, capital: Usd::ZERO, amount }))
}

fn strategy_screen() -> impl Strategy<Value = Screen> {
    prop_oneof![
        select(vec![Screen::Strategies, Screen::CompareProfiles]),
        ".{0,40}".prop_map(|book| Screen::Strategy { book }),
        ".{0,40}".prop_map(|book| Screen::Trial { book }),
        book().prop_map(|book| Screen::ResetProfile { book: book.as_str().to_owned() }),
        tune_draft().prop_map(|draft| Screen::Tune { draft }),
        money().prop_map(|draft| Screen::TopUp { draft }),
    ]
}

fn strategy_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        tune_draft().prop_map(|draft| Action::SaveProfile { draft }),
        (book(), thresholds()).prop_map(|(book, from)| Action::ResetProfile { book, from }),
        money().prop_map(|draft| Action::TopUp { draft }),
        tune_draft().prop_map(|draft| Action::BeginTrial { draft }),
        (book(), thresholds()).prop_map(|(book, thresholds)| Action::EndTrial { book, thresholds }),
    ]
}

fn tune_outcome() -> impl Strategy<Value = TuneOutcome> {
    select(vec![
        TuneOutcome::Saved,
        TuneOutcome::Reset,
        TuneOutcome::Already,
        TuneOutcome::Moved,
        TuneOutcome::ToppedUp(Usd::ZERO),
        TuneOutcome::TrialBegan,
        TuneOutcome::TrialRuns,
        TuneOutcome::TrialEnded,
        TuneOutcome::NoTrial,
        TuneOutcome::Unknown,
    ])
}

fn copy_screen() -> impl Strategy<Value = Screen> {
    prop_oneof![
        (period(), any::<u32>()).prop_map(|(period, page)| Screen::Leaderboard { period, page }),
        (wallet(), any::<bool>()).prop_map(|(wallet, again)| Screen::Trader { wallet, again }),
        wallet().prop_map(|wallet| Screen::TraderChart { wallet }),
        ".{0,40}".prop_map(|query| Screen::FindTrader { query }),
        any::<u32>().prop_map(|page| Screen::Traders { page }),
        wallet().prop_map(|wallet| Screen::Followed { wallet }),
        draft().prop_map(|draft| Screen::Follow { draft }),
        (proptest::option::of(".{0,40}"), any::<u32>()).prop_map(|(query, page)| Screen::UnfollowWhom { query, page }),
        wallet().prop_map(|wallet| Screen::Unfollow { wallet }),
        (wallet(), stage()).prop_map(|(wallet, stage)| Screen::StageAsk { wallet, stage }),
        Just(Screen::Copy),
    ]
}

fn copy_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        draft().prop_map(|draft| Action::Follow { draft }),
        wallet().prop_map(|wallet| Action::SetStanding { wallet, standing: Standing::Paused }),
        (wallet(), stage()).prop_map(|(wallet, stage)| Action::SetStage { wallet, stage }),
        (wallet(), any::<bool>()).prop_map(|(wallet, close)| Action::Unfollow { wallet, close }),
    ]
}

fn outcome() -> impl Strategy<Value = CopyOutcome> {
    prop_oneof![
        stage().prop_map(CopyOutcome::Began),
        Just(CopyOutcome::AlreadyFollowed),
        Just(CopyOutcome::Changed),
        Just(CopyOutcome::Stands(Standing::Paused)),
        stage().prop_map(CopyOutcome::Moved),
        Just(CopyOutcome::Already),
        (any::<u32>(), any::<u32>(), any::<u32>()).prop_map(|(closed, stuck, open)| CopyOutcome::Ended {
            closed,
            stuck,
            open
        }),
        Just(CopyOutcome::NotFollowed),
        ".{0,400}".prop_map(CopyOutcome::Refused),
    ]
}

fn screen() -> impl Strategy<Value = Screen> {
    prop_oneof![
        select(vec![
            Screen::Home,
            Screen::Signals,
            Screen::EquityChart,
            Screen::Brier,
            Screen::ReliabilityChart,
            Screen::Why { query: None },
            Screen::Modes,
            Screen::PauseAll,
            Screen::Models,
            Screen::Health,
            Screen::Help,
        ]),
        any::<i64>().prop_map(|id| Screen::Model { id }),
        any::<i64>().prop_map(|id| Screen::Signal { id }),
        any::<i64>().prop_map(|id| Screen::SignalWhy { id }),
        any::<i64>().prop_map(|id| Screen::SignalChart { id }),
        any::<u32>().prop_map(|page| Screen::Open { page }),
        (0_i64..3).prop_map(|position| Screen::ClosePreview { position }),
        any::<i64>().prop_map(|position| Screen::PositionWhy { position }),
        any::<i64>().prop_map(|position| Screen::PositionChart { position }),
        (proptest::option::of(".{0,40}"), period()).prop_map(|(book, period)| Screen::Stats { book, period }),
        copy_screen(),
        strategy_screen(),
        ".{0,40}".prop_map(|query| Screen::Why { query: Some(query) }),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let mode = || select(vec![BookMode::Approve, BookMode::Auto, BookMode::Paused]);
    let book = proptest::option::of("[a-z]{1,8}".prop_map(BookId::new));
    prop_oneof![
        1 => (any::<i64>(), any::<bool>(), any::<bool>())
            .prop_map(|(signal, half, confirmed)| { Action::Approve { signal, half, confirmed } }),
        1 => any::<i64>().prop_map(|signal| Action::Skip { signal }),
        1 => "[0-9]{1,4}".prop_map(|group| Action::Mute { group: MarketGroupId::new(group) }),
        1 => (0_i64..3).prop_map(|position| Action::Close { position }),
        1 => (book, mode()).prop_map(|(book, mode)| Action::SetMode { book, mode }),
        1 => any::<i64>().prop_map(|model| Action::Promote { model }),
        1 => any::<i64>().prop_map(|model| Action::KeepModel { model }),
        1 => any::<i64>().prop_map(|model| Action::RollBack { model }),
        3 => copy_action(),
        3 => strategy_action(),
    ]
}

pub(super) fn press() -> impl Strategy<Value = Press> {
    prop_oneof![
        3 => screen().prop_map(|screen| Press::Show { screen }),
        1 => screen().prop_map(|screen| Press::Send { screen }),
        3 => action().prop_map(|action| Press::Act { action }),
        1 => ".{0,20}".prop_map(|url| Press::Url { url }),
    ]
}

fn result() -> impl Strategy<Value = ActionResult> {
    prop_oneof![
        (any::<i64>(), 0_usize..3).prop_map(|(signal, bets)| ActionResult::Approved { signal, bets }),
        any::<i64>().prop_map(|signal| ActionResult::Expired { signal, at: now() }),
        (any::<i64>(), ".{0,300}").prop_map(|(signal, name)| ActionResult::AlreadyDecided {
            signal,
            status: SignalStatus::Approved,
            by: Some(DecidedBy::Person { user_id: 5, name }),
            at: Some(now()),
        }),
        (any::<f64>(), any::<f64>()).prop_map(|(before, after)| ActionResult::EdgeChanged {
            signal: 1,
            half: false,
            before,
            after,
            ask_before: "0.38".parse().unwrap(),
            ask_after: "0.41".parse().unwrap(),
        }),
        ".{0,400}".prop_map(|reason| ActionResult::NoFill { reason }),
        ".{0,400}".prop_map(|sentence| ActionResult::Failed { sentence }),
        Just(ActionResult::AlreadyClosed { position: 1 }),
        (any::<i64>(), ".{0,300}")
            .prop_map(|(model, version)| ActionResult::Model { model, outcome: ModelOutcome::Serves(version) }),
        Just(ActionResult::ModeChanged { book: None, mode: BookMode::Paused }),
        (wallet(), outcome()).prop_map(|(wallet, outcome)| ActionResult::Copying { wallet, outcome }),
        (book(), tune_outcome()).prop_map(|(book, outcome)| ActionResult::Tuning { book, outcome }),
    ]
}

pub(super) fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (select(Command::ALL.to_vec()), ".{0,60}").prop_map(|(name, args)| Event::Command { name, args }),
        press().prop_map(Event::Press),
        ".{0,80}".prop_map(Event::Text),
        Just(Event::Text("https://polymarket.com/event/fed/fed-cut".to_owned())),
        select(vec![
            "0.5".to_owned(),
            "25".to_owned(),
            ANN.to_owned(),
            format!("https://polymarket.com/profile/{EVE}"),
            "https://polymarket.com/@Theo4".to_owned(),
        ])
        .prop_map(Event::Text),
        Just(Event::BadPress),
        Just(Event::UnknownCommand),
        result().prop_map(Event::Result),
    ]
}
