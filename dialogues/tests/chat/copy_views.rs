//! What the cards of copy trading say when there is nothing, everything, or too much to say.

use dialogues::Role;
use dialogues::draft::{FollowDraft, Sizing, Step};
use dialogues::escape::utf16_len;
use dialogues::facts::*;
use dialogues::message::{Message, Press};
use dialogues::screen::Screen;
use dialogues::view;
use engine_core::copy::dossier::{Dossier, DossierRead};
use engine_core::copy::follow::Standing;
use engine_core::copy::judge::CopyCaps;
use engine_core::copy::news::CopyCounts;
use engine_core::copy::probation::{Stage, Tally};
use engine_core::copy::verdict::{CopyVerdict, Judged, Reason};
use engine_core::gate::Gate;
use engine_core::notice::{Notice, SettledBet, SignalCard, WinLoss};
use engine_core::signal::SignalStatus;

use crate::copy_world::*;
use crate::views::check_message;
use crate::world::{card, facts, now, reader, seconds};

fn shown(facts: &Facts) -> Message {
    let message = view::screen(facts, &reader());
    check_message(&message);
    message
}

fn report_of(dossier: Dossier) -> String {
    let facts = TraderFacts {
        trader: trader(ANN),
        report: ReportFacts::Read(DossierRead::Done(Box::new(dossier))),
        follow: None,
        terms: terms(),
    };
    shown(&Facts::Trader(Box::new(facts))).html
}

fn judged(verdict: CopyVerdict, reasons: Vec<Reason>) -> Dossier {
    Dossier { judged: Judged { verdict, reasons }, ..dossier() }
}

#[test]
fn the_verdict_comes_first_with_its_number() {
    use CopyVerdict::{CannotTell, Copyable, DoNot};
    let table = [
        (
            DoNot,
            Reason::MarketMakerTurns(0.38),
            "<b>Do not copy.</b> He makes a market: 38 % of his dollars turn around",
        ),
        (DoNot, Reason::MarketMakerBothSides(0.52), "52 % of what he buys he answers with the other outcome"),
        (DoNot, Reason::FarmerExtremePrices(0.64), "64 % of his buys are next to 0 or 100¢"),
        (DoNot, Reason::FarmerMints(0.8), "He splits and merges $0.80 for each dollar"),
        (DoNot, Reason::FarmerChurns(24.2), "turned his money over 24 times"),
        (DoNot, Reason::LeavesTooFast(0.54), "54 % of the copies would have had to be sold within five minutes"),
        (DoNot, Reason::FollowerLoses(0.03), "luck alone does that 3 times in 100"),
        (CannotTell, Reason::FewEvents(12), "<b>Cannot tell.</b> Only 12 of the 30 events it takes can be judged."),
        (CannotTell, Reason::LowCoverage(0.49), "known for only 49 % of his dollars"),
        (
            CannotTell,
            Reason::NotSignificant(0.124),
            "luck alone does as well 12 times in 100, and I looked at 35 traders.",
        ),
        (CannotTell, Reason::NotPersistent(-0.012), "in one half of his record a follower makes −1.2¢ a share"),
        (CannotTell, Reason::OneEvent(0.61), "One single event made 61 % of his gains."),
        (CannotTell, Reason::NoProfit(-1_204.0), "He himself is not in profit: −$1,204."),
        (Copyable, Reason::FollowerGains(0.0004), "<b>Copyable.</b> Following him has paid"),
    ];
    for (verdict, reason, words) in table {
        let html = report_of(judged(verdict, vec![reason]));
        let third = html.lines().nth(2).unwrap();
        assert!(third.contains(words), "{reason:?}: {third}");
    }
}

