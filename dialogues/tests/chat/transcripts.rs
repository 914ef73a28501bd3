//! Talks as text files.
//!
//! A file is read line by line. Lines of the person are kept, all others are written by the bot and compared:
//!
//! ```text
//! # a remark
//! @ owner | viewer | stranger     who speaks from here on
//! @ group | private               where
//! @ wait 12m                      time passes
//! @ restart                       the state goes through its stored form
//! @ lose                          the stored state is garbage
//! @ then <result>                 how the next action turns out
//! @ notice signal | model | copied   the engine tells something
//! > text, a command, or [Button]  what the person does (a button of the newest message that has it)
//! < text                          what the bot says        ~ text   … in place of the message pressed on
//! [ ] buttons                     ! an effect              = the answer to a press (=! as an alert)
//! ```
//!
//! `UPDATE_TRANSCRIPTS=1 cargo test -p dialogues` rewrites the files.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use dialogues::button::{Callback, decode, encode};
use dialogues::command::{Command, Parsed};
use dialogues::facts::{Facts, Reader};
use dialogues::message::{Message, Press};
use dialogues::state::State;
use dialogues::{
    ActionResult, Context, CopyOutcome, Effect, Event, ModelOutcome, Place, Role, TuneOutcome, step, view,
};
use engine_core::copy::follow::Standing;
use engine_core::copy::probation::Stage;
use engine_core::engines::Engines;
use engine_core::model::ModelStatus;
use engine_core::notice::{DecidedBy, Notice};
use engine_core::signal::SignalStatus;
use engine_core::strategy::{BookId, BookMode};

use crate::world::*;

/// One chat being played.
struct Play {
    state: State,
    context: Context,
    /// Messages in the chat, oldest first.
    chat: Vec<Message>,
    next_result: Option<String>,
    note: Option<String>,
    out: Vec<String>,
}

impl Play {
    fn new() -> Self {
        Self {
            state: State::default(),
            context: Context {
                user: OWNER,
                name: "Ann".to_owned(),
                role: Role::Owner,
                private: true,
                bot: "oddsmith_bot".to_owned(),
                now: now(),
            },
            chat: Vec::new(),
            next_result: None,
            note: None,
            out: Vec::new(),
        }
    }

    fn direct(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        match (words.next().unwrap_or_default(), words.next()) {
            ("owner", _) => (self.context.user, self.context.role) = (OWNER, Role::Owner),
            ("viewer", _) => (self.context.user, self.context.role) = (VIEWER, Role::Viewer),
            ("stranger", _) => (self.context.user, self.context.role) = (STRANGER, Role::Stranger),
            ("group", _) => self.context.private = false,
            ("private", _) => self.context.private = true,
            ("wait", Some(minutes)) => {
                let minutes = minutes.trim_end_matches('m').parse().unwrap();
                self.context.now += TimeDelta::minutes(minutes);
            }
            ("restart", _) => self.state = State::from_json(&self.state.to_json()).unwrap(),
            ("lose", _) => {
                self.state = State::from_json("{\"v\":0}").unwrap_or_default();
                self.note = Some(view::LOST_PLACE.to_owned());
            }
            ("then", Some(result)) => self.next_result = Some(result.to_owned()),
            ("notice", Some("signal")) => {
                let notice = Notice::Signal(Box::new(card(SignalStatus::Pending)));
                let message = view::notice(&notice, &self.reader());
                self.say(message, Place::New, false);
            }
            ("notice", Some("model")) => {
                let notice = Notice::Model(Box::new(model_card(ModelStatus::Champion)));
                let message = view::notice(&notice, &self.reader());
                self.say(message, Place::New, false);
            }
            ("notice", Some("copied")) => {
                let message = view::notice(&crate::copy_world::news()[0], &self.reader());
                self.say(message, Place::New, false);
            }
            (other, _) => panic!("no such direction: {other}"),
        }
    }

    fn reader(&self) -> Reader {
        Reader { user: Some(self.context.user), role: self.context.role, engines: Engines::Both, now: self.context.now }
    }

    fn act(&mut self, line: &str) {
        let event = match line.strip_prefix('[').and_then(|label| label.strip_suffix(']')) {
            Some("forged") => Event::BadPress,
            Some(label) => Event::Press(self.press(label)),
            None => match Command::parse(line, &self.context.bot) {
                Parsed::Command(name, args) => Event::Command { name, args },
                Parsed::Unknown => Event::UnknownCommand,
                Parsed::Elsewhere => return,
                Parsed::Text => Event::Text(line.to_owned()),
            },
        };
        let pressed = matches!(event, Event::Press(_) | Event::BadPress);
        self.step(event, pressed);
    }

    /// The press of a button, through its callback data where it has some.
    fn press(&self, label: &str) -> Press {
        let button = self
            .chat
            .iter()
            .rev()
            .flat_map(|message| message.keyboard.iter().flatten())
            .find(|button| button.label == label)
            .unwrap_or_else(|| panic!("no button [{label}] in the chat"));
        match encode(&button.press) {
            Ok(data) => match decode(&data).unwrap() {
                Callback::Show(screen) => Press::Show { screen },
                Callback::Send(screen) => Press::Send { screen },
                Callback::Token(_) => unreachable!(),
            },
            Err(_) => button.press.clone(),
        }
    }

