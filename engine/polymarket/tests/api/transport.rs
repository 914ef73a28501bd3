//! The transport against servers that misbehave.

use std::io::Write;
use std::time::Duration;

use crate::fake::{Fake, json, quick, refuse, respond};
use axum::body::{Body, Bytes};
use axum::http::Response;
use futures::StreamExt;
use polymarket::{ErrorKind, Hosts, Options, Polymarket, PolymarketError};
use serde_json::json;

const PAGE: &str = "<!DOCTYPE html><html><title>Attention Required! | Cloudflare</title></html>";

#[tokio::test]
async fn a_429_page_pauses_the_host_and_the_next_try_succeeds() {
    let fake = Fake::start(|number, _| match number {
        0 => {
            let mut page = respond(429, "text/html", PAGE);
            page.headers_mut().insert("retry-after", "0.05".parse().unwrap());
            page
        }
        1 => respond(429, "text/plain", "error code: 1015"),
        _ => json(&json!(1_764_612_536)),
    })
    .await;
    assert_eq!(fake.venue.clob().time().await.unwrap().timestamp(), 1_764_612_536);
    let stats = &fake.venue.stats()["clob"];
    assert_eq!((stats.requests, stats.retries, stats.rate_limited, stats.failed), (3, 2, 2, 0));
    assert_eq!(stats.errors[&ErrorKind::RateLimited], 2);
    assert!(stats.last_ok.is_some());
    assert_eq!(fake.venue.stats()["gamma"].requests, 0);
}

#[tokio::test]
async fn a_long_quiet_time_fails_at_once_instead_of_hanging() {
    let fake = Fake::start(|_, _| {
        let mut answer = refuse(429, &json!({"error": "slow down"}));
        answer.headers_mut().insert("retry-after", "900".parse().unwrap());
        answer
    })
    .await;
    for _ in 0..2 {
        let error = fake.venue.clob().ok().await.unwrap_err();
        let PolymarketError::RateLimited { retry_after: Some(wait), .. } = &error else { panic!("{error:?}") };
        assert!(*wait > Duration::from_secs(800), "{wait:?}");
    }
    assert_eq!(fake.asked().len(), 1, "a host that asked for quiet is left alone");
    assert_eq!(fake.venue.stats()["clob"].retries, 0);
    assert!(fake.venue.stats()["clob"].paused_ms.unwrap() > 800_000);
}

#[tokio::test]
async fn passing_faults_are_retried_and_lasting_ones_are_not() {
    for (status, body, tries, kind) in [
        (500, json!({"error": "x"}), 4, ErrorKind::Server),
        (503, json!({"error": "down", "retryable": false}), 1, ErrorKind::Server),
        (425, json!("service not ready"), 4, ErrorKind::NotReady),
        (422, json!({"type": "validation error", "error": "offset too large"}), 1, ErrorKind::Client),
        (302, json!({}), 1, ErrorKind::Client),
    ] {
        let fake = Fake::start(move |_, _| refuse(status, &body)).await;
        let error = fake.venue.gamma().status().await.unwrap_err();
        assert_eq!((error.kind(), fake.asked().len()), (kind, tries), "{status}: {error}");
        assert_eq!(fake.venue.stats()["gamma"].failed, 1, "{status}");
    }
    let fake = Fake::start(|_, _| respond(403, "text/html", PAGE)).await;
    let error = fake.venue.gamma().status().await.unwrap_err();
    assert!(error.to_string().contains("403 with a web page instead of data: Attention Required!"), "{error}");
    assert_eq!(fake.asked().len(), 1, "a block page is not hammered");
}

#[tokio::test]
async fn a_body_that_drips_for_ever_meets_the_deadline() {
    let options = Options { deadline: Duration::from_millis(150), max_tries: 2, ..quick() };
    let fake = Fake::with(options, |_, _| {
        let drops = futures::stream::repeat(Bytes::from_static(b" ")).then(|drop| async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Ok::<_, std::io::Error>(drop)
        });
        respond(200, "application/json", Body::from_stream(drops))
    })
    .await;
    let error = fake.venue.clob().time().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_eq!(fake.asked().len(), 2);
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_cut_off_even_when_compressed() {
    let options = || Options { max_body_bytes: 100_000, ..quick() };
    let plain = Fake::with(options(), |_, _| respond(200, "application/json", vec![b'1'; 200_000])).await;
    assert_eq!(plain.venue.clob().time().await.unwrap_err().kind(), ErrorKind::TooLarge);
    let bomb = Fake::with(options(), |_, _| gzip(&vec![b'1'; 5_000_000])).await;
    assert_eq!(bomb.venue.clob().time().await.unwrap_err().kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn gzip_is_read() {
    let fake = Fake::start(|_, _| gzip(b"1764612536")).await;
    assert_eq!(fake.venue.clob().time().await.unwrap().timestamp(), 1_764_612_536);
}

#[tokio::test]
async fn broken_and_absent_servers_are_told_apart() {
    let options = Options { max_tries: 2, ..quick() };
    // Promises more bytes than it sends, then hangs up.
    let fake = Fake::with(options.clone(), |_, _| {
        let short = futures::stream::iter([Ok(Bytes::from_static(b"[1,")), Err(std::io::Error::other("cut"))]);
        respond(200, "application/json", Body::from_stream(short))
    })
    .await;
    let error = fake.venue.clob().time().await.unwrap_err();
    assert_eq!((error.kind(), fake.asked().len()), (ErrorKind::Reset, 2), "{error}");

    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let hosts = Hosts { gamma: format!("http://{free}"), ..Hosts::default() };
    let error = Polymarket::new(&hosts, &options).unwrap().gamma().status().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(error.to_string().contains(&free.to_string()), "{error}");
}

#[tokio::test]
async fn nonsense_is_an_error_that_shows_the_place() {
    let fake = Fake::start(|_, _| respond(200, "application/json", "{\"history\": [1, 2, oops]}")).await;
    let error = fake.venue.clob().time().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("oops"), "{error}");
}

#[test]
fn the_public_hosts_need_no_options() {
    assert_eq!(Polymarket::new(&Hosts::default(), &Options::default()).unwrap().stats().len(), 3);
}

#[test]
fn options_that_cannot_work_are_refused_by_name() {
    for (options, name) in [
        (Options { rate_scale: 0.0, ..Options::default() }, "rate_scale"),
        (Options { rate_scale: f64::NAN, ..Options::default() }, "rate_scale"),
        (Options { max_tries: 0, ..Options::default() }, "max_tries"),
        (Options { deadline: Duration::ZERO, ..Options::default() }, "deadline"),
    ] {
        let error = Polymarket::new(&Hosts::default(), &options).unwrap_err();
        assert!(error.to_string().starts_with(name), "{error}");
    }
}

fn gzip(body: &[u8]) -> Response<Body> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).unwrap();
    let mut answer = respond(200, "application/json", encoder.finish().unwrap());
    answer.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    answer
}
