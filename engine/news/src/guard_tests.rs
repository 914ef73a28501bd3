use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use super::*;

/// Answers of each name, one after the other; the last one stays.
#[derive(Clone, Default)]
pub(crate) struct FakeResolver(Arc<Mutex<BTreeMap<String, VecDeque<Vec<IpAddr>>>>>, Arc<Mutex<Vec<String>>>);

impl FakeResolver {
    pub(crate) fn with(self, host: &str, answers: &[&[&str]]) -> Self {
        let answers = answers.iter().map(|ips| ips.iter().map(|ip| ip.parse().unwrap()).collect()).collect();
        self.0.lock().unwrap().insert(host.to_owned(), answers);
        self
    }

    /// The names asked for, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.1.lock().unwrap().clone()
    }
}

#[async_trait]
impl Resolver for FakeResolver {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        self.1.lock().unwrap().push(host.to_owned());
        let mut names = self.0.lock().unwrap();
        let Some(answers) = names.get_mut(host) else { return Err(std::io::Error::other("no such name")) };
        Ok(if answers.len() > 1 { answers.pop_front().unwrap() } else { answers.front().cloned().unwrap() })
    }
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn guard() -> Guard {
    let names: [(&str, &[&str]); 8] = [
        ("feeds.example", &["93.184.216.34", "2606:2800:21f::1"]),
        ("other.example", &["93.184.216.35"]),
        ("half.example", &["93.184.216.34", "10.0.0.5"]),
        ("169.254.169.254.nip.example", &["169.254.169.254"]),
        ("mapped.example", &["::ffff:10.0.0.1"]),
        ("nat64.example", &["64:ff9b::a9fe:a9fe"]),
        ("localhost", &["127.0.0.1", "::1"]),
        ("empty.example", &[]),
    ];
    let resolver = names.iter().fold(FakeResolver::default(), |all, (name, ips)| all.with(name, &[ips]));
    Guard::new(Box::new(resolver))
}

#[tokio::test]
async fn a_feed_may_lead_to_public_addresses_only() {
    let guard = guard();
    let table = [
        ("https://feeds.example/rss", Ok(2)),
        ("http://feeds.example:8081/rss", Ok(2)),
        ("http://93.184.216.34/rss", Ok(1)),
        ("https://half.example/", Err("10.0.0.5 (a private network)")),
        ("https://169.254.169.254.nip.example/", Err("169.254.169.254 (link-local)")),
        ("http://169.254.169.254/latest/meta-data", Err("link-local")),
        ("https://mapped.example/", Err("inside an IPv6 one")),
        ("https://nat64.example/", Err("inside an IPv6 one")),
        ("http://[::ffff:127.0.0.1]/", Err("inside an IPv6 one")),
        ("http://[fd00::1]/", Err("a private network")),
        ("http://192.168.1.1/", Err("a private network")),
        ("http://100.64.0.1/", Err("a provider's inner network")),
        // Spellings of 127.0.0.1 and 10.0.0.1 that a look-up would understand.
        ("http://0x0a000001/", Err("a private network")),
        ("http://167772161/", Err("a private network")),
        ("http://012.0.0.1/", Err("a private network")),
        ("http://0/", Err("reserved")),
        ("https://nobody.example/", Err("could not be found")),
        ("https://empty.example/", Err("leads nowhere")),
    ];
    for (text, expected) in table {
        let feed = FeedAddress::new(url(text), false).unwrap();
        let got = guard.first(&feed).await;
        match expected {
            Ok(addresses) => assert_eq!(got.unwrap().addresses().len(), addresses, "{text}"),
            Err(words) => {
                let error = got.unwrap_err().to_string();
                assert!(error.contains(words), "{text}: {error}");
            }
        }
    }
}

#[test]
fn what_can_never_be_asked_is_refused_by_name() {
    let table = [
        ("ftp://feeds.example/rss", "neither http nor https"),
        ("file:///etc/passwd", "neither http nor https"),
        ("gopher://feeds.example/", "neither http nor https"),
        ("https://user:secret@feeds.example/", "a name or a password"),
        ("http://127.0.0.1:9/rss", "only when the venue is a stand-in"),
        ("http://2130706433/rss", "only when the venue is a stand-in"),
        ("http://localhost/rss", "only when the venue is a stand-in"),
        ("http://a.localhost./rss", "only when the venue is a stand-in"),
        ("http://[::1]/rss", "only when the venue is a stand-in"),
    ];
    for (text, words) in table {
        let error = FeedAddress::new(url(text), false).unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains("secret"), "{text}: {error}");
    }
}

#[tokio::test]
async fn this_machine_is_asked_only_where_the_owner_named_it() {
    let guard = guard();
    let feed = FeedAddress::new(url("http://127.0.0.1:8099/rss"), true).unwrap();
    assert_eq!(guard.first(&feed).await.unwrap().addresses(), ["127.0.0.1:8099".parse().unwrap()]);
    let named = FeedAddress::new(url("http://localhost:8099/rss"), true).unwrap();
    assert_eq!(guard.first(&named).await.unwrap().addresses().len(), 2);
    for location in ["/other", "http://127.0.0.1:8099/other", "http://localhost/", "http://[::1]/"] {
        let error = guard.redirect(&feed, feed.url(), location).await.unwrap_err().to_string();
        assert!(error.contains("this machine"), "{location}: {error}");
    }
    // A name that is no longer what it was.
    let moved = Guard::new(Box::new(FakeResolver::default().with("localhost", &[&["10.0.0.1"]])));
    assert!(moved.first(&named).await.unwrap_err().to_string().contains("but leads to 10.0.0.1"));
}

#[tokio::test]
async fn redirects_are_judged_like_the_first_hop_and_harder() {
    let guard = guard();
    let feed = FeedAddress::new(url("https://feeds.example:8443/rss"), false).unwrap();
    let table = [
        ("/moved", Ok("https://feeds.example:8443/moved")),
        ("https://other.example/rss", Ok("https://other.example/rss")),
        ("//other.example/rss", Ok("https://other.example/rss")),
        ("http://other.example/rss", Err("an unencrypted address")),
        ("https://other.example:8443/rss", Err("port 8443")),
        ("https://other.example:22/", Err("port 22")),
        ("https://127.0.0.1/", Err("this machine")),
        ("https://169.254.169.254/latest/meta-data", Err("link-local")),
        ("https://169.254.169.254.nip.example/", Err("link-local")),
        ("https://half.example/", Err("a private network")),
        ("file:///etc/passwd", Err("neither http nor https")),
        ("https://u:p@other.example/", Err("a name or a password")),
        ("https://[bad", Err("no address")),
    ];
    for (location, expected) in table {
        let got = guard.redirect(&feed, feed.url(), location).await;
        match expected {
            Ok(text) => assert_eq!(got.unwrap().url().as_str(), text, "{location}"),
            Err(words) => {
                let error = got.unwrap_err().to_string();
                assert!(error.contains(words), "{location}: {error}");
            }
        }
    }
}
