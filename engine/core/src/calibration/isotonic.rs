//! Isotonic regression by pooling adjacent violators.

/// One level stretch of the fit.
#[derive(Debug, Clone, Copy)]
struct Block {
    weight: f64,
    said: f64,
    happened: f64,
}

impl Block {
    fn pool(self, other: Self) -> Self {
        let weight = self.weight + other.weight;
        let mean = |a: f64, b: f64| (a * self.weight + b * other.weight) / weight;
        Self { weight, said: mean(self.said, other.said), happened: mean(self.happened, other.happened) }
    }
}

/// The rising fit: the mean of what was said and of what happened in each stretch; `None` without rows.
///
/// The points are the middles of the stretches with straight lines between them, so that forecasts a hair apart are not
/// torn apart by a step.
pub(super) fn fit(rows: &[(f64, f64)]) -> Option<Vec<(f64, f64)>> {
    let blocks = blocks(rows);
    (!blocks.is_empty()).then(|| blocks.iter().map(|block| (block.said, block.happened)).collect())
}

/// The least-squares rising step function: one block for each of its stretches, by rising forecast.
fn blocks(rows: &[(f64, f64)]) -> Vec<Block> {
    let mut done: Vec<Block> = Vec::new();
    for next in ties(rows) {
        done.push(next);
        while let [.., before, last] = done.as_slice() {
            if before.happened < last.happened {
                break;
            }
            let pooled = before.pool(*last);
            done.truncate(done.len() - 2);
            done.push(pooled);
        }
    }
    done
}

/// The rows by rising forecast; equal forecasts are one point of the curve, whatever happened each time.
fn ties(rows: &[(f64, f64)]) -> Vec<Block> {
    let mut sorted: Vec<(f64, f64)> = rows.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let same = sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq());
    same.map(|group| {
        let weight = group.len() as f64;
        let happened = group.iter().map(|row| row.1).sum::<f64>() / weight;
        Block { weight, said: group.first().map_or(f64::NAN, |row| row.0), happened }
    })
    .collect()
}

/// The curve at `said`.
pub(super) fn apply(points: &[(f64, f64)], said: f64) -> f64 {
    let after = points.partition_point(|point| point.0 <= said);
    match (after.checked_sub(1).and_then(|before| points.get(before)), points.get(after)) {
        (Some(&(x0, y0)), Some(&(x1, y1))) => {
            let share = (said - x0) / (x1 - x0);
            // Both ends hold exactly, and rounding leaves neither.
            (y0 + share * (y1 - y0)).clamp(y0.min(y1), y1.max(y0))
        }
        (Some(&(_, y)), None) | (None, Some(&(_, y))) => y,
        (None, None) => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The textbook formula: at each point the largest over all starts of the smallest over all ends of the mean between.
    fn brute_force(values: &[f64]) -> Vec<f64> {
        let mean = |from: usize, to: usize| values[from..=to].iter().sum::<f64>() / (to - from + 1) as f64;
        let at = |i: usize| {
            let lowest = |from: usize| (i..values.len()).map(|to| mean(from, to)).fold(f64::INFINITY, f64::min);
            (0..=i).map(lowest).fold(f64::NEG_INFINITY, f64::max)
        };
        (0..values.len()).map(at).collect()
    }

    proptest! {
        #[test]
        fn pooling_equals_brute_force(values in prop::collection::vec(0.0..1.0_f64, 1..12)) {
            let rows: Vec<(f64, f64)> =
                values.iter().enumerate().map(|(place, &value)| (place as f64 / 12.0, value)).collect();
            let blocks = blocks(&rows);
            let mut fitted = Vec::new();
            for block in &blocks {
                for _ in 0..block.weight as usize {
                    fitted.push(block.happened);
                }
            }
            prop_assert_eq!(fitted.len(), values.len());
            for (got, expected) in fitted.iter().zip(brute_force(&values)) {
                prop_assert!((got - expected).abs() < 1e-9, "{:?} {:?}", fitted, values);
            }
        }
    }

    #[test]
    fn equal_forecasts_are_one_point() {
        let got = fit(&[(0.5, 1.0), (0.5, 0.0), (0.2, 0.0), (0.5, 1.0), (0.8, 1.0)]).unwrap();
        let close = got.iter().zip([(0.2, 0.0), (0.5, 2.0 / 3.0), (0.8, 1.0)]);
        assert_eq!(got.len(), 3);
        for ((x, y), (ex, ey)) in close {
            assert!((x - ex).abs() < 1e-12 && (y - ey).abs() < 1e-12, "{got:?}");
        }
        assert!((apply(&got, 0.65) - 5.0 / 6.0).abs() < 1e-12);
        assert!((apply(&got, 0.0) - 0.0).abs() < 1e-12 && (apply(&got, 0.9) - 1.0).abs() < 1e-12);
        assert_eq!(fit(&[]), None);
    }
}
