//! Traders with hundreds of events, their true edge known: who is called copyable, and what unknown outcomes do to that.

use std::sync::Arc;

use chrono::TimeDelta;
use engine_core::chance::SplitMix64;
use engine_core::copy::activity::Wallet;
use engine_core::copy::dossier::DossierRead;
use engine_core::copy::verdict::{CopyVerdict, Reason};
use engine_core::market::Outcome;
use polymarket::Hosts;
use sandbox::world::{Act, ActivitySpec, MarketSpec, Payout};

use crate::between::{Answer, between};
use crate::stage::{Stage, start};

const MARKETS: i64 = 800;
/// Points by which the sharp one knows better than the price.
const EDGE: f64 = 0.12;
/// Gamblers of which the luckiest is shown.
const GAMBLERS: usize = 20;

struct Crowd {
    sharp: Wallet,
    /// As sharp, with sixty events only.
    young: Wallet,
    gambler: Wallet,
    lucky: Wallet,
}

/// Markets that resolved, and traders who held their bets to the end and redeemed what won.
fn crowd(stage: &Stage, seed: u64) -> Crowd {
    let mut chance = SplitMix64::new(seed);
    let add = |name: &str| stage.world.add_trader(name);
    let (sharp, young, gambler) = (add("sharp"), add("young"), add("gambler"));
    let crowd: Vec<String> = (0..GAMBLERS).map(|n| add(&format!("one of many {n}"))).collect();
    let mut won = vec![0.0; GAMBLERS];
    for n in 0..MARKETS {
        let (price, up) = (0.25 + 0.5 * chance.unit(), chance.unit() < 0.5);
        let at = start() - TimeDelta::hours(12 * (MARKETS - n));
        let spec = MarketSpec {
            created_at: Some(at - TimeDelta::days(1)),
            ..MarketSpec::new(&format!("Will proposal {seed}-{n} pass?"), price)
        };
        let market = stage.world.add_market(&spec).unwrap();
        let yes = chance.unit() < if up { price + EDGE } else { price - EDGE };
        stage.world.resolve(market, if yes { Payout::YES } else { Payout::NO }).unwrap();
        let bet = |wallet: &str, on_yes: bool| {
            let (outcome, price) = if on_yes { (Outcome::Yes, price) } else { (Outcome::No, 1.0 - price) };
            let (shares, price) = (100.0, (price * 1_000.0).round() / 1_000.0);
            let buy = ActivitySpec::buy(market, outcome, shares, price).at(at);
            stage.world.add_activity(wallet, &buy).unwrap();
            if on_yes == yes {
                let redeem = ActivitySpec::now(Act::Redeem { market, outcome, shares, paid: shares });
                stage.world.add_activity(wallet, &redeem.at(at + TimeDelta::hours(11))).unwrap();
            }
            if on_yes == yes { 1.0 - price } else { -price }
        };
        bet(&sharp, up);
        if n % 13 == 0 {
            bet(&young, up);
        }
        bet(&gambler, chance.unit() < 0.5);
        for (wallet, won) in crowd.iter().zip(&mut won).filter(|_| n % 13 == 0) {
            *won += bet(wallet, chance.unit() < 0.5);
        }
    }
    let luckiest = (0..GAMBLERS).max_by(|a, b| won[*a].total_cmp(&won[*b])).unwrap();
    let wallet = |text: &str| Wallet::parse(text).unwrap();
    Crowd { sharp: wallet(&sharp), young: wallet(&young), gambler: wallet(&gambler), lucky: wallet(&crowd[luckiest]) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_record_tells_sharp_from_lucky_and_gambler() {
    let family = 3 + GAMBLERS as u64;
    let mut sharps = 0;
    for seed in [1, 2, 3] {
        let stage = Stage::empty().await;
        let crowd = crowd(&stage, seed);
        for (name, wallet) in
            [("sharp", &crowd.sharp), ("young", &crowd.young), ("gambler", &crowd.gambler), ("lucky", &crowd.lucky)]
        {
            // Picked out of all who trade here.
            let DossierRead::Done(dossier) = stage.dossiers.dossier(wallet, family).await.unwrap() else {
                panic!("{name} has no dossier")
            };
            let slow = dossier.report.slowest().unwrap();
            eprintln!(
                "{name}: {} events, ROI {:+.3}, follower {:+.3} p {:.5}, edge {:+.3} kept {:.2}: {:?}",
                slow.events,
                dossier.report.roi,
                slow.edge,
                slow.p_value,
                dossier.edge.edge,
                dossier.edge.kept,
                dossier.judged
            );
            assert!((dossier.report.coverage - 1.0).abs() < 1e-9);
            assert_eq!(dossier.looked_at, family);
            let end = dossier.curve.last().unwrap();
            assert!((end.his - dossier.report.roi).abs() < 1e-9 && (end.ours - slow.roi).abs() < 1e-9);
            let copyable = dossier.judged.verdict == CopyVerdict::Copyable;
            sharps += u32::from(copyable && name == "sharp");
            assert!(!copyable || name == "sharp" || name == "young", "{name}");
        }
    }
    assert_eq!(sharps, 3);
}

/// The venue with some of its words missing: the oracle says nothing of every second batch, the listing nothing at all.
async fn half_silent(stage: Stage) -> Stage {
    let silent: Arc<Answer> = Arc::new(|target: &str| {
        let odd = target.bytes().map(u32::from).sum::<u32>() % 2 == 1;
        (target.starts_with("/v2/resolutions") && odd).then(|| (200, r#"{"data": []}"#.to_owned()))
    });
    let nothing: Arc<Answer> = Arc::new(|target: &str| target.starts_with("/markets").then(|| (200, "[]".to_owned())));
    let hosts = Hosts {
        gamma: between(&stage.server.gamma_url, nothing).await,
        data_api: between(&stage.server.data_url, silent).await,
        ..stage.hosts()
    };
    stage.again(&hosts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_outcomes_cost_the_verdict_and_are_no_gift() {
    let stage = Stage::empty().await;
    let crowd = crowd(&stage, 1);
    let full = [stage.made(&crowd.sharp).await, stage.made(&crowd.gambler).await];
    assert_eq!(full[0].judged.verdict, CopyVerdict::Copyable);
    let stage = half_silent(stage).await;
    for (full, wallet) in full.iter().zip([&crowd.sharp, &crowd.gambler]) {
        let half = stage.made(wallet).await;
        let (slow, all) = (half.report.slowest().unwrap(), full.report.slowest().unwrap());
        eprintln!(
            "known {:.2}, ROI {:+.3} against {:+.3}, {} of {} events, follower {:+.3} against {:+.3}: {:?}",
            half.report.coverage,
            half.report.roi,
            full.report.roi,
            slow.events,
            all.events,
            slow.edge,
            all.edge,
            half.judged
        );
        // Markets nobody tells of are left out, the redeemed ones too, which all were won.
        assert!(half.report.coverage < 0.6 && (half.report.roi - full.report.roi).abs() < 0.08);
        assert_eq!(half.judged.verdict, CopyVerdict::CannotTell);
        assert!(half.judged.reasons.iter().any(|reason| matches!(reason, Reason::LowCoverage(_))));
        // A follower's results are left out whether won or lost.
        assert!(slow.events < all.events && (slow.edge - all.edge).abs() < 0.06);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_oracle_is_silent_listing_and_exchange_settle() {
    let stage = Stage::empty().await;
    let crowd = crowd(&stage, 2);
    let by_oracle = stage.made(&crowd.young).await;
    let gone: Arc<Answer> = Arc::new(|target: &str| {
        target.starts_with("/v2/resolutions").then(|| (404, r#"{"error": "not found"}"#.to_owned()))
    });
    let data_api = between(&stage.server.data_url, gone).await;
    let stage = stage.at_data_api(data_api);
    let by_others = stage.made(&crowd.young).await;
    assert!((by_others.report.coverage - 1.0).abs() < 1e-9);
    assert_eq!(by_others.report, by_oracle.report);
    let asked = stage.server.requests.all();
    let at_exchange: u64 = asked.iter().filter(|(route, _)| route.starts_with("clob/markets")).map(|(_, n)| n).sum();
    assert!(at_exchange > 50, "{asked:?}");
}
