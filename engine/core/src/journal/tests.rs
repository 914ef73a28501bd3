use std::sync::Arc;

use chrono::TimeDelta;

use super::*;
use crate::book::{Level, OrderBook};
use crate::calibration::Curves;
use crate::features::{FEATURE_COUNT, FEATURES_VERSION, FeatureVector};
use crate::gate::Gate;
use crate::market::{MarketId, OutcomeToken};
use crate::pipeline::samples::{books, evidence, market, now, usd, view};
use crate::pipeline::{BookView, EdgeCheck, GateSettings, judge, screen};
use crate::prediction::SignalSource;
use crate::settlement::{OracleReport, Payouts, ResolutionEvidence};
use crate::strategy::BookMode;

fn views() -> Vec<BookView> {
    let asks = BookView { mode: BookMode::Approve, ..view("balanced") };
    vec![BookView { mode: BookMode::Auto, ..view("aggressive") }, asks]
}

/// A scan of three markets: one to be bet on, one with a forecast like the market's, one stopped on its listing.
fn recorded(minutes: i64) -> ScanFrame {
    let at = now() + TimeDelta::minutes(minutes);
    let terms = Terms {
        gates: GateSettings::default(),
        reference_stake: usd("5"),
        max_candidates: 15,
        source: SignalSource::Ensemble,
        features_version: FEATURES_VERSION,
        curves: Curves::default(),
        model: None,
    };
    let seen = |id: &str, probability: f64| {
        let mut market = market();
        (market.id, market.condition_id) = (MarketId::new(id), crate::market::ConditionId::new(format!("0x{id}")));
        let (yes, no) = books();
        let prediction = evidence(&market, &(yes.clone(), no.clone()), probability).prediction;
        let features = FeatureVector([0.25; FEATURE_COUNT]);
        let (yes_book, no_book) = (Some(yes), Some(no));
        Seen { market, yes_book, no_book, features: Some(features), prediction, effect: Effect::default() }
    };
    let mut seen = vec![seen("1", 0.2), seen("2", 0.6), seen("3", 0.5)];
    seen[2].market.closed = true;
    (seen[2].yes_book, seen[2].no_book, seen[2].features, seen[2].prediction) = (None, None, None, None);
    let asked = Raised { market: MarketId::new("1"), views: views(), duplicate: None, plans: vec![], bets: vec![] };
    let mut frame = ScanFrame { screened_at: at, at, terms: Arc::new(terms), seen, raised: vec![asked] };
    let made = rerun(&frame, None);
    frame.seen.iter_mut().zip(made.effects).for_each(|(seen, (_, effect))| seen.effect = effect);
    frame.raised = made.raised;
    frame
}

/// The book of No as the venue serves it: the other side of the book of Yes.
fn mirrored(yes: &OrderBook) -> OrderBook {
    let mirror = |levels: &[Level]| {
        levels.iter().map(|level| Level { price: level.price.complement(), ..*level }).collect::<Vec<_>>()
    };
    OrderBook::new(OutcomeToken::new("22"), mirror(&yes.asks), mirror(&yes.bids), yes.at, None)
}

fn stored(reel: &mut Reel, frame: &ScanFrame) -> Vec<u8> {
    serde_json::to_vec(&reel.shorten(&Frame::Scan(Box::new(frame.clone())))).unwrap()
}

#[test]
fn a_scan_runs_again_to_the_same() {
    let frame = recorded(0);
    assert_eq!(frame.seen[0].effect.stopped_at, None);
    assert_eq!(frame.seen[1].effect.stopped_at, Some(Gate::EffectiveEdge));
    assert_eq!(frame.seen[2].effect.stopped_at, Some(Gate::Open));
    assert_eq!(frame.raised.len(), 1);
    assert_eq!(frame.raised[0].plans.iter().filter(|plan| plan.takes()).count(), 2);
    let bettors: Vec<&str> = frame.raised[0].bets.iter().map(|bet| bet.book.as_str()).collect();
    assert_eq!(bettors, ["aggressive"], "only the book in auto mode bets at once");
    assert_eq!(compare(&frame, &rerun(&frame, None)), None);
}

#[test]
fn the_first_difference_is_named() {
    type Spoil = fn(&mut ScanFrame);
    let table: [(Spoil, &str, &str, &str); 8] = [
        (|f| f.seen[1].effect.stopped_at = None, "2", "gate", "effective_edge"),
        (|f| f.seen[2].market.closed = false, "3", "gate", "book_depth"),
        (|f| f.seen[0].effect.posterior = Some(0.5), "1", "posterior", "0.43"),
        (|f| Arc::make_mut(&mut f.terms).gates.min_kelly_size = 0.5, "1", "gate", "kelly_size"),
        (|f| f.raised[0].views[0].cash = usd("30"), "1", "gate of aggressive", "min_bet"),
        (|f| f.raised[0].bets[0].fill.fee = usd("9"), "1", "fee of aggressive's fill", "0."),
        (|f| f.raised[0].bets.clear(), "1", "token of aggressive's fill", "22"),
        (|f| f.raised.clear(), "1", "candidate in its turn", "1"),
    ];
    for (spoil, market, what, now) in table {
        let mut frame = recorded(0);
        spoil(&mut frame);
        let found = compare(&frame, &rerun(&frame, None)).expect(what);
        assert_eq!((found.market.as_str(), found.what.as_str()), (market, what), "{found}");
        assert!(found.now.starts_with(now), "{found}");
    }
}

