//! Query parameters as the venue reads them: repeated names are lists, unknown names are ignored.

use axum::extract::Query;
use chrono::{DateTime, NaiveDate, Utc};

/// All parameters in order.
#[derive(Debug, Clone)]
pub(crate) struct Params(Vec<(String, String)>);

/// A parameter the venue would refuse; the text is the error it answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadParam(pub(crate) String);

/// Most values of one list parameter.
const MAX_VALUES: usize = 100;

impl From<Query<Vec<(String, String)>>> for Params {
    fn from(Query(pairs): Query<Vec<(String, String)>>) -> Self {
        Self(pairs)
    }
}

impl Params {
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// All values of a repeated parameter.
    pub(crate) fn all(&self, name: &str) -> Result<Vec<&str>, BadParam> {
        let values: Vec<&str> = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
        if values.len() > MAX_VALUES {
            return Err(BadParam(format!("{name}: expected array length <= {MAX_VALUES}")));
        }
        Ok(values)
    }

    /// All values of a parameter whose lists are written with commas.
    pub(crate) fn split(&self, name: &str) -> Vec<&str> {
        let values = self.0.iter().filter(|(key, _)| key == name);
        values.flat_map(|(_, value)| value.split(',')).map(str::trim).filter(|v| !v.is_empty()).collect()
    }

    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, BadParam> {
        let Some(text) = self.first(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| BadParam(format!("{name}: invalid number")))
    }

    pub(crate) fn integers(&self, name: &str) -> Result<Vec<u64>, BadParam> {
        let parse = |text: &str| text.parse().map_err(|_| BadParam(format!("{name}: invalid integer")));
        self.all(name)?.into_iter().map(parse).collect()
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, BadParam> {
        match self.first(name) {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(BadParam(format!("{name}: invalid boolean"))),
        }
    }

    /// RFC 3339 or a plain date, in unix ms.
    pub(crate) fn moment(&self, name: &str) -> Result<Option<i64>, BadParam> {
        let Some(text) = self.first(name) else { return Ok(None) };
        let moment = text.parse::<DateTime<Utc>>().ok().map(|at| at.timestamp_millis());
        let day = || text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0).map(|at| at.and_utc().timestamp_millis());
        moment.or_else(day).map(Some).ok_or_else(|| BadParam(format!("{name}: invalid date")))
    }

    /// A page size, clamped without a word like the venue does.
    pub(crate) fn limit(&self, usual: usize, most: usize) -> Result<usize, BadParam> {
        Ok(self.number::<usize>("limit")?.unwrap_or(usual).clamp(1, most))
    }

    /// A number that tells one set of filters from another, whatever page is asked for.
    pub(crate) fn filter_mark(&self) -> u64 {
        let mut kept: Vec<String> = self
            .0
            .iter()
            .filter(|(key, _)| !["limit", "after_cursor", "cursor", "next_cursor"].contains(&key.as_str()))
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        kept.sort_unstable();
        crate::world::seed_of(&kept.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        Params(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn values_are_read_like_the_venue_reads_them() {
        let given = params(&[("id", "1"), ("id", "2"), ("limit", "500"), ("end_date_min", "2026-10-16")]);
        assert_eq!(given.integers("id").unwrap(), [1, 2]);
        assert_eq!(given.limit(20, 100).unwrap(), 100);
        assert_eq!(given.moment("end_date_min").unwrap(), Some(1_792_108_800_000));
        assert_eq!(params(&[]).limit(20, 100).unwrap(), 20);
        for (name, value) in [("limit", "x"), ("tag_id", "politics")] {
            let given = params(&[(name, value)]);
            assert!(given.limit(20, 100).is_err() || given.integers(name).is_err());
        }
        assert!(params(&vec![("id", "7"); 101]).all("id").is_err());
    }

    #[test]
    fn paging_does_not_change_the_mark_of_the_filters() {
        let first = params(&[("closed", "false"), ("limit", "20")]);
        let second = params(&[("after_cursor", "abc"), ("closed", "false"), ("limit", "50")]);
        assert_eq!(first.filter_mark(), second.filter_mark());
        assert_ne!(first.filter_mark(), params(&[("closed", "true")]).filter_mark());
    }
}
