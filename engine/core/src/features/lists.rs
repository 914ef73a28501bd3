//! The words by which sports and crypto are told. All lower case.

use super::words::WordList;

/// Words that mean crypto in tags, category and question.
#[rustfmt::skip]
pub(super) const CRYPTO_WORDS: WordList = WordList::new(&[
    "crypto", "cryptocurrency", "cryptocurrencies", "bitcoin", "btc", "ethereum", "eth", "ether", "solana", "sol",
    "xrp", "ripple", "dogecoin", "doge", "cardano", "litecoin", "ltc", "bnb", "binance", "coinbase", "chainlink",
    "polkadot", "hyperliquid", "stablecoin", "stablecoins", "tether", "usdt", "usdc", "altcoin", "altcoins",
    "memecoin", "memecoins", "blockchain", "defi", "nft", "nfts", "satoshi", "microstrategy", "hype", "tron",
]);

/// Words that mean something else often enough to count only in tags and category, or written as a ticker.
#[rustfmt::skip]
pub(super) const TICKERS: WordList = WordList::new(&[
    "sol", "hype", "tron",
]);

/// Words of tags or of the category that mean sports.
#[rustfmt::skip]
pub(super) const SPORTS_LABELS: WordList = WordList::new(&[
    "sports", "sport", "esports", "esport", "nfl", "nba", "mlb", "nhl", "wnba", "ncaa", "ncaab", "ncaaf", "cfb",
    "cbb", "mls", "epl", "ucl", "uel", "ufc", "mma", "pga", "atp", "wta", "ipl", "f1", "nascar", "soccer",
    "football", "basketball", "baseball", "hockey", "tennis", "golf", "boxing", "cricket", "rugby", "cycling",
    "darts", "snooker", "volleyball", "handball", "lacrosse", "wrestling", "motorsport", "motorsports", "olympics",
    "bundesliga", "eredivisie", "laliga", "uefa", "fifa", "cs2", "csgo", "dota", "dota2", "valorant", "chess",
    "racing", "motogp", "wwe",
]);

/// Tags that mean sports as a whole, though their words alone do not.
#[rustfmt::skip]
pub(super) const SPORTS_TAGS: [&str; 9] = [
    "games", "la-liga", "serie-a", "ligue-1", "formula-1", "league-of-legends", "counter-strike", "premier-league",
    "rocket-league",
];

/// Words of the question that mean sports by themselves.
#[rustfmt::skip]
pub(super) const SPORTS_WORDS: WordList = WordList::new(&[
    "nfl", "nba", "mlb", "nhl", "wnba", "ncaa", "ncaab", "ncaaf", "mls", "epl", "ucl", "ufc", "mma", "pga", "atp",
    "wta", "ipl", "nascar", "motogp", "f1", "esports", "uefa", "fifa", "bundesliga", "eredivisie", "laliga",
    "wimbledon", "superbowl", "playoff", "playoffs", "touchdown", "touchdowns", "quarterback", "heisman",
    "rebounds", "goalscorer", "handicap", "moneyline", "knockout", "innings", "strikeouts", "csgo", "cs2", "dota",
    "valorant", "lck", "lpl", "lec", "bo1", "bo3", "bo5", "wrestlemania", "wwe", "halftime", "t20", "odi",
    "mvp", "fc", "afc", "pgl",
]);

/// Phrases of the question that mean sports.
#[rustfmt::skip]
pub(super) const SPORTS_PHRASES: WordList = WordList::new(&[
    "super bowl", "premier league", "champions league", "europa league", "conference league", "world cup",
    "world series", "stanley cup", "grand prix", "grand slam", "french open", "australian open", "formula 1",
    "formula one", "la liga", "serie a", "ligue 1", "ligue one", "copa america", "copa libertadores", "ryder cup",
    "davis cup", "tour de france", "march madness", "final four", "rose bowl", "fa cup", "efl cup", "carabao cup",
    "ballon d'or", "ballon d’or", "end in a draw", "both teams to score", "exact score", "total goals",
    "total games", "first half", "1st half", "league of legends", "counter strike", "rocket league", "over under",
    "o u", "rainbow six",
    "game 1", "game 2", "game 3", "game 4", "game 5", "map 1", "map 2", "map 3", "both teams", "total kills",
    "penta kill", "quadra kill", "men's singles", "men’s singles", "women's singles", "women’s singles", "miami open",
    "houston open", "monte carlo masters", "cy young",
]);

/// Days of the week.
#[rustfmt::skip]
pub(super) const WEEKDAYS: WordList = WordList::new(&[
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
]);
