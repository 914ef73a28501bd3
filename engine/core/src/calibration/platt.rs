//! Platt scaling: a logistic regression of the outcome on the log odds of what was said.

/// Probabilities are kept this far from 0 and 1 before odds are taken.
const ODDS_MARGIN: f64 = 1e-4;
/// Pull towards the identity (intercept 0, slope 1), worth about this many rows: without it separable rows have no
/// finite answer.
const RIDGE: f64 = 4.0;
/// Newton steps; it converges in a handful.
const STEPS: usize = 50;
/// A step that changes nothing above this is the last.
const TOLERANCE: f64 = 1e-10;

/// Intercept and slope by penalised maximum likelihood, the slope at least 0; `None` without rows.
pub(super) fn fit(rows: &[(f64, f64)]) -> Option<(f64, f64)> {
    if rows.is_empty() {
        return None;
    }
    let points: Vec<(f64, f64)> = rows.iter().map(|&(said, outcome)| (log_odds(said), outcome)).collect();
    let (mut intercept, mut slope) = (0.0, 1.0);
    let mut loss = penalised_loss(&points, intercept, slope);
    for _ in 0..STEPS {
        let (along_intercept, along_slope) = newton_step(&points, intercept, slope)?;
        // Halved until it helps: a full Newton step may overshoot far from the optimum.
        let better = (0..30).map(|halvings| 0.5_f64.powi(halvings)).find_map(|share| {
            let (a, b) = (intercept - share * along_intercept, slope - share * along_slope);
            let found = penalised_loss(&points, a, b);
            (found < loss).then_some((a, b, found))
        });
        let Some((a, b, found)) = better else { break };
        let moved = (a - intercept).abs().max((b - slope).abs());
        (intercept, slope, loss) = (a, b, found);
        if moved < TOLERANCE {
            break;
        }
    }
    if slope < 0.0 {
        // A falling curve is not allowed; the best of the others is level.
        return level(&points).map(|intercept| (intercept, 0.0));
    }
    (intercept.is_finite() && slope.is_finite()).then_some((intercept, slope))
}

/// The curve at `said`.
pub(super) fn apply(intercept: f64, slope: f64, said: f64) -> f64 {
    sigmoid(intercept + slope * log_odds(said))
}

/// The constant log odds of the mean outcome.
fn level(points: &[(f64, f64)]) -> Option<f64> {
    let mean = points.iter().map(|point| point.1).sum::<f64>() / points.len() as f64;
    mean.is_finite().then(|| log_odds(mean))
}

/// Gradient over curvature; `None` when the curvature is singular.
fn newton_step(points: &[(f64, f64)], intercept: f64, slope: f64) -> Option<(f64, f64)> {
    let (mut ga, mut gb) = (RIDGE * intercept, RIDGE * (slope - 1.0));
    let (mut aa, mut ab, mut bb) = (RIDGE, 0.0, RIDGE);
    for &(x, y) in points {
        let p = sigmoid(intercept + slope * x);
        let (error, weight) = (p - y, p * (1.0 - p));
        ga += error;
        gb += error * x;
        aa += weight;
        ab += weight * x;
        bb += weight * x * x;
    }
    let determinant = aa * bb - ab * ab;
    (determinant.is_finite() && determinant > 0.0)
        .then(|| ((bb * ga - ab * gb) / determinant, (aa * gb - ab * ga) / determinant))
}

fn penalised_loss(points: &[(f64, f64)], intercept: f64, slope: f64) -> f64 {
    let log_loss: f64 = points
        .iter()
        .map(|&(x, y)| {
            let z = intercept + slope * x;
            // ln(1 + e^z) − y·z, without overflow.
            z.max(0.0) + (-z.abs()).exp().ln_1p() - y * z
        })
        .sum();
    log_loss + RIDGE / 2.0 * (intercept.powi(2) + (slope - 1.0).powi(2))
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn log_odds(p: f64) -> f64 {
    let p = p.clamp(ODDS_MARGIN, 1.0 - ODDS_MARGIN);
    (p / (1.0 - p)).ln()
}
