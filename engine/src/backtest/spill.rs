//! Sorted runs of ticks in a file that has no name.

use std::fs::File;
use std::io::{Error, Result, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;

use engine_core::backtest::Tick;

/// Ticks read from a run at a time: a megabyte.
pub(super) const READ_TICKS: usize = 65_536;
/// Names tried for the file.
const NAMES: u32 = 64;

/// Sorted runs, one after the other.
#[derive(Debug)]
pub(super) struct Spill {
    file: File,
    /// Where each run begins and ends, in ticks.
    runs: Vec<(u64, u64)>,
}

impl Spill {
    /// An empty file in the folder for temporary files. Its name is taken away at once, so that nothing is left behind
    /// however the program ends.
    pub(super) fn new() -> Result<Self> {
        let dir = std::env::temp_dir();
        for number in 0..NAMES {
            let path = dir.join(format!("oddsmith-backtest-{}-{number}", std::process::id()));
            match File::options().read(true).write(true).create_new(true).open(&path) {
                Ok(file) => {
                    std::fs::remove_file(&path)?;
                    return Ok(Self { file, runs: Vec::new() });
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::new(error.kind(), format!("{}: {error}", path.display()))),
            }
        }
        Err(Error::other(format!("no free name in {}", dir.display())))
    }

    /// Appends a run.
    pub(super) fn write(&mut self, ticks: &[Tick]) -> Result<()> {
        let from = self.runs.last().map_or(0, |run| run.1);
        self.file.seek(SeekFrom::Start(from * Tick::BYTES as u64))?;
        let mut bytes = Vec::with_capacity(READ_TICKS * Tick::BYTES);
        for chunk in ticks.chunks(READ_TICKS) {
            bytes.clear();
            chunk.iter().for_each(|tick| bytes.extend_from_slice(&tick.to_bytes()));
            self.file.write_all(&bytes)?;
        }
        self.runs.push((from, from + ticks.len() as u64));
        Ok(())
    }

    /// The runs.
    pub(super) fn runs(&self) -> &[(u64, u64)] {
        &self.runs
    }

    /// Appends up to [`READ_TICKS`] of `from..to` to `ticks`; gives how many. Reads by place, so that several readers do
    /// not disturb each other.
    #[allow(clippy::cast_possible_truncation)] // at most a megabyte
    pub(super) fn read(&self, from: u64, to: u64, bytes: &mut Vec<u8>, ticks: &mut Vec<Tick>) -> Result<u64> {
        let count = (to - from).min(READ_TICKS as u64);
        bytes.resize(count as usize * Tick::BYTES, 0);
        self.file.read_exact_at(bytes, from * Tick::BYTES as u64)?;
        let (whole, _) = bytes.as_chunks::<{ Tick::BYTES }>();
        ticks.extend(whole.iter().map(|chunk| Tick::from_bytes(*chunk)));
        Ok(count)
    }
}
