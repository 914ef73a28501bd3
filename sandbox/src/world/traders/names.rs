//! Names of made-up traders.

use crate::world::dice::Dice;

const FIRST: [&str; 24] = [
    "quiet", "amber", "north", "brave", "salty", "velvet", "rapid", "lunar", "rusty", "civic", "polar", "maple",
    "stoic", "hazel", "vivid", "odd", "prime", "mellow", "iron", "sunny", "tidal", "cobalt", "plain", "lucid",
];
const SECOND: [&str; 24] = [
    "otter", "ledger", "falcon", "kettle", "harbor", "pixel", "walrus", "lantern", "badger", "compass", "teapot",
    "orchid", "magnet", "heron", "cactus", "anchor", "violin", "beacon", "marmot", "pebble", "rocket", "saddle",
    "turnip", "widget",
];

/// The name a trader chose, such as `lunarotter42`, and the one the venue gave, such as `Salty-Kettle`.
pub(super) fn draw(seed: u64) -> (String, String) {
    let mut dice = Dice::new(seed);
    let mut word = |list: &[&'static str; 24]| dice.pick(list).copied().unwrap_or_default();
    let (a, b, c, d) = (word(&FIRST), word(&SECOND), word(&FIRST), word(&SECOND));
    let number = dice.below(98) + 1;
    (format!("{a}{b}{number}"), format!("{}-{}", capital(c), capital(d)))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
