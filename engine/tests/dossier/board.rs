//! The leaderboard, and finding a trader.

use chrono::TimeDelta;
use engine_core::copy::board::{LeaderboardPeriod, Outage, TraderFound};
use engine_core::copy::follow::{Follow, Standing};
use engine_core::copy::judge::{CopyCaps, CopySizing};
use engine_core::copy::probation::Stage as Probation;
use engine_core::copy::verdict::CopyVerdict;
use engine_core::strategy::BookMode;
use sandbox::polymarket::HttpFault;
use sandbox::world::Kind;

use crate::stage::{Stage, start};

pub(crate) fn follow(wallet: &engine_core::copy::activity::Wallet) -> Follow {
    Follow {
        wallet: wallet.clone(),
        name: "as followed".to_owned(),
        sizing: CopySizing::Kelly,
        caps: CopyCaps::default(),
        mode: BookMode::Approve,
        stage: Probation::Shadow,
        standing: Standing::Active,
        followed_at: start(),
        changed_at: start(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_shows_ranks_follows_and_verdicts_a_page_at_a_time() {
    let stage = Stage::simulated(9).await;
    let board = &stage.dossiers;
    let first = board.leaderboard(LeaderboardPeriod::Month, 0).await.unwrap();
    assert_eq!(stage.store.dossier_family().await.unwrap(), 10);
    let pages = futures_of(&stage).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 10, 7, 0]);
    let all: Vec<_> = pages.iter().flatten().collect();
    assert_eq!(&pages[0], &first);
    assert!(all.windows(2).all(|pair| pair[0].rank <= pair[1].rank && pair[0].pnl >= pair[1].pnl));
    assert!(all.iter().all(|row| !row.followed && row.verdict.is_none()));
    // Everybody shown was looked at, once.
    assert_eq!(stage.store.dossier_family().await.unwrap(), 37);
    assert_eq!(stage.server.requests.count("data/v2/leaderboard"), 1, "pages of one board are one request");
    let baiter = stage.wallets(Kind::Baiter).remove(0);
    stage.made(&baiter).await;
    stage.store.follow_trader(&follow(&baiter), &[]).await.unwrap();
    let pages = futures_of(&stage).await;
    let row = pages.iter().flatten().find(|row| row.trader.wallet == baiter).unwrap();
    assert!(row.followed && row.verdict == Some(CopyVerdict::DoNot), "{row:?}");
    assert_eq!(stage.store.dossier_family().await.unwrap(), 37);
    stage.pass(TimeDelta::seconds(61));
    board.leaderboard(LeaderboardPeriod::Month, 0).await.unwrap();
    assert_eq!(stage.server.requests.count("data/v2/leaderboard"), 2);
    stage.server.faults.http("data", HttpFault::CutShort, u32::MAX);
    let error = board.leaderboard(LeaderboardPeriod::Day, 0).await.unwrap_err();
    assert!(format!("{error:#}").starts_with("the leaderboard cannot be had: 127.0.0.1"), "{error:#}");
}

async fn futures_of(stage: &Stage) -> Vec<Vec<engine_core::copy::board::LeaderboardRow>> {
    let mut pages = Vec::new();
    for page in 0..5 {
        pages.push(stage.dossiers.leaderboard(LeaderboardPeriod::Month, page).await.unwrap());
    }
    pages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trader_is_found_by_wallet_profile_or_name() {
    let stage = Stage::simulated(10).await;
    let traders = stage.world.traders();
    let (ann, bob, eve) = (&traders[0].wallet, &traders[1].wallet, &traders[2].wallet);
    stage.world.rename_trader(ann, "Ann").unwrap();
    stage.world.rename_trader(bob, "twins").unwrap();
    stage.world.rename_trader(eve, "Twins").unwrap();
    let find = |text: String| {
        let dossiers = stage.dossiers.clone();
        async move { dossiers.find_trader(&text).await.unwrap() }
    };
    for text in [
        ann.clone(),
        format!("  {}  ", ann.to_uppercase().replacen("0X", "0x", 1)),
        format!("https://polymarket.com/profile/{ann}?tab=activity"),
        "polymarket.com/@Ann".to_owned(),
        "https://polymarket.com/@ann/history".to_owned(),
        "@ann".to_owned(),
        "ANN".to_owned(),
    ] {
        let TraderFound::One { trader } = find(text.clone()).await else { panic!("{text}: not found") };
        assert_eq!((trader.wallet.as_str(), trader.name.as_str()), (ann.as_str(), "Ann"), "{text}");
    }
    let TraderFound::Several { traders: twins } = find("twins".to_owned()).await else { panic!("not several") };
    assert_eq!(twins.len(), 2);
    assert!(twins.iter().all(|one| [bob, eve].contains(&&one.wallet.as_str().to_owned())), "{twins:?}");
    let nobody = TraderFound::Nobody { name: "who knows".to_owned() };
    assert_eq!(find("who knows".to_owned()).await, nobody);
    for text in ["", "@", "0x123", "https://polymarket.com/event/x", "https://elsewhere.example/@ann"] {
        assert_eq!(find(text.to_owned()).await, TraderFound::Unreadable, "{text}");
    }
    // A wallet is found though nobody can be asked, by the name it was followed under.
    stage.server.faults.http("gamma", HttpFault::TooManyJson { retry_after_s: 0 }, u32::MAX);
    assert_eq!(
        find("ann".to_owned()).await,
        TraderFound::Unavailable { outage: Outage::TooManyRequests { retry_after_secs: Some(0) } }
    );
    let wallet = engine_core::copy::activity::Wallet::parse(ann).unwrap();
    stage.store.follow_trader(&follow(&wallet), &[]).await.unwrap();
    let TraderFound::One { trader } = find(ann.clone()).await else { panic!("not found") };
    assert_eq!(trader.name, "as followed");
}
