//! The kinds of traders of the stand-in world are told apart as the rule says.

use std::collections::BTreeMap;

use engine_core::copy::board::LeaderboardPeriod;
use engine_core::copy::dossier::Dossier;
use sandbox::world::Kind;

use crate::stage::Stage;

const KINDS: [Kind; 6] = [Kind::Sharp, Kind::Lucky, Kind::Gambler, Kind::Maker, Kind::Farmer, Kind::Baiter];

fn line(kind: Kind, dossier: &Dossier) -> String {
    let (report, how) = (&dossier.report, &dossier.report.behaviour);
    let follower = report.slowest().map_or((0, 0.0, 1.0), |slow| (slow.events, slow.edge, slow.p_value));
    format!(
        "{kind:?}: {} rows, {} markets, known {:.2}, ROI {:+.3}, follower {} events {:+.3} p {:.3}, both sides {:.2}, \
         turned {:.2}, minted {:.2}: {} {:?}",
        dossier.rows,
        report.markets,
        report.coverage,
        report.roi,
        follower.0,
        follower.1,
        follower.2,
        how.both_sides_share,
        how.reversal_share,
        how.mint_ratio,
        dossier.judged.verdict.as_str(),
        dossier.judged.reasons
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kinds_are_told_apart_through_the_api() {
    let mut table: BTreeMap<Kind, BTreeMap<&str, u32>> = BTreeMap::new();
    let mut edges: BTreeMap<Kind, Vec<f64>> = BTreeMap::new();
    for seed in [1, 2, 3] {
        let stage = Stage::simulated(seed).await;
        // The owner leafs through the whole board before choosing.
        for page in 0..4 {
            stage.dossiers.leaderboard(LeaderboardPeriod::All, page).await.unwrap();
        }
        for kind in KINDS {
            for wallet in stage.wallets(kind) {
                let dossier = stage.made(&wallet).await;
                eprintln!("{}", line(kind, &dossier));
                assert_eq!(dossier.looked_at, stage.world.trader_count() as u64);
                assert!(dossier.report.coverage > 0.95 && !dossier.cut, "{kind:?}: {}", dossier.report.coverage);
                assert_eq!(dossier.rows, stage.world.activity_of(wallet.as_str()).len() as u64);
                assert_eq!(stage.store.dossier(&wallet).await.unwrap(), Some(dossier.clone()));
                *table.entry(kind).or_default().entry(dossier.judged.verdict.as_str()).or_default() += 1;
                edges.entry(kind).or_default().extend(dossier.report.slowest().map(|slow| slow.edge));
            }
        }
    }
    for (kind, verdicts) in &table {
        eprintln!("{kind:?}: {verdicts:?}");
    }
    let count = |kind, verdict| table[&kind].get(verdict).copied().unwrap_or(0);
    // A hundred events with an edge that the costs of a follower eat prove nothing, and that is what is said. Nobody is
    // called copyable; who cannot be followed is told from who may be.
    assert!(KINDS.iter().all(|kind| count(*kind, "copyable") == 0), "{table:?}");
    assert_eq!(count(Kind::Sharp, "do_not"), 0);
    assert!(count(Kind::Lucky, "do_not") <= 1);
    assert!([Kind::Maker, Kind::Farmer, Kind::Baiter].iter().all(|kind| count(*kind, "do_not") >= 8), "{table:?}");
    let mean = |kind: Kind| edges[&kind].iter().sum::<f64>() / edges[&kind].len() as f64;
    assert!(mean(Kind::Sharp) > mean(Kind::Gambler) + 0.03, "{} {}", mean(Kind::Sharp), mean(Kind::Gambler));
}