#[test]
fn nothing_and_too_much_fit_as_well() {
    let html = report_of(empty_dossier());
    for words in [
        "Nothing of his that could be copied",
        "none with a known result has ended",
        "too few events",
        "looked at nobody else yet",
        "would have had nothing yet that has ended",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
    let html = report_of(huge_dossier());
    assert!(utf16_len(&html) < 4_096);
    assert!(html.contains("Also: He makes a market"));
    let chart = shown(&Facts::TraderChart(Box::new(empty_dossier())));
    assert!(chart.picture.is_none(), "nothing to draw");
}

#[test]
fn a_report_is_read_in_the_background_and_always_has_a_way_on() {
    for address in [NEW, NOBODY, BROKEN, OLD, GONE] {
        let message = shown(&facts(&Screen::Trader { wallet: wallet(address), again: false }));
        let again = message.keyboard.iter().flatten().any(|button| {
            matches!(&button.press, Press::Show { screen: Screen::Trader { wallet, .. } } if wallet.as_str() == address)
        });
        assert!(again, "{message:?}");
    }
}

fn question(draft: FollowDraft, dossier: Option<Dossier>) -> Message {
    let facts = FollowFacts {
        trader: trader(ANN),
        dossier: dossier.map(Box::new),
        follow: None,
        terms: terms(),
        book: None,
        draft,
    };
    shown(&Facts::Follow(Box::new(facts)))
}

#[test]
fn kelly_below_the_floor_is_said_to_copy_nothing() {
    let draft = FollowDraft::begin(wallet(ANN), Sizing::Kelly);
    let words = "would copy nothing: his edge shrinks to <code>0.8¢</code>, the floor is <code>8.0¢</code>.";
    for step in [Step::Sizing, Step::Confirm] {
        let html = question(draft.at(step), Some(dossier())).html;
        assert!(html.contains(words), "{html}");
    }
    let mut sharp = dossier();
    sharp.edge.edge = 0.091;
    for step in [Step::Sizing, Step::Confirm] {
        assert!(!question(draft.at(step), Some(sharp.clone())).html.contains("copy nothing"));
    }
    // What is offered first copies something.
    // His orders of $371 are 0.77 % of $48,200, so $2.31 of our $300: at three times that a copy is large enough.
    assert_eq!(usual_sizing(&dossier(), &terms()), Sizing::Proportional { percent: 300 });
    let rich = CopyTerms { equity: "3000".parse().unwrap(), ..terms() };
    assert_eq!(usual_sizing(&dossier(), &rich), Sizing::Proportional { percent: 100 });
    let small = FollowDraft::begin(wallet(ANN), Sizing::Proportional { percent: 100 }).at(Step::Confirm);
    let html = question(small, Some(dossier())).html;
    assert!(html.contains("His usual order would be a copy of <code>$2.31</code>: most would fall below"), "{html}");
    assert_eq!(usual_sizing(&sharp, &terms()), Sizing::Kelly);
    assert_eq!(usual_sizing(&Dossier { portfolio: None, ..dossier() }, &terms()), Sizing::Kelly);
    assert!(question(draft.at(Step::Sizing), None).html.contains("without a report there is no edge to go by"));
}

#[test]
fn starting_live_without_proof_is_the_owners_word() {
    let live = FollowDraft { stage: Stage::Live, ..FollowDraft::begin(wallet(ANN), Sizing::Kelly).at(Step::Confirm) };
    let unproven = question(live.clone(), Some(dossier()));
    assert!(unproven.html.contains("⚠ You overrule me: nothing is proven."), "{}", unproven.html);
    assert_eq!(unproven.keyboard[0][0].label, "⚠ Follow and stake, unproven");
    let proven = question(live, Some(judged(CopyVerdict::Copyable, vec![Reason::FollowerGains(0.001)])));
    assert!(!proven.html.contains("overrule"));
    let shadow = question(FollowDraft::begin(wallet(ANN), Sizing::Kelly), Some(dossier()));
    assert!(shadow.html.contains("after about 20 ended events we know more"), "{}", shadow.html);
    assert!(shadow.keyboard[0][0].label.starts_with("👻 Shadow"), "the shadow comes first");
}

#[test]
fn a_limit_below_the_smallest_copy_is_warned_of() {
    let caps = CopyCaps { per_day: Some("4.99".parse().unwrap()), ..CopyCaps::default() };
    let draft = FollowDraft { caps, ..FollowDraft::begin(wallet(ANN), Sizing::Kelly).at(Step::Confirm) };
    let html = question(draft, None).html;
    assert!(html.contains("A limit of <code>$4.99</code> on his trades in a day lets nothing through"), "{html}");
}

#[test]
fn probation_says_what_is_missing() {
    let say = |stage, days: i64, tally: Tally, verdict| {
        let mut facts = followed(BOB);
        facts.follow = follow(BOB, stage, Standing::Active);
        facts.follow.changed_at = now() - seconds(days * 86_400);
        facts.record.tally = tally;
        facts.verdict = verdict;
        shown(&Facts::Followed(Box::new(facts))).html
    };
    let bare = |events, mean| Tally { events, mean, wealth_for: 2.31, wealth_against: 0.42 };
    let html = say(Stage::Shadow, 3, bare(12, 0.021), None);
    assert!(
        html.contains("<b>12 of 20 events, 3 of 7 days</b>. 12 events ended, <code>+2.1¢</code> a share"),
        "{html}"
    );
    assert!(
        html.contains(
            "Before he is staked it takes 8 more events, 4 more days, and a report that calls him copyable, or copies \
             that prove it by themselves (a dollar staked on them, bet by bet at fair odds, would be $2.31; $20 is proof)."
        ),
        "{html}"
    );
    let html = say(Stage::Shadow, 9, bare(31, -0.01), Some(CopyVerdict::Copyable));
    assert!(html.contains("<b>20 of 20 events, 7 of 7 days</b>"), "{html}");
    assert!(html.contains("Before he is staked it takes a profit on average."), "{html}");
    assert!(say(Stage::Shadow, 9, bare(31, 0.01), Some(CopyVerdict::Copyable)).contains("Nothing is missing"));
    assert!(say(Stage::Shadow, 9, bare(31, 0.01), Some(CopyVerdict::DoNot)).contains("whatever the shadow shows"));
    assert!(say(Stage::Shadow, 0, bare(0, 0.0), None).contains("Nothing has ended yet."));
    assert!(say(Stage::Failed, 2, bare(31, -0.3), None).contains("only you can take him up again"));
    assert!(say(Stage::Live, 2, bare(3, 0.3), None).contains("would be $0.42; $10 is proof"));
}

#[test]
fn every_gate_has_words_of_its_own_for_a_skip() {
    let mut said = std::collections::BTreeSet::new();
    for gate in Gate::ALL {
        let counts = CopyCounts { skipped: vec![(Some(gate), 1)], ..CopyCounts::default() };
        let facts =
            CopyFacts { book: None, follows: FollowCounts::default(), today: counts, lag: None, unreadable: vec![] };
        let html = shown(&Facts::Copy(facts)).html;
        let line = html.lines().find(|line| line.starts_with("Skipped")).unwrap().to_owned();
        assert!(!line.contains('_'), "{line}");
        assert!(said.insert(line), "{gate} shares its words");
    }
}

#[test]
fn a_signal_that_copies_shows_whose_trade_and_why() {
    for (conviction, why) in
        [(None, "His measured edge makes it worth"), (Some(0.021), "Sized by his conviction: <code>2.1 %</code>")]
    {
        let card = SignalCard { decision: copied_decision(conviction), ..card(SignalStatus::Pending) };
        let message = view::signal_card(&card, &reader());
        check_message(&message);
        let html = &message.html;
        assert!(html.contains("Signal · copy of Eve"), "{html}");
        assert!(
            html.contains("<b>Eve</b> bought <code>120.0 shares</code> @ <code>37.0¢</code> (<code>$44.40</code>)"),
            "{html}"
        );
        assert!(html.contains(why), "{html}");
        assert!(!html.contains("anchored") && !html.contains("Copied trader says"), "{html}");
    }
}

#[test]
fn what_ends_says_whose_copy_it_was() {
    let bet = SettledBet {
        position: copy_position(),
        payout: "1".parse().unwrap(),
        proceeds: "30.4".parse().unwrap(),
        pnl: "18.5".parse().unwrap(),
        record: WinLoss { wins: 1, losses: 0 },
        trader: Some(trader(EVE)),
    };
    let html = view::notice(&Notice::Settled { bets: vec![bet.clone()] }, &reader()).html;
    assert!(html.contains("copy of <b>Eve</b>"), "{html}");
    // A message stored before names were told.
    let bet = SettledBet { trader: None, ..bet };
    let html = view::notice(&Notice::Settled { bets: vec![bet] }, &reader()).html;
    assert!(html.contains("copy of <code>0xe4e0…00e4</code>"), "{html}");
    let open = OpenPosition::value(copy_position(), None, None, None).copied_from(Some(trader(EVE)));
    let page = OpenFacts { positions: vec![open], page: 0, pages: 1, total: 1, invested: "11.62".parse().unwrap() };
    assert!(shown(&Facts::Open(page)).html.contains("copy of <b>Eve</b>"));
}

#[test]
fn foreign_names_cannot_break_out() {
    for screen in every_screen() {
        for role in [Role::Owner, Role::Viewer] {
            let message = view::screen(&facts(&screen), &Reader { role, ..reader() });
            check_message(&message);
            assert!(!message.html.contains('\u{202e}') && !message.html.contains("<b>the"), "{}", message.html);
            for button in message.keyboard.iter().flatten() {
                assert!(!button.label.contains('\u{202e}'));
                assert!(button.label.chars().count() <= 40, "{}", button.label);
            }
        }
    }
    for notice in news() {
        let message = view::notice(&notice, &reader());
        check_message(&message);
        assert!(!message.html.contains('\u{202e}'));
    }
}

#[test]
fn a_picture_has_a_caption_that_fits() {
    let message = shown(&facts(&Screen::TraderChart { wallet: wallet(ANN) }));
    assert!(message.picture.is_some() && utf16_len(&message.html) <= 1_024);
}
