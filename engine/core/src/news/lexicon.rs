//! Words that say little, words that mean the same, and words that tell what a question is about.

use super::terms::Aspect;

/// Words that carry no subject. They never count.
const EMPTY: &str = "a about after again against all also am an and any are as at be because been before being \
but by can could did do does doing down during each either else end ended ends even ever every exactly few for from further get \
gets getting got had has have having he her here hers him his hit how i if in into is it its itself just least less let lets \
like likely made make makes many may me might more most much must my need never next no nor not now of off on once one \
only or other our over own per put reach reached same says say said saying set sets several she should since so some still such take takes than that \
the their them then there these they this those three through to too two under until up us very via was way we well were \
what when where whether which while who whose why will with within without would yes yet you your \
amid ahead among around back key toward towards \
day days week weeks month months year years today tomorrow yesterday daily weekly monthly hour hours minute time times morning";

/// Words that many subjects share. They count a little.
const WEAK: &str = "action analyst announcement asset bank best big billion boost ceo chief company country crypto \
change cryptocurrency deal decrease event expert first former global government group high higher highest increase industry investor key large largest \
last latest leader low lower lowest major market meeting member million move national network new news number official old open \
opinion outlook part people plan platform potential power president prediction program project public push record report rise risk second service \
show sign small state step stock study system team tech term token top total third fourth trade trading trader trillion update user view watch \
world worldwide";

/// Spellings of one thing.
const ALIASES: [(&str, &str); 61] = [
    ("btc", "bitcoin"),
    ("eth", "ethereum"),
    ("ether", "ethereum"),
    ("sol", "solana"),
    ("doge", "dogecoin"),
    ("ripple", "xrp"),
    ("bnb", "binance"),
    ("ada", "cardano"),
    ("zec", "zcash"),
    ("ltc", "litecoin"),
    ("mstr", "microstrategy"),
    ("strategy", "microstrategy"),
    ("gme", "gamestop"),
    ("tsla", "tesla"),
    ("nvda", "nvidia"),
    ("spx", "s&p"),
    ("fomc", "fed"),
    ("hyperliquid", "hype"),
    ("u.s", "usa"),
    ("u.s.a", "usa"),
    ("america", "usa"),
    ("american", "usa"),
    ("u.k", "uk"),
    ("britain", "uk"),
    ("british", "uk"),
    ("e.u", "eu"),
    ("european", "eu"),
    ("europe", "eu"),
    ("russian", "russia"),
    ("ukrainian", "ukraine"),
    ("chinese", "china"),
    ("israeli", "israel"),
    ("iranian", "iran"),
    ("venezuelan", "venezuela"),
    ("french", "france"),
    ("german", "germany"),
    ("japanese", "japan"),
    ("korean", "korea"),
    ("brazilian", "brazil"),
    ("canadian", "canada"),
    ("mexican", "mexico"),
    ("indian", "india"),
    ("turkish", "turkey"),
    ("polish", "poland"),
    ("hungarian", "hungary"),
    ("spanish", "spain"),
    ("italian", "italy"),
    ("gop", "republican"),
    ("democrat", "democratic"),
    ("dem", "democratic"),
    ("zelenskyy", "zelensky"),
    ("bps", "rate"),
    ("interest", "rate"),
    ("slash", "cut"),
    ("trim", "cut"),
    ("truce", "ceasefire"),
    ("potus", "trump"),
    ("scotus", "supreme"),
    ("presidential", "president"),
    ("gubernatorial", "governor"),
    ("prez", "president"),
];

