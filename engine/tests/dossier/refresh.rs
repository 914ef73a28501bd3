//! Followed traders' dossiers are made again about once a day, one at a time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::copy::follow::{Follow, Standing};
use sandbox::polymarket::HttpFault;
use sandbox::world::Kind;

use crate::board::follow;
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_followed_trader_has_his_turn_once_a_day() {
    let stage = Stage::simulated(11).await;
    let mut follows: Vec<Follow> = stage.wallets(Kind::Lucky).iter().map(follow).collect();
    follows.push(Follow { standing: Standing::Ended, ..follow(&stage.wallets(Kind::Baiter)[0]) });
    let mut turns: BTreeMap<Wallet, Vec<DateTime<Utc>>> = BTreeMap::new();
    for _ in 0..3 * 24 * 4 {
        if let Some(dossier) = stage.dossiers.refresh_due(&follows).await.unwrap() {
            assert_eq!(dossier.at, stage.clock.now());
            turns.entry(dossier.trader.wallet).or_default().push(dossier.at);
        }
        stage.pass(TimeDelta::minutes(15));
    }
    assert_eq!(turns.len(), 4, "who ended is left alone");
    let mut seconds = BTreeSet::new();
    for times in turns.values() {
        assert!((3..=4).contains(&times.len()), "{times:?}");
        let spans = times.windows(2).map(|pair| (pair[1] - pair[0]).num_minutes());
        assert!(spans.into_iter().all(|minutes| (22 * 60..=27 * 60).contains(&minutes)), "{times:?}");
        seconds.insert(times[1]);
    }
    // The first ones were made within an hour, the next ones further apart.
    assert!(*seconds.last().unwrap() - *seconds.first().unwrap() > TimeDelta::hours(1), "{seconds:?}");
    // Nothing due: nothing asked.
    let asked = stage.requests();
    let fresh: Vec<Follow> = follows.iter().filter(|one| one.standing == Standing::Ended).cloned().collect();
    assert_eq!(stage.dossiers.refresh_due(&fresh).await.unwrap(), None);
    assert_eq!(stage.requests(), asked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_cannot_be_made_holds_up_nobody() {
    let stage = Stage::simulated(12).await;
    let follows: Vec<Follow> = stage.wallets(Kind::Lucky).iter().take(2).map(follow).collect();
    stage.server.faults.http("data/v2/activity", HttpFault::CutShort, 4);
    assert_eq!(stage.dossiers.refresh_due(&follows).await.unwrap(), None);
    let second = stage.dossiers.refresh_due(&follows).await.unwrap().unwrap();
    assert_eq!(stage.dossiers.refresh_due(&follows).await.unwrap(), None);
    stage.pass(TimeDelta::minutes(31));
    let first = stage.dossiers.refresh_due(&follows).await.unwrap().unwrap();
    assert_ne!(first.trader.wallet, second.trader.wallet);
    // A wallet that is gone is not asked for all day.
    stage.world.hide_trader(first.trader.wallet.as_str(), true);
    stage.pass(TimeDelta::days(2));
    assert!(stage.dossiers.refresh_due(&follows).await.unwrap().is_some());
    assert_eq!(stage.dossiers.refresh_due(&follows).await.unwrap(), None);
    let asked = stage.requests();
    assert_eq!(stage.dossiers.refresh_due(&follows).await.unwrap(), None);
    assert_eq!(stage.requests(), asked);
}
