//! Which questions a headline concerns, by its words.
//!
//! A term is worth more the fewer of the current questions have it (inverse document frequency). A question's score is
//! the share of its worth that the headline covers, times how surely the covered part identifies anything at all, times
//! how much of the headline is about it. Words that many subjects share count little; dates do not count; the amount a
//! question asks about need not be in the headline. Names are judged whole: "Elon" alone is a weak sign of Elon Musk.

use std::collections::HashMap;

use super::lexicon::Lexicon;
use super::terms::{Aspect, Aspects, Term, Terms, Told, terms};
use super::{Headline, Match, Matcher, NewsMarket};

/// The score from which a headline concerns a market.
pub const LEXICAL_THRESHOLD: f64 = 0.4;

/// A small set of questions is weighed as if it were a part of this many, so that a word in one of three is not common.
const FEWEST_QUESTIONS: f64 = 1000.0;
/// Worth of a word that many subjects share, relative to another as rare.
const WEAK_WORTH: f64 = 0.35;
/// Worth of a word that tells an aspect ("election"), beside the aspect itself.
const ASPECT_WORD_WORTH: f64 = 0.5;
/// Worth of a word that tells which way a price moves.
const PRICE_WORD_WORTH: f64 = 0.1;
/// Worth of a name, relative to another word as rare.
const NAME_WORTH: f64 = 1.25;
/// Worth of the question's aspect being spoken of.
const ASPECT_WORTH: f64 = 1.6;
/// What is left of the worth of a part of a name whose other parts are missing.
const BROKEN_NAME: f64 = 0.5;
/// What is left of a term's worth that is in the summary only.
const SUMMARY_WORTH: f64 = 0.25;
/// Worth at which the covered part identifies its subject to 63 %.
const EVIDENCE_SCALE: f64 = 1.5;
/// Power of the covered share: above 1, half covered is less than half a match.
const COVERAGE_POWER: f64 = 1.2;
/// What is left of the score when the headline speaks of nothing the question turns on.
const OTHER_ASPECT: f64 = 0.6;
/// Share of the headline that has to be about the question for the full score.
const FULL_FOCUS: f64 = 0.35;
/// Score of a headline of which next to nothing is about the question, relative to one that is all about it.
const LEAST_FOCUS: f64 = 0.6;
/// Words at the head of a title that name its subject.
const LEAD_WORDS: usize = 3;
/// What is left of the score when the question is about none of them.
const NOT_IN_LEAD: f64 = 0.75;
/// How much of what is missing to 1 the question's own amount brings when the headline names it.
const AMOUNT_BONUS: f64 = 0.3;
/// Amounts this close, relatively, are the same.
const SAME_AMOUNT: f64 = 1e-6;
/// Most terms of a question that are looked at: one bit each.
const MOST_TERMS: usize = 64;

/// One question, prepared.
#[derive(Debug)]
struct Question {
    market: NewsMarket,
    terms: Vec<Weighed>,
    worth: f64,
    aspects: Aspects,
    amounts: Vec<f64>,
}

/// A term of a question.
#[derive(Debug)]
struct Weighed {
    worth: f64,
    /// Bits of the question's terms that belong to the same name, this one included.
    name_mask: u64,
}

/// Where a term stands: which question, and which of its terms.
#[derive(Debug, Clone, Copy)]
struct Posting {
    question: usize,
    bit: u32,
    /// The question writes it as a name: "Ramp IPO" is not meant by "plan to ramp up".
    name: bool,
}

/// Matches by words. Made once for the questions of a round, asked once for each headline.
#[derive(Debug)]
pub struct LexicalMatcher {
    lexicon: Lexicon,
    questions: Vec<Question>,
    /// Term to its postings and its rarity.
    index: HashMap<String, (f64, Vec<Posting>)>,
    unknown_rarity: f64,
    threshold: f64,
}

