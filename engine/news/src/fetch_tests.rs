use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::stream;

use super::*;
use crate::guard::Target;
use crate::guard::tests::FakeResolver;
use crate::web::{Body, PinnedWeb};

/// What a request was: the address, where it was connected to, what state it told.
type Seen = (String, Vec<SocketAddr>, Validators);

/// Makes an answer.
type Answer = fn() -> Reply;

/// Scripted answers by address; remembers the requests.
#[derive(Clone, Default)]
struct FakeWeb {
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl FakeWeb {
    fn with(self, url: &str, answer: Answer) -> Self {
        self.answers.lock().unwrap().insert(url.to_owned(), answer);
        self
    }
}

#[async_trait]
impl Web for FakeWeb {
    async fn get(&self, target: &Target, known: &Validators) -> Result<Reply, FeedError> {
        let url = target.url().to_string();
        self.seen.lock().unwrap().push((url.clone(), target.addresses().to_vec(), known.clone()));
        let answers = self.answers.lock().unwrap();
        Ok(answers.get(&url).unwrap_or_else(|| panic!("nobody may ask for {url}"))())
    }
}

fn reply(status: u16, body: Body) -> Reply {
    Reply { status, location: None, retry_after: None, validators: Validators::default(), body }
}

fn text(text: &'static str) -> Body {
    Box::pin(stream::iter(text.as_bytes().chunks(3).map(|chunk| Ok(chunk.to_vec()))))
}

fn to(location: &str) -> Reply {
    Reply { location: Some(location.to_owned()), ..reply(302, text("")) }
}

fn resolver() -> FakeResolver {
    FakeResolver::default().with("feeds.example", &[&["93.184.216.34"]]).with("www.example", &[&["93.184.216.35"]])
}

fn fetcher(resolver: &FakeResolver, web: &FakeWeb) -> Fetcher {
    Fetcher::new(Guard::new(Box::new(resolver.clone())), Box::new(web.clone()), Limits::default())
}

fn feed(url: &str) -> FeedAddress {
    FeedAddress::new(Url::parse(url).unwrap(), false).unwrap()
}

fn state(etag: &str) -> Validators {
    Validators { etag: Some(etag.to_owned()), last_modified: Some("Thu, 11 Dec 2025 06:00:00 GMT".to_owned()) }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_asked_once_and_connected_where_it_was_checked() {
    // The first answer is public, every later one is this machine.
    let resolver = FakeResolver::default().with("feeds.example", &[&["93.184.216.34"], &["127.0.0.1"]]);
    let web = FakeWeb::default().with("https://feeds.example/rss", || reply(200, text("<rss/>")));
    let fetcher = fetcher(&resolver, &web);
    assert!(matches!(fetcher.fetch(&feed("https://feeds.example/rss"), None).await, Ok(Fetched::Body { .. })));
    assert_eq!(resolver.asked(), ["feeds.example"]);
    assert_eq!(web.seen.lock().unwrap()[0].1, ["93.184.216.34:443".parse().unwrap()]);
    // The next time, and at the next hop, the new answer counts, and it is refused before anyone is asked.
    let error = fetcher.fetch(&feed("https://feeds.example/rss"), None).await.unwrap_err().to_string();
    assert!(error.contains("127.0.0.1 (this machine)"), "{error}");
    assert_eq!(web.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_redirect_inside_the_network_is_refused_before_it_is_asked() {
    let resolver = resolver().with("10.0.0.1.nip.example", &[&["10.0.0.1"]]);
    let web = FakeWeb::default()
        .with("http://feeds.example/cloud", || to("http://169.254.169.254/latest/meta-data/"))
        .with("http://feeds.example/nip", || to("http://10.0.0.1.nip.example/"))
        .with("http://feeds.example/far", || to("http://www.example/near"))
        .with("http://www.example/near", || to("http://[::1]/"));
    let fetcher = fetcher(&resolver, &web);
    for (path, words) in [("cloud", "link-local"), ("nip", "a private network"), ("far", "this machine")] {
        let error = fetcher.fetch(&feed(&format!("http://feeds.example/{path}")), None).await.unwrap_err().to_string();
        assert!(error.contains(words), "{path}: {error}");
    }
}

#[tokio::test]
async fn redirects_are_followed_so_far_and_no_farther() {
    let web = FakeWeb::default()
        .with("https://feeds.example/a", || to("/b"))
        .with("https://feeds.example/b", || to("https://www.example/c"))
        .with("https://www.example/c", || reply(200, text("<rss/>")))
        .with("https://feeds.example/loop", || to("/loop"));
    let fetcher = fetcher(&resolver(), &web);
    let Ok(Fetched::Body { known, .. }) = fetcher.fetch(&feed("https://feeds.example/a"), None).await else { panic!() };
    assert_eq!(known.url.as_str(), "https://www.example/c");
    let error = fetcher.fetch(&feed("https://feeds.example/loop"), None).await.unwrap_err();
    assert_eq!(error.to_string(), "feeds.example redirected more than 4 times");
    assert_eq!(web.seen.lock().unwrap().len(), 3 + 5);
}

#[tokio::test]
async fn state_is_told_to_the_address_that_gave_it_and_to_no_other() {
    let web = FakeWeb::default()
        .with("https://feeds.example/rss", || Reply { validators: state("\"1\""), ..reply(200, text("<rss/>")) })
        .with("https://feeds.example/same", || reply(304, text("")))
        .with("https://feeds.example/moved", || to("https://www.example/rss"))
        .with("https://www.example/rss", || reply(304, text("")));
    let fetcher = fetcher(&resolver(), &web);
    let Ok(Fetched::Body { known, .. }) = fetcher.fetch(&feed("https://feeds.example/rss"), None).await else {
        panic!()
    };
    assert_eq!(known.validators, state("\"1\""));
    let known = Known { url: Url::parse("https://feeds.example/same").unwrap(), ..known };
    assert_eq!(fetcher.fetch(&feed("https://feeds.example/same"), Some(&known)).await, Ok(Fetched::Unchanged));
    // The second host never gave that state, and "unchanged" to a question not asked is no answer.
    let error = fetcher.fetch(&feed("https://feeds.example/moved"), Some(&known)).await.unwrap_err().to_string();
    assert_eq!(error, "www.example answered with status 304");
    let told: Vec<Validators> = web.seen.lock().unwrap().iter().map(|seen| seen.2.clone()).collect();
    assert_eq!(told, [Validators::default(), state("\"1\""), Validators::default(), Validators::default()]);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_or_never_ends_is_left() {
    fn drip() -> Reply {
        let endless = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok(b"<".to_vec()), ()))
        });
        reply(200, Box::pin(endless))
    }
    let web = FakeWeb::default()
        .with("https://feeds.example/drip", drip)
        .with("https://feeds.example/huge", || reply(200, Box::pin(stream::repeat_with(|| Ok(vec![b' '; 65_536])))));
    let fetcher = fetcher(&resolver(), &web);
    let begun = tokio::time::Instant::now();
    let error = fetcher.fetch(&feed("https://feeds.example/drip"), None).await.unwrap_err();
    assert_eq!(error.to_string(), "feeds.example did not finish answering within 20 s");
    assert_eq!(begun.elapsed().as_secs(), 20);
    let error = fetcher.fetch(&feed("https://feeds.example/huge"), None).await.unwrap_err();
    assert_eq!(error.to_string(), "feeds.example sent more than 2097152 bytes");
}

#[tokio::test]
async fn a_refusal_keeps_the_wait_it_asks_for() {
    let web = FakeWeb::default().with("https://feeds.example/rss", || Reply {
        retry_after: Some(Duration::from_secs(120)),
        ..reply(429, text("slow down"))
    });
    let error = fetcher(&resolver(), &web).fetch(&feed("https://feeds.example/rss"), None).await.unwrap_err();
    assert_eq!(error.to_string(), "feeds.example answered with status 429");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
}

#[tokio::test]
async fn the_connection_goes_to_the_checked_address_whatever_the_name_is() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().route(
        "/rss",
        axum::routing::get(
            |headers: axum::http::HeaderMap| async move { headers["host"].to_str().unwrap().to_owned() },
        ),
    );
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    // Nobody could look this name up; the address alone decides.
    let url = Url::parse(&format!("http://feeds.invalid:{}/rss", address.port())).unwrap();
    let target = Target { url, addresses: vec![address] };
    let mut reply = PinnedWeb.get(&target, &Validators::default()).await.unwrap();
    let body = reply.body.next().await.unwrap().unwrap();
    assert_eq!(String::from_utf8(body).unwrap(), format!("feeds.invalid:{}", address.port()));
    server.abort();
}
