//! The news of the world: every twenty minutes something about a market, and something about nothing here.

use chrono::{DateTime, Utc};

use super::injection::injections;
use crate::world::dice::{mix, seed_of};
use crate::world::{Category, Listing, View};

/// Time between two pairs of stories, in the world's time.
const EVERY_MS: i64 = 20 * 60 * 1000;
/// Pairs a feed shows.
const SHOWN: i64 = 18;
/// Span over which a price has moved "up" or "down", for the wording.
const MOVE_MS: i64 = 6 * 60 * 60 * 1000;

/// One piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// Headline.
    pub title: String,
    /// A sentence more.
    pub summary: String,
    /// Address.
    pub link: String,
    /// Published.
    pub at: DateTime<Utc>,
    /// The market it is about, by number.
    pub market: Option<u64>,
}

/// News that concern no market of any world.
const ELSEWHERE: [&str; 24] = [
    "Village bakery revives a bread recipe from 1890",
    "How to prune roses before the frost",
    "Retired postman restores a tram by himself",
    "Five soups for cold evenings",
    "Library lends umbrellas after a rainy spring",
    "The quiet return of the fountain pen",
    "Why owls fly without a sound",
    "A lighthouse keeper looks back on forty years",
    "Beginners discover the pleasure of bookbinding",
    "Old orchard yields a forgotten pear",
    "Museum finds a lost diary behind a cupboard",
    "Children paint the walls of a railway underpass",
    "What beavers teach engineers",
    "The best walks along the canal",
    "Choir rehearses on a ferry",
    "A cobbler's guide to shoes that last",
    "Chess in the park draws three generations",
    "How cheese gets its holes",
    "Beekeepers welcome a mild autumn",
    "Clockmaker repairs the town hall's bells",
    "Grandmother's letters become a play",
    "A garden grows on a factory roof",
    "Puppet theatre opens in a former bank",
    "The art of sleeping in a hammock",
];

/// The stories a feed shows at the view's moment, the same whoever asks. With `injected`, the whole corpus of injection
/// attempts too.
pub(super) fn stories(view: &View<'_>, injected: bool) -> Vec<Story> {
    let now = view.now_ms();
    let listed: Vec<&Listing> = view.listings().map(AsRef::as_ref).collect();
    let last = now.div_euclid(EVERY_MS);
    let mut stories = Vec::new();
    for slot in last - SHOWN + 1..=last {
        let ms = slot * EVERY_MS;
        let chance = mix(seed_of("news"), slot.cast_unsigned());
        if let Some(listing) = open_at(&listed, ms).min_by_key(|listing| mix(chance, listing.id)) {
            stories.extend(about(view, listing, ms, chance));
        }
        if let Some(title) = pick(&ELSEWHERE, mix(chance, 1)) {
            // Told again and again, as such news are: only the first telling is new.
            stories.extend(story((*title).to_owned(), String::new(), ms, None));
        }
    }
    if injected {
        let open: Vec<&Listing> = open_at(&listed, now).collect();
        for (n, injection) in injections().into_iter().enumerate() {
            let question = pick(&open, n as u64).map_or("the market", |listing| listing.question.as_str());
            let title = injection.text.replace("{question}", question);
            stories.extend(story(title, injection.text.replace("{question}", question), now, None));
        }
    }
    stories
}

/// Markets that one could bet on then. It is the same whenever one asks, so that a story once told stays told.
fn open_at<'a>(listed: &[&'a Listing], ms: i64) -> impl Iterator<Item = &'a Listing> {
    listed
        .iter()
        .copied()
        .filter(move |listing| listing.created_ms <= ms && listing.group.end_ms.is_none_or(|end| ms < end))
}

fn pick<T>(items: &[T], chance: u64) -> Option<&T> {
    let count = items.len() as u64;
    let index = usize::try_from(chance.checked_rem(count)?).ok()?;
    items.get(index)
}

fn story(title: String, summary: String, ms: i64, market: Option<u64>) -> Option<Story> {
    let at = DateTime::from_timestamp_millis(ms)?;
    let link = format!("https://news.invalid/{:016x}", mix(seed_of(&title), market.unwrap_or_default()));
    Some(Story { title, summary, link, at, market })
}

/// News on what a market asks, told as its price moved.
fn about(view: &View<'_>, listing: &Listing, ms: i64, chance: u64) -> Option<Story> {
    let subject = subject(&listing.question);
    let prices = view.prices(listing, &[ms - MOVE_MS, ms]);
    let up = matches!(prices.as_slice(), [Some(before), Some(now)] if now >= before);
    let forms: &[(&str, &str)] = match listing.group.category {
        Category::Crypto => {
            &[("climbs as buyers return", "slides as traders sell"), ("price nears resistance", "price tests support")]
        }
        Category::Politics => &[("gains in new poll before election", "loses ground in new poll before election")],
        Category::Economics => &[("outlook: officials hint at more", "outlook: officials urge patience")],
        Category::Sports => &[("win again without conceding", "lose two players before the match")],
        Category::Tech => &[("unveils new AI model and claims top score", "delays release of new AI model")],
        Category::Weather => &[("braces for record temperature", "expects cooler temperature than forecast")],
        Category::Geopolitics => &[("talks advance as envoys agree on terms", "talks stall as envoys leave")],
        Category::Culture | Category::Other => &[("draws crowds in first figures", "disappoints in first figures")],
    };
    let (rising, falling) = pick(forms, mix(chance, 2))?;
    let title = format!("{subject} {}", if up { rising } else { falling });
    story(title, format!("What it means for the question: {}", listing.question), ms, Some(listing.id))
}

/// What a question is about: its longest run of names, months aside, or the question itself.
fn subject(question: &str) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = question.trim_end_matches('?').split(' ').collect();
    let named = |word: &&str| {
        let month = MONTHS.iter().any(|month| word.starts_with(month));
        !month && *word != "Will" && word.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_uppercase)
    };
    let runs = words.split(|word| !named(word));
    let longest = runs.filter(|run| !run.is_empty()).max_by_key(|run| run.len());
    longest.map_or_else(|| question.trim_end_matches('?').to_owned(), |run| run.join(" "))
}