/// What a question turns on, by its words. A headline with the subject but not the aspect is weaker.
const ASPECTS: [(Aspect, &str); 7] = [
    (
        Aspect::Price,
        "price dip drop fall fell surge soar jump rally rebound retrace plunge slump slip slide crash bull bullish bear bearish \
resistance support volatility breakout bottom ath high low above below between gain valuation selloff inflow outflow \
liquidation cap underperform outperform climb sink tumble weaken strengthen pump dump bounce waver capitalization fdv",
    ),
    (
        Aspect::Vote,
        "win election elect nominee nomination primary poll candidate vote voter ballot runoff campaign governor mayor \
senate parliament party seat republican democratic presidency inaugurate referendum coalition",
    ),
    (
        Aspect::Sport,
        "win champion championship final cup beat defeat title season playoff league tournament qualify match game goal \
coach medal prix finals relegate",
    ),
    (
        Aspect::Conflict,
        "ceasefire strike invade invasion attack military war capture clash troop missile peace offensive drone nuclear sanction hostage \
airstrike army blockade annex withdraw",
    ),
    (
        Aspect::Court,
        "pardon sentence sentencing charge indict arrest trial court judge guilty convict conviction jail prison lawsuit sue ruling rule \
plead custody extradite deport lawmaker bill law ban legislation regulator approve approval act",
    ),
    (
        Aspect::Office,
        "out resign resignation appoint confirm confirmation nominate replace fire chair leave oust step minister secretary impeach \
remove rejoin succeed",
    ),
    (
        Aspect::Launch,
        "release launch announce unveil ipo list listing airdrop debut acquire acquisition merger introduce testnet mainnet ship buy \
sell invest sale raise",
    ),
];

/// What a word is to the matcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Never counts.
    Empty,
    /// Counts a little.
    Weak,
    /// Counts by how rare it is.
    Full,
}

/// The words as sets, made once for a matcher.
#[derive(Debug)]
pub(super) struct Lexicon {
    empty: Vec<&'static str>,
    weak: Vec<&'static str>,
    aliases: Vec<(&'static str, &'static str)>,
    aspects: Vec<(&'static str, Aspect)>,
}

impl Lexicon {
    pub(super) fn new() -> Self {
        let sorted = |text: &'static str| {
            let mut words: Vec<&str> = text.split_whitespace().collect();
            words.sort_unstable();
            words
        };
        let mut aliases = ALIASES.to_vec();
        aliases.sort_unstable();
        let mut aspects: Vec<(&str, Aspect)> =
            ASPECTS.iter().flat_map(|(aspect, text)| text.split_whitespace().map(|word| (word, *aspect))).collect();
        aspects.sort_unstable();
        Self { empty: sorted(EMPTY), weak: sorted(WEAK), aliases, aspects }
    }

    pub(super) fn standing(&self, word: &str) -> Standing {
        if self.empty.binary_search(&word).is_ok() {
            Standing::Empty
        } else if self.weak.binary_search(&word).is_ok() {
            Standing::Weak
        } else {
            Standing::Full
        }
    }

    /// The one spelling used for comparing.
    pub(super) fn same<'a>(&self, word: &'a str) -> &'a str
    where
        'static: 'a,
    {
        let found = self.aliases.binary_search_by(|(from, _)| (*from).cmp(word));
        found.ok().and_then(|index| self.aliases.get(index)).map_or(word, |(_, to)| *to)
    }

    /// True for what is one of the known spellings' one name: written small it is still meant.
    pub(super) fn is_named(&self, word: &str) -> bool {
        self.aliases.iter().any(|(_, to)| *to == word)
    }

    /// The base form of a verb whose aspect is known ("pardoned" is "pardon"); other words as they are.
    pub(super) fn lemma<'a>(&self, word: &'a str) -> &'a str
    where
        'static: 'a,
    {
        let known = |base: &str| {
            let at = self.aspects.partition_point(|(known, _)| *known < base);
            self.aspects.get(at).map(|(found, _)| *found).filter(|found| *found == base)
        };
        if known(word).is_some() {
            return word;
        }
        let stem = word.strip_suffix("ing").or_else(|| word.strip_suffix("ed")).filter(|stem| stem.len() > 2);
        let Some(stem) = stem else { return word };
        let half = stem.get(..stem.len() - 1).unwrap_or(stem);
        // "trading" is "trade", "attacked" is "attack", "winning" is "win", "rallied" is "rally".
        let silent = format!("{stem}e");
        let turned = stem.strip_suffix('i').map(|stem| format!("{stem}y"));
        known(stem)
            .or_else(|| known(&silent))
            .or_else(|| known(half).filter(|_| stem.ends_with(half.chars().last().unwrap_or(' '))))
            .or_else(|| known(turned.as_deref()?))
            .unwrap_or(word)
    }

    /// The aspects a word speaks of.
    pub(super) fn aspects<'a>(&'a self, word: &'a str) -> impl Iterator<Item = Aspect> + 'a {
        let from = self.aspects.partition_point(|(known, _)| *known < word);
        self.aspects.iter().skip(from).take_while(move |(known, _)| *known == word).map(|(_, aspect)| *aspect)
    }
}
