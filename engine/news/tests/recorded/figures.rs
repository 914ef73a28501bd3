//! Precision and recall of weighted judgements.

use std::fmt;

/// One judged pair.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) score: f64,
    /// Pairs it stands for.
    pub(crate) weight: f64,
    pub(crate) concerns: bool,
    /// Not looked at while the matcher was adjusted.
    pub(crate) held_back: bool,
}

/// A share with its Wilson interval at 95 %.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) estimate: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Pairs judged.
    pub(crate) n: usize,
}

/// What a threshold gives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) precision: Share,
    pub(crate) recall: Share,
}

pub(crate) fn at(judged: &[Judged], threshold: f64) -> Figures {
    let told = judged.iter().filter(|pair| pair.score >= threshold);
    let concerning = judged.iter().filter(|pair| pair.concerns);
    Figures {
        precision: share(told.map(|pair| (pair.weight, pair.concerns))),
        recall: share(concerning.map(|pair| (pair.weight, pair.score >= threshold))),
    }
}

/// The weighted share of hits. Unequal weights tell less than their number: the interval goes by Kish's effective size.
fn share(pairs: impl Iterator<Item = (f64, bool)>) -> Share {
    let (mut n, mut sum, mut squares, mut hits) = (0, 0.0, 0.0, 0.0);
    for (weight, hit) in pairs {
        n += 1;
        sum += weight;
        squares += weight * weight;
        hits += if hit { weight } else { 0.0 };
    }
    if n == 0 {
        return Share { estimate: f64::NAN, low: 0.0, high: 1.0, n };
    }
    let (p, size, z) = (hits / sum, sum * sum / squares, 1.96_f64);
    let centre = p + z * z / (2.0 * size);
    let spread = z * (p * (1.0 - p) / size + z * z / (4.0 * size * size)).sqrt();
    let whole = 1.0 + z * z / size;
    Share { estimate: p, low: ((centre - spread) / whole).max(0.0), high: (centre + spread) / whole, n }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} [{:.2}, {:.2}] n={}", self.estimate, self.low, self.high, self.n)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "precision {}  recall {}", self.precision, self.recall)
    }
}
