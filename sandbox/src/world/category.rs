//! Topics of markets, with the tags and the fees the venue gives them.

/// A topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// Elections, parliaments, appointments.
    Politics,
    /// Coins and tokens.
    Crypto,
    /// Rates, inflation, jobs, companies.
    Economics,
    /// Films, music, awards.
    Culture,
    /// Software, chips, space.
    Tech,
    /// Temperature, storms, rain.
    Weather,
    /// War, peace and treaties.
    Geopolitics,
    /// Games and tournaments.
    Sports,
    /// Anything else (recorded markets of unknown topic).
    Other,
}

/// A label the venue hangs on events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Number of the tag.
    pub id: u64,
    /// As shown.
    pub label: String,
    /// As used in addresses.
    pub slug: String,
}

impl Category {
    /// All topics, in a fixed order.
    pub const ALL: [Self; 9] = [
        Self::Politics,
        Self::Crypto,
        Self::Economics,
        Self::Culture,
        Self::Tech,
        Self::Weather,
        Self::Geopolitics,
        Self::Sports,
        Self::Other,
    ];

    /// Its main tag.
    #[must_use]
    pub fn tag(self) -> Tag {
        let (id, label) = match self {
            Self::Politics => (2, "Politics"),
            Self::Crypto => (21, "Crypto"),
            Self::Economics => (100_328, "Economy"),
            Self::Culture => (596, "Culture"),
            Self::Tech => (1_401, "Tech"),
            Self::Weather => (84, "Weather"),
            Self::Geopolitics => (100_265, "Geopolitics"),
            Self::Sports => (1, "Sports"),
            Self::Other => (102_000, "Other"),
        };
        Tag { id, label: label.to_owned(), slug: label.to_lowercase() }
    }

    /// The topic a free text of a data set means.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let text = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has(&["sport", "esport", "nba", "nfl", "soccer", "tennis", "hockey", "cricket"]) {
            Self::Sports
        } else if has(&["crypto", "bitcoin", "ethereum"]) {
            Self::Crypto
        } else if has(&["geopolit", "world", "middle east", "ukraine"]) {
            Self::Geopolitics
        } else if has(&["politic", "election"]) {
            Self::Politics
        } else if has(&["econom", "finance", "business", "fed"]) {
            Self::Economics
        } else if has(&["culture", "pop", "entertainment", "movie", "music"]) {
            Self::Culture
        } else if has(&["tech", "science", "ai"]) {
            Self::Tech
        } else if has(&["weather", "climate"]) {
            Self::Weather
        } else {
            Self::Other
        }
    }

    /// The venue's fee kind and taker rate; `None` where takers pay nothing (API notes §5.1).
    #[must_use]
    pub fn fee(self) -> Option<FeeTerms> {
        let (kind, rate, rebate) = match self {
            Self::Crypto => ("crypto_fees", 0.07, 0.2),
            Self::Sports => ("sports_fees_v2", 0.05, 0.15),
            Self::Politics => ("politics_fees", 0.04, 0.25),
            Self::Tech => ("tech_fees", 0.04, 0.25),
            Self::Economics => ("economics_fees", 0.05, 0.25),
            Self::Culture => ("culture_fees", 0.05, 0.25),
            Self::Weather => ("weather_fees", 0.05, 0.25),
            Self::Other => ("general_fees", 0.05, 0.25),
            Self::Geopolitics => return None,
        };
        Some(FeeTerms { kind, rate, rebate })
    }
}

/// What takers of a market pay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeeTerms {
    /// The venue's name for the schedule.
    pub kind: &'static str,
    /// Rate on shares × p(1 − p).
    pub rate: f64,
    /// Share that goes to makers.
    pub rebate: f64,
}
