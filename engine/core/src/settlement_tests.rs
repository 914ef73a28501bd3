use super::*;

fn oracle(status: &str, payouts: Option<&[i64]>) -> Option<OracleReport> {
    Some(OracleReport { status: status.to_owned(), payouts: payouts.map(<[i64]>::to_vec) })
}

fn listing(closed: bool, prices: &[f64], status: Option<&str>) -> Option<ListingReport> {
    let uma_status = status.map(str::to_owned);
    Some(ListingReport { closed, outcome_prices: Some(prices.to_vec()), uma_status })
}

fn exchange(winners: [bool; 2], tie: bool) -> Option<ExchangeReport> {
    Some(ExchangeReport { closed: true, winners: winners.to_vec(), tie })
}

type Case = (&'static str, Option<OracleReport>, Option<ListingReport>, Option<ExchangeReport>, Resolution);

fn by(payouts: Payouts, by: Reporter) -> Resolution {
    Resolution::Final { payouts, by }
}

fn settled() -> Vec<Case> {
    let yes: Option<&[i64]> = Some(&[1_000_000, 0]);
    vec![
        ("oracle alone", oracle("resolved", yes), None, None, by(Payouts::YES, Reporter::Oracle)),
        (
            "all agree",
            oracle("resolved", Some(&[0, 1_000_000])),
            listing(true, &[0.0, 1.0], Some("resolved")),
            exchange([false, true], false),
            by(Payouts::NO, Reporter::Oracle),
        ),
        (
            "tie",
            oracle("resolved", Some(&[500_000, 500_000])),
            listing(true, &[0.5, 0.5], None),
            exchange([false, false], true),
            by(Payouts::TIE, Reporter::Oracle),
        ),
        (
            "listing lags behind with old prices and status",
            oracle("resolved", yes),
            listing(true, &[0.73, 0.27], Some("disputed")),
            None,
            by(Payouts::YES, Reporter::Oracle),
        ),
        (
            "no oracle, the other two agree, no status at all",
            None,
            listing(true, &[0.9995, 0.0005], None),
            exchange([true, false], false),
            by(Payouts::YES, Reporter::Listing),
        ),
        (
            "voided with a fraction",
            oracle("resolved", Some(&[333_333, 666_667])),
            listing(true, &[0.33, 0.67], None),
            None,
            by(Payouts::from_micros(&[333_333, 666_667]).unwrap(), Reporter::Oracle),
        ),
    ]
}

fn pending() -> Vec<Case> {
    use PendingReason as P;
    let yes: Option<&[i64]> = Some(&[1_000_000, 0]);
    let pending = Resolution::Pending;
    vec![
        ("nothing known", None, None, None, pending(P::Open)),
        ("past its end, open", None, listing(false, &[0.9995, 0.0005], None), None, pending(P::Open)),
        ("closed, zero and zero", None, listing(true, &[0.0, 0.0], None), None, pending(P::Closed)),
        ("closed, last prices", None, listing(true, &[0.985, 0.015], None), None, pending(P::Closed)),
        ("one report", None, listing(true, &[1.0, 0.0], None), None, pending(P::Unconfirmed)),
        ("listing tie alone", None, listing(true, &[0.5, 0.5], None), None, pending(P::Unconfirmed)),
        (
            "proposed",
            oracle("proposed", None),
            listing(true, &[1.0, 0.0], Some("proposed")),
            exchange([true, false], false),
            pending(P::Proposed),
        ),
        (
            "disputed",
            oracle("disputed", None),
            listing(true, &[1.0, 0.0], Some("proposed")),
            None,
            pending(P::Disputed),
        ),
        (
            "a vector before it is final",
            oracle("proposed", yes),
            listing(true, &[0.9, 0.1], None),
            None,
            pending(P::Proposed),
        ),
        (
            "oracle against listing",
            oracle("resolved", yes),
            listing(true, &[0.0, 1.0], None),
            None,
            pending(P::Contradiction(Reporter::Oracle, Reporter::Listing)),
        ),
        (
            "oracle against exchange",
            oracle("resolved", yes),
            None,
            exchange([false, false], true),
            pending(P::Contradiction(Reporter::Oracle, Reporter::Exchange)),
        ),
        (
            "listing against exchange",
            None,
            listing(true, &[1.0, 0.0], None),
            exchange([false, true], false),
            pending(P::Contradiction(Reporter::Listing, Reporter::Exchange)),
        ),
        ("two winners", None, None, exchange([true, true], false), pending(P::Closed)),
        ("bad sum", oracle("resolved", Some(&[1, 1])), None, None, pending(P::Malformed)),
        ("three", oracle("resolved", Some(&[0, 0, 1_000_000])), None, None, pending(P::Malformed)),
        ("not a number", None, listing(true, &[f64::NAN, 1.0], None), None, pending(P::Closed)),
    ]
}

#[test]
fn resolutions_by_evidence() {
    for (name, oracle, listing, exchange, expected) in settled().into_iter().chain(pending()) {
        let evidence = ResolutionEvidence { oracle, listing, exchange };
        assert_eq!(decide(&evidence), expected, "{name}");
    }
}

#[test]
fn payouts_belong_to_outcomes() {
    let uneven = Payouts::from_micros(&[250_000, 750_000]).unwrap();
    assert_eq!(uneven.of(Outcome::Yes).to_string(), "0.25");
    assert_eq!(uneven.of(Outcome::No).to_string(), "0.75");
    assert!((Payouts::TIE.outcome_yes() - 0.5).abs() < 1e-12);
    for vector in [vec![], vec![i64::MAX, 1], vec![-1, 1_000_001], vec![1_000_000]] {
        assert!(Payouts::from_micros(&vector).is_err(), "{vector:?}");
    }
}

#[test]
fn closed_for_long_is_overdue() {
    let (since, patience) = (DateTime::UNIX_EPOCH, TimeDelta::hours(48));
    assert!(!is_overdue(since, since + TimeDelta::hours(47), patience));
    assert!(is_overdue(since, since + TimeDelta::hours(48), patience));
}
