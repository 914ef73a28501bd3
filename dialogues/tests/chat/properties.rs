//! What holds whatever people do.

use chrono::TimeDelta;
use dialogues::button::{Callback, CodecError, decode, encode, encode_token};
use dialogues::command::{Command, Parsed};
use dialogues::draft::{Cap, FollowDraft, Purpose, Sizing, Step};
use dialogues::escape::{escape, plain, truncate, utf16_len};
use dialogues::message::{Action, Message, Picture, Press};
use dialogues::screen::{Period, Screen};
use dialogues::state::State;
use dialogues::tune::{TopUpDraft, TuneDraft, TunePurpose, TuneStep};
use dialogues::{ActionResult, Context, CopyOutcome, Effect, Event, ModelOutcome, Place, Role, TuneOutcome, step};
use engine_core::copy::activity::Wallet;
use engine_core::copy::follow::Standing;
use engine_core::copy::judge::CopyCaps;
use engine_core::copy::probation::Stage;
use engine_core::engines::Engines;
use engine_core::market::MarketGroupId;
use engine_core::money::Usd;
use engine_core::notice::DecidedBy;
use engine_core::signal::SignalStatus;
use engine_core::strategy::{BookId, BookMode};
use engine_core::tuning::{Threshold, Thresholds};
use proptest::prelude::*;
use proptest::sample::select;

use crate::copy_world::{ANN, BOB, EVE};
use crate::world::{OWNER, STRANGER, VIEWER, now};

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

