//! The world behind the stand-in venue: the same for the same seed, fair where it says so, and never ahead of time.

// Helpers of tests may fail loudly like the tests themselves.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::wildcard_enum_match_arm)]

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use engine_clock::Clock;
use engine_core::market::Outcome;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType, Int64Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use sandbox::world::{
    BookStyle, Character, MarketChange, MarketSpec, Payout, Phase, RecordedConfig, World, WorldConfig, WorldError,
};

fn start() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn world(seed: u64, change: impl FnOnce(WorldConfig) -> WorldConfig) -> (Arc<World>, Clock) {
    let clock = Clock::manual(start());
    (World::simulated(change(WorldConfig::new(seed, start(), clock.clone()))), clock)
}

#[test]
fn the_usual_world_is_varied_unique_and_of_the_size_asked_for() {
    let (world, _) = world(42, |config| config);
    let view = world.view();
    let listings: Vec<_> = view.listings().collect();
    assert_eq!(listings.len(), 312);
    let unique = |values: Vec<&str>| values.into_iter().collect::<HashSet<_>>().len();
    assert_eq!(unique(listings.iter().map(|m| m.question.as_str()).collect()), 312);
    assert_eq!(unique(listings.iter().map(|m| m.slug.as_str()).collect()), 312);
    assert_eq!(unique(listings.iter().flat_map(|m| m.tokens.iter().map(String::as_str)).collect()), 624);
    assert_eq!(unique(listings.iter().map(|m| m.condition_id.as_str()).collect()), 312);
    let topics: HashSet<_> = listings.iter().map(|m| m.group.category).collect();
    assert_eq!(topics.len(), 8, "{topics:?}");
    let with_siblings = listings.iter().filter(|m| view.markets_of(m.group.id).len() > 1).count();
    assert!(with_siblings > 60, "{with_siblings}");
    let mispriced = listings.iter().filter(|m| matches!(m.character, Character::Mispriced { .. })).count();
    let control = listings.iter().filter(|m| m.character == Character::Control).count();
    assert!((3..=40).contains(&mispriced) && control > 200, "{mispriced} mispriced, {control} control");
}

#[test]
fn new_markets_keep_the_world_from_running_dry() {
    let (world, clock) = world(7, |config| config.with_markets(200));
    let open = || {
        let view = world.view();
        view.listings().filter(|m| view.phase(m) == Phase::Open).count()
    };
    for days in [10, 20, 40] {
        clock.advance_to(start() + TimeDelta::days(days));
        let now_open = open();
        assert!((90..400).contains(&now_open), "{now_open} open after {days} days");
    }
}

#[test]
fn the_same_seed_gives_the_same_world_and_asking_early_changes_nothing() {
    let later = start() + TimeDelta::days(3);
    let picture = |seed, stops: &[i64]| {
        let (world, clock) = world(seed, |config| config.with_markets(60).with_demo());
        for hours in stops {
            clock.advance_to(start() + TimeDelta::hours(*hours));
            let _ = world.market_count();
        }
        clock.advance_to(later);
        let view = world.view();
        let each = view.listings().map(|m| {
            let book = view.book(m, Outcome::Yes).map(|book| book.to_json());
            format!("{} {:?} {book:?}", m.question, view.snapshot(m))
        });
        each.collect::<Vec<_>>()
    };
    let once = picture(42, &[]);
    assert_eq!(once, picture(42, &[1, 7, 30]));
    assert_ne!(once, picture(43, &[]));
}