#[test]
fn a_segment_gives_back_what_was_put_in() {
    let (mut writer, mut reader) = (Reel::default(), Reel::default());
    let mut frames = vec![recorded(0), recorded(0), recorded(10), recorded(20), recorded(30), recorded(40)];
    frames[2].seen[0].market.volume = Some(usd("12345.67"));
    frames[2].seen[1].features.as_mut().unwrap().0[3] = 0.1 + 0.2;
    frames[3].seen.remove(1);
    frames[3].seen[0].yes_book = None;
    let no = mirrored(frames[4].seen[1].yes_book.as_ref().unwrap());
    frames[4].seen[1].no_book = Some(no);
    frames[3].seen[0].features = None;
    frames[4].seen[2].market.question = "Another question?".to_owned();
    Arc::make_mut(&mut frames[5].terms).max_candidates = 3;
    frames[5].raised[0].views[0].cash = usd("1");
    for frame in frames {
        let bytes = stored(&mut writer, &frame);
        let back = reader.restore(serde_json::from_slice(&bytes).unwrap()).unwrap();
        assert_eq!(back, Frame::Scan(Box::new(frame)));
    }
}

#[test]
fn what_did_not_change_costs_next_to_nothing() {
    let mut reel = Reel::default();
    let first = stored(&mut reel, &recorded(0)).len();
    let mut same = recorded(0);
    same.raised.clear();
    let second = stored(&mut reel, &same).len();
    assert!(first > 4_000 && second < 120, "{first} and {second} bytes");
}

#[test]
fn a_mirrored_book_is_not_stored_twice() {
    let mut frame = recorded(0);
    let whole = stored(&mut Reel::default(), &frame).len();
    frame.seen[0].no_book = frame.seen[0].yes_book.as_ref().map(mirrored);
    let short = stored(&mut Reel::default(), &frame);
    assert!(short.len() + 60 < whole, "{} of {whole} bytes", short.len());
    let back = Reel::default().restore(serde_json::from_slice(&short).unwrap()).unwrap();
    assert_eq!(back, Frame::Scan(Box::new(frame)));
}

#[test]
fn a_frame_without_those_before_it_is_refused() {
    let mut writer = Reel::default();
    let whole = writer.shorten(&Frame::Scan(Box::new(recorded(0))));
    let mut changed = recorded(10);
    changed.seen[0].market.volume = None;
    let later = writer.shorten(&Frame::Scan(Box::new(changed)));
    assert_eq!(Reel::default().restore(later.clone()), Err(BrokenReel::NoTerms));
    let mut reader = Reel::default();
    reader.restore(whole).unwrap();
    reader.restore(later).unwrap();
}

#[test]
fn an_approval_is_judged_again() {
    let (market, (yes, no)) = (market(), books());
    let seen = books();
    let trace = screen(&market, SignalSource::Ensemble, now(), &GateSettings::default()).unwrap();
    let stored = judge(&evidence(&market, &seen, 0.2), trace, usd("5"), &GateSettings::default());
    let blank = RecheckedFrame {
        at: now() + TimeDelta::minutes(3),
        stored,
        market,
        yes_book: Some(yes),
        no_book: Some(no),
        views: views(),
        share: 0.5,
        reference_stake: usd("5"),
        gates: GateSettings::default(),
        edge: EdgeCheck::Gone,
        effect: Effect::default(),
        plans: Vec::new(),
    };
    let again = blank.recheck();
    let plans = Raised::wordless(&again.decision.plans);
    let mut frame = RecheckedFrame { edge: again.edge, effect: Effect::of(&again.decision), plans, ..blank };
    assert_eq!(frame.edge, EdgeCheck::Holds);
    assert_eq!(compare_recheck(&frame), None);
    frame.share = 1.0;
    let found = compare_recheck(&frame).unwrap();
    assert_eq!((found.market.as_str(), found.what.as_str()), ("501", "stake of aggressive"), "{found}");
    frame.no_book = None;
    assert_eq!(compare_recheck(&frame).unwrap().what, "what is left of the edge");
}

#[test]
fn a_settlement_is_decided_again() {
    let oracle = OracleReport { status: "resolved".to_owned(), payouts: Some(vec![0, 1_000_000]) };
    let mut settled = SettledFrame {
        at: now(),
        condition: market().condition_id,
        evidence: ResolutionEvidence { oracle: Some(oracle), ..ResolutionEvidence::default() },
        payouts: Payouts::NO,
        paid: Vec::new(),
    };
    assert_eq!(compare_settlement(&settled), None);
    settled.payouts = Payouts::YES;
    let found = compare_settlement(&settled).unwrap();
    assert_eq!((found.what.as_str(), found.recorded.as_str()), ("payout", "1 a share of Yes"));
    settled.evidence.oracle = None;
    assert!(compare_settlement(&settled).unwrap().now.len() > 5);
}

#[test]
fn levels_out_of_reach_are_left_out() {
    let (yes, _) = books();
    let near = within_reach(&yes, crate::money::Price::from_micros(10_000));
    assert_eq!((near.best_bid(), near.best_ask()), (yes.best_bid(), yes.best_ask()));
    assert_eq!((near.bids.len(), near.asks.len()), (2, 2), "the ask at 0.70 is nine cents away");
}
