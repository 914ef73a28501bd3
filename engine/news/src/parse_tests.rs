use proptest::prelude::*;

use super::*;

fn base() -> Url {
    Url::parse("https://feeds.example/rss").unwrap()
}

fn read(text: &str) -> Result<Vec<RawItem>, String> {
    items(text.as_bytes(), &base())
}

const RSS: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>
<item><title>Older &amp; wiser</title><link>/a</link><description>&lt;p&gt;x&lt;/p&gt;</description><pubDate>Thu, 11 Dec 2025 05:00:00 GMT</pubDate></item>
<item><title><![CDATA[Fed <b>cuts</b>]]></title><link>https://feeds.example/b</link><pubDate>Thu, 11 Dec 2025 06:00:00 +0000</pubDate></item>
</channel></rss>"#;
const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title type="html">Fed &amp;amp; rates</title>
<link rel="self" href="https://feeds.example/self"/><link href="https://feeds.example/c"/><updated>2025-12-11T06:00:00Z</updated><summary>s</summary></entry></feed>"#;
const JSON: &str = r#"{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{"id":"1","title":"Fed","url":"https://feeds.example/d","content_text":"c","date_published":"2025-12-11T06:00:00Z"}]}"#;

#[test]
fn all_three_kinds_of_feed_are_read() {
    let rss = read(RSS).unwrap();
    let titles: Vec<&str> = rss.iter().map(|item| item.title.as_str()).collect();
    assert_eq!(titles, ["Fed <b>cuts</b>", "Older & wiser"], "newest first, markup left for the cleaner");
    assert_eq!(rss[1].link.as_deref(), Some("https://feeds.example/a"));
    let atom = read(ATOM).unwrap();
    assert_eq!(atom[0].link.as_deref(), Some("https://feeds.example/c"));
    assert_eq!((atom[0].summary.as_str(), atom[0].published_at.is_some()), ("s", true));
    let json = read(JSON).unwrap();
    assert_eq!((json[0].title.as_str(), json[0].summary.as_str()), ("Fed", "c"));
    let wrapped = read(&RSS.replace("<rss", "\u{feff}<rss")).unwrap();
    assert_eq!(wrapped.len(), 2);
}

#[test]
fn what_is_no_feed_or_would_burst_is_refused() {
    let laughs = r#"<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><rss version="2.0"><channel><title>&b;</title></channel></rss>"#;
    let file = r#"<!DOCTYPE r [ <!entity x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><title>&x;</title></channel></rss>"#;
    let deep =
        format!("<rss version=\"2.0\"><channel><item>{}</item></channel></rss>", "<media:group>".repeat(150_000));
    let wide: String = RSS.chars().flat_map(|letter| [letter, '\0']).collect();
    let table = [
        (laughs, "entities of its own"),
        (file, "entities of its own"),
        (deep.as_str(), "nested more than 64 deep"),
        (wide.as_str(), "encoding"),
        ("<!DOCTYPE html><html><body><br><br></body></html>", "a web page"),
        ("The feed has moved.", "no root element"),
        ("", "no root element"),
        ("<rss version=\"2.0\"><channel><item><title>cut off", ""),
        ("{\"version\":\"https://jsonfeed.org/version/9\",\"title\":\"t\",\"items\":[]}", "unsupported version"),
    ];
    for (text, words) in table {
        match read(text) {
            Err(reason) => assert!(reason.contains(words), "{reason}"),
            Ok(items) => assert!(words.is_empty() && items.is_empty(), "{text}"),
        }
    }
    let json = format!("{{\"items\":{}", "[".repeat(200_000));
    assert!(read(&json).is_err());
}

#[test]
fn a_feed_gives_so_many_items_and_the_newest() {
    let item = |n: usize| {
        format!(
            "<item><title>n{n}</title><pubDate>Thu, 11 Dec 2025 00:{:02}:{:02} GMT</pubDate></item>",
            n / 60,
            n % 60
        )
    };
    let all: String = (0..500).map(item).collect();
    let got = read(&format!("<rss version=\"2.0\"><channel>{all}</channel></rss>")).unwrap();
    assert_eq!((got.len(), got[0].title.as_str()), (MOST_ITEMS, "n499"));
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = items(&bytes, &base());
    }

    #[test]
    fn no_damage_to_a_feed_breaks_the_reader(which in 0..3_usize, at in 0.0..1.0_f64, bytes in prop::collection::vec(any::<u8>(), 0..6), cut in 0..40_usize) {
        let mut feed = [RSS, ATOM, JSON][which].as_bytes().to_vec();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // a place in the text
        let from = (feed.len() as f64 * at) as usize;
        let to = (from + cut).min(feed.len());
        feed.splice(from..to, bytes);
        let _ = items(&feed, &base());
    }
}
