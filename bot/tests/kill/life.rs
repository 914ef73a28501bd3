//! One life of the bot: a process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const STEP: Duration = Duration::from_millis(5);

/// A running bot; killed when dropped.
pub(crate) struct Life {
    child: Mutex<Child>,
    output: Arc<Mutex<String>>,
}

/// How a life ended by itself.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) success: bool,
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
}

impl Life {
    /// Starts the binary under test with nothing in its environment but these settings.
    pub(crate) fn start(settings: &[(&'static str, String)], log: std::fs::File, directory: &std::path::Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_oddsmith"))
            .args(["run", "--engines", "ml"])
            .env_clear()
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let output = Arc::new(Mutex::new(String::new()));
        let (lines, heard) = (BufReader::new(child.stdout.take().unwrap()).lines(), Arc::clone(&output));
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut heard = heard.lock().unwrap();
                heard.push_str(&line);
                heard.push('\n');
            }
        });
        Self { child: Mutex::new(child), output }
    }

    /// Waits until it says that it runs.
    pub(crate) async fn ready(&mut self, limit: Duration) {
        let deadline = Instant::now() + limit;
        while !self.output.lock().unwrap().contains("runs; health at") {
            assert!(self.is_running() && Instant::now() < deadline, "the bot did not come up");
            tokio::time::sleep(STEP).await;
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.child.lock().unwrap().try_wait().unwrap().is_none()
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        let child = self.child.get_mut().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM, and its end.
    pub(crate) async fn terminate(&mut self, limit: Duration) -> End {
        let id = self.child.get_mut().unwrap().id();
        // The shell's own `kill`: there may be no program of that name.
        assert!(Command::new("sh").args(["-c", &format!("kill -TERM {id}")]).status().unwrap().success());
        self.wait(limit).await
    }

    /// Its end, by itself.
    pub(crate) async fn wait(&mut self, limit: Duration) -> End {
        let deadline = Instant::now() + limit;
        let status: ExitStatus = loop {
            if let Some(status) = self.child.get_mut().unwrap().try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "the bot did not end");
            tokio::time::sleep(STEP).await;
        };
        // The reader may be a line behind.
        tokio::time::sleep(STEP * 10).await;
        End { success: status.success(), code: status.code(), output: self.output.lock().unwrap().clone() }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}