/// The listed price of the control group predicts the payout without bias, from any moment on.
#[test]
fn nobody_can_have_an_edge_on_the_control_group() {
    let (world, clock) = world(5, |config| config.with_markets(6_000));
    let ids: Vec<(u64, f64)> = {
        let view = world.view();
        let alive = view.listings().filter(|m| m.character == Character::Control);
        alive.map(|m| (m.id, view.snapshot(m).mid)).collect()
    };
    let check = |label: &str, changes: Vec<(u64, f64)>| {
        // Markets of one event move together: the error of the mean is taken over events.
        let view = world.view();
        let mut by_event = std::collections::BTreeMap::<u64, f64>::new();
        for (id, change) in &changes {
            *by_event.entry(view.market(*id).unwrap().group.id).or_default() += change;
        }
        let n = changes.len() as f64;
        let mean = changes.iter().map(|(_, change)| change).sum::<f64>() / n;
        let error = by_event.values().map(|sum| sum * sum).sum::<f64>().sqrt() / n;
        assert!(changes.len() > 1_000, "{label}: only {n}");
        assert!(mean.abs() < 3.5 * error, "{label}: mean change {mean:.5} ± {error:.5}");
        assert!(error < 0.02, "{label}: too little said, ± {error}");
    };
    clock.advance_to(start() + TimeDelta::hours(30));
    {
        let view = world.view();
        let moved = ids.iter().map(|(id, then)| (*id, view.snapshot(view.market(*id).unwrap()).mid - then));
        check("a day", moved.collect());
    }
    clock.advance_to(start() + TimeDelta::days(70));
    let view = world.view();
    let paid = ids.iter().filter_map(|(id, then)| match view.phase(view.market(*id).unwrap()) {
        Phase::Resolved(payout) => Some((*id, payout.yes() - then)),
        _ => None,
    });
    check("to the payout", paid.collect());
}

#[test]
fn mispriced_markets_pay_the_buyer_of_no_and_show_it_in_the_price_of_the_day() {
    let (world, clock) = world(9, |config| WorldConfig { mispriced: 0.3, ..config.with_markets(3_000) });
    let mut gains = Vec::new();
    let mut runs = 0;
    let ends: Vec<(u64, i64)> = {
        let view = world.view();
        let cheap = view.listings().filter(|m| matches!(m.character, Character::Mispriced { .. }));
        let mut ends: Vec<_> = cheap.map(|m| (m.id, m.end_ms.unwrap())).collect();
        ends.sort_by_key(|(_, end)| *end);
        ends
    };
    for (id, end_ms) in ends {
        clock.advance_to(DateTime::from_timestamp_millis(end_ms).unwrap() - TimeDelta::hours(1));
        let view = world.view();
        let listing = view.market(id).unwrap();
        let seen = view.snapshot(listing);
        let over = seen.mid - seen.true_probability.unwrap();
        let Character::Mispriced { yes_too_dear } = listing.character else { panic!("filtered above") };
        assert!((over - yes_too_dear).abs() < 0.02, "{over} against {yes_too_dear}");
        runs += usize::from(seen.changes[1].is_some_and(|day| day > 0.04));
        let day = seen.volume_24h.unwrap() / seen.volume.unwrap();
        assert!(day < 0.9, "no rush of volume: {day}");
        let yes = listing.fate().payout.yes();
        gains.push((1.0 - yes) - (1.0 - seen.best_bid.to_f64()));
    }
    let n = gains.len() as f64;
    let mean = gains.iter().sum::<f64>() / n;
    assert!(n > 300.0 && mean > 0.07, "{mean} a share over {n}");
    assert!(runs as f64 > 0.8 * n, "{runs} of {n} show the run-up in a day's change");
}

#[test]
fn the_demo_settles_a_mispriced_market_soon_and_goes_on_doing_so() {
    let (world, clock) = world(42, |config| config.with_demo());
    let ends: Vec<i64> = {
        let view = world.view();
        let soon = view.listings().filter(|m| matches!(m.character, Character::Mispriced { .. }));
        let soon = soon.filter_map(|m| m.end_ms).map(|end| (end - start().timestamp_millis()) / 60_000);
        soon.filter(|minutes| *minutes < 180).collect()
    };
    assert!((3..=6).contains(&ends.len()), "{ends:?}");
    assert!(ends.iter().all(|minutes| (60..180).contains(minutes)), "{ends:?}");
    clock.advance_to(start() + TimeDelta::minutes(72));
    {
        let view = world.view();
        let paid = view.listings().filter(|m| matches!(view.phase(m), Phase::Resolved(_))).count();
        assert!(paid >= 1, "the first is paid within 72 minutes");
    }
    clock.advance_to(start() + TimeDelta::hours(60));
    let view = world.view();
    for hours in (62..70).step_by(2) {
        let window = (start() + TimeDelta::hours(hours)).timestamp_millis()
            ..(start() + TimeDelta::hours(hours + 2)).timestamp_millis();
        let ending = view.listings().filter(|m| matches!(m.character, Character::Mispriced { .. }));
        assert!(ending.filter_map(|m| m.end_ms).any(|end| window.contains(&end)), "none ends around hour {hours}");
    }
}

