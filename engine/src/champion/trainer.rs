//! The trainer: a program of its own that turns rows into a model folder.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

/// What the trainer needs to find its own way about; nothing else of our environment, which holds secrets.
const PASSED_ON: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "OMP_NUM_THREADS",
    "SSL_CERT_FILE",
];
/// Longest line of the trainer that is taken as one.
const LINE_BYTES: u64 = 4_096;
/// Characters of its last line that are told.
const TOLD_CHARS: usize = 200;

/// A program that trains: called with `--rows FILE --out DIR` after its own arguments, without a shell.
#[derive(Debug, Clone)]
pub struct Trainer {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Stopped after this long, in real time.
    pub limit: Duration,
}

/// Why training came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TrainerError {
    /// It could not be started.
    #[error("the trainer {program} could not be started: {reason}")]
    Start {
        /// What was to be run.
        program: String,
        /// What the system said.
        reason: String,
    },
    /// It ran for too long and was stopped.
    #[error("the trainer was stopped after {} min", .0.as_secs().div_ceil(60))]
    TooSlow(Duration),
    /// It ended badly.
    #[error("the trainer ended with {status}{last_words}")]
    Failed {
        /// The exit status in words.
        status: String,
        /// The last thing it said, with a colon before it; empty when it said nothing.
        last_words: String,
    },
}

impl TrainerError {
    /// The kind of trouble without what changes from time to time.
    #[must_use]
    pub fn cause(&self) -> String {
        match self {
            Self::Start { .. } | Self::TooSlow(_) => self.to_string(),
            Self::Failed { status, .. } => format!("the trainer ended with {status}"),
        }
    }
}

/// The trainer with everything it started: stopped when dropped, be it by a limit or because we end.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It leads a process group of its own; once it was waited for, its number may be another's.
        let group = self.0.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(group) = group
            && let Err(error) = kill_process_group(group, Signal::KILL)
        {
            tracing::warn!(%error, "the trainer could not be stopped");
        }
    }
}

impl Trainer {
    /// Trains on `rows` and leaves a model in `out`. What the trainer says goes to the log, line by line.
    ///
    /// # Errors
    /// [`TrainerError`]; what is in `out` by then is not to be used.
    pub async fn train(&self, rows: &Path, out: &Path) -> Result<(), TrainerError> {
        let program = self.command.first().cloned().unwrap_or_default();
        let start = |error: std::io::Error| TrainerError::Start { program: program.clone(), reason: error.to_string() };
        let child = Command::new(&program)
            .args(self.command.iter().skip(1))
            .args([OsStr::new("--rows"), rows.as_os_str(), OsStr::new("--out"), out.as_os_str()])
            .env_clear()
            .envs(PASSED_ON.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(start)?;
        let mut running = Running(child);
        let last_words = LastWords::default();
        let (said, complained) = (running.0.stdout.take(), running.0.stderr.take());
        let work = async {
            // Both ends: a trainer that fills a pipe nobody reads would wait for ever.
            let listening = async { tokio::join!(log(said, &last_words), log(complained, &last_words)) };
            let (status, _) = tokio::join!(running.0.wait(), listening);
            status
        };
        match tokio::time::timeout(self.limit, work).await {
            Err(_) => Err(TrainerError::TooSlow(self.limit)),
            Ok(Err(error)) => Err(start(error)),
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => {
                Err(TrainerError::Failed { status: status.to_string(), last_words: last_words.after_a_colon() })
            }
        }
    }
}

/// The last line that was said.
#[derive(Clone, Default)]
struct LastWords(Arc<Mutex<String>>);

impl LastWords {
    fn hear(&self, line: &str) {
        if !line.trim().is_empty() {
            let short: String = line.trim().chars().take(TOLD_CHARS).collect();
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = short;
        }
    }

    fn after_a_colon(&self) -> String {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_empty() { String::new() } else { format!(": {last}") }
    }
}

async fn log(stream: Option<impl AsyncRead + Unpin>, last_words: &LastWords) {
    let Some(stream) = stream else { return };
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader).take(LINE_BYTES).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let text = String::from_utf8_lossy(&line);
                last_words.hear(&text);
                tracing::info!(target: "engine::trainer", "{}", text.trim_end());
            }
        }
    }
}
