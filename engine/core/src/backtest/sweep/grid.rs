//! What is tried.

use std::collections::BTreeSet;

use thiserror::Error;

use super::axis::Axis;
use crate::chance::SplitMix64;

/// The most tries of one sweep: what comes of each is kept to the end.
pub const MAX_TRIES: u64 = 10_000;

/// Values for some of the axes; the tries are all combinations of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    axes: Vec<(Axis, Vec<f64>)>,
}

/// Why a grid cannot be tried.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum GridError {
    /// Not `name=value,…`.
    #[error("\"{0}\" is not of the form name=value,value")]
    Form(String),
    /// No such threshold.
    #[error("\"{name}\" cannot be tried: give one of {known}")]
    Name {
        /// What was given.
        name: String,
        /// All names, by comma.
        known: String,
    },
    /// A value the threshold cannot have.
    #[error("{}=\"{value}\" is not allowed: give {}", .axis.as_str(), .axis.allowed())]
    Value {
        /// The threshold.
        axis: Axis,
        /// What was given.
        value: String,
    },
    /// A value or a threshold is there twice.
    #[error("{0} is named twice")]
    Twice(String),
    /// Nothing to try.
    #[error("a grid needs at least one threshold with a value")]
    Empty,
    /// More than anybody should choose from.
    #[error("{0} tries are too many: at most {MAX_TRIES}, or draw some of them")]
    TooMany(u64),
}

impl Grid {
    /// Of some axes.
    ///
    /// # Errors
    /// [`GridError`] when an axis or a value comes twice, a value is not allowed, or nothing is there.
    pub fn new(axes: Vec<(Axis, Vec<f64>)>) -> Result<Self, GridError> {
        let mut named = BTreeSet::new();
        for (axis, values) in &axes {
            if !named.insert(*axis) {
                return Err(GridError::Twice(axis.as_str().to_owned()));
            }
            for (place, value) in values.iter().enumerate() {
                if !axis.accepts(*value) {
                    return Err(GridError::Value { axis: *axis, value: value.to_string() });
                }
                if values.iter().take(place).any(|before| before == value) {
                    return Err(GridError::Twice(format!("{}={value}", axis.as_str())));
                }
            }
        }
        if axes.is_empty() || axes.iter().any(|(_, values)| values.is_empty()) {
            return Err(GridError::Empty);
        }
        Ok(Self { axes })
    }

    /// What is tried when nobody says what: 180 combinations around the defaults of the bot.
    #[must_use]
    pub fn standard() -> Self {
        let axes = [
            (Axis::MinEdge, vec![0.03, 0.05, 0.06, 0.08, 0.12]),
            (Axis::MinConfidence, vec![0.3, 0.4, 0.5]),
            (Axis::LrDamping, vec![0.25, 0.5, 0.75, 1.0]),
            (Axis::EnsembleMinEffectiveEdge, vec![0.01, 0.02, 0.04]),
        ];
        Self { axes: axes.to_vec() }
    }

    /// One axis as it is written: `min_edge=0.03,0.05`.
    ///
    /// # Errors
    /// [`GridError`] that names what is wrong.
    pub fn parse_axis(text: &str) -> Result<(Axis, Vec<f64>), GridError> {
        let (name, values) = text.split_once('=').ok_or_else(|| GridError::Form(text.to_owned()))?;
        let known = || Axis::ALL.map(Axis::as_str).join(", ");
        let axis =
            Axis::parse(name.trim()).ok_or_else(|| GridError::Name { name: name.trim().to_owned(), known: known() })?;
        let value = |text: &str| {
            let text = text.trim();
            let parsed = text.parse().ok().filter(|value| axis.accepts(*value));
            parsed.ok_or_else(|| GridError::Value { axis, value: text.to_owned() })
        };
        let values = values.split(',').map(value).collect::<Result<Vec<f64>, _>>()?;
        Self::new(vec![(axis, values.clone())])?;
        Ok((axis, values))
    }

    /// The axes and their values.
    #[must_use]
    pub fn axes(&self) -> &[(Axis, Vec<f64>)] {
        &self.axes
    }

