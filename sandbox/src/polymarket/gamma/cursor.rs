//! Keyset paging: a cursor names the last row shown and the filters it was shown under.

use std::cmp::Ordering;

use crate::polymarket::params::Params;

use super::GammaError;

/// A value to sort by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Key {
    Number(f64),
    Text(String),
}

impl Key {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

/// Where a row stands: its sort values, then its id.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(crate) keys: Vec<Key>,
    pub(crate) id: u64,
}

impl Place {
    pub(crate) fn order(&self, other: &Self, ascending: bool) -> Ordering {
        let keys = self.keys.iter().zip(&other.keys).map(|(a, b)| a.order(b));
        let order = keys.chain([self.id.cmp(&other.id)]).find(|order| order.is_ne()).unwrap_or(Ordering::Equal);
        if ascending { order } else { order.reverse() }
    }

    /// The cursor after this row: opaque to the client.
    pub(crate) fn cursor(&self, params: &Params) -> String {
        let keys = self.keys.iter().map(|key| match key {
            Key::Number(value) => format!("n{:016x}", value.to_bits()),
            Key::Text(text) => format!("t{text}"),
        });
        let parts: Vec<String> =
            [format!("{:x}", params.filter_mark()), self.id.to_string()].into_iter().chain(keys).collect();
        parts.join("\n").bytes().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The row a client wants to go on after.
    pub(crate) fn from_params(params: &Params) -> Result<Option<Self>, GammaError> {
        let Some(cursor) = params.first("after_cursor").filter(|text| !text.is_empty()) else { return Ok(None) };
        Self::decode(cursor, params.filter_mark())
            .map(Some)
            .ok_or_else(|| GammaError::Validation("after_cursor: invalid cursor".to_owned()))
    }

    fn decode(cursor: &str, mark: u64) -> Option<Self> {
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = cursor.as_bytes().chunks(2).map(byte).collect();
        let text = String::from_utf8(bytes?).ok()?;
        let mut parts = text.split('\n');
        let bound_to = u64::from_str_radix(parts.next()?, 16).ok()?;
        let id = parts.next()?.parse().ok()?;
        let keys: Option<Vec<Key>> = parts
            .map(|part| match part.split_at_checked(1)? {
                ("n", bits) => u64::from_str_radix(bits, 16).ok().map(|bits| Key::Number(f64::from_bits(bits))),
                ("t", text) => Some(Key::Text(text.to_owned())),
                _ => None,
            })
            .collect();
        (bound_to == mark).then_some(Self { keys: keys?, id })
    }
}

/// One page out of `rows`: those after `after`, in order, and whether more follow.
pub(crate) fn page<T>(
    mut rows: Vec<(Place, T)>,
    after: Option<&Place>,
    ascending: bool,
    limit: usize,
) -> (Vec<(Place, T)>, bool) {
    if let Some(after) = after {
        rows.retain(|(place, _)| place.order(after, ascending).is_gt());
    }
    if rows.len() > limit {
        rows.select_nth_unstable_by(limit, |a, b| a.0.order(&b.0, ascending));
    }
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.sort_by(|a, b| a.0.order(&b.0, ascending));
    (rows, more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_to_the_whole_in_order() {
        let rows: Vec<(Place, u64)> =
            (0..57).map(|id| (Place { keys: vec![Key::Number(((id * 7) % 10) as f64)], id }, id)).collect();
        for ascending in [true, false] {
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let (found, more) = page(rows.clone(), after.as_ref(), ascending, 10);
                seen.extend(found.iter().map(|(_, id)| *id));
                after = found.last().map(|(place, _)| place.clone());
                if !more {
                    break;
                }
            }
            let mut whole = rows.clone();
            whole.sort_by(|a, b| a.0.order(&b.0, ascending));
            assert_eq!(seen, whole.iter().map(|(_, id)| *id).collect::<Vec<_>>());
        }
    }

    #[test]
    fn garbage_is_no_cursor() {
        for cursor in ["", "zz", "abc", "é", "00"] {
            assert_eq!(Place::decode(cursor, 1), None, "{cursor}");
        }
    }
}
