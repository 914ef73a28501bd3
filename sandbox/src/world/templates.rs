//! What the simulated markets ask. A `{slot}` is filled from its word list; `{date}`, `{month}` and `{iso}` from the
//! published end; `{n}`, `{pct}`, `{temp}` and `{usd}` with a number; `{option}` with the market's place in its event.

use super::category::Category;
use super::chain::Relation;

/// One kind of event.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) category: Category,
    /// Title of the event; for a single market it is the question.
    pub(crate) title: &'static str,
    /// Question of each market.
    pub(crate) question: &'static str,
    pub(crate) options: Options,
    /// A second tag of the event.
    pub(crate) tag: &'static str,
    /// Names of the outcomes when they are not Yes and No; slots allowed.
    pub(crate) labels: Option<[&'static str; 2]>,
}

/// The markets of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Options {
    Single,
    /// Named, at most one wins.
    Exclusive(&'static [&'static str]),
    /// Rising thresholds around a base: the coin's or index's usual level times 1 + k·step.
    Thresholds {
        step: f64,
    },
}

impl Options {
    pub(crate) const fn relation(self) -> Relation {
        match self {
            Self::Exclusive(_) => Relation::Exclusive,
            Self::Single | Self::Thresholds { .. } => Relation::Nested,
        }
    }
}

const fn single(category: Category, question: &'static str, tag: &'static str) -> Template {
    Template { category, title: question, question, options: Options::Single, tag, labels: None }
}

use Category::{Crypto, Culture, Economics, Geopolitics, Politics, Sports, Tech, Weather};

const PARTIES: &[&str] =
    &["the governing party", "the main opposition", "the Greens", "the Liberals", "an independent list"];
const CUTS: &[&str] = &["no change", "a 25 bps cut", "a 50 bps cut", "a 25 bps hike"];
const FILMS: &[&str] = &["The Salt Road", "Nine Lanterns", "Harbour Lights", "Cold Orbit", "The Understudy"];
const LABS: &[&str] = &["Google", "OpenAI", "Anthropic", "xAI", "DeepSeek"];
const TEMPS: &[&str] = &["3°C or below", "4–6°C", "7–9°C", "10–12°C", "13°C or above"];

