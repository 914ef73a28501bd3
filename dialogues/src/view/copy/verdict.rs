//! Verdicts on traders, and their reasons, in plain sentences with their numbers.

use engine_core::copy::verdict::{CopyVerdict, Judged, MIN_EVENTS, Reason};

use crate::format::{cents_signed, count, counted, dollars, dollars_signed, percent};

/// The verdict in a few words.
pub(crate) const fn verdict_words(verdict: CopyVerdict) -> &'static str {
    match verdict {
        CopyVerdict::Copyable => "Copyable",
        CopyVerdict::CannotTell => "Cannot tell",
        CopyVerdict::DoNot => "Do not copy",
    }
}

/// A sign for lists.
pub(crate) const fn verdict_mark(verdict: Option<CopyVerdict>) -> &'static str {
    match verdict {
        Some(CopyVerdict::Copyable) => "✓",
        Some(CopyVerdict::CannotTell) => "?",
        Some(CopyVerdict::DoNot) => "✗",
        None => " ",
    }
}

/// "Cannot tell. Only 12 of the 30 events it takes have ended.", then what else speaks for it.
pub(super) fn verdict(judged: &Judged, looked_at: u64) -> Vec<String> {
    let mut reasons = judged.reasons.iter().map(|reason| sentence(reason, looked_at));
    let first = reasons.next().unwrap_or_default();
    let mut lines = vec![format!("<b>{}.</b> {first}", verdict_words(judged.verdict))];
    let rest: Vec<String> = reasons.collect();
    // With nothing to judge by, the other doubts are the same one in other words.
    let nothing = matches!(judged.reasons.first(), Some(Reason::FewEvents(0)));
    if !rest.is_empty() && !nothing {
        lines.push(format!("Also: {}", rest.join(" ")));
    }
    lines
}

/// A reason as a sentence.
pub(crate) fn sentence(reason: &Reason, looked_at: u64) -> String {
    match reason {
        Reason::MarketMakerTurns(share) => format!(
            "He makes a market: {} of his dollars turn around within the hour. What he lives on is the spread, and a \
             follower pays it.",
            percent(*share, 0)
        ),
        Reason::MarketMakerBothSides(share) => format!(
            "He makes a market: {} of what he buys he answers with the other outcome. What he lives on is the spread, \
             and a follower pays it.",
            percent(*share, 0)
        ),
        Reason::FarmerExtremePrices(share) => format!(
            "{} of his buys are next to 0 or 100¢, where there is next to nothing to win. That looks like farming \
             rewards.",
            percent(*share, 0)
        ),
        Reason::FarmerMints(ratio) => format!(
            "He splits and merges {} for each dollar he trades. That makes volume, not profit.",
            dollars(*ratio)
        ),
        Reason::FarmerChurns(times) => format!(
            "He turned his money over {times:.0} times and next to nothing came of it. That looks like farming volume."
        ),
        Reason::LeavesTooFast(share) => format!(
            "{} of the copies would have had to be sold within five minutes: he is out before we are in.",
            percent(*share, 0)
        ),
        Reason::FollowerLoses(p) => {
            format!("Following him has lost, by more than bad luck explains: luck alone does that {}.", chances(*p))
        }
        Reason::FewEvents(0) => {
            format!("Nothing of his that could be copied has ended yet; it takes {MIN_EVENTS} events.")
        }
        Reason::FewEvents(events) => {
            format!("Only {} of the {MIN_EVENTS} events it takes can be judged.", count(*events))
        }
        Reason::LowCoverage(share) => format!(
            "How it ended is known for only {} of his dollars. Losing bets are seldom cashed in, so what is known \
             flatters him.",
            percent(*share, 0)
        ),
        Reason::NotSignificant(p) => format!(
            "Following him may have been luck: luck alone does as well {}{}.",
            chances(*p),
            match looked_at {
                0 | 1 => String::new(),
                n => format!(", and I looked at {}", counted(n, "trader")),
            }
        ),
        Reason::NotPersistent(edge) => {
            format!("It did not last: in one half of his record a follower makes {} a share.", cents_signed(*edge))
        }
        Reason::OneEvent(share) => format!("One single event made {} of his gains.", percent(*share, 0)),
        Reason::NoProfit(pnl) => format!("He himself is not in profit: {}.", dollars_signed(*pnl)),
        Reason::FollowerGains(p) => format!(
            "Following him has paid, after fees, a minute late and at a worse price. Luck alone does as well only {}.",
            chances(*p)
        ),
    }
}

/// A probability as people say it: `12 times in 100`.
fn chances(p: f64) -> String {
    let times = |of: f64| (p * of).round();
    match p {
        p if !p.is_finite() => "nobody knows how often".to_owned(),
        p if p < 0.000_05 => "less than once in 10,000".to_owned(),
        p if p < 0.000_95 => format!("{} in 10,000", often(times(10_000.0))),
        p if p < 0.0095 => format!("{} in 1,000", often(times(1_000.0))),
        _ => format!("{} in 100", often(times(100.0))),
    }
}

fn often(times: f64) -> String {
    match times {
        times if times <= 1.0 => "once".to_owned(),
        times if times <= 2.0 => "twice".to_owned(),
        times => format!("{times:.0} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_said_as_chances() {
        let table = [
            (1.0, "100 times in 100"),
            (0.124, "12 times in 100"),
            (0.02, "twice in 100"),
            (0.0096, "once in 100"),
            (0.004, "4 times in 1,000"),
            (0.001, "once in 1,000"),
            (0.0002, "twice in 10,000"),
            (0.0, "less than once in 10,000"),
            (f64::NAN, "nobody knows how often"),
        ];
        for (p, said) in table {
            assert_eq!(chances(p), said, "{p}");
        }
    }
}
