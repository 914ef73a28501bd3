//! A bot made of bare HTTP calls, spelled as teloxide spells them.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Once;
use std::time::Duration;

use engine_clock::Clock;
use sandbox::telegram::{Options, TelegramServer};
use serde_json::{Value, json};

pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// 2 × 1 pixels.
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x01\x08\x02\0\0\0 rest";
pub(crate) const GIF: &[u8] = b"GIF89a\x40\x01\xf0\x00 rest";

pub(crate) fn clock() -> Clock {
    Clock::manual("2026-12-04T12:03:07Z".parse().unwrap())
}

pub(crate) async fn server() -> TelegramServer {
    TelegramServer::start(Options::new(clock())).await.unwrap()
}

pub(crate) fn http() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().timeout(LIMIT).build().unwrap()
}

#[derive(Clone)]
pub(crate) struct Bot {
    http: reqwest::Client,
    base: String,
}

impl Bot {
    pub(crate) fn of(server: &TelegramServer) -> Self {
        Self { http: http(), base: format!("{}/bot{}", server.api_url(), server.token()) }
    }

    /// The whole answer, or the client's error.
    pub(crate) async fn raw(&self, method: &str, body: Value) -> Result<Value, reqwest::Error> {
        self.http.post(format!("{}/{method}", self.base)).json(&body).send().await?.json().await
    }

    pub(crate) async fn ok(&self, method: &str, body: Value) -> Value {
        let answer = self.raw(method, body).await.unwrap();
        assert_eq!(answer["ok"], true, "{method}: {answer}");
        answer["result"].clone()
    }

    /// Code and words of a refusal.
    pub(crate) async fn refused(&self, method: &str, body: Value) -> (i64, String) {
        let answer = self.raw(method, body).await.unwrap();
        assert_eq!(answer["ok"], false, "{method}: {answer}");
        (answer["error_code"].as_i64().unwrap(), answer["description"].as_str().unwrap().to_owned())
    }

    /// A multipart call: text fields and files `(part, file name, bytes)`.
    pub(crate) async fn upload(&self, method: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Value {
        let boundary = "between-the-parts";
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(head.bytes());
        }
        for (part, name, bytes) in files {
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            );
            body.extend(head.bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{boundary}--\r\n").bytes());
        let request = self
            .http
            .post(format!("{}/{method}", self.base))
            .header("content-type", format!("multipart/form-data; boundary={boundary}"));
        request.body(body).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn send(&self, chat: i64, text: &str) -> i64 {
        self.ok("SendMessage", json!({ "chat_id": chat, "text": text })).await["message_id"].as_i64().unwrap()
    }
}

pub(crate) fn keyboard(label: &str, data: &str) -> Value {
    json!({ "inline_keyboard": [[{ "text": label, "callback_data": data }]] })
}
