//! A venue on loopback that answers each request by a function and remembers what was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use polymarket::{Hosts, Options, Polymarket};
use serde_json::Value;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Asked {
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|pair| pair.0 == name).map(|pair| pair.1.as_str())
    }
}

type Answer = dyn Fn(usize, &Asked) -> Response<Body> + Send + Sync;

/// The venue; it ends with the test.
pub(crate) struct Fake {
    pub(crate) venue: Polymarket,
    log: Arc<Mutex<Vec<Asked>>>,
}

struct World {
    log: Arc<Mutex<Vec<Asked>>>,
    answer: Box<Answer>,
}

impl Fake {
    /// Starts a venue that answers the n-th request (from 0) by `answer`.
    pub(crate) async fn start(answer: impl Fn(usize, &Asked) -> Response<Body> + Send + Sync + 'static) -> Self {
        Self::with(quick(), answer).await
    }

    pub(crate) async fn with(
        options: Options,
        answer: impl Fn(usize, &Asked) -> Response<Body> + Send + Sync + 'static,
    ) -> Self {
        let log = Arc::new(Mutex::new(Vec::new()));
        let world = Arc::new(World { log: log.clone(), answer: Box::new(answer) });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/venue", listener.local_addr().unwrap());
        let app = Router::new().fallback(handle).with_state(world);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let hosts = Hosts { gamma: address.clone(), clob: address.clone(), data_api: address };
        Self { venue: Polymarket::new(&hosts, &options).unwrap(), log }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }
}

/// Options that make failures quick.
pub(crate) fn quick() -> Options {
    Options {
        deadline: Duration::from_secs(5),
        rate_scale: 1000.0,
        backoff_min: Duration::from_secs(1),
        ..Options::default()
    }
}

async fn handle(
    State(world): State<Arc<World>>,
    method: Method,
    uri: Uri,
    _: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let path = uri.path().strip_prefix("/venue").expect("the base path is kept").to_owned();
    let asked = Asked { method, path, query, body: serde_json::from_slice(&body).unwrap_or_default() };
    let mut log = world.log.lock().unwrap();
    let number = log.len();
    log.push(asked.clone());
    drop(log);
    (world.answer)(number, &asked)
}

pub(crate) fn respond(status: u16, kind: &str, body: impl Into<Body>) -> Response<Body> {
    Response::builder().status(status).header("content-type", kind).body(body.into()).unwrap()
}

pub(crate) fn json(body: &Value) -> Response<Body> {
    respond(200, "application/json", body.to_string())
}

pub(crate) fn refuse(status: u16, body: &Value) -> Response<Body> {
    respond(status, "application/json", body.to_string())
}

/// A market row with the given number as id and condition.
pub(crate) fn market(number: u64) -> Value {
    let mut row: Value = serde_json::from_str(include_str!("../../test_data/gamma_market.json")).unwrap();
    row["id"] = number.to_string().into();
    row["conditionId"] = format!("0x{number:064x}").into();
    row
}
