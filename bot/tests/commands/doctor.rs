//! `check`: one line a part, exit 1 when one fails.

use engine_clock::Clock;
use sandbox::polymarket::HttpFault;
use sandbox::world::World;

use super::harness::{Finished, Place, serve, start, telegram};

const PARTS: [&str; 7] = ["settings", "database", "model", "gamma", "clob", "data", "telegram"];

/// Names of the parts that failed; every part must have its line.
fn failed(finished: &Finished) -> Vec<&str> {
    failed_of(&PARTS, finished)
}

fn failed_of<'a>(parts: &[&'a str], finished: &Finished) -> Vec<&'a str> {
    let lines: Vec<&str> = finished.stdout.lines().collect();
    assert_eq!(lines.len(), parts.len(), "{finished:?}");
    let mut failed = Vec::new();
    for (line, part) in lines.iter().zip(parts.iter().copied()) {
        let mut words = line.split_whitespace();
        let (mark, name) = (words.next(), words.next());
        assert_eq!(name, Some(part), "{line}");
        assert!(words.next().is_some(), "a line says something: {line}");
        match mark {
            Some("ok") => {}
            Some("FAIL") => failed.push(part),
            other => panic!("{other:?} in {line}"),
        }
    }
    failed
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_or_the_part_that_is_not_is_named() {
    let clock = Clock::manual(start());
    let venue = serve(World::empty(clock.clone())).await;
    let chat = telegram(clock).await;
    let healthy = &|| Place::new().venue(&venue).telegram(&chat).clock(start(), 1.0);
    let finished = healthy().run(&["check"]).await.expect(0);
    assert_eq!(failed(&finished), Vec::<&str>::new(), "{finished:?}");
    let closed = "http://127.0.0.1:1";
    let table = [
        ("MODEL_DIR", "nowhere", "model"),
        ("GAMMA_URL", closed, "gamma"),
        ("CLOB_URL", closed, "clob"),
        ("DATA_API_URL", closed, "data"),
        ("TELEGRAM_API_URL", closed, "telegram"),
        ("TELEGRAM_BOT_TOKEN", "7:of-another-bot", "telegram"),
        ("TELEGRAM_CHAT_ID", "", "telegram"),
        ("DATABASE_URL", "postgres://somebody:hidden@127.0.0.1:1/none", "database"),
        ("DATABASE_URL", "sqlite:///proc/no/such.sqlite", "database"),
    ];
    let checks = table.map(|(name, value, part)| async move {
        let finished = healthy().set(name, value).run(&["check"]).await.expect(1);
        assert_eq!(failed(&finished), [part], "{name}={value}: {finished:?}");
    });
    // All at once: an absent PostgreSQL is waited for a while.
    futures::future::join_all(checks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_trading_alone_asks_for_no_model() {
    let clock = Clock::manual(start());
    let venue = serve(World::empty(clock.clone())).await;
    let chat = telegram(clock).await;
    let place = Place::new().venue(&venue).telegram(&chat).clock(start(), 1.0).set("MODEL_DIR", "nowhere");
    let finished = place.run(&["check", "--engines", "copy"]).await.expect(0);
    let parts = ["settings", "database", "gamma", "clob", "data", "telegram"];
    assert_eq!(failed_of(&parts, &finished), Vec::<&str>::new(), "{finished:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ailing_host_fails_its_own_line_only() {
    let clock = Clock::manual(start());
    let venue = serve(World::empty(clock.clone())).await;
    let chat = telegram(clock).await;
    venue.faults.http("clob", HttpFault::ServerError, 100);
    let finished = Place::new().venue(&venue).telegram(&chat).clock(start(), 1.0).run(&["check"]).await.expect(1);
    assert_eq!(failed(&finished), ["clob"], "{finished:?}");
}
