//! What a crawl has fetched, on disk, safe against being killed at any moment.
//!
//! In a hidden folder of the data set: `progress.json` (when the crawl began, what it left out), and one folder a batch,
//! written beside its place and moved there whole. At the end, also when stopped, the batches are merged into the data
//! set and removed; killed in the middle of that, the next start merges again with the same result.

use std::collections::{BTreeMap, HashSet};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::dataset::{DataSet, RecordedMarket, write_data_set};

/// The hidden folder.
pub(super) const FOLDER: &str = ".crawl";
const PROGRESS: &str = "progress.json";
const SKIPPED: &str = "skipped.json";
const PART: &str = "part-";
const PARTIAL: &str = ".partial";

/// The state of a crawl that is not finished.
#[derive(Debug, Serialize, Deserialize)]
struct Progress {
    /// When it began: nothing that ended later belongs to it.
    started_at: DateTime<Utc>,
    /// Markets left out: condition → why.
    skipped: BTreeMap<String, String>,
}

/// What is there, and where the next batch goes.
pub(super) struct Kept {
    dir: PathBuf,
    work: PathBuf,
    /// Held for as long as the crawl runs; the system lets go of it whatever ends the process.
    _lock: File,
    progress: Progress,
    resumed: bool,
    /// Conditions with a market kept, lower case.
    known: HashSet<String>,
    parts: Vec<PathBuf>,
    next_part: u32,
}