impl LexicalMatcher {
    /// Prepares these questions with [`LEXICAL_THRESHOLD`].
    #[must_use]
    pub fn new(markets: &[NewsMarket]) -> Self {
        Self::with_threshold(markets, LEXICAL_THRESHOLD)
    }

    /// Prepares these questions; matches below `threshold` are not told.
    #[must_use]
    pub fn with_threshold(markets: &[NewsMarket], threshold: f64) -> Self {
        let lexicon = Lexicon::new();
        let taken: Vec<Terms> = markets.iter().map(|market| terms(&market.question, &lexicon)).collect();
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for term in taken.iter().flat_map(|terms| &terms.terms) {
            *counts.entry(term.word.as_str()).or_default() += 1;
        }
        #[allow(clippy::cast_precision_loss)] // a count of questions
        let all = (markets.len() as f64).max(FEWEST_QUESTIONS);
        let rarity = |word: &str| (1.0 + all / f64::from(counts.get(word).copied().unwrap_or(1))).ln();
        let mut index: HashMap<String, (f64, Vec<Posting>)> = HashMap::new();
        let mut questions = Vec::with_capacity(markets.len());
        for (question, (market, taken)) in markets.iter().zip(&taken).enumerate() {
            for (term, bit) in taken.terms.iter().take(MOST_TERMS).zip(0..) {
                let entry = index.entry(term.word.clone()).or_insert_with(|| (rarity(&term.word), Vec::new()));
                entry.1.push(Posting { question, bit, name: term.name });
            }
            questions.push(Question::new(market.clone(), taken, &rarity));
        }
        Self { lexicon, questions, index, unknown_rarity: (1.0 + all).ln(), threshold }
    }

    fn score_all(&self, headline: &Headline) -> Vec<(usize, f64)> {
        let title = terms(&headline.title, &self.lexicon);
        let summary = terms(&headline.summary, &self.lexicon);
        let mut met: Vec<Met> = vec![Met::default(); self.questions.len()];
        let mut touched: Vec<usize> = Vec::new();
        let mut headline_worth = 0.0;
        let mut lead = 0;
        let names_show = title.terms.iter().skip(1).any(|term| term.capital);
        for (term, in_title) in
            title.terms.iter().map(|term| (term, true)).chain(summary.terms.iter().map(|term| (term, false)))
        {
            let found = self.index.get(&term.word);
            let worth = standing_worth(term) * found.map_or(self.unknown_rarity, |(rarity, _)| *rarity);
            if in_title {
                headline_worth += worth;
            }
            let small = names_show && !term.capital && !self.lexicon.is_named(&term.word);
            let in_lead = in_title && !term.weak && term.aspect.is_none() && lead < LEAD_WORDS;
            lead += usize::from(in_lead);
            for posting in found.map(|(_, postings)| postings.as_slice()).unwrap_or_default() {
                let Some(met) = met.get_mut(posting.question) else { continue };
                if posting.name && small {
                    continue;
                }
                met.lead |= in_lead;
                if met.title | met.summary == 0 {
                    touched.push(posting.question);
                }
                if in_title {
                    met.title |= 1 << posting.bit;
                    met.headline_worth += worth;
                } else {
                    met.summary |= 1 << posting.bit;
                }
            }
        }
        let seen = SeenIn { aspects: title.aspects, amounts: &title.amounts, worth: headline_worth };
        let scored = touched.into_iter().filter_map(|index| {
            let score = self.questions.get(index)?.score(met.get(index)?, &seen);
            (score > 0.0 && score >= self.threshold).then_some((index, score))
        });
        scored.collect()
    }
}

impl Matcher for LexicalMatcher {
    fn matches(&self, headline: &Headline) -> Vec<Match> {
        let scored = self
            .score_all(headline)
            .into_iter()
            .filter_map(|(index, score)| Some(Match { market: self.questions.get(index)?.market.id.clone(), score }));
        let mut matches: Vec<Match> = scored.collect();
        matches.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.market.cmp(&b.market)));
        matches
    }
}

