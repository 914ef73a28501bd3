//! Feeds read when the settings name none.

/// Public feeds of news organisations and offices, by subject. None of them asks for a key; each is asked at most once
/// a round, and mostly answers that nothing changed. No test fetches them: whether each still lives where it was published
/// shows in the first round.
pub const DEFAULT_FEEDS: [&str; 12] = [
    // General.
    "https://feeds.bbci.co.uk/news/world/rss.xml",
    "https://www.theguardian.com/world/rss",
    "https://www.aljazeera.com/xml/rss/all.xml",
    // Politics.
    "https://feeds.npr.org/1014/rss.xml",
    "https://rss.nytimes.com/services/xml/rss/nyt/Politics.xml",
    "https://thehill.com/feed/",
    // Crypto.
    "https://cointelegraph.com/rss",
    "https://decrypt.co/feed",
    // Sports.
    "https://www.espn.com/espn/rss/news",
    "https://feeds.bbci.co.uk/sport/rss.xml",
    // Economics.
    "https://www.federalreserve.gov/feeds/press_all.xml",
    "https://rss.nytimes.com/services/xml/rss/nyt/Economy.xml",
];
