//! Hours of trading through rounds that are cut off, restarts, absences and a venue that misbehaves.

use std::time::Duration;

use chrono::TimeDelta;
use engine::copy::Ingest;
use engine::store::{FollowResult, Store};
use engine_clock::Clock;
use engine_core::chance::SplitMix64;
use engine_core::copy::activity::{Activity, sequence};
use engine_core::copy::feed::Pace;
use engine_core::copy::follow::{Follow, Standing};
use engine_core::copy::judge::{CopyCaps, CopySizing};
use engine_core::copy::probation::Stage;
use engine_core::strategy::BookMode;
use polymarket::data_api::parse_activity;
use polymarket::{Hosts, Options, Polymarket};

use crate::history::{Row, after, history, start, wallet};
use crate::killed::killed_after;
use crate::venue::{Manners, Venue};

const WALLETS: usize = 4;
/// How long trading goes on, in seconds.
const TRADING: usize = 3 * 3_600;
const MINUTE: i64 = 60;

/// What a test looks at besides the rows.
#[derive(Debug, Default)]
struct Course {
    rounds: u64,
    cut_off: u64,
    failures: u64,
    requests: u64,
    rows: usize,
}

/// The process: everything it has in memory.
struct Process {
    store: Store,
    ingest: Ingest,
}

impl Process {
    async fn start(url: &str, venue: &Venue, clock: &Clock) -> Self {
        let store = Store::connect(url).await.unwrap();
        let hosts =
            Hosts { gamma: venue.address.clone(), clob: venue.address.clone(), data_api: venue.address.clone() };
        let options = Options {
            deadline: Duration::from_secs(20),
            rate_scale: 1_000.0,
            backoff_min: Duration::from_secs(1),
            max_tries: 2,
            clock: clock.clone(),
            ..Options::default()
        };
        let api = Polymarket::new(&hosts, &options).unwrap();
        let ingest = Ingest::new(store.clone(), api, clock.clone(), Pace::new(TimeDelta::minutes(1)));
        Self { store, ingest }
    }
}

async fn follow_all(store: &Store) {
    for n in 0..WALLETS {
        let follow = Follow {
            wallet: wallet(n),
            name: String::new(),
            sizing: CopySizing::Kelly,
            caps: CopyCaps::default(),
            mode: BookMode::Approve,
            stage: Stage::Shadow,
            standing: Standing::Active,
            followed_at: start() - TimeDelta::seconds(1),
            changed_at: start(),
        };
        assert_eq!(store.follow_trader(&follow, &[]).await.unwrap(), FollowResult::Added);
    }
}

/// The rows as they should be kept, in the order in which they are applied, told apart by how they look.
fn told(mut rows: Vec<Activity>) -> Vec<String> {
    rows.sort_by(sequence);
    let mut told: Vec<String> =
        rows.iter().map(|row| format!("{} {} {:?}", row.at, row.id.transaction, row.kind)).collect();
    told.sort();
    told
}

async fn run(seed: u64, manners: Manners, orders: usize) -> Course {
    let mut chance = SplitMix64::new(seed);
    let rows = history(&mut chance, WALLETS, TRADING, orders);
    let clock = Clock::manual(start());
    let venue = Venue::start(clock.clone(), rows.clone(), manners, seed).await;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("odds.db").display());
    let mut process = Process::start(&url, &venue, &clock).await;
    migration::up(process.store.connection()).await.unwrap();
    follow_all(&process.store).await;
    let mut course = Course { rows: rows.len(), ..Course::default() };
    let mut now = 0;
    let mut absences = vec![(TRADING as i64) / 2, 20 * MINUTE, 20 * MINUTE];
    while now < TRADING as i64 {
        now += 5 + i64::try_from(chance.below(60)).unwrap();
        clock.advance_to(after(now));
        course.rounds += 1;
        if chance.below(4) == 0 {
            // Killed at some moment of a round, and started anew: twice after minutes, once after hours.
            let polls = 1 + chance.below(40);
            course.cut_off += u64::from(killed_after(polls, process.ingest.round()).await.is_none());
            if chance.below(12) == 0
                && let Some(absence) = absences.pop()
            {
                now += absence;
                clock.advance_to(after(now));
            }
            process = Process::start(&url, &venue, &clock).await;
        } else {
            course.failures += process.ingest.round().await.unwrap().failures.len() as u64;
        }
    }
    // The venue recovers. Two hours later everything that shows up late is there, and was swept up.
    venue.change(|manners| manners.faults = 0);
    let end = now.max(TRADING as i64) + 2 * 3_600;
    while now < end {
        now += 30;
        clock.advance_to(after(now));
        process.ingest.round().await.unwrap();
    }
    course.requests = venue.requests();
    check(&process.store, &rows).await;
    course
}

/// The set of rows seen is the set served: each once, and in the order of arrival as far as they showed up in order.
async fn check(store: &Store, rows: &[Row]) {
    for n in 0..WALLETS {
        let served = rows.iter().filter(|row| row.wallet == wallet(n));
        let served = served.map(|row| parse_activity(&row.json(false), &row.wallet).unwrap()).collect();
        let seen = store.activity_of(&wallet(n), start()).await.unwrap();
        // In the order of arrival each look brings the rows of its time in order.
        let mut arrived = seen.clone();
        arrived.sort_by_key(|row| row.id);
        for pair in arrived.windows(2) {
            let together = pair[0].seen_at == pair[1].seen_at;
            assert!(!together || pair[0].activity.at <= pair[1].activity.at, "{pair:?}");
        }
        let seen = told(seen.into_iter().map(|row| row.activity).collect());
        let served = told(served);
        let mut excess = seen.clone();
        let mut missing = served.clone();
        missing.retain(|row| excess.iter().position(|seen| seen == row).map(|place| excess.remove(place)).is_none());
        assert!(missing.is_empty(), "{} of {} rows are missing: {:?}", missing.len(), served.len(), missing.first());
        assert!(excess.is_empty(), "{} rows too many, {:?} among them", excess.len(), excess.first());
        assert!(store.failing_reads(after(1_000_000)).await.unwrap().is_empty());
    }
}

const ORDERLY: Manners = Manners { faults: 0, first_version_only: false, edges: (true, true), newest_first: false };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_served_is_seen_once_through_faults_kills_and_absences() {
    let mut all = Course::default();
    let table = [
        (1, Manners { faults: 15, ..ORDERLY }),
        (2, Manners { faults: 30, edges: (true, false), ..ORDERLY }),
        (3, Manners { faults: 15, edges: (false, true), newest_first: true, ..ORDERLY }),
        (4, Manners { faults: 10, first_version_only: true, ..ORDERLY }),
    ];
    for (seed, manners) in table {
        let course = run(seed, manners, 160).await;
        eprintln!("seed {seed}: {course:?}");
        assert!(course.rows > 600 && course.cut_off > 0 && course.failures > 0, "{course:?}");
        all.rows += course.rows;
        all.rounds += course.rounds;
    }
    assert!(all.rounds > 400, "{all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiet_venue_is_asked_little() {
    let course = run(9, ORDERLY, 60).await;
    eprintln!("{course:?}");
    assert_eq!(course.failures, 0);
}
