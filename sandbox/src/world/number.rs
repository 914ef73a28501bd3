//! Conversions between floats and whole numbers that never surprise: out of range stops at the limit, NaN is zero.

/// Largest whole number not above `value`.
#[allow(clippy::cast_possible_truncation)] // `as` saturates and NaN gives 0, which is what is wanted
pub(crate) const fn floor_i64(value: f64) -> i64 {
    value.floor() as i64
}

/// Nearest whole number.
#[allow(clippy::cast_possible_truncation)] // saturating, as above
pub(crate) const fn round_i64(value: f64) -> i64 {
    value.round() as i64
}

/// Largest whole number not above `value`; 0 below zero.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturating, as above
pub(crate) const fn floor_usize(value: f64) -> usize {
    value.floor() as usize
}

/// Largest whole number not above `value`; 0 below zero.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturating, as above
pub(crate) const fn floor_u64(value: f64) -> u64 {
    value.floor() as u64
}

/// Rounded to `digits` decimals.
pub(crate) fn round_to(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}
