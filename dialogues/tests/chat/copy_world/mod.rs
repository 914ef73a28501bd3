//! Traders of the fixed world: one who cannot be told, one on probation, one staked, and a stranger of whom nothing is known.

mod dossiers;
mod follows;

use dialogues::draft::{FollowDraft, Sizing};
use dialogues::facts::*;
use dialogues::screen::Screen;
use engine_core::copy::activity::Wallet;
use engine_core::copy::behaviour::Behaviour;
use engine_core::copy::board::{LeaderboardRow, Outage, TraderFound};
use engine_core::copy::dossier::{CurvePoint, Dossier, DossierProgress, DossierRead};
use engine_core::copy::edge::{MeasuredEdge, ShrunkEdge};
use engine_core::copy::follow::{Follow, Standing};
use engine_core::copy::follower::{DELAYS, FollowerResult};
use engine_core::copy::judge::{CopyCaps, CopySizing};
use engine_core::copy::news::{CopyCounts, CopyNotice};
use engine_core::copy::probation::{Stage, StageChange, Tally, Why};
use engine_core::copy::record::{CopyMoney, CopyRecord};
use engine_core::copy::report::{CategoryMix, Concentration, Half, TraderReport};
use engine_core::copy::trader::Trader;
use engine_core::copy::verdict::{CopyVerdict, Judged, Reason};
use engine_core::gate::Gate;
use engine_core::money::Usd;
use engine_core::notice::{BookReport, Notice, PlacedBet};
use engine_core::pipeline::CopiedTrade;
use engine_core::position::Position;
use engine_core::prediction::SignalSource;
use engine_core::signal::{CopiedOrder, Decision};
use engine_core::strategy::{BookId, BookMode};

use crate::world::{decision, fill, now, position, reports, seconds};

pub(crate) use dossiers::*;
pub(crate) use follows::*;

/// The one the report cannot tell about; followed by nobody.
pub(crate) const ANN: &str = "0x56687bf447db6ffa42ffe2204a05edaa20f55839";
/// Followed in shadow.
pub(crate) const BOB: &str = "0xb0b00000000000000000000000000000000000b0";
/// Followed and staked.
pub(crate) const EVE: &str = "0xe4e00000000000000000000000000000000000e4";
/// Being read.
pub(crate) const NEW: &str = "0x00000000000000000000000000000000000000aa";
/// Without trades.
pub(crate) const NOBODY: &str = "0x00000000000000000000000000000000000000bb";
/// Who cannot be read.
pub(crate) const BROKEN: &str = "0x00000000000000000000000000000000000000cc";

/// Who cannot be read now, and was before.
pub(crate) const OLD: &str = "0x00000000000000000000000000000000000000dd";
/// Who is not shown any more.
pub(crate) const GONE: &str = "0x00000000000000000000000000000000000000ee";

pub(crate) fn wallet(address: &str) -> Wallet {
    Wallet::parse(address).unwrap()
}

pub(crate) fn trader(address: &str) -> Trader {
    let name = match address {
        ANN => "sharp_ann",
        BOB => "Bob <b>the\u{202e} Builder</b> of very long names & more",
        EVE => "Eve",
        // The venue's way to say "no name".
        NEW => "0x00000000000000000000000000000000000000AA-1712345678901",
        _ => "",
    };
    Trader { wallet: wallet(address), name: name.to_owned() }
}

fn leaders() -> Vec<LeaderboardRow> {
    let row = |rank, address: &str, pnl: f64, volume, verdict| LeaderboardRow {
        rank,
        trader: trader(address),
        pnl: Usd::from_f64(pnl),
        volume,
        verdict,
        followed: is_followed(&wallet(address)),
    };
    vec![
        row(1, ANN, 1_240_000.0, Some(12_400_000.0), Some(CopyVerdict::CannotTell)),
        row(2, EVE, 82_345.0, Some(901_000.0), Some(CopyVerdict::Copyable)),
        row(3, BOB, 12_400.0, None, None),
        row(4, NOBODY, -512.0, Some(0.0), Some(CopyVerdict::DoNot)),
    ]
}

fn report_of(wallet: &Wallet) -> ReportFacts {
    let outage = || Outage::Failing { error: "data-api: <b>503</b>".to_owned() };
    let trader = trader(wallet.as_str());
    match wallet.as_str() {
        NEW => ReportFacts::Reading(DossierProgress {
            rows: 1_250,
            oldest: Some("2026-05-03T00:00:00Z".parse().unwrap()),
            markets: 310,
            asked: 120,
        }),
        NOBODY => ReportFacts::Read(DossierRead::Nothing { trader, profile: false }),
        BROKEN => ReportFacts::Read(DossierRead::Unavailable { trader, outage: outage(), last: None }),
        OLD => {
            let last = Some(Box::new(dossier()));
            let outage = Outage::TooManyRequests { retry_after_secs: Some(30) };
            ReportFacts::Read(DossierRead::Unavailable { trader, outage, last })
        }
        GONE => ReportFacts::Read(DossierRead::Vanished { trader, last: None }),
        _ => ReportFacts::Read(DossierRead::Done(Box::new(dossier()))),
    }
}

