//! `oddsmith sandbox`, the real binary, as a child.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::driver::{LOOK_AGAIN, free_port, http, terminate};

/// How long it may take until the page answers, and until the program has ended.
const PATIENCE: Duration = Duration::from_secs(90);

/// The running program. Dropped, it is killed.
pub(crate) struct Sandbox {
    child: Child,
    address: String,
    output: PathBuf,
    _scratch: tempfile::TempDir,
}

impl Sandbox {
    /// Starts it where the model is and waits until its page answers.
    pub(crate) async fn start() -> Self {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let output = scratch.path().join("said.txt");
        let said = File::create(&output).expect("a file for what it says");
        let port = free_port();
        let child = Command::new(env!("CARGO_BIN_EXE_oddsmith"))
            .args(["sandbox", "--port", &port.to_string()])
            .current_dir(workspace())
            .stdin(Stdio::null())
            .stdout(said.try_clone().expect("the same file"))
            .stderr(said)
            .spawn()
            .expect("oddsmith starts");
        let mut sandbox = Self { child, address: format!("http://127.0.0.1:{port}"), output, _scratch: scratch };
        let begun = Instant::now();
        let http = http();
        while http.get(&sandbox.address).send().await.is_err() {
            let ended = sandbox.child.try_wait().expect("a child");
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "no page ({ended:?}): {}", sandbox.said());
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        sandbox
    }

    /// Where the chat page is.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }

    /// Asks it to end and waits: the exit code, and all it said.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        assert!(terminate(&self.child), "SIGTERM went out");
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return (status.code(), self.said());
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end: {}", self.said());
            std::thread::sleep(LOOK_AGAIN);
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The folder with `models` in it.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace")
}
