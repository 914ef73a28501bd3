//! Traders of the fixed world: one who cannot be told, one on probation, one staked, and a stranger of whom nothing is known.

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
use engine_core::copy::record::CopyRecord;
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

pub(crate) fn report() -> TraderReport {
    let follower = |place: usize, roi: f64, edge: f64| {
        Some(FollowerResult {
            delay: DELAYS[place],
            trades: 180,
            events: 61,
            pnl: 180.0 * roi,
            roi,
            edge,
            p_value: 0.124,
            p_loss: 0.876,
        })
    };
    let half = |pnl, roi, follower_edge| Half { markets: 107, pnl, roi, follower_edge };
    TraderReport {
        wallet: wallet(ANN),
        markets: 310,
        closed: 214,
        events: 96,
        coverage: 0.91,
        realized_pnl: 12_400.0,
        spent: 151_000.0,
        roi: 0.082,
        wins: 124,
        win_rate_ci95: Some([0.512, 0.644]),
        halves: [half(8_000.0, 0.101, 0.031), half(4_400.0, 0.06, -0.012)],
        holding_days: 2.4,
        behaviour: Behaviour {
            orders: 812,
            volume: 301_000.0,
            turnover: 3.2,
            reversal_share: 0.03,
            both_sides_share: 0.12,
            extreme_price_share: 0.08,
            mint_ratio: 0.02,
            rewards: 0.0,
            days: 190.0,
        },
        mix: CategoryMix { sports: 0.4, crypto: 0.12, other: 0.48 },
        concentration: Concentration { largest_share: 0.22, hhi: 0.08 },
        followers: [follower(0, 0.031, 0.016), follower(1, 0.022, 0.011), follower(2, 0.018, 0.009)],
        quick_exit_share: 0.06,
        measured: Some(MeasuredEdge { events: 61, mean: 0.041, standard_error: 0.019, price_variance: 0.22 }),
    }
}

pub(crate) fn dossier() -> Dossier {
    let point = |days: i64, his: f64, ours: f64| CurvePoint { at: now() - seconds(days * 86_400), his, ours };
    Dossier {
        trader: trader(ANN),
        at: now() - seconds(10_800),
        report: report(),
        judged: Judged {
            verdict: CopyVerdict::CannotTell,
            reasons: vec![Reason::NotSignificant(0.124), Reason::NotPersistent(-0.012)],
        },
        looked_at: 35,
        edge: ShrunkEdge { edge: 0.008, kept: 0.19, price_variance: 0.22 },
        curve: vec![point(90, 0.0, 0.0), point(2, 0.082, 0.018)],
        rows: 1_250,
        oldest: Some("2026-05-03T00:00:00Z".parse().unwrap()),
        cut: true,
        portfolio: Some(48_200.0),
    }
}

/// A dossier with nothing in it.
pub(crate) fn empty_dossier() -> Dossier {
    let zero = Half::default();
    let report = TraderReport {
        markets: 0,
        closed: 0,
        events: 0,
        coverage: 0.0,
        realized_pnl: 0.0,
        spent: 0.0,
        roi: 0.0,
        wins: 0,
        win_rate_ci95: None,
        halves: [zero, zero],
        holding_days: 0.0,
        behaviour: Behaviour::default(),
        mix: CategoryMix::default(),
        concentration: Concentration::default(),
        followers: [None, None, None],
        quick_exit_share: 0.0,
        measured: None,
        ..report()
    };
    Dossier {
        report,
        judged: Judged { verdict: CopyVerdict::CannotTell, reasons: vec![Reason::FewEvents(0)] },
        looked_at: 1,
        edge: ShrunkEdge::NONE,
        curve: Vec::new(),
        rows: 0,
        oldest: None,
        cut: false,
        portfolio: None,
        ..dossier()
    }
}

/// A dossier of figures as large as they come.
pub(crate) fn huge_dossier() -> Dossier {
    let half = Half { markets: 4_000_000, pnl: -2.0e12, roi: -123.456, follower_edge: -0.99 };
    let follower = |place: usize| {
        Some(FollowerResult {
            delay: DELAYS[place],
            trades: 123_456_789,
            events: 98_765_432,
            pnl: 1e12,
            roi: 1_234.567,
            edge: 0.987,
            p_value: 0.0,
            p_loss: 1.0,
        })
    };
    let report = TraderReport {
        markets: 987_654_321,
        closed: 876_543_210,
        realized_pnl: -9.876e14,
        spent: 1e15,
        roi: -98_765.4,
        halves: [half, half],
        holding_days: 123_456.7,
        behaviour: Behaviour {
            orders: u64::MAX,
            volume: 9.9e15,
            turnover: 1e9,
            reversal_share: 1.0,
            both_sides_share: 1.0,
            extreme_price_share: 1.0,
            mint_ratio: 1e9,
            rewards: 1e12,
            days: 99_999.0,
        },
        followers: [follower(0), follower(1), follower(2)],
        ..report()
    };
    let reasons = vec![
        Reason::MarketMakerTurns(1.0),
        Reason::MarketMakerBothSides(1.0),
        Reason::FarmerExtremePrices(1.0),
        Reason::FarmerMints(1e9),
        Reason::FarmerChurns(1e9),
        Reason::LeavesTooFast(1.0),
        Reason::FollowerLoses(0.0),
    ];
    let judged = Judged { verdict: CopyVerdict::DoNot, reasons };
    Dossier { report, judged, rows: u64::MAX, looked_at: u64::MAX, portfolio: Some(1e15), ..dossier() }
}