impl Kept {
    /// Opens the data set in `dir`, making the folder when missing.
    pub(super) fn open(dir: &Path, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let work = dir.join(FOLDER);
        std::fs::create_dir_all(&work).with_context(|| format!("{} cannot be written to", dir.display()))?;
        let lock = lock(&work.join("lock")).with_context(|| format!("{} cannot be used", dir.display()))?;
        let path = work.join(PROGRESS);
        let before: Option<Progress> = match std::fs::read(&path) {
            Ok(text) => Some(serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
        };
        let resumed = before.is_some();
        let progress = before.unwrap_or_else(|| Progress { started_at: now, skipped: BTreeMap::new() });
        let mut kept = Self {
            dir: dir.to_owned(),
            work,
            _lock: lock,
            progress,
            resumed,
            known: HashSet::new(),
            parts: Vec::new(),
            next_part: 1,
        };
        kept.save_progress()?;
        kept.read_parts()?;
        let markets = kept.read_data_set()?;
        kept.learn(&markets);
        Ok(kept)
    }

    /// When the crawl began.
    pub(super) const fn started_at(&self) -> DateTime<Utc> {
        self.progress.started_at
    }

    /// When it began, if that was not now.
    pub(super) fn resumed(&self) -> Option<DateTime<Utc>> {
        self.resumed.then_some(self.progress.started_at)
    }

    /// Markets left out, with the reason.
    pub(super) const fn skipped(&self) -> &BTreeMap<String, String> {
        &self.progress.skipped
    }

    /// A market of this condition is there, with an outcome that may be scored on.
    pub(super) fn has(&self, condition: &str) -> bool {
        self.known.contains(&condition.to_lowercase())
    }

    /// It was looked at in this crawl and left out.
    pub(super) fn is_skipped(&self, condition: &str) -> bool {
        self.progress.skipped.contains_key(condition)
    }

    /// Keeps a batch: from here on it is never asked for again.
    pub(super) fn keep(&mut self, markets: &[RecordedMarket], skipped: BTreeMap<String, String>) -> anyhow::Result<()> {
        let name = format!("{PART}{:06}", self.next_part);
        let (partial, part) = (self.work.join(format!("{name}{PARTIAL}")), self.work.join(name));
        let write = || -> anyhow::Result<()> {
            std::fs::create_dir_all(&partial)?;
            write_data_set(&partial, markets)?;
            put(&partial.join(SKIPPED), &serde_json::to_vec(&skipped)?)?;
            std::fs::rename(&partial, &part)?;
            // The folder itself, so that the new name outlives a power cut too.
            Ok(File::open(&self.work)?.sync_all()?)
        };
        write().with_context(|| format!("a batch could not be kept in {}", self.work.display()))?;
        self.next_part += 1;
        self.parts.push(part);
        self.learn(markets);
        self.progress.skipped.extend(skipped);
        Ok(())
    }

    /// Merges all batches into the data set and removes them; a complete crawl leaves nothing else behind. Gives the
    /// markets and prices of the data set.
    pub(super) fn merge(self, complete: bool) -> anyhow::Result<(usize, usize)> {
        let mut all: BTreeMap<String, RecordedMarket> = BTreeMap::new();
        let mut take = |markets: Vec<RecordedMarket>| {
            for market in markets {
                let key = market.condition_id.as_ref().map_or_else(|| market.mid.clone(), |id| id.to_lowercase());
                all.insert(key, market);
            }
        };
        take(self.read_data_set()?);
        for part in &self.parts {
            take(DataSet::read(part)?.markets);
        }
        let mut markets: Vec<RecordedMarket> = all.into_values().collect();
        markets.sort_by(|a, b| a.mid.cmp(&b.mid));
        let prices = markets.iter().map(|market| market.prices.len()).sum();
        let first = complete && !self.dir.join("markets.parquet").exists();
        if first || !self.parts.is_empty() {
            write_data_set(&self.dir, &markets)?;
        }
        if !complete {
            self.save_progress()?;
        }
        for part in &self.parts {
            discard(part).with_context(|| format!("removing {}", part.display()))?;
        }
        if complete {
            std::fs::remove_dir_all(&self.work).with_context(|| format!("removing {}", self.work.display()))?;
        }
        Ok((markets.len(), prices))
    }

    fn save_progress(&self) -> anyhow::Result<()> {
        let path = self.work.join(PROGRESS);
        let partial = self.work.join(format!("{PROGRESS}{PARTIAL}"));
        let write = || -> anyhow::Result<()> {
            put(&partial, &serde_json::to_vec(&self.progress)?)?;
            Ok(std::fs::rename(&partial, &path)?)
        };
        write().with_context(|| format!("{} cannot be written to", self.dir.display()))
    }

    /// Finds the batches of an interrupted crawl and clears away what was half written.
    fn read_parts(&mut self) -> anyhow::Result<()> {
        let entries = std::fs::read_dir(&self.work).with_context(|| format!("reading {}", self.work.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            let Some(number) = name.strip_prefix(PART) else { continue };
            if number.ends_with(PARTIAL) {
                std::fs::remove_dir_all(&path).with_context(|| format!("removing {}", path.display()))?;
                continue;
            }
            let number: u32 = number.parse().with_context(|| format!("{} is no batch", path.display()))?;
            self.next_part = self.next_part.max(number + 1);
            self.parts.push(path);
        }
        self.parts.sort();
        for part in self.parts.clone() {
            let damaged = || format!("{} is damaged", part.display());
            let text = std::fs::read(part.join(SKIPPED)).with_context(damaged)?;
            let skipped: BTreeMap<String, String> = serde_json::from_slice(&text).with_context(damaged)?;
            self.progress.skipped.extend(skipped);
            let markets = DataSet::read(&part).with_context(damaged)?.markets;
            self.learn(&markets);
        }
        Ok(())
    }

    /// The data set as it is, without the batches.
    fn read_data_set(&self) -> anyhow::Result<Vec<RecordedMarket>> {
        // Its prices are moved into place first: alone they are the start of a merge that did not get further.
        if self.dir.join("markets.parquet").exists() { Ok(DataSet::read(&self.dir)?.markets) } else { Ok(Vec::new()) }
    }

    fn learn(&mut self, markets: &[RecordedMarket]) {
        let scorable = markets.iter().filter(|market| market.is_scorable());
        self.known.extend(scorable.filter_map(|market| Some(market.condition_id.as_ref()?.to_lowercase())));
    }
}

/// Removes a batch; one that is only half removed must not look like one that is there.
fn discard(part: &Path) -> std::io::Result<()> {
    let mut name = part.file_name().unwrap_or_default().to_owned();
    name.push(PARTIAL);
    let leaving = part.with_file_name(name);
    std::fs::rename(part, &leaving)?;
    std::fs::remove_dir_all(&leaving)
}

fn lock(path: &Path) -> anyhow::Result<File> {
    let file = File::create(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("another crawl is at work there"),
        // A file system without locks: two crawls at once are then the caller's affair.
        Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
