//! No secret is ever printed, whatever goes wrong and however much is logged.

use engine_clock::Clock;
use sandbox::polymarket::{HttpFault, PolymarketServer};
use sandbox::world::World;

use super::harness::{Finished, Place, serve, start, telegram, until};

const TOKEN_KEY: &str = "CANARY-TOKEN-5f1c";
const PASSWORD: &str = "CANARY-PASSWORD-77aa";
const API_KEY: &str = "CANARY-APIKEY-31bd";
const WEBHOOK_SECRET: &str = "CANARY-WEBHOOK-9e02";
const REDIS_PASSWORD: &str = "CANARY-REDIS-c4d8";
const CANARIES: [&str; 5] = [TOKEN_KEY, PASSWORD, API_KEY, WEBHOOK_SECRET, REDIS_PASSWORD];

fn keeps_quiet(what: &str, finished: &Finished) {
    let said = finished.said();
    for canary in CANARIES {
        let found = said.lines().find(|line| line.contains(canary));
        assert!(found.is_none(), "{what}: {}", found.unwrap_or_default());
    }
}

/// Everything secret set, everything logged.
fn place(venue: &PolymarketServer, telegram_api: &str) -> Place {
    Place::new()
        .venue(venue)
        .clock(start(), 1.0)
        .set("RUST_LOG", "trace")
        .set("TELEGRAM_API_URL", telegram_api)
        .set("TELEGRAM_BOT_TOKEN", format!("7000000001:{TOKEN_KEY}"))
        .set("TELEGRAM_CHAT_ID", "42")
        .set("OPENAI_API_KEY", API_KEY)
        .set("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
        .set("REDIS_URL", format!("redis://:{REDIS_PASSWORD}@127.0.0.1:1"))
        .set("WEBHOOK_SECRET", WEBHOOK_SECRET)
        .set("METRICS_PORT", "0")
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_commands_print_none() {
    let clock = Clock::manual(start());
    let venue = serve(World::empty(clock.clone())).await;
    let chat = telegram(clock).await;
    let postgres = format!("postgres://oddsmith:{PASSWORD}@127.0.0.1:1/oddsmith");
    let commands = [&["check"][..], &["migrate"], &["migrate", "status"], &["export", "ledger"], &["scan"], &["run"]];
    // A database that cannot be reached: all at once, since each waits for it a while.
    let place_without = place(&venue, &chat.api_url()).set("DATABASE_URL", &postgres);
    let waiting = commands.map(|command| {
        let place = &place_without;
        async move { (command, place.run(command).await.expect(1)) }
    });
    for (command, finished) in futures::future::join_all(waiting).await {
        keeps_quiet(&format!("{command:?} without its database"), &finished);
    }
    // A Telegram that refuses the token, one that cannot be reached, one that breaks off.
    let finished = place(&venue, &chat.api_url()).run(&["check"]).await.expect(1);
    keeps_quiet("a refused token", &finished);
    assert!(finished.stdout.contains("refuses the bot token"), "the token was tried: {}", finished.stdout);
    for api in ["http://127.0.0.1:1", "http://127.0.0.1:1/some/path"] {
        keeps_quiet(api, &place(&venue, api).run(&["check"]).await.expect(1));
    }
    venue.faults.http("gamma", HttpFault::HtmlInsteadOfJson, 100);
    keeps_quiet("a broken venue", &place(&venue, &chat.api_url()).run(&["scan", "--json"]).await.expect(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_secret_is_named_but_not_shown() {
    let table = [
        ("TELEGRAM_BOT_TOKEN", format!("not a token {TOKEN_KEY}")),
        ("DATABASE_URL", format!("mysql://root:{PASSWORD}@127.0.0.1/x")),
        ("REDIS_URL", format!("http://:{REDIS_PASSWORD}@127.0.0.1")),
        ("WEBHOOK_SECRET", format!("not allowed: {WEBHOOK_SECRET}")),
    ];
    let place = table.iter().fold(Place::new(), |place, (name, value)| place.set(name, value));
    let finished = place.set("WEBHOOK_URL", "https://bot.example").run(&["run"]).await.expect(2);
    keeps_quiet("refused settings", &finished);
    for (name, _) in table {
        assert!(finished.stderr.contains(name), "{name}: {}", finished.stderr);
    }
}

/// A bot whose Telegram refuses its token goes on trying: what it logs meanwhile names no secret either.
#[tokio::test(flavor = "multi_thread")]
async fn a_running_bot_logs_none() {
    let clock = Clock::manual(start());
    let venue = serve(World::empty(clock.clone())).await;
    let chat = telegram(clock).await;
    let running = place(&venue, &chat.api_url());
    let bot = running.spawn(&["run"]);
    let asked = || async { (venue.requests.count("gamma/markets/keyset") > 0).then_some(()) };
    until("a scan", asked).await;
    bot.terminate();
    keeps_quiet("a running bot", &bot.finish().await);
}