/// Which terms of a question a headline has.
#[derive(Debug, Clone, Default)]
struct Met {
    title: u64,
    summary: u64,
    /// One of the first words of the title is among them.
    lead: bool,
    /// Worth of the headline's words that were met.
    headline_worth: f64,
}

/// The headline, as far as the score needs it.
struct SeenIn<'a> {
    aspects: Aspects,
    amounts: &'a [f64],
    worth: f64,
}

impl Question {
    fn new(market: NewsMarket, taken: &Terms, rarity: &impl Fn(&str) -> f64) -> Self {
        let bits = || taken.terms.iter().take(MOST_TERMS).zip(0_u32..);
        let weighed: Vec<Weighed> = bits()
            .map(|(term, bit)| {
                let mates = bits().filter(|(other, _)| term.name && other.name && other.run == term.run);
                let name_mask = mates.fold(1_u64 << bit, |mask, (_, bit)| mask | 1 << bit);
                Weighed { worth: standing_worth(term) * rarity(&term.word), name_mask }
            })
            .collect();
        let worth = weighed.iter().map(|term| term.worth).sum();
        let mut aspects = taken.aspects;
        if taken.money {
            // "Will Bitcoin reach $100,000?" asks for a price; a headline's "$5M raised" tells none.
            aspects.insert(Aspect::Price);
        }
        Self { market, terms: weighed, worth, aspects, amounts: taken.amounts.clone() }
    }

    fn score(&self, met: &Met, seen: &SeenIn<'_>) -> f64 {
        let any = met.title | met.summary;
        let mut covered = 0.0;
        for (term, bit) in self.terms.iter().zip(0_u32..) {
            let place = match (met.title >> bit & 1, any >> bit & 1) {
                (1, _) => 1.0,
                (_, 1) => SUMMARY_WORTH,
                _ => continue,
            };
            let whole = any & term.name_mask == term.name_mask;
            covered += term.worth * place * if whole { 1.0 } else { BROKEN_NAME };
        }
        let aspect = if self.aspects.is_empty() { 0.0 } else { ASPECT_WORTH };
        let (spoken, kept) =
            if aspect > 0.0 && !self.aspects.meets(seen.aspects) { (0.0, OTHER_ASPECT) } else { (aspect, 1.0) };
        let all = self.worth + aspect;
        if all <= 0.0 || seen.worth <= 0.0 {
            return 0.0;
        }
        let coverage = ((covered + spoken) / all).min(1.0).powf(COVERAGE_POWER);
        let evidence = 1.0 - (-covered / EVIDENCE_SCALE).exp();
        let focus = (met.headline_worth / seen.worth / FULL_FOCUS).min(1.0);
        let lead = if met.lead { 1.0 } else { NOT_IN_LEAD };
        let score = kept * lead * coverage * evidence * (LEAST_FOCUS + (1.0 - LEAST_FOCUS) * focus);
        let named = self.amounts.iter().any(|asked| seen.amounts.iter().any(|told| same_amount(*asked, *told)));
        let score = if named { score + (1.0 - score) * AMOUNT_BONUS * score } else { score };
        score.clamp(0.0, 1.0)
    }
}

fn same_amount(a: f64, b: f64) -> bool {
    (a - b).abs() <= SAME_AMOUNT * a.abs().max(b.abs())
}

fn standing_worth(term: &Term) -> f64 {
    let standing = if term.weak { WEAK_WORTH } else { 1.0 };
    let aspect = match term.aspect {
        None => 1.0,
        Some(Told::Price) => PRICE_WORD_WORTH,
        Some(Told::Other) => ASPECT_WORD_WORTH,
    };
    standing * aspect * if term.name { NAME_WORTH } else { 1.0 }
}

#[cfg(test)]
#[path = "matching_tests.rs"]
mod tests;
