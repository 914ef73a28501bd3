//! Reads settings one by one and collects everything that is wrong with them.

use std::fmt;

use super::table::Entry;

/// One refused setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting.
    pub name: &'static str,
    /// The value given; `None` for secrets and for a setting that is missing.
    pub value: Option<String>,
    /// What is allowed.
    pub allowed: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value:?} is not allowed: give {}", self.name, self.allowed),
            None => write!(f, "{}: give {}", self.name, self.allowed),
        }
    }
}

/// Everything wrong with the settings, at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// One entry a refused setting, in the order of `.env.example`.
    pub problems: Vec<Problem>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.problems.iter().map(Problem::to_string).collect();
        write!(f, "settings refused\n  {}", lines.join("\n  "))
    }
}

impl std::error::Error for SettingsError {}

/// Looks up settings by name and parses them.
pub(super) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    pub(super) problems: Vec<Problem>,
    pub(super) seen: Vec<&'static str>,
    /// Settings given a value of their own although nothing reads them yet.
    pub(super) idle: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, problems: Vec::new(), seen: Vec::new(), idle: Vec::new() }
    }

    /// The text given, without surrounding space; empty counts as not given.
    fn given(&mut self, entry: &Entry) -> Option<String> {
        self.seen.push(entry.name);
        let text = (self.lookup)(entry.name)?.trim().to_owned();
        if text.is_empty() {
            return None;
        }
        if !entry.in_effect && text != entry.default {
            self.idle.push(entry.name);
        }
        Some(text)
    }

    /// A value that may be absent.
    pub(super) fn optional<T>(&mut self, entry: &Entry, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.given(entry)?;
        let value = parse(&text);
        if value.is_none() {
            self.refuse(entry, Some(&text));
        }
        value
    }

    /// A value with a default. A refused one is reported and the default stands in until the error is returned;
    /// `None` only if the default itself cannot be parsed, which a test rules out.
    pub(super) fn value<T>(&mut self, entry: &Entry, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.optional(entry, &parse).or_else(|| parse(entry.default))
    }

    /// Reports a setting.
    pub(super) fn refuse(&mut self, entry: &Entry, value: Option<&str>) {
        let shown = value.filter(|_| !entry.secret).map(str::to_owned);
        self.problems.push(Problem { name: entry.name, value: shown, allowed: entry.allowed.to_owned() });
    }

    /// Reports a setting that does not go together with another.
    pub(super) fn clash(&mut self, entry: &Entry, value: Option<String>, allowed: String) {
        self.problems.push(Problem { name: entry.name, value, allowed });
    }
}
