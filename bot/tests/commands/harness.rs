//! Runs the real binary in a folder of its own, with an environment that holds nothing but what a test gives.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use engine_clock::Clock;
use sandbox::polymarket::PolymarketServer;
use sandbox::telegram::{OWNER, Options, TelegramServer};
use sandbox::world::World;
use serde_json::Value;
use tempfile::TempDir;

/// No command under test takes longer than this, even on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// The start of every stand-in world here.
pub(crate) fn start() -> DateTime<Utc> {
    "2026-12-04T12:00:00Z".parse().unwrap()
}

/// How a command ended and what it printed.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// The one JSON document on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in stdout:\n{self:?}"))
    }

    /// Both streams.
    pub(crate) fn said(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// A folder to run commands in, and the settings they get.
pub(crate) struct Place {
    dir: TempDir,
    env: Vec<(String, String)>,
}

impl Place {
    /// Nothing set but the model's folder.
    pub(crate) fn new() -> Self {
        let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../models");
        let dir = tempfile::tempdir().unwrap();
        Self { dir, env: Vec::new() }.set("MODEL_DIR", models)
    }

    /// One more setting; the last one given counts.
    pub(crate) fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// Points it at a stand-in venue, with the clock of its world.
    pub(crate) fn venue(self, venue: &PolymarketServer) -> Self {
        self.set("GAMMA_URL", &venue.gamma_url)
            .set("CLOB_URL", &venue.clob_url)
            .set("DATA_API_URL", &venue.data_url)
            .set("CLOB_WS_URL", &venue.ws_url)
    }

    /// Points it at a stand-in Telegram.
    pub(crate) fn telegram(self, telegram: &TelegramServer) -> Self {
        self.set("TELEGRAM_API_URL", telegram.api_url())
            .set("TELEGRAM_BOT_TOKEN", telegram.token())
            .set("TELEGRAM_CHAT_ID", OWNER.to_string())
    }

    /// Simulated time from `start` on.
    pub(crate) fn clock(self, start: DateTime<Utc>, speed: f64) -> Self {
        self.set("CLOCK_START", start.timestamp().to_string()).set("CLOCK_SPEED", speed.to_string())
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Starts a command.
    pub(crate) fn spawn(&self, args: &[&str]) -> Running {
        let mut child = Command::new(env!("CARGO_BIN_EXE_oddsmith"))
            .args(args)
            .current_dir(self.dir())
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let read = |mut from: Box<dyn Read + Send>| {
            tokio::task::spawn_blocking(move || {
                let mut bytes = Vec::new();
                from.read_to_end(&mut bytes).map(|_| String::from_utf8_lossy(&bytes).into_owned())
            })
        };
        let (stdout, stderr) = (read(Box::new(stdout)), read(Box::new(stderr)));
        Running { child: Killed(child), stdout, stderr }
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, args: &[&str]) -> Finished {
        self.spawn(args).finish().await
    }
}

/// A command under way; killed when a test gives up on it.
pub(crate) struct Running {
    child: Killed,
    stdout: tokio::task::JoinHandle<std::io::Result<String>>,
    stderr: tokio::task::JoinHandle<std::io::Result<String>>,
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It has usually ended already; then there is nothing to kill.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.child.0.id()
    }

    /// Asks it to end in order.
    pub(crate) fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.0.try_wait().unwrap().is_some()
    }

    pub(crate) async fn finish(mut self) -> Finished {
        let both = async { (self.stdout.await.unwrap().unwrap(), self.stderr.await.unwrap().unwrap()) };
        let (stdout, stderr) = tokio::time::timeout(LIMIT, both).await.expect("the command did not end in time");
        let code = self.child.0.wait().unwrap().code();
        Finished { code, stdout, stderr }
    }
}

/// A world that stands still, and the venue that serves it: what a test reads later is what the command saw.
pub(crate) async fn serve(world: Arc<World>) -> PolymarketServer {
    PolymarketServer::start(world).await.unwrap()
}

/// A stand-in Telegram without a chat page.
pub(crate) async fn telegram(clock: Clock) -> TelegramServer {
    TelegramServer::start(Options { page_port: None, ..Options::new(clock) }).await.unwrap()
}

/// Waits until `seen` gives something; fails when it never does.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(what: &str, seen: impl Fn() -> F) -> T {
    let waiting = async {
        loop {
            if let Some(found) = seen().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(LIMIT, waiting).await.unwrap_or_else(|_| panic!("never seen: {what}"))
}