#[test]
fn books_are_ladders_around_the_price_and_mirror_each_other() {
    // Traders' orders move the book away from the price for a while.
    let (world, _) = world(42, WorldConfig::without_traders);
    let view = world.view();
    let mut styles = HashSet::new();
    for listing in view.listings() {
        let seen = view.snapshot(listing);
        let (yes, no) = (view.book(listing, Outcome::Yes), view.book(listing, Outcome::No));
        assert_eq!(yes.is_some(), no.is_some());
        let (Some(yes), Some(no)) = (yes, no) else { continue };
        styles.insert(format!("{:?}", listing.book));
        let mirrored: Vec<_> = no.asks.iter().map(|(price, shares)| (price.complement(), *shares)).collect();
        assert_eq!(yes.bids, mirrored, "a bid for Yes is an ask for No");
        let tick: engine_core::money::Price = yes.tick_size.parse().unwrap();
        for (price, shares) in yes.bids.iter().chain(&yes.asks) {
            assert!(price.is_quotable() && shares.is_positive(), "{}: {price}", listing.question);
            assert_eq!(price.micros() % tick.micros(), 0);
        }
        if matches!(listing.book, BookStyle::Normal | BookStyle::Thin) {
            assert!(yes.bids.is_sorted_by(|a, b| a.0 < b.0) && yes.asks.is_sorted_by(|a, b| a.0 > b.0));
            assert_eq!((yes.best_bid(), yes.best_ask()), (Some(seen.best_bid), Some(seen.best_ask)));
            assert!(seen.best_bid < seen.best_ask);
            assert!((seen.mid - view.prices(listing, &[yes.timestamp_ms])[0].unwrap()).abs() <= 0.0101);
        }
        assert!(yes.timestamp_ms <= view.now_ms());
    }
    assert!(styles.len() >= 4, "{styles:?}");
}

#[test]
fn history_is_about_evenly_spaced_ends_now_and_never_changes() {
    let (world, clock) = world(42, |config| config);
    let now = start().timestamp();
    let (id, early) = {
        let view = world.view();
        let old = view.listings().find(|m| m.created_ms < (now - 20 * 86_400) * 1000 && view.phase(m) == Phase::Open);
        let listing = old.unwrap();
        let points = view.history(listing, Outcome::Yes, now - 30 * 86_400, now, 600);
        assert!(points.len() > 20 * 140, "{}", points.len());
        assert!(points.windows(2).all(|pair| (300..=1200).contains(&(pair[1].0 - pair[0].0))));
        assert!(points.last().unwrap().0 <= now && points.last().unwrap().0 > now - 1200);
        let mid = view.snapshot(listing).mid;
        let last = view.history(listing, Outcome::Yes, now - 300, now, 60).last().unwrap().1;
        assert!((last - mid).abs() < 0.03, "{last} against {mid}");
        (listing.id, points)
    };
    clock.advance_to(start() + TimeDelta::days(1));
    let view = world.view();
    let again = view.history(view.market(id).unwrap(), Outcome::Yes, now - 30 * 86_400, now, 600);
    assert_eq!(again, early);
    let no = view.history(view.market(id).unwrap(), Outcome::No, now - 30 * 86_400, now, 600);
    assert!(no.iter().zip(&again).all(|(no, yes)| no.0 == yes.0 && (no.1 + yes.1 - 1.0).abs() < 1e-9));
}