    fn step(&mut self, event: Event, pressed: bool) {
        let (state, effects) = step(self.state.clone(), &self.context, event);
        self.state = state;
        for effect in effects {
            match effect {
                Effect::Show { screen, place } => {
                    let mut facts = facts(&screen);
                    if let Facts::Home(home) = &mut facts {
                        home.note = self.note.take();
                    }
                    let message = view::screen(&facts, &self.reader());
                    self.say(message, place, pressed);
                }
                Effect::Say { message, place } => self.say(message, place, pressed),
                Effect::Toast { text, alert } => {
                    self.out.push(format!("={} {text}", if alert { "!" } else { "" }));
                }
                Effect::Stranger { user, .. } => self.out.push(format!("! tell the owner of stranger {user}")),
                Effect::Perform(action) => {
                    self.out.push(format!("! {}", serde_json::to_string(&action).unwrap()));
                    if let Some(result) = self.next_result.take() {
                        self.step(Event::Result(self.result(&result)), pressed);
                    }
                }
            }
        }
    }

    fn result(&self, name: &str) -> ActionResult {
        let signal = 12;
        match name {
            "placed" => ActionResult::Approved { signal, bets: 2 },
            "skipped" => ActionResult::Skipped { signal },
            "decided" => ActionResult::AlreadyDecided {
                signal,
                status: SignalStatus::Approved,
                by: Some(DecidedBy::Person { user_id: OWNER, name: "Ann".to_owned() }),
                at: Some(now() + seconds(154)),
            },
            "expired" => ActionResult::Expired { signal, at: now() + seconds(840) },
            "halved" => ActionResult::EdgeChanged {
                signal,
                half: false,
                before: 0.062,
                after: 0.021,
                ask_before: "0.38".parse().unwrap(),
                ask_after: "0.421".parse().unwrap(),
            },
            "nofill" => ActionResult::NoFill { reason: "the book is empty".to_owned() },
            "refused" => ActionResult::Refused { reason: "Balanced has no free cash.".to_owned() },
            "sold" => ActionResult::Closed { position: 7, pnl: "1.33".parse().unwrap() },
            "gone" => ActionResult::AlreadyClosed { position: 7 },
            "paused" => ActionResult::ModeChanged { book: None, mode: BookMode::Paused },
            "muted" => ActionResult::Muted { group: decision().group_id },
            "serves" => {
                ActionResult::Model { model: 2, outcome: ModelOutcome::Serves("v5-2026-04-10-772d58c3".to_owned()) }
            }
            "kept" => ActionResult::Model { model: 2, outcome: ModelOutcome::Kept },
            "already" => ActionResult::Model { model: 2, outcome: ModelOutcome::Already },
            "began" => copying(CopyOutcome::Began(Stage::Shadow)),
            "known" => copying(CopyOutcome::AlreadyFollowed),
            "changed" => copying(CopyOutcome::Changed),
            "goes" => copying(CopyOutcome::Stands(Standing::Active)),
            "shadowed" => copying(CopyOutcome::Moved(Stage::Shadow)),
            "ended" => copying(CopyOutcome::Ended { closed: 1, stuck: 1, open: 0 }),
            "stranger" => copying(CopyOutcome::NotFollowed),
            "saved" => tuning(TuneOutcome::Saved),
            "reset" => tuning(TuneOutcome::Reset),
            "moved" => tuning(TuneOutcome::Moved),
            "put_in" => tuning(TuneOutcome::ToppedUp("400".parse().unwrap())),
            "trial" => tuning(TuneOutcome::TrialBegan),
            "dropped" => tuning(TuneOutcome::TrialEnded),
            "failed" => ActionResult::Failed { sentence: "The database does not answer.".to_owned() },
            other => panic!("no such result: {other}"),
        }
    }

    fn say(&mut self, message: Message, place: Place, pressed: bool) {
        let mark = if place == Place::Edit && pressed { '~' } else { '<' };
        // Screens are held by their own snapshots; a talk needs to know which one it is.
        let lines: Vec<&str> = message.html.lines().filter(|line| !line.is_empty()).collect();
        let shown = if lines.len() > 4 { &lines[..2] } else { &lines[..] };
        self.out.extend(shown.iter().map(|line| format!("{mark} {line}")));
        if lines.len() > shown.len() {
            self.out.push(format!("{mark} …"));
        }
        for row in &message.keyboard {
            let labels: Vec<&str> = row.iter().map(|button| button.label.as_str()).collect();
            self.out.push(format!("[ ] {}", labels.join(" | ")));
        }
        // Older buttons stay pressable in a real chat, so an edit leaves the old message to be found below the new one.
        self.chat.push(message);
    }
}

fn copying(outcome: CopyOutcome) -> ActionResult {
    ActionResult::Copying { wallet: crate::copy_world::wallet(crate::copy_world::EVE), outcome }
}

fn tuning(outcome: TuneOutcome) -> ActionResult {
    ActionResult::Tuning { book: BookId::new("balanced"), outcome }
}

fn play(script: &str) -> String {
    let mut play = Play::new();
    for line in script.lines() {
        if let Some(rest) = line.strip_prefix("> ") {
            play.out.push(line.to_owned());
            play.act(rest);
        } else if let Some(rest) = line.strip_prefix("@ ") {
            play.out.push(line.to_owned());
            play.direct(rest);
        } else if line.is_empty() || line.starts_with('#') {
            play.out.push(line.to_owned());
        }
    }
    play.out.join("\n") + "\n"
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn the_talks_go_as_written() {
    let files = files();
    assert!(files.len() >= 5);
    for file in files {
        let written = std::fs::read_to_string(&file).unwrap();
        let played = play(&written);
        if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
            std::fs::write(&file, &played).unwrap();
        } else {
            assert_eq!(played, written, "{}", file.display());
        }
    }
}