/// All kinds of events.
pub(crate) const TEMPLATES: &[Template] = &[
    single(Politics, "Will {country} call a snap election by {date}?", "elections"),
    single(Politics, "Will the parliament of {country} pass the {bill} bill by {date}?", "world-elections"),
    single(Politics, "Will the finance minister of {country} leave office before {date}?", "cabinet"),
    single(Politics, "Will turnout in the {city} mayoral election exceed {pct}%?", "elections"),
    single(Politics, "Will the approval rating of the government of {country} be above {pct}% on {date}?", "polls"),
    single(Politics, "Will the Senate confirm the nominee for {office} by {date}?", "congress"),
    single(Politics, "Will {state} approve the {bill} ballot measure?", "elections"),
    Template {
        category: Politics,
        title: "Who wins most seats in the {region} regional election in {month}?",
        question: "Will {option} win most seats in the {region} regional election in {month}?",
        options: Options::Exclusive(PARTIES),
        tag: "elections",
        labels: None,
    },
    Template {
        category: Crypto,
        title: "{coin} above ___ on {date}?",
        question: "Will {coin} be above {option} on {date}?",
        options: Options::Thresholds { step: 0.04 },
        tag: "crypto-prices",
        labels: None,
    },
    Template {
        category: Crypto,
        title: "What price will {coin} hit by {date}?",
        question: "Will {coin} hit {option} by {date}?",
        options: Options::Thresholds { step: 0.08 },
        tag: "hit-price",
        labels: None,
    },
    single(Crypto, "Will {company} announce a Bitcoin purchase by {date}?", "bitcoin"),
    single(Crypto, "Will a spot {coin} ETF see net inflows above ${n}M on {date}?", "etf"),
    Template {
        category: Crypto,
        title: "{coin} Up or Down on {date}?",
        question: "{coin} Up or Down on {date}?",
        options: Options::Single,
        tag: "up-or-down",
        labels: Some(["Up", "Down"]),
    },
    Template {
        category: Economics,
        title: "{bank} decision in {month}?",
        question: "Will the {bank} decide on {option} in {month}?",
        options: Options::Exclusive(CUTS),
        tag: "central-banks",
        labels: None,
    },
    single(Economics, "Will annual inflation in {country} be above {small}% in {month}?", "inflation"),
    single(Economics, "Will unemployment in {country} rise above {small}% by {date}?", "jobs"),
    single(Economics, "Will {company} beat earnings estimates for the quarter?", "earnings"),
    Template {
        category: Economics,
        title: "{index} close above ___ on {date}?",
        question: "Will the {index} close above {option} on {date}?",
        options: Options::Thresholds { step: 0.012 },
        tag: "indices",
        labels: None,
    },
    single(Economics, "Will {company} close above ${n} on {date}?", "stocks"),
    Template {
        category: Culture,
        title: "Top grossing film of the weekend of {date}?",
        question: "Will “{option}” be the top grossing film of the weekend of {date}?",
        options: Options::Exclusive(FILMS),
        tag: "movies",
        labels: None,
    },
    single(Culture, "Will “{film}” score above {pct} on Rotten Tomatoes on {date}?", "movies"),
    single(Culture, "Will {artist} release a new album before {date}?", "music"),
    single(Culture, "Will {artist} have a number one song on {date}?", "music"),
    single(Culture, "Will “{film}” be nominated for {count} or more awards?", "awards"),
    Template {
        category: Tech,
        title: "Which company has the best AI model at the end of {month}?",
        question: "Will {option} have the best AI model at the end of {month}, {area} category?",
        options: Options::Exclusive(LABS),
        tag: "ai",
        labels: None,
    },
    single(Tech, "Will {company} release a {product} by {date}?", "big-tech"),
    single(Tech, "Will {rocket} launch successfully before {date}?", "space"),
    single(Tech, "Will {company} be fined over {bill} by {date}?", "regulation"),
    single(Tech, "Will the {product} from {company} cost ${n} or less at launch?", "big-tech"),
    Template {
        category: Weather,
        title: "Highest temperature in {city} on {date}?",
        question: "Will the highest temperature in {city} be {option} on {date}?",
        options: Options::Exclusive(TEMPS),
        tag: "temperature",
        labels: None,
    },
    single(Weather, "Will {city} get more than {temp} mm of rain by {date}?", "rain"),
    single(Weather, "Will a named storm make landfall in {region} before {date}?", "storms"),
    single(Weather, "Will it snow in {city} on {date}?", "snow"),
    single(Geopolitics, "Will {country} and {country2} sign a {treaty} by {date}?", "diplomacy"),
    single(Geopolitics, "Will {country} reopen its border with {country2} before {date}?", "borders"),
    single(Geopolitics, "Will the Security Council vote on {country} by {date}?", "un"),
    single(Geopolitics, "Will sanctions on {country} be eased by {date}?", "sanctions"),
    single(Sports, "Will {team} win on {iso}?", "soccer"),
    Template {
        category: Sports,
        title: "{team} vs. {team2}",
        question: "{team} vs. {team2} ({iso})",
        options: Options::Single,
        tag: "games",
        labels: Some(["{team}", "{team2}"]),
    },
    single(Sports, "{team} vs. {team2}: O/U {count}.5 ({iso})", "games"),
];