fn known(wallet: &Wallet) -> Option<Box<Dossier>> {
    report_of(wallet).dossier().cloned().map(Box::new)
}

/// The facts of any screen of copy trading; `None` for the others.
pub(crate) fn facts(screen: &Screen) -> Option<Facts> {
    let follow_of = |wallet: &Wallet| is_followed(wallet).then(|| followed(wallet.as_str()).follow);
    Some(match screen {
        Screen::Leaderboard { period, page } => {
            let rows = if *page > 3 { Err("Polymarket does not answer.".to_owned()) } else { Ok(leaders()) };
            Facts::Leaderboard(LeaderboardFacts { period: *period, page: *page, rows, more: *page < 2 })
        }
        Screen::Trader { wallet, .. } => Facts::Trader(Box::new(TraderFacts {
            trader: trader(wallet.as_str()),
            report: report_of(wallet),
            follow: follow_of(wallet),
            terms: terms(),
        })),
        Screen::TraderChart { .. } => Facts::TraderChart(Box::new(dossier())),
        Screen::FindTrader { query } => Facts::FindTrader(FindTraderFacts {
            query: query.clone(),
            found: match query.as_str() {
                "sharp" => TraderFound::Several { traders: vec![trader(ANN), trader(EVE)] },
                "down" => TraderFound::Unavailable { outage: Outage::TooManyRequests { retry_after_secs: None } },
                _ => TraderFound::Nobody { name: query.clone() },
            },
        }),
        Screen::Traders { page } => Facts::Traders(TradersFacts {
            query: None,
            traders: vec![followed(BOB), followed(EVE)],
            page: *page,
            pages: 2,
            total: 8,
        }),
        Screen::Followed { wallet } => Facts::Followed(Box::new(followed(wallet.as_str()))),
        Screen::Follow { draft } => Facts::Follow(Box::new(FollowFacts {
            draft: (**draft).clone(),
            trader: trader(draft.wallet.as_str()),
            dossier: known(&draft.wallet),
            follow: follow_of(&draft.wallet),
            terms: terms(),
            book: Some(copy_book()),
        })),
        Screen::UnfollowWhom { query, page } => {
            let traders = match query.as_deref() {
                None => vec![followed(BOB), followed(EVE)],
                Some("eve") => vec![followed(EVE)],
                Some(_) => Vec::new(),
            };
            let total = u32::try_from(traders.len()).unwrap();
            Facts::UnfollowWhom(TradersFacts { query: query.clone(), traders, page: *page, pages: 1, total })
        }
        Screen::Unfollow { wallet } => {
            let bid = Some("0.445".parse().unwrap());
            let open = match wallet.as_str() {
                EVE => vec![
                    OpenPosition::value(copy_position(), bid, Some(0.45), Some(now())),
                    OpenPosition::value(copy_position(), None, None, None),
                ],
                _ => Vec::new(),
            };
            let followed = is_followed(wallet);
            Facts::Unfollow(UnfollowFacts { trader: trader(wallet.as_str()), followed, open })
        }
        Screen::StageAsk { wallet, stage } => Facts::StageAsk(Box::new(StageAskFacts {
            followed: followed(wallet.as_str()),
            stage: *stage,
            dossier: known(wallet),
        })),
        Screen::Copy => Facts::Copy(CopyFacts {
            book: Some(copy_book()),
            follows: FollowCounts { live: 1, shadow: 6, failed: 1, paused: 1 },
            today: counts(),
            lag: Some(Lag { trades: 212, median_secs: 3.9, p99_secs: 31.4 }),
            unreadable: vec![(trader(BOB), now() - seconds(7_300))],
        }),
        Screen::Home
        | Screen::Signals
        | Screen::Signal { .. }
        | Screen::SignalWhy { .. }
        | Screen::SignalChart { .. }
        | Screen::Open { .. }
        | Screen::ClosePreview { .. }
        | Screen::PositionWhy { .. }
        | Screen::PositionChart { .. }
        | Screen::Stats { .. }
        | Screen::EquityChart
        | Screen::Brier
        | Screen::ReliabilityChart
        | Screen::Why { .. }
        | Screen::Modes
        | Screen::PauseAll
        | Screen::Models
        | Screen::Model { .. }
        | Screen::Health
        | Screen::Help
        | Screen::Strategies
        | Screen::Strategy { .. }
        | Screen::Tune { .. }
        | Screen::ResetProfile { .. }
        | Screen::TopUp { .. }
        | Screen::Trial { .. }
        | Screen::CompareProfiles => return None,
    })
}