pub(crate) fn terms() -> CopyTerms {
    CopyTerms { floor: 0.08, min_bet: "5".parse().unwrap(), equity: "300".parse().unwrap() }
}

pub(crate) fn follow(address: &str, stage: Stage, standing: Standing) -> Follow {
    Follow {
        wallet: wallet(address),
        name: trader(address).name,
        sizing: if stage == Stage::Live { CopySizing::Kelly } else { CopySizing::Proportional { multiplier: 0.5 } },
        caps: CopyCaps { per_event: None, ..FollowDraft::begin(wallet(address), Sizing::Kelly).caps },
        mode: BookMode::Approve,
        stage,
        standing,
        followed_at: now() - seconds(20 * 86_400),
        changed_at: now() - seconds(3 * 86_400 + 4_000),
    }
}

pub(crate) fn tally(events: u64, mean: f64) -> Tally {
    Tally { events, mean, wealth_for: 2.31, wealth_against: 0.42 }
}

pub(crate) fn counts() -> CopyCounts {
    CopyCounts {
        copied: 12,
        asked: 3,
        shadow: 40,
        exits: 1,
        skipped: vec![
            (Some(Gate::Drift), 9),
            (Some(Gate::Staleness), 6),
            (Some(Gate::EffectiveEdge), 4),
            (None, 2),
            (Some(Gate::Sports), 1),
            (Some(Gate::MinBet), 1),
            (Some(Gate::Expiry), 1),
            (Some(Gate::Bankroll), 1),
        ],
    }
}

fn record(staked: bool) -> CopyRecord {
    let n = u32::from(staked);
    CopyRecord {
        open: 2 * n,
        invested: if staked { "24.1" } else { "0" }.parse().unwrap(),
        wins: 5 * n,
        losses: 4 * n,
        staked: if staked { "90" } else { "0" }.parse().unwrap(),
        pnl: if staked { "3.2" } else { "0" }.parse().unwrap(),
        shadow_open: 3 * (1 - n),
        tally: tally(12, 0.021),
        counts: counts(),
        last_seen: Some(now() - seconds(720)),
    }
}

pub(crate) fn followed(address: &str) -> FollowedFacts {
    let staked = address == EVE;
    let stage = if staked { Stage::Live } else { Stage::Shadow };
    let standing = if staked { Standing::Paused } else { Standing::Active };
    let verdict = if staked { Some(CopyVerdict::Copyable) } else { None };
    FollowedFacts { follow: follow(address, stage, standing), record: record(staked), verdict }
}

fn is_followed(wallet: &Wallet) -> bool {
    [BOB, EVE].contains(&wallet.as_str())
}

pub(crate) fn copy_position() -> Position {
    Position {
        book: BookId::new("copy"),
        source: SignalSource::CopyTrade,
        trader: Some(EVE.to_owned()),
        ..position(9, "copy", "30.4", "11.62", "0.28")
    }
}

pub(crate) fn copy_book() -> BookReport {
    BookReport { book: BookId::new("copy"), ..reports().remove(1) }
}

pub(crate) fn copied_decision(conviction: Option<f64>) -> Decision {
    let order = CopiedOrder {
        trader: trader(EVE),
        transaction: format!("0x{}", "ab".repeat(32)),
        shares: "120".parse().unwrap(),
        notional: "44.4".parse().unwrap(),
        trade: CopiedTrade { price: "0.37".parse().unwrap(), traded_at: now() - seconds(15), conviction },
    };
    let mut decision =
        Decision { source: SignalSource::CopyTrade, model_version: None, copied: Some(order), ..decision() };
    decision.prediction = decision.prediction.map(|prediction| engine_core::prediction::Prediction {
        learners: Vec::new(),
        confidence: 1.0,
        ..prediction
    });
    decision
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
        | Screen::Help => return None,
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
