//! Links of items: only web pages, without what counts clicks.

use url::Url;

/// Longer ones are not kept.
const LONGEST: usize = 2000;

/// Names of parameters that say where a reader came from, not what he reads. One that ends with `*` is a beginning.
const TRACKING: [&str; 29] = [
    "utm_*", "at_*", "ns_*", "mc_*", "pk_*", "mtm_*", "hsa_*", "vero_*", "_hs*", "fbclid", "gclid", "dclid", "msclkid",
    "yclid", "igshid", "twclid", "ttclid", "gaa_*", "cmp", "cmpid", "smid", "smtyp", "ftag", "ref", "ref_src",
    "referrer", "source", "src", "partner",
];

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The address to open.
    pub address: String,
    /// Equal for two addresses of one page: no scheme, no `www.`, parameters in order.
    pub key: String,
}

/// Reads a link; `None` when it is no http or https address of a host, is too long, or holds a name and password.
#[must_use]
pub fn link(text: &str) -> Option<Link> {
    if text.len() > LONGEST {
        return None;
    }
    let mut url = Url::parse(text.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    url.set_fragment(None);
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !is_tracking(name))
        .map(|(n, v)| (n.into_owned(), v.into_owned()))
        .collect();
    if kept.is_empty() {
        url.set_query(None);
    } else {
        url.query_pairs_mut().clear().extend_pairs(&kept);
    }
    let host = url.host_str()?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let mut sorted = kept;
    sorted.sort();
    let query: String = sorted.iter().map(|(name, value)| format!("?{name}={value}")).collect();
    let key = format!("{}{port}{}{query}", host.strip_prefix("www.").unwrap_or(host), url.path().trim_end_matches('/'));
    let address = url.to_string();
    (address.len() <= LONGEST).then_some(Link { address, key })
}

fn is_tracking(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TRACKING.iter().any(|known| known.strip_suffix('*').map_or(name == *known, |start| name.starts_with(start)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_page_has_one_key() {
        let page = "news.example/a/fed-cuts";
        for text in [
            "https://news.example/a/fed-cuts",
            "http://www.news.example/a/fed-cuts/",
            "https://NEWS.example/a/fed-cuts?utm_source=rss&utm_medium=feed#top",
            " https://news.example/a/fed-cuts?at_medium=RSS&fbclid=1 ",
            "https://news.example:443/a/fed-cuts?ref=home",
        ] {
            assert_eq!(link(text).unwrap().key, page, "{text}");
        }
        let two = ["https://news.example/?id=1&p=2&utm_campaign=x", "https://news.example?p=2&id=1"];
        assert_eq!(link(two[0]).unwrap().key, link(two[1]).unwrap().key);
        assert_eq!(link(two[0]).unwrap().address, "https://news.example/?id=1&p=2");
        assert_ne!(link("https://news.example/?id=1").unwrap().key, link("https://news.example/?id=2").unwrap().key);
    }

    #[test]
    fn only_web_pages_are_links() {
        let long = format!("https://news.example/{}", "a".repeat(LONGEST));
        for text in [
            "",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://x/",
            "/relative",
            "mailto:a@b",
            "https://user:secret@news.example/",
            "https://bank.example@evil.example/",
            "http://",
            long.as_str(),
        ] {
            assert_eq!(link(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn doing_it_twice_changes_nothing(text in "https?://[a-z.]{1,8}(:[0-9]{1,4})?/[a-zA-Z0-9%/ é]{0,12}(\\?[a-z_=&%+é0-9]{0,20})?(#[a-z]{0,3})?") {
            if let Some(once) = link(&text) {
                prop_assert_eq!(link(&once.address), Some(once));
            }
        }

        #[test]
        fn no_text_breaks_it(text in any::<String>()) {
            let _ = link(&text);
        }
    }
}