#[test]
fn a_story_can_be_told_by_hand() {
    let clock = Clock::manual(start());
    let world = World::empty(clock.clone());
    let id = world.add_market(&MarketSpec::new("Will the bridge open by June?", 0.62)).unwrap();
    let mid = |world: &World| {
        let view = world.view();
        view.snapshot(view.market(id).unwrap()).mid
    };
    assert!((mid(&world) - 0.62).abs() < 1e-9);
    clock.advance_to(start() + TimeDelta::minutes(5));
    world.set_price(id, 0.4).unwrap();
    assert!((mid(&world) - 0.4).abs() < 1e-9);
    let points = {
        let view = world.view();
        let now = view.now_ms() / 1000;
        view.history(view.market(id).unwrap(), Outcome::Yes, now - 3600, now, 60)
    };
    assert!(points.iter().any(|p| p.1 == 0.62), "the past stays as it was: {points:?}");
    world.override_market(id, MarketChange { style: Some(BookStyle::Missing), ..MarketChange::default() }).unwrap();
    assert!(world.view().orders(world.view().market(id).unwrap()).is_none());
    let sibling = MarketSpec { sibling_of: Some(id), ..MarketSpec::new("Will the bridge open by July?", 0.7) };
    let other = world.add_market(&sibling).unwrap();
    assert_eq!(world.view().markets_of(world.view().market(id).unwrap().group.id).len(), 2);
    assert!(matches!(world.resolve(1, Payout::YES), Err(WorldError::UnknownMarket(1))));
    world.resolve(id, Payout::HALF).unwrap();
    world.close_unresolved(other).unwrap();
    let view = world.view();
    assert_eq!(view.phase(view.market(id).unwrap()), Phase::Resolved(Payout::HALF));
    assert_eq!(view.phase(view.market(other).unwrap()), Phase::Closed);
}

/// Writes one row group of optional columns.
fn write_table(path: &Path, schema: &str, write: impl FnOnce(&mut SerializedFileWriter<File>)) {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let file = File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    write(&mut writer);
    writer.close().unwrap();
}

macro_rules! column {
    ($group:expr, $kind:ty, $values:expr) => {{
        let values: Vec<Option<_>> = $values;
        let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
        let present: Vec<_> = values.into_iter().flatten().collect();
        let mut column = $group.next_column().unwrap().unwrap();
        column.typed::<$kind>().write_batch(&present, Some(&levels), None).unwrap();
        column.close().unwrap();
    }};
}

fn texts(values: &[Option<&str>]) -> Vec<Option<ByteArray>> {
    values.iter().map(|value| value.map(ByteArray::from)).collect()
}

fn tiny_data_set(directory: &Path, t0: i64) {
    let day = 86_400;
    let markets = "message m { optional binary mid (UTF8); optional binary question (UTF8); \
        optional binary category (UTF8); optional double end_at; optional double closed_at; optional double outcome; \
        optional binary outcome_source (UTF8); optional double volume; }";
    write_table(&directory.join("markets.parquet"), markets, |writer| {
        let mut group = writer.next_row_group().unwrap();
        let at = |days: i64| Some((t0 + days * day) as f64);
        column!(group, ByteArrayType, texts(&[Some("a"), Some("b"), Some("c"), Some("old")]));
        let questions =
            ["Will BTC be above 80k on May 3?", "Will BTC be above 82k on May 3?", "Will C happen?", "Old?"];
        column!(group, ByteArrayType, texts(&questions.map(Some)));
        column!(group, ByteArrayType, texts(&[Some("crypto"), Some("crypto"), None, None]));
        column!(group, DoubleType, vec![at(3), at(3), at(2), None]);
        column!(group, DoubleType, vec![None, None, at(1), None]);
        column!(group, DoubleType, vec![Some(1.0), Some(0.0), None, Some(1.0)]);
        let sources = [Some("gamma_final_price"), Some("inferred_last_price"), None, Some("uma_settled")];
        column!(group, ByteArrayType, texts(&sources));
        column!(group, DoubleType, vec![Some(9_000.0), None, None, None]);
        group.close().unwrap();
    });
    let prices = "message p { optional binary mid (UTF8); optional int64 ts; optional float yes_price; \
        optional float bid; optional float ask; }";
    write_table(&directory.join("prices.parquet"), prices, |writer| {
        let mut group = writer.next_row_group().unwrap();
        let hour = 3_600;
        let mids = ["a", "a", "a", "b", "c", "old"].map(Some);
        column!(group, ByteArrayType, texts(&mids));
        let at = [t0, t0 + hour, t0 + 10 * hour, t0 + hour, t0, t0 - 90 * day];
        column!(group, Int64Type, at.map(Some).to_vec());
        column!(group, FloatType, vec![Some(0.5_f32), Some(0.6), Some(0.9), Some(0.3), Some(0.2), Some(0.4)]);
        column!(group, FloatType, vec![Some(0.49_f32), None, Some(0.88), None, None, None]);
        column!(group, FloatType, vec![Some(0.51_f32), None, Some(0.92), None, None, None]);
        group.close().unwrap();
    });
}

