//! A journal run again comes to the same, and says where when it does not.

use std::sync::Arc;

use engine::journal::replay;
use engine_core::journal::ModelSeen;

use crate::stage::{Bear, SHARE_OF_PRICE, Stage};

fn model(share: f64) -> impl FnMut(&ModelSeen) -> Option<Arc<dyn engine::predict::Predictor>> {
    move |seen| (seen.version == "bear-1").then(|| Arc::new(Bear { share }) as Arc<dyn engine::predict::Predictor>)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_runs_again_to_the_same() {
    let stage = Stage::new().await;
    stage.live(12).await;
    let again = replay(&mut stage.reader(), &mut model(SHARE_OF_PRICE)).unwrap();
    assert!(again.holds(), "{:?}", again.first);
    assert_eq!((again.scans, again.rounds, again.different), (12, 6, 0));
    assert!(again.decisions > 500 && again.candidates > 0 && again.bets > 5, "{again:?}");
    assert!(again.forecasts_again > 100 && again.forecasts_recorded == 0);

    let recorded = replay(&mut stage.reader(), &mut |_| None).unwrap();
    assert!(recorded.holds());
    assert_eq!(recorded.models_missing, ["bear-1"]);
    assert_eq!(recorded.forecasts_recorded, again.forecasts_again);

    // A model that says something else under the same name.
    let other = replay(&mut stage.reader(), &mut model(0.5)).unwrap();
    assert!(!other.holds());
    let first = other.first.unwrap();
    assert_eq!((first.kind, first.difference.what.as_str(), other.different), ("scan", "forecast", 12));
    assert_eq!(Some(first.at), again.span.map(|span| span.0));
}
