//! As much of the WebDriver protocol as the story needs, spoken to a chromedriver of our own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use reqwest::Method;
use serde_json::{Value, json};

/// How long chromedriver, the browser and any one command may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at something that is waited for.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// A headless Chromium with one tab. Dropped, it takes its driver and its browser with it.
pub(crate) struct Browser {
    http: reqwest::Client,
    session: String,
    driver: Child,
}

impl Browser {
    /// Starts chromedriver and a browser.
    pub(crate) async fn start() -> Self {
        let (driver_path, browser_path) = (installed("chromedriver"), installed("chromium"));
        let (http, port) = (http(), free_port());
        let driver = Command::new(driver_path)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let base = format!("http://127.0.0.1:{port}");
        let mut browser = Self { http, session: base.clone(), driver };
        let begun = Instant::now();
        while browser.http.get(format!("{base}/status")).send().await.is_err() {
            assert!(begun.elapsed() < PATIENCE, "chromedriver does not answer on port {port}");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let options = json!({
            "binary": browser_path,
            // Tests often run as root in a container: no sandbox, and little shared memory.
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"],
        });
        let wish =
            json!({ "capabilities": { "alwaysMatch": { "browserName": "chrome", "goog:chromeOptions": options } } });
        let answer = browser.call(Method::POST, "/session", &wish).await;
        let id = answer["sessionId"].as_str().expect("a session");
        browser.session = format!("{base}/session/{id}");
        browser
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> Value {
        let request = self.http.request(method.clone(), format!("{}{path}", self.session));
        let request = if method == Method::POST { request.json(body) } else { request };
        let answer = request.send().await.unwrap_or_else(|error| panic!("{path}: chromedriver is gone: {error}"));
        let well = answer.status().is_success();
        let mut answer: Value = answer.json().await.expect("JSON from chromedriver");
        assert!(well, "{path}: {}", answer["value"]["message"]);
        answer["value"].take()
    }

    /// Opens an address and waits until it is loaded.
    pub(crate) async fn open(&self, address: &str) {
        self.call(Method::POST, "/url", &json!({ "url": address })).await;
    }

    /// Runs the body of a function in the page.
    pub(crate) async fn script(&self, body: &str, arguments: Value) -> Value {
        self.call(Method::POST, "/execute/sync", &json!({ "script": body, "args": arguments })).await
    }

    /// Clicks the element a selector finds, as a hand would: it must be visible and not covered.
    pub(crate) async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.call(Method::POST, &format!("/element/{element}/click"), &json!({})).await;
    }

    /// Types into the element a selector finds.
    pub(crate) async fn keys(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.call(Method::POST, &format!("/element/{element}/value"), &json!({ "text": text })).await;
    }

    async fn element(&self, selector: &str) -> String {
        let wish = json!({ "using": "css selector", "value": selector });
        let found = self.call(Method::POST, "/element", &wish).await;
        let id = found.as_object().and_then(|found| found.values().next()).and_then(Value::as_str);
        id.expect("an element").to_owned()
    }

    /// Makes the window a screen of this size in CSS pixels, so many picture pixels each.
    pub(crate) async fn screen(&self, width: u32, height: u32, pixels: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": pixels, "mobile": false });
        let body = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": metrics });
        self.call(Method::POST, "/goog/cdp/execute", &body).await;
    }

    /// Saves what is to be seen as a PNG.
    pub(crate) async fn picture(&self, file: &Path) {
        let body = json!({ "cmd": "Page.captureScreenshot", "params": { "format": "png" } });
        let answer = self.call(Method::POST, "/goog/cdp/execute", &body).await;
        let data = answer["data"].as_str().expect("a picture");
        let bytes = base64::engine::general_purpose::STANDARD.decode(data).expect("base64");
        assert!(bytes.starts_with(b"\x89PNG"), "not a PNG");
        std::fs::write(file, bytes).expect("the folder for pictures can be written");
    }

    /// Closes the browser.
    pub(crate) async fn quit(self) {
        self.call(Method::DELETE, "", &Value::Null).await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Told to end, chromedriver ends its browser; killed, it would leave it behind.
        if !terminate(&self.driver) {
            drop(self.driver.kill());
        }
        drop(self.driver.wait());
    }
}

/// A client that speaks to this machine only.
pub(crate) fn http() -> reqwest::Client {
    polymarket::install_crypto();
    reqwest::Client::builder().timeout(PATIENCE).no_proxy().build().expect("an HTTP client")
}

/// Sends SIGTERM to a child of ours. True when it went out.
pub(crate) fn terminate(child: &Child) -> bool {
    let command = format!("kill -TERM {}", child.id());
    Command::new("sh").args(["-c", &command]).status().is_ok_and(|status| status.success())
}

/// A program on the path.
fn installed(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file()).unwrap_or_else(|| {
        panic!(
            "{name} is not installed. On Debian: apt-get install chromium chromium-driver. scripts/test.sh does it for you."
        )
    })
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port on loopback");
    socket.local_addr().expect("its address").port()
}