#[test]
fn recorded_markets_appear_move_and_end_as_recorded() {
    let directory = tempfile_dir("recorded");
    let t0 = start().timestamp();
    tiny_data_set(&directory, t0);
    let clock = Clock::manual(start());
    let config = RecordedConfig::new(start(), start() + TimeDelta::days(7), clock.clone());
    let world = World::recorded(&directory, &config).unwrap();
    let find = |name: &str| {
        let view = world.view();
        view.listings().find(|m| m.question.contains(name)).cloned()
    };
    let a = find("80k").unwrap();
    assert!(find("82k").is_none(), "no price of it is known yet");
    assert!(find("Old?").is_none(), "outside the window");
    let quote = || {
        let view = world.view();
        let seen = view.snapshot(&a);
        (seen.best_bid.to_string(), seen.best_ask.to_string())
    };
    assert_eq!(quote(), ("0.49".to_owned(), "0.51".to_owned()), "as recorded");
    clock.advance_to(start() + TimeDelta::hours(2));
    assert_eq!(quote(), ("0.59".to_owned(), "0.61".to_owned()), "the price one tick to each side");
    {
        let view = world.view();
        let seen: HashSet<String> =
            view.history(&a, Outcome::Yes, t0 - 86_400, t0 + 8 * 86_400, 60).iter().map(|p| p.1.to_string()).collect();
        assert_eq!(seen, HashSet::from(["0.5".to_owned(), "0.6".to_owned()]), "nothing from the future");
    }
    assert_eq!(find("82k").unwrap().group.id, a.group.id, "siblings by question and end");
    clock.advance_to(start() + TimeDelta::days(4));
    let phase = |name: &str| {
        let market = find(name).unwrap();
        world.view().phase(&market)
    };
    assert_eq!(phase("80k"), Phase::Resolved(Payout::YES));
    assert_eq!(phase("82k"), Phase::Closed, "an inferred outcome is no outcome");
    assert_eq!(phase("C happen"), Phase::Closed, "closed is not resolved");
    let inferring = RecordedConfig { inferred_outcomes: true, ..config.clone() };
    let world = World::recorded(&directory, &inferring).unwrap();
    let b = world.view().listings().find(|m| m.question.contains("82k")).cloned().unwrap();
    assert_eq!(world.view().phase(&b), Phase::Resolved(Payout::NO));
    let empty = RecordedConfig { from: start() + TimeDelta::days(400), to: start() + TimeDelta::days(500), ..config };
    assert!(matches!(World::recorded(&directory, &empty), Err(WorldError::Empty { .. })));
    assert!(matches!(World::recorded(Path::new("/nowhere"), &empty), Err(WorldError::Open { .. })));
    std::fs::remove_dir_all(&directory).unwrap();
}

/// Two wallets' rows, one of them later than the other and one of a market only the record knows.
fn tiny_trades(directory: &Path, t0: i64) {
    let schema = "message t { optional binary wallet (UTF8); optional int64 ts; optional binary type (UTF8); \
        optional binary side (UTF8); optional binary condition_id (UTF8); optional binary asset (UTF8); \
        optional int64 outcome_index; optional binary outcome (UTF8); optional double size; optional double price; \
        optional double usdc_size; optional binary tx_hash (UTF8); optional binary title (UTF8); }";
    write_table(&directory.join("trades.parquet"), schema, |writer| {
        let mut group = writer.next_row_group().unwrap();
        let (a, b) = (format!("0x{}", "a".repeat(40)), format!("0x{}", "B".repeat(40)));
        let same = |text: &'static str| texts(&[Some(text); 4]);
        column!(group, ByteArrayType, texts(&[&a, &a, &a, &b].map(|wallet| Some(wallet.as_str()))));
        column!(group, Int64Type, [t0 - 86_400, t0 + 3_600, t0 + 7_200, t0 - 10].map(Some).to_vec());
        column!(group, ByteArrayType, texts(&["TRADE", "TRADE", "REDEEM", "REWARD"].map(Some)));
        column!(group, ByteArrayType, texts(&["BUY", "SELL", "", ""].map(Some)));
        column!(group, ByteArrayType, texts(&["0xc", "0xc", "0xc", ""].map(Some)));
        column!(group, ByteArrayType, texts(&["77", "77", "", ""].map(Some)));
        column!(group, Int64Type, [1, 1, 999, 999].map(Some).to_vec());
        column!(group, ByteArrayType, texts(&["No", "No", "", ""].map(Some)));
        column!(group, DoubleType, [100.0, 30.0, 70.0, 5.0].map(Some).to_vec());
        column!(group, DoubleType, [0.4, 0.5, 0.0, 0.0].map(Some).to_vec());
        column!(group, DoubleType, [40.0, 15.0, 70.0, 5.0].map(Some).to_vec());
        column!(group, ByteArrayType, texts(&["0x1", "0x2", "0x3", "0x4"].map(Some)));
        column!(group, ByteArrayType, same("Will D happen?"));
        group.close().unwrap();
    });
}