/// Word lists of the slots.
pub(crate) fn words(slot: &str) -> &'static [&'static str] {
    const COUNTRIES: &[&str] = &[
        "Portugal", "Denmark", "Chile", "Kenya", "Japan", "Canada", "Poland", "Norway", "Spain", "Peru", "Ghana",
        "Belgium", "Austria", "Romania", "Colombia", "Vietnam", "Greece", "Hungary", "Sweden", "Thailand", "Morocco",
        "Ecuador", "Ireland", "Finland", "Armenia", "Georgia", "Serbia", "Nepal", "Bulgaria", "Croatia",
    ];
    const TEAMS: &[&str] = &[
        "Arsenal",
        "Ajax",
        "Benfica",
        "Porto",
        "Celtic",
        "Lakers",
        "Celtics",
        "Bulls",
        "Bruins",
        "Rangers",
        "Valencia",
        "Napoli",
        "Lazio",
        "Feyenoord",
        "Sevilla",
        "Basel",
        "Warriors",
        "Knicks",
        "Packers",
        "Ravens",
    ];
    match slot {
        "country" | "country2" => COUNTRIES,
        "team" | "team2" => TEAMS,
        "city" => &[
            "Lisbon", "London", "Oslo", "Seoul", "Toronto", "Chicago", "Warsaw", "Vienna", "Tokyo", "Dublin", "Boston",
            "Madrid", "Zurich", "Prague", "Helsinki", "Denver", "Seattle", "Milan", "Athens", "New York",
        ],
        "region" => &[
            "Catalonia",
            "Bavaria",
            "Quebec",
            "Tasmania",
            "Florida",
            "Brittany",
            "Lombardy",
            "Galicia",
            "Hokkaido",
            "Saxony",
            "Andalusia",
            "Sicily",
            "Okinawa",
            "Louisiana",
            "Zealand",
        ],
        "state" => &["Ohio", "Oregon", "Nevada", "Maine", "Georgia", "Arizona", "Utah", "Iowa", "Virginia", "Kansas"],
        "bill" => &[
            "housing",
            "privacy",
            "pension",
            "budget",
            "data centre",
            "water",
            "rail",
            "energy",
            "school meals",
            "border",
            "broadcasting",
            "online safety",
        ],
        "office" => &[
            "the central bank board",
            "the trade office",
            "the appeals court",
            "the space agency",
            "the statistics bureau",
        ],
        "coin" => &["Bitcoin", "Ethereum", "Solana", "XRP", "Dogecoin"],
        "company" => &[
            "Apple",
            "Microsoft",
            "Nvidia",
            "Tesla",
            "Amazon",
            "Meta",
            "Google",
            "Netflix",
            "Intel",
            "Samsung",
            "Sony",
            "Spotify",
            "Boeing",
            "Toyota",
            "Shell",
        ],
        "bank" => {
            &["Fed", "ECB", "Bank of England", "Bank of Japan", "Riksbank", "Bank of Canada", "Swiss National Bank"]
        }
        "index" => &["S&P 500", "Nasdaq 100", "DAX", "FTSE 100", "Nikkei 225"],
        "film" => FILMS,
        "artist" => &[
            "The Glass Harbor",
            "Mira Solen",
            "Northern Static",
            "DJ Parallax",
            "The Paper Lions",
            "Ana Veloso",
            "Low Tide Radio",
            "Kite & Compass",
        ],
        "area" => &["text", "coding", "vision", "video", "search"],
        "product" => &[
            "foldable phone",
            "home robot",
            "smart ring",
            "headset",
            "open-weights model",
            "budget laptop",
            "e-reader",
        ],
        "rocket" => &["Starship", "Ariane 6", "New Glenn", "Vulcan", "Electron", "H3", "Vega C"],
        "treaty" => &[
            "trade agreement",
            "fishing treaty",
            "peace agreement",
            "gas contract",
            "prisoner exchange",
            "rail agreement",
        ],
        _ => &[],
    }
}

/// Usual level of what thresholds are about, in dollars or points.
pub(crate) fn base_level(name: &str) -> f64 {
    match name {
        "Bitcoin" => 92_000.0,
        "Ethereum" => 3_200.0,
        "Solana" => 150.0,
        "XRP" => 2.2,
        "Dogecoin" => 0.16,
        "S&P 500" => 6_800.0,
        "Nasdaq 100" => 25_000.0,
        "DAX" => 24_000.0,
        "FTSE 100" => 9_800.0,
        "Nikkei 225" => 50_000.0,
        _ => 100.0,
    }
}