/// News of every kind.
pub(crate) fn news() -> Vec<Notice> {
    let bet = || PlacedBet { position: copy_position(), fill: fill("30.4", "11.62", "0.28") };
    let copied = |conviction| CopyNotice::Copied {
        trader: trader(EVE),
        signal_id: 12,
        decision: Box::new(copied_decision(conviction)),
        bet: Box::new(bet()),
    };
    let exit = |fraction: f64, left: &str| CopyNotice::Exit {
        trader: trader(BOB),
        fraction,
        position: Box::new(Position { shares: left.parse().unwrap(), ..copy_position() }),
        fill: Box::new(fill("9.1", "4.05", "0.09")),
        pnl: "0.57".parse().unwrap(),
        acted_at: now() + seconds(149),
    };
    let stage = |from, to, why| CopyNotice::Stage {
        trader: trader(EVE),
        change: StageChange {
            from,
            to,
            why,
            tally: Tally { events: 24, mean: 0.031, wealth_for: 21.4, wealth_against: 11.2 },
        },
    };
    let all = vec![
        copied(None),
        copied(Some(0.021)),
        exit(0.3, "21.3"),
        exit(1.0, "0"),
        CopyNotice::StuckExit {
            trader: trader(ANN),
            position: Box::new(copy_position()),
            shares: "9.1".parse().unwrap(),
            reason: "the book is <empty>".to_owned(),
        },
        stage(Stage::Shadow, Stage::Live, Why::Confirmed),
        stage(Stage::Shadow, Stage::Live, Why::Proven),
        stage(Stage::Live, Stage::Shadow, Why::Disproven),
        stage(Stage::Live, Stage::Shadow, Why::Report),
        stage(Stage::Shadow, Stage::Failed, Why::Disproven),
        CopyNotice::Began { trader: trader(NOBODY), stage: Stage::Shadow },
        CopyNotice::Began { trader: trader(ANN), stage: Stage::Live },
        CopyNotice::Ended { trader: trader(EVE), open: 2 },
        CopyNotice::Ended { trader: trader(EVE), open: 0 },
        CopyNotice::Unreadable {
            trader: trader(BOB),
            since: now() - seconds(7_300),
            error: "data-api: <429> after 5 tries".to_owned(),
        },
        CopyNotice::Digest { since: now() - seconds(21_600), until: now(), counts: counts() },
        CopyNotice::Digest { since: now() - seconds(21_600), until: now(), counts: CopyCounts::default() },
    ];
    all.into_iter().map(|news| Notice::Copy(Box::new(news))).collect()
}

/// Every screen of copy trading, in the states it can have.
pub(crate) fn every_screen() -> Vec<Screen> {
    use dialogues::draft::{Cap, Purpose, Step};
    use dialogues::screen::Period;
    let draft = |step| {
        let begin = FollowDraft::begin(wallet(ANN), Sizing::Proportional { percent: 75 });
        Screen::Follow { draft: Box::new(begin.at(step)) }
    };
    let kelly_live = FollowDraft {
        stage: Stage::Live,
        mode: BookMode::Auto,
        caps: CopyCaps { per_trade: Some("2.5".parse().unwrap()), ..CopyCaps::default() },
        ..FollowDraft::begin(wallet(ANN), Sizing::Kelly).at(Step::Confirm)
    };
    let change = FollowDraft {
        purpose: Purpose::Change,
        stage: Stage::Live,
        ..FollowDraft::begin(wallet(EVE), Sizing::Proportional { percent: 200 }).at(Step::Confirm)
    };
    let trader = |address| Screen::Trader { wallet: wallet(address), again: false };
    let mut all = vec![
        Screen::Leaderboard { period: Period::Month, page: 0 },
        Screen::Leaderboard { period: Period::Today, page: 9 },
        Screen::TraderChart { wallet: wallet(ANN) },
        Screen::FindTrader { query: "sharp".to_owned() },
        Screen::FindTrader { query: "down".to_owned() },
        Screen::FindTrader { query: "<b>nobody".to_owned() },
        Screen::Traders { page: 0 },
        Screen::Followed { wallet: wallet(BOB) },
        Screen::Followed { wallet: wallet(EVE) },
        Screen::UnfollowWhom { query: None, page: 0 },
        Screen::UnfollowWhom { query: Some("eve".to_owned()), page: 0 },
        Screen::UnfollowWhom { query: Some("<i>x".to_owned()), page: 0 },
        Screen::Unfollow { wallet: wallet(EVE) },
        Screen::Unfollow { wallet: wallet(BOB) },
        Screen::Unfollow { wallet: wallet(ANN) },
        Screen::StageAsk { wallet: wallet(BOB), stage: Stage::Live },
        Screen::StageAsk { wallet: wallet(EVE), stage: Stage::Shadow },
        Screen::Copy,
        Screen::Follow { draft: Box::new(kelly_live) },
        Screen::Follow { draft: Box::new(change) },
    ];
    all.extend([ANN, BOB, NEW, NOBODY, BROKEN, OLD, GONE].map(trader));
    let steps = [Step::Start, Step::Sizing, Step::Caps, Step::OneCap { cap: Cap::Event }, Step::Mode, Step::Confirm];
    all.extend(steps.map(draft));
    all
}
