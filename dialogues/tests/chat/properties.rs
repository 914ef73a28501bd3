//! What holds whatever people do.

mod arbitrary;

use chrono::TimeDelta;
use dialogues::button::{Callback, CodecError, decode, encode, encode_token};
use dialogues::command::{Command, Parsed};
use dialogues::draft::Step;
use dialogues::escape::{escape, plain, truncate, utf16_len};
use dialogues::message::{Action, Message, Picture, Press};
use dialogues::screen::Screen;
use dialogues::state::State;
use dialogues::tune::TuneStep;
use dialogues::{Context, Effect, Event, Place, Role, step};
use engine_core::engines::Engines;
use proptest::prelude::*;
use proptest::sample::select;

use self::arbitrary::{event, press};
use crate::world::{OWNER, STRANGER, VIEWER, now};

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
