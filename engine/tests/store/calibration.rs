//! A calibration curve wakes up: learned from the log that live scans write, kept, and never fed on itself.

use std::path::PathBuf;
use std::time::Duration;

use engine::engine::Engine;
use engine::model_slot::ModelSlot;
use engine::settings::{CopySettings, EngineSettings, ModelSettings};
use engine::store::{Resolution, Store};
use engine_clock::Clock;
use engine_core::calibration::{Calibration, MIN_EVENTS, MIN_ROWS};
use engine_core::chance::SplitMix64;
use engine_core::engines::Engines;
use engine_core::market::ConditionId;
use engine_core::money::{Price, Usd};
use engine_core::pipeline::GateSettings;
use engine_core::prediction::SignalSource;
use engine_core::probability::Probability;
use engine_core::signal::Decision;
use polymarket::{Hosts, Options, Polymarket};

use crate::harness::{Fixture, Kind, on_both};
use crate::samples::{at, decision};

on_both!(a_curve_is_learned_from_the_log_and_outlives_the_program);

const DAY: i64 = 24 * 60;

/// An engine on a store; nothing here asks the venue.
fn engine(store: &Store, minutes: i64) -> Engine {
    let nowhere = || "http://127.0.0.1:9".to_owned();
    let hosts = Hosts { gamma: nowhere(), clob: nowhere(), data_api: nowhere() };
    let clock = Clock::manual(at(minutes));
    let venue = Polymarket::new(&hosts, &Options { clock: clock.clone(), ..Options::default() }).unwrap();
    let minute = Duration::from_secs(60);
    let settings = EngineSettings {
        gates: GateSettings::default(),
        profiles: Vec::new(),
        bankroll: Usd::ZERO,
        scan_every: minute,
        housekeeping_every: minute,
        heartbeat_every: None,
        signal_expiry: minute,
        max_candidates: 1,
        stop_loss: None,
        exit_days: None,
        unresolved_alert_after: minute,
        retention_days: 30,
        models: ModelSettings {
            shipped: PathBuf::new(),
            library: PathBuf::new(),
            retrain_every: minute,
            trainer: None,
            trainer_limit: minute,
            training_data: None,
        },
        copy: CopySettings::default(),
        engines: Engines::Both,
        recipient: None,
    };
    Engine::new(settings, clock, store.clone(), venue, ModelSlot::without("none".to_owned()))
}

/// Logs and resolves `days` days with two markets each, forecast twice and far too sure; known a day later.
async fn log_days(store: &Store, days: std::ops::Range<u32>, calibrated: Option<f64>) {
    let mut chance = SplitMix64::new(u64::from(days.start) + 3);
    for day in days {
        let start = i64::from(day) * DAY;
        let mut made = Vec::new();
        let mut resolutions = Vec::new();
        for n in [2 * day, 2 * day + 1] {
            let truth = 0.1 + 0.8 * chance.unit();
            let odds = (truth / (1.0 - truth)).powi(2);
            let posterior = Probability::new(odds / (1.0 + odds));
            let calibrated = calibrated.and_then(Probability::new);
            let one = Decision { posterior, calibrated, ..decision(n, n) };
            made.extend([0, 8 * 60].map(|later| Decision { at: at(start + later), ..one.clone() }));
            let yes = chance.unit() < truth;
            resolutions.push(Resolution {
                condition_id: ConditionId::new(one.condition_id.as_str()),
                payout_yes: if yes { Price::ONE } else { Price::ZERO },
                payout_no: if yes { Price::ZERO } else { Price::ONE },
                source: "test".to_owned(),
                resolved_at: None,
            });
        }
        store.record_decisions(&made, at(start)).await.unwrap();
        store.record_resolutions(&resolutions, at(start + DAY)).await.unwrap();
    }
}

async fn a_curve_is_learned_from_the_log_and_outlives_the_program(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let of = |engine: &Engine| -> Calibration {
        engine.calibration.all().get(&SignalSource::Ensemble).cloned().unwrap_or_default()
    };
    let said = Probability::new(0.9).unwrap();

    let first = engine(store, 90 * DAY);
    log_days(store, 0..90, None).await;
    first.reload_calibration().await.unwrap();
    let few = of(&first);
    assert_eq!((few.lesson.rows, few.lesson.events, few.since), (360, 180, None));
    assert!(few.lesson.rows < MIN_ROWS && few.lesson.events < MIN_EVENTS);
    assert_eq!(first.calibration.curves().apply(SignalSource::Ensemble, said), None);

    let second = engine(store, 260 * DAY);
    log_days(store, 90..260, None).await;
    second.reload_calibration().await.unwrap();
    let on = of(&second);
    assert_eq!((on.lesson.rows, on.since), (1_040, Some(at(260 * DAY))), "{on:?}");
    let bent = second.calibration.curves().apply(SignalSource::Ensemble, said).unwrap();
    assert!(bent.get() < 0.85, "{bent:?}");
    assert_eq!(second.calibration.curves().apply(SignalSource::News, said), None);

    // The next program takes it up as it was, and learning again does not restart its time.
    let third = engine(store, 300 * DAY);
    third.restore_calibration().await.unwrap();
    assert_eq!(of(&third), on);
    assert_eq!(third.calibration.curves(), second.calibration.curves());
    // From here on forecasts carry what the curve made of them. Scored is what was said in the end; learned from is
    // what was said before the curve, else it would feed on itself.
    log_days(store, 260..300, Some(0.999)).await;
    third.reload_calibration().await.unwrap();
    let still = of(&third);
    assert_eq!((still.lesson.rows, still.since), (1_200, on.since));
    let now = third.calibration.curves().apply(SignalSource::Ensemble, said).unwrap();
    assert!((now.get() - bent.get()).abs() < 0.02, "{now:?} {bent:?}");
    let forecasts = third.forecasts(SignalSource::Ensemble).await.unwrap();
    assert_eq!(forecasts.iter().filter(|forecast| (forecast.model - 0.999).abs() < 1e-12).count(), 160);
}