#[test]
fn recorded_wallets_are_told_of_as_time_passes() {
    let directory = tempfile_dir("wallets");
    tiny_data_set(&directory, start().timestamp());
    tiny_trades(&directory, start().timestamp());
    let clock = Clock::manual(start());
    let config = RecordedConfig::new(start(), start() + TimeDelta::days(7), clock.clone());
    let world = World::recorded(&directory, &config).unwrap();
    assert_eq!(world.trader_count(), 2);
    let wallets: Vec<String> = world.traders().into_iter().map(|trader| trader.wallet).collect();
    assert_eq!(wallets[1], format!("0x{}", "b".repeat(40)), "wallets are lower case");
    let seen = || world.activity_of(&wallets[0]).len();
    assert_eq!(seen(), 1, "nothing from the future");
    clock.advance_to(start() + TimeDelta::hours(1) + TimeDelta::seconds(3));
    assert_eq!(seen(), 1, "the feed is four seconds behind");
    clock.advance_to(start() + TimeDelta::hours(1) + TimeDelta::seconds(4));
    assert_eq!(seen(), 2);
    clock.advance_to(start() + TimeDelta::hours(3));
    let rows = world.activity_of(&wallets[0]);
    assert_eq!(rows.len(), 3);
    assert_eq!((&*rows[2].kind, rows[2].outcome_index, rows[2].usdc), ("REDEEM", None, 70.0));
    assert_eq!(rows[0].subject.title, "Will D happen?");
    assert_eq!(world.activity_of(&wallets[1])[0].subject.condition, "", "income is about no market");
    std::fs::remove_dir_all(&directory).unwrap();
}

fn tempfile_dir(name: &str) -> std::path::PathBuf {
    let directory = std::env::temp_dir().join(format!("oddsmith-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// Runs on the full data set where `ODDSMITH_DATA` names one.
#[test]
fn a_week_of_the_real_record_can_be_replayed() {
    let Some(directory) = std::env::var_os("ODDSMITH_DATA") else {
        eprintln!("SKIPPED: set ODDSMITH_DATA to a data-set directory to replay real markets");
        return;
    };
    let from: DateTime<Utc> = "2026-03-28T00:00:00Z".parse().unwrap();
    let clock = Clock::manual(from + TimeDelta::days(3));
    let config = RecordedConfig::new(from, from + TimeDelta::days(7), clock.clone());
    let began = std::time::Instant::now();
    let world = World::recorded(Path::new(&directory), &config).unwrap();
    let loaded = began.elapsed();
    let (open, books) = {
        let view = world.view();
        let open: Vec<_> = view.listings().filter(|m| view.phase(m) == Phase::Open).collect();
        let books = open.iter().filter(|m| view.book(m, Outcome::Yes).is_some()).count();
        (open.len(), books)
    };
    clock.advance_to(from + TimeDelta::days(7));
    let view = world.view();
    let paid = view.listings().filter(|m| matches!(view.phase(m), Phase::Resolved(_))).count();
    eprintln!(
        "{} markets in {loaded:?}: {open} open ({books} with a book) on day 3, {paid} paid by day 7",
        world.market_count()
    );
    assert!(open > 1_000 && books > 1_000 && paid > 100);
}
