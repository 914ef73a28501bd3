//! Stands between the client and the venue, and answers some requests itself.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What to answer to a request's path and query instead of asking the venue: a status and a body.
pub(crate) type Answer = dyn Fn(&str) -> Option<(u16, String)> + Send + Sync;

/// The address of somebody in the middle; requests it does not answer go on to `upstream`.
pub(crate) async fn between(upstream: &str, answer: Arc<Answer>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let upstream = upstream.strip_prefix("http://").unwrap().to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, upstream.clone(), answer.clone()));
        }
    });
    address
}

/// One request; requests have no body.
async fn serve(stream: TcpStream, upstream: String, answer: Arc<Answer>) {
    let mut stream = BufReader::new(stream);
    let (mut head, mut line) = (String::new(), String::new());
    while line != "\r\n" {
        line.clear();
        if !matches!(stream.read_line(&mut line).await, Ok(1..)) {
            return;
        }
        head.push_str(&line);
    }
    let target = head.split(' ').nth(1).unwrap();
    let bytes = match answer(target) {
        Some((status, body)) => {
            let length = body.len();
            let kind = "content-type: application/json\r\nconnection: close";
            format!("HTTP/1.1 {status} X\r\n{kind}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
        }
        None => {
            let mut venue = TcpStream::connect(&upstream).await.unwrap();
            let head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
            venue.write_all(head.as_bytes()).await.unwrap();
            let mut bytes = Vec::new();
            venue.read_to_end(&mut bytes).await.unwrap();
            bytes
        }
    };
    // The other side may have gone.
    let _ = stream.write_all(&bytes).await;
    let _ = stream.shutdown().await;
}