    /// How many combinations there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.axes.iter().fold(1, |product: u64, (_, values)| product.saturating_mul(values.len() as u64))
    }

    /// The tries, each a value an axis. `now`, the settings in use, comes first; all combinations follow or, when `drawn`
    /// says how many and with what seed, that many different ones of them. The settings in use are not tried twice.
    ///
    /// # Errors
    /// [`GridError::TooMany`] for more than [`MAX_TRIES`].
    pub fn tries(&self, now: &[f64], drawn: Option<(u64, u64)>) -> Result<Vec<Vec<f64>>, GridError> {
        let size = self.size();
        let count = drawn.map_or(size, |(count, _)| count.min(size));
        if count > MAX_TRIES {
            return Err(GridError::TooMany(count));
        }
        let numbers: BTreeSet<u64> = match drawn {
            Some((_, seed)) if count < size => draw(count, size, seed),
            _ => (0..size).collect(),
        };
        let others = numbers.into_iter().map(|number| self.combination(number)).filter(|values| values != now);
        Ok(std::iter::once(now.to_vec()).chain(others).collect())
    }

    /// A combination by its number; the last axis runs fastest.
    #[allow(clippy::cast_possible_truncation)] // below the number of values
    fn combination(&self, mut number: u64) -> Vec<f64> {
        let mut values: Vec<f64> = self
            .axes
            .iter()
            .rev()
            .filter_map(|(_, values)| {
                let many = values.len() as u64;
                let value = values.get((number % many) as usize).copied();
                number /= many;
                value
            })
            .collect();
        values.reverse();
        values
    }
}

/// `count` different numbers below `size` (Floyd's method): every set is equally likely.
#[allow(clippy::cast_possible_truncation)] // sizes of grids
fn draw(count: u64, size: u64, seed: u64) -> BTreeSet<u64> {
    let mut chance = SplitMix64::new(seed);
    let mut drawn = BTreeSet::new();
    for last in size - count..size {
        let number = chance.below(last as usize + 1) as u64;
        if !drawn.insert(number) {
            drawn.insert(last);
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_cannot_be_tried_is_refused_by_name_and_value() {
        let table = [
            ("min_edge", "\"min_edge\" is not of the form"),
            ("volume=1", "\"volume\" cannot be tried: give one of min_edge, min_confidence"),
            ("min_edge=0.05,much", "min_edge=\"much\" is not allowed: give a number from 0 to 1"),
            ("min_edge=-0.1", "min_edge=\"-0.1\""),
            ("min_edge=NaN", "min_edge=\"NaN\""),
            ("min_edge=", "min_edge=\"\""),
            ("kelly_multiplier=0", "above 0"),
            ("max_signals_per_day=2.5", "whole number"),
            ("block_yes_side=0.5", "0 or 1"),
            ("min_edge=0.05,0.050", "min_edge=0.05 is named twice"),
        ];
        for (text, says) in table {
            let error = Grid::parse_axis(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert_eq!(Grid::parse_axis("min_edge = 0.05, 0.1"), Ok((Axis::MinEdge, vec![0.05, 0.1])));
        let twice = vec![(Axis::MinEdge, vec![0.1]), (Axis::MinEdge, vec![0.2])];
        assert_eq!(Grid::new(twice), Err(GridError::Twice("min_edge".to_owned())));
        assert_eq!(Grid::new(vec![]), Err(GridError::Empty));
        let many: Vec<f64> = (0..101).map(|n| f64::from(n) / 200.0).collect();
        let grid = Grid::new(vec![(Axis::MinEdge, many.clone()), (Axis::LrDamping, many)]).unwrap();
        assert_eq!(grid.tries(&[0.0, 0.0], None), Err(GridError::TooMany(10_201)));
        assert_eq!(grid.tries(&[0.9, 0.9], Some((50, 1))).unwrap().len(), 51);
    }

    #[test]
    fn the_settings_in_use_come_first_and_once() {
        let grid = Grid::new(vec![(Axis::MinEdge, vec![0.1, 0.2]), (Axis::LrDamping, vec![0.5, 1.0])]).unwrap();
        let tries = grid.tries(&[0.2, 0.5], None).unwrap();
        assert_eq!(tries, [[0.2, 0.5], [0.1, 0.5], [0.1, 1.0], [0.2, 1.0]]);
        assert_eq!(grid.tries(&[0.3, 0.5], None).unwrap().len(), 5);
        assert_eq!(Grid::standard().size(), 180);
        Grid::new(Grid::standard().axes).unwrap();
    }

    proptest! {
        #[test]
        fn draws_are_different_combinations_and_the_same_every_time(count in 1..300_u64, seed: u64) {
            let grid = Grid::standard();
            let now = [9.0; 4];
            let tries = grid.tries(&now, Some((count, seed))).unwrap();
            prop_assert_eq!(tries.len() as u64, count.min(180) + 1);
            let all = grid.tries(&now, None).unwrap();
            let places: Vec<usize> = tries.iter().map(|one| all.iter().position(|other| one == other).unwrap()).collect();
            prop_assert!(places.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!(grid.tries(&now, Some((count, seed))).unwrap(), tries);
        }
    }
}
