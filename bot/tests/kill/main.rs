//! The bot as a process of its own, killed without warning at random moments of a simulated day, and what is in its
//! database and in the chat afterwards: no bet twice or lost, no message twice or lost, a balanced ledger.
//!
//! `ODDSMITH_KILLS` says how often it is killed, `ODDSMITH_KILL_SEED` chooses another day.

// Helpers of a test fail it as a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::wildcard_enum_match_arm)]
#![allow(clippy::print_stdout, clippy::print_stderr)]
mod bets;
mod chat;
mod chosen;
mod dice;
mod life;
mod messages;
mod owner;
mod stage;

use std::time::{Duration, Instant};

use chosen::Moment;
use dice::Dice;
use owner::Owner;
use sandbox::polymarket::HttpFault;
use sandbox::telegram::{Fault, OWNER};
use stage::Stage;

/// Kills of an ordinary test run.
const USUAL_KILLS: u64 = 12;
/// Longest wait for the bot to be up, or to have done all there is to do.
const LIMIT: Duration = Duration::from_secs(60);

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_of_a_day_nothing_is_lost_or_doubled() {
    let (kills, seed) = (number("ODDSMITH_KILLS", USUAL_KILLS), number("ODDSMITH_KILL_SEED", 7));
    let began = Instant::now();
    // However many kills, they share a day or so: a life lasts two seconds on average.
    let stage = Stage::open(seed, 240.0).await;
    stage.prepare_books().await;
    let owner = Owner::start(&stage, seed);
    let mut dice = Dice::new(seed);
    let mut moments = std::collections::BTreeMap::new();
    for _ in 0..kills {
        trouble(&stage, &mut dice);
        let mut life = stage.spawn();
        let moment = Moment::choose(&mut dice);
        *moments.entry(moment.name()).or_insert(0_u32) += 1;
        moment.wait(&stage, &life).await;
        life.kill();
    }
    stage.telegram.clear_faults();
    let mut life = stage.spawn();
    life.ready(LIMIT).await;
    let acts = owner.stop().await;
    stage.quiet(LIMIT).await;
    let ending = Instant::now();
    let end = life.terminate(LIMIT).await;
    assert!(end.success && end.output.contains("ledger balanced"), "{end:?}\n{}", stage.log());
    let simulated = stage.clock.now() - stage.start;
    let figures = chat::audit(&stage, &acts).await;
    let messages = messages::audit(&stage).await;
    let money = bets::audit(&stage).await;
    eprintln!(
        "{kills} kills {moments:?} in {:.0} s real, {:.1} h simulated; orderly end {:.1} s\n  {figures}\n  {messages}\n  \
         {money}",
        began.elapsed().as_secs_f64(),
        simulated.as_seconds_f64() / 3600.0,
        ending.elapsed().as_secs_f64(),
    );
    assert!(stage.telegram.violations().is_empty(), "{:?}", stage.telegram.violations());
    assert!(stage.telegram.unexpected().is_empty(), "{:?}", stage.telegram.unexpected());
}

/// The network is not at its best either: now and then an answer is lost, or the bot is told to wait.
fn trouble(stage: &Stage, dice: &mut Dice) {
    let fault = match dice.below(8) {
        0 => Fault::LostAnswer,
        1 => Fault::TooManyRequests { retry_after_secs: 1 },
        2 => Fault::Dropped,
        3 => Fault::ServerError,
        _ => return,
    };
    // Not of answers to presses: the bot tries those once, and the test counts them.
    let method = ["sendMessage", "sendMessage", "editMessageText", "getUpdates"][dice.below(4)];
    stage.telegram.fail_next(method, 1, fault);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_bot_on_the_same_database_says_so_and_goes() {
    let stage = Stage::open(1, 60.0).await;
    let mut first = stage.spawn();
    first.ready(LIMIT).await;
    let mut second = stage.spawn();
    let end = second.wait(Duration::from_secs(20)).await;
    assert_eq!(end.code, Some(1), "{end:?}");
    let words = stage.log();
    assert!(words.lines().any(|line| line.starts_with("oddsmith: ") && line.contains("another")), "{words}");
    // The first does not mind, and a third may follow a killed one at once.
    assert!(first.is_running());
    first.kill();
    let mut third = stage.spawn();
    third.ready(LIMIT).await;
    assert!(third.terminate(LIMIT).await.success);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_stop_in_the_middle_of_a_scan_it_says_goodbye_within_seconds() {
    let stage = Stage::open(2, 60.0).await;
    // The first answer with books takes its time: the scan is caught in the middle of it.
    stage.venue.faults.http("clob/books", HttpFault::SlowDrip { every: Duration::from_micros(50) }, 1);
    let mut life = stage.spawn();
    life.ready(LIMIT).await;
    let asked = |stage: &Stage| stage.venue.requests.count("clob/books") > 0;
    stage.until(LIMIT, "the scan to ask for books", || asked(&stage)).await;
    let told = Instant::now();
    let end = life.terminate(LIMIT).await;
    let took = told.elapsed();
    assert!(end.success && end.output.contains("messages delivered"), "{end:?}\n{}", stage.log());
    assert!(took < Duration::from_secs(15), "{took:?}");
    let last = stage.telegram.last_message(OWNER).expect("a last word");
    assert!(last.text.contains("offline"), "{}", last.text);
    eprintln!("told to stop in a scan: {:.1} s; the last word: {:?}", took.as_secs_f64(), last.text);
}