fn press() -> impl Strategy<Value = Press> {
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

fn event() -> impl Strategy<Value = Event> {
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

pub(crate) fn context(user: i64, private: bool, minute: i64) -> Context {
    let role = match user {
        OWNER => Role::Owner,
        VIEWER => Role::Viewer,
        _ => Role::Stranger,
    };
    Context {
        user,
        name: "<b>Ann".to_owned(),
        role,
        private,
        bot: "oddsmith_bot".to_owned(),
        now: now() + TimeDelta::minutes(minute),
    }
}

proptest! {
    #[test]
    fn whatever_happens_the_talk_goes_on(
        events in prop::collection::vec(
            (event(), select(vec![OWNER, VIEWER, STRANGER]), any::<bool>(), 0_i64..20), 0..30)
    ) {
        let mut state = State::default();
        let mut minute = 0;
        for (event, user, private, wait) in events {
            minute += wait;
            let context = context(user, private, minute);
            let answers_press = matches!(event, Event::Press(_) | Event::BadPress | Event::Result(_));
            let (next, effects) = step(state.clone(), &context, event);
            // Every state survives its stored form.
            prop_assert_eq!(State::from_json(&next.to_json()), Ok(next.clone()));
            let toasts = effects.iter().filter(|effect| matches!(effect, Effect::Toast { .. })).count();
            prop_assert!(toasts <= usize::from(answers_press));
            for effect in &effects {
                match effect {
                    Effect::Toast { text, .. } => prop_assert!(utf16_len(text) <= 200),
                    Effect::Perform(action) => {
                        // What asks first acts on nothing but its own question.
                        let asked = match action {
                            Action::Follow { draft } => {
                                matches!(&state, State::Follow { draft: asked, .. } if asked == draft && draft.step == Step::Confirm)
                            }
                            Action::Unfollow { wallet, .. } => {
                                matches!(&state, State::ConfirmUnfollow { wallet: asked, .. } if asked == wallet)
                            }
                            Action::SetStage { wallet, stage } => {
                                matches!(&state, State::ConfirmStage { wallet: asked, stage: to, .. } if asked == wallet && to == stage)
                            }
                            Action::SaveProfile { draft } => {
                                matches!(&state, State::Tune { draft: asked, .. } if **asked == draft.at(TuneStep::Confirm))
                            }
                            Action::ResetProfile { book, .. } => {
                                matches!(&state, State::ConfirmReset { book: asked, .. } if asked == book.as_str())
                            }
                            Action::TopUp { draft } => {
                                matches!(&state, State::TopUp { draft: asked, .. } if asked == draft && draft.amount.is_some())
                            }
                            Action::Approve { .. }
                            | Action::Skip { .. }
                            | Action::Mute { .. }
                            | Action::Close { .. }
                            | Action::SetMode { .. }
                            | Action::Promote { .. }
                            | Action::KeepModel { .. }
                            | Action::RollBack { .. }
                            | Action::SetStanding { .. }
                            | Action::BeginTrial { .. }
                            | Action::EndTrial { .. } => true,
                        };
                        prop_assert!(asked, "{action:?} at {state:?}");
                        // A second press does not act again.
                        let once = matches!(action, Action::Follow { .. } | Action::Unfollow { .. } | Action::SetStage { .. })
                            || matches!(action, Action::SaveProfile { .. } | Action::ResetProfile { .. } | Action::TopUp { .. });
                        if once {
                            prop_assert_eq!(&next, &State::Home);
                        }
                        prop_assert_eq!(context.role, Role::Owner);
                        prop_assert!(context.private);
                    }
                    Effect::Show { screen, .. } => {
                        prop_assert!(context.role != Role::Stranger && context.private);
                        prop_assert!(context.role == Role::Owner || !screen.is_control());
                    }
                    Effect::Say { message, .. } => prop_assert!(!message.html.is_empty()),
                    Effect::Stranger { .. } => prop_assert_eq!(context.role, Role::Stranger),
                }
            }
            // Cancel reaches Home from everywhere.
            let cancel = Event::Command { name: Command::Cancel, args: String::new() };
            let owner = self::context(OWNER, true, minute);
            let (home, shown) = step(next.clone(), &owner, cancel);
            prop_assert_eq!(home, State::Home);
            prop_assert_eq!(shown, vec![Effect::Show { screen: Screen::Home, place: Place::New }]);
            state = next;
        }
    }

    #[test]
    fn callback_data_comes_back_as_it_went(press in press()) {
        match encode(&press) {
            Ok(data) => {
                prop_assert!(data.len() <= 64);
                let want = match press {
                    Press::Show { screen } => Callback::Show(screen),
                    Press::Send { screen } => Callback::Send(screen),
                    Press::Act { .. } | Press::Url { .. } => unreachable!(),
                };
                prop_assert_eq!(decode(&data), Ok(want));
            }
            Err(CodecError::NeedsToken) => {
                let acts = matches!(
                    press,
                    Press::Act { .. }
                        | Press::Show { screen: Screen::Follow { .. } | Screen::Tune { .. } | Screen::TopUp { .. } }
                        | Press::Send { screen: Screen::Follow { .. } | Screen::Tune { .. } | Screen::TopUp { .. } }
                );
                prop_assert!(acts);
            }
            Err(CodecError::Link) => {
                let links = matches!(press, Press::Url { .. });
                prop_assert!(links);
            }
            Err(error) => prop_assert_eq!(error, CodecError::TooLong),
        }
    }

    #[test]
    fn forged_callback_data_is_refused_or_means_what_it_says(data in "[0-9a-zA-Z:_+ -]{0,70}") {
        match decode(&data) {
            Ok(Callback::Show(screen)) => prop_assert_eq!(encode(&Press::Show { screen }), Ok(data)),
            Ok(Callback::Send(screen)) => prop_assert_eq!(encode(&Press::Send { screen }), Ok(data)),
            Ok(Callback::Token(token)) => prop_assert_eq!(encode_token(&token), Ok(data)),
            Err(_) => {}
        }
    }

    #[test]
    fn escaped_text_is_text(text in any::<String>()) {
        let safe = escape(&text);
        prop_assert!(!safe.contains(['<', '>', '"']));
        let hidden = safe.chars().any(|c| (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        prop_assert!(!hidden);
        let line = plain(&text, 20);
        prop_assert!(line.chars().count() <= 20 && !line.contains('\n'));
    }

    #[test]
    fn no_state_text_is_fatal(text in any::<String>()) {
        let _ = State::from_json(&text);
    }
}

#[test]
fn forged_and_foreign_callback_data() {
    let table = [
        ("", CodecError::Unknown),
        ("1s", CodecError::Unknown),
        ("1s:", CodecError::Unknown),
        ("1s:op:-1", CodecError::Unknown),
        ("1s:op:01", CodecError::Unknown),
        ("1s:s:9223372036854775808", CodecError::Unknown),
        ("1s:h:1", CodecError::Unknown),
        ("1a:", CodecError::Unknown),
        ("1a:ab;c", CodecError::Unknown),
        ("0s:h", CodecError::Version),
        ("2a:abc", CodecError::Version),
        ("approve:12", CodecError::Unknown),
    ];
    for (data, want) in table {
        assert_eq!(decode(data), Err(want), "{data}");
    }
    assert_eq!(decode(&"1s:y:".repeat(20)), Err(CodecError::TooLong));
    assert_eq!(decode("1s:op:2"), Ok(Callback::Show(Screen::Open { page: 2 })));
}

#[test]
fn an_unreadable_state_is_said_to_be_one() {
    for text in [
        "",
        "{}",
        "null",
        "{\"v\":2,\"at\":\"home\"}",
        "{\"v\":1,\"at\":\"moon\"}",
        "{\"v\":1,\"at\":\"confirm_close\"}",
    ] {
        assert!(State::from_json(text).is_err(), "{text}");
    }
    assert_eq!(State::from_json("{\"v\":1,\"at\":\"home\"}"), Ok(State::Home));
}

#[test]
fn commands_are_read_as_telegram_sends_them() {
    let table = [
        ("/start", Parsed::Command(Command::Start, String::new())),
        ("/why@Oddsmith_Bot  fed cuts ", Parsed::Command(Command::Why, "fed cuts".to_owned())),
        ("/HELP", Parsed::Command(Command::Help, String::new())),
        ("/start@other_bot", Parsed::Elsewhere),
        ("/follow 0x1", Parsed::Command(Command::Follow, "0x1".to_owned())),
        ("/moon", Parsed::Unknown),
        ("hello /start", Parsed::Text),
    ];
    for (text, want) in table {
        assert_eq!(Command::parse(text, "oddsmith_bot"), want, "{text}");
    }
    for (name, description) in Command::menu(Role::Owner, Engines::Both) {
        // Telegram's own limits.
        assert!(name.len() <= 32 && (3..=256).contains(&description.len()));
    }
    let viewer = || Command::menu(Role::Viewer, Engines::Both);
    assert!(viewer().all(|(name, _)| !["modes", "follow", "unfollow"].contains(&name)));
    assert_eq!(Command::menu(Role::Stranger, Engines::Both).count(), 0);
}

#[test]
fn cuts_leave_characters_whole() {
    assert_eq!(truncate("abcdef", 4), "abc…");
    assert_eq!(truncate("abc", 3), "abc");
    assert_eq!(truncate("abc", 0), "");
    // An accent stays on its letter, a skin on its hand, a flag is a pair.
    assert_eq!(truncate("abce\u{301}fg", 5), "abc…");
    assert_eq!(truncate("ab👍🏽cd", 4), "ab…");
    assert_eq!(truncate("🇩🇪🇫🇷🇮🇹", 4), "🇩🇪…");
}

#[test]
fn a_long_message_keeps_its_picture_first_and_its_buttons_last() {
    let message = Message {
        html: "word ".repeat(600),
        keyboard: vec![vec![dialogues::message::Button {
            label: "x".to_owned(),
            press: Press::Show { screen: Screen::Home },
        }]],
        picture: Some(Picture::Equity),
        silent: false,
    };
    let parts = message.parts();
    assert!(parts.len() >= 2);
    assert!(parts[0].picture.is_some() && parts[0].keyboard.is_empty());
    let last = parts.last().unwrap();
    assert!(last.picture.is_none() && !last.keyboard.is_empty() && last.silent);
}
