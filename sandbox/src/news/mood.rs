//! How a feed answers.

use std::convert::Infallible;
use std::io::Write;
use std::sync::LazyLock;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::stream;

/// How a feed answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Mood {
    /// With its stories.
    #[default]
    Good,
    /// With its stories, and among them every headline of [`super::injections`], about markets that exist.
    Injected,
    /// One byte after the other, for ever.
    Slow {
        /// Real time between bytes.
        every: Duration,
    },
    /// A body that never ends.
    Huge,
    /// A small packed body that is 32 MiB when unpacked.
    GzipBomb,
    /// Entities that multiply.
    XmlBomb,
    /// A feed that breaks off in the middle of a tag.
    BrokenXml,
    /// Friendly words instead of a feed.
    Prose,
    /// A web page instead of a feed.
    Page,
    /// A redirect.
    Redirect(String),
    /// `503`.
    Down,
    /// `429` with a wait.
    TooMany {
        /// Seconds in `Retry-After`.
        retry_after_s: u32,
    },
}

impl Mood {
    /// The whole answer of a mood that does not tell the stories.
    pub(super) fn answer(&self) -> Option<Response> {
        let xml = [(header::CONTENT_TYPE, "application/rss+xml")];
        let answer = match self {
            Self::Good | Self::Injected => return None,
            Self::Slow { every } => (xml, slow(*every)).into_response(),
            Self::Huge => {
                let endless = stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[b' '; 16_384])));
                (xml, Body::from_stream(endless)).into_response()
            }
            Self::GzipBomb => {
                let packed = [(header::CONTENT_TYPE, "application/rss+xml"), (header::CONTENT_ENCODING, "gzip")];
                (packed, bomb()).into_response()
            }
            Self::XmlBomb => (xml, xml_bomb()).into_response(),
            Self::BrokenXml => {
                (xml, "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><item><title>Fed cu</tit").into_response()
            }
            Self::Prose => "Our feed has moved. We hope you will like the new site!".into_response(),
            Self::Page => {
                axum::response::Html("<!DOCTYPE html><html><body>Just a moment…</body></html>").into_response()
            }
            Self::Redirect(to) => (StatusCode::FOUND, [(header::LOCATION, to.clone())]).into_response(),
            Self::Down => (StatusCode::SERVICE_UNAVAILABLE, "down").into_response(),
            Self::TooMany { retry_after_s } => {
                (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, retry_after_s.to_string())]).into_response()
            }
        };
        Some(answer)
    }
}

fn slow(every: Duration) -> Body {
    Body::from_stream(stream::unfold((), move |()| async move {
        tokio::time::sleep(every).await;
        Some((Ok::<_, Infallible>(Bytes::from_static(b"<")), ()))
    }))
}

/// 32 MiB of spaces, packed to some 150 KiB once.
fn bomb() -> Vec<u8> {
    static PACKED: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        let blank = vec![b' '; 1 << 20];
        // Writing to memory does not fail.
        (0..32).try_for_each(|_| packer.write_all(&blank)).and_then(|()| packer.finish()).unwrap_or_default()
    });
    PACKED.clone()
}

fn xml_bomb() -> String {
    let mut lines = "<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY a0 \"news \">".to_owned();
    for n in 1..10 {
        let ten = format!("&a{};", n - 1).repeat(10);
        lines.push_str(&format!("<!ENTITY a{n} \"{ten}\">"));
    }
    lines + "]><rss version=\"2.0\"><channel><item><title>&a9;</title></item></channel></rss>"
}
