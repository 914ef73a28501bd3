//! The chat of one engine alone, beside another bot's.

use dialogues::facts::{Facts, HomeFacts, Reader};
use dialogues::state::State;
use dialogues::{Effect, Event, step, view};
use engine_core::engines::{EngineKind, Engines};
use engine_core::notice::{BookReport, Notice};
use engine_core::strategy::BookId;

use crate::properties::context;
use crate::views::sketch;
use crate::world::{OWNER, reader, reports, scan};

fn alone(engines: Engines) -> Reader {
    Reader { engines, ..reader() }
}

fn copy_book() -> Vec<BookReport> {
    let first = reports().into_iter().next().unwrap();
    vec![BookReport { book: BookId::new("copy"), ..first }]
}

#[test]
fn the_copy_chat_reads_well_and_leads_nowhere_else() {
    let reader = alone(Engines::Copy);
    let home = HomeFacts {
        books: copy_book(),
        last_scan: None,
        model: Err("the signals do not run in this process".to_owned()),
        pending: 1,
        note: None,
    };
    let mut all = vec![view::screen(&Facts::Home(home), &reader), view::screen(&Facts::Help, &reader)];
    let engines = Engines::Copy;
    for notice in [
        Notice::Started {
            engines,
            version: "0.1.0".to_owned(),
            model: Err("the signals do not run in this process".to_owned()),
            books: copy_book(),
            scan_minutes: 10.0,
        },
        Notice::Heartbeat { engines, books: copy_book(), scans: 0, last_scan: scan() },
        Notice::DailyReport {
            engines,
            day: "2026-11-22".to_owned(),
            books: copy_book(),
            open: Vec::new(),
            ended: Vec::new(),
            scores: Vec::new(),
        },
        Notice::Stopping { engines, open: 1 },
    ] {
        all.push(view::notice(&notice, &reader));
    }
    for message in &all {
        let strays = message.keyboard.iter().flatten().filter(|button| button.press.engine() == Some(EngineKind::Ml));
        assert_eq!(strays.count(), 0, "{message:?}");
    }
    insta::assert_snapshot!(all.iter().map(sketch).collect::<Vec<_>>().join("\n\n──\n"));
}

#[test]
fn what_is_the_other_bots_is_said_to_be() {
    let context = context(OWNER, true, 0);
    for (engine, named) in [(EngineKind::Ml, "The signals do not run"), (EngineKind::Copy, "Copy trading does not run")]
    {
        for pressed in [false, true] {
            let (state, effects) = step(State::Home, &context, Event::OtherBot { engine, pressed });
            assert_eq!(state, State::Home);
            let said = match effects.as_slice() {
                [Effect::Say { message, .. }] if !pressed => message.html.clone(),
                [Effect::Toast { text, alert: true }] if pressed => text.clone(),
                other => panic!("{other:?}"),
            };
            assert!(said.contains("other bot") && said.contains(named), "{said}");
        }
    }
}
