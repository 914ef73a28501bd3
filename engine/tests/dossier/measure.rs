//! What a dossier costs at the venue's real limits. `cargo test --test dossier -- --ignored --nocapture` prints it.

use std::time::Instant;

use engine_core::copy::activity::Wallet;
use polymarket::{Options, Polymarket};
use sandbox::world::Kind;

use crate::stage::Stage;
use crate::trouble::busy;

async fn report(stage: &Stage, name: &str, wallet: &Wallet) {
    let venue = Polymarket::new(&stage.hosts(), &Options { clock: stage.clock.clone(), ..Options::default() }).unwrap();
    let dossiers = engine::copy::Dossiers::new(stage.store.clone(), venue, stage.clock.clone());
    let (begun, asked) = (Instant::now(), stage.requests());
    let engine_core::copy::dossier::DossierRead::Done(dossier) = dossiers.dossier(wallet, 1).await.unwrap() else {
        panic!("{name} has no dossier")
    };
    let (rows, markets) = (dossier.rows, dossier.report.markets);
    let bytes = serde_json::to_string(&dossier).unwrap().len();
    eprintln!(
        "{name}: {rows} rows, {markets} markets, {} requests in {:?}, kept in {bytes} bytes",
        stage.requests() - asked,
        begun.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures; takes as long as the venue's limits say"]
async fn what_a_dossier_costs() {
    let stage = Stage::simulated(1).await;
    for (name, kind) in [("lucky", Kind::Lucky), ("sharp", Kind::Sharp), ("maker", Kind::Maker)] {
        report(&stage, name, &stage.wallets(kind)[0]).await;
    }
    let stage = Stage::empty().await;
    report(&stage, "huge", &busy(&stage, 1_000, 30)).await;
}
