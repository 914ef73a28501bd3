//! Lists simulated events and their markets, one after the other, for as long as time goes on.
//!
//! Three streams share one order of time: the markets already there at the start, new events that keep the number of
//! open markets about level, and the demo's mispriced markets, which end one after the other.

use std::collections::HashSet;
use std::sync::Arc;

use super::category::Category;
use super::chain::{Chain, Relation};
use super::config::WorldConfig;
use super::dice::{Dice, mix};
use super::fate::Payout;
use super::ids::{hex_id, slug_of, token_id};
use super::listing::{Character, Group, Listing};
use super::number::round_i64;
use super::odd::Odd;
use super::path::InfoPath;
use super::phrase::Phrase;
use super::tape::{DAY, HOUR, MINUTE, Overreaction, Tape};
use super::templates::{Options, TEMPLATES, Template};
use super::traders::Moves;

/// Minutes after the start at which the first demo markets end: a newcomer sees one settle within two real minutes.
const DEMO_ENDS_MIN: [i64; 3] = [60, 68, 76];
/// After those, one ends every hour and a half, beginning with this minute.
const DEMO_NEXT: i64 = 180 * MINUTE;
const DEMO_EVERY: i64 = 90 * MINUTE;
/// A demo market is listed this long before its end.
const DEMO_LIFE: i64 = 40 * HOUR;
/// Average life ahead of a new market; with the start population it sets how often events are listed.
const MEAN_LIFE: i64 = 13 * DAY;

/// Makes markets in order of their listing.
#[derive(Debug)]
pub(crate) struct Generator {
    config: WorldConfig,
    start_ms: i64,
    asked: HashSet<String>,
    begun: bool,
    groups: u64,
    markets: u64,
    next_event_ms: i64,
    next_demo: usize,
    /// Numbers of the first event and the first market.
    first: (u64, u64),
}

/// When and how the markets of one event live.
struct Plan {
    created_ms: i64,
    end_ms: i64,
    mispriced: Option<Overreaction>,
    most_markets: usize,
    demo: bool,
}

impl Generator {
    pub(crate) fn new(config: WorldConfig) -> Self {
        let start_ms = config.start.timestamp_millis();
        Self {
            config,
            start_ms,
            asked: HashSet::new(),
            begun: false,
            groups: 0,
            markets: 0,
            next_event_ms: start_ms + MINUTE,
            next_demo: 0,
            first: (90_000, 600_000),
        }
    }

    /// The same with numbers of its own, for markets older than the world.
    pub(crate) fn of_the_past(config: WorldConfig) -> Self {
        Self { first: (40_000, 300_000), ..Self::new(config) }
    }

    /// When [`Generator::until`] will have something new.
    pub(crate) fn next_due_ms(&self) -> i64 {
        self.next_event_ms.min(self.next_demo_ms())
    }

    /// Everything listed up to a moment that was not given out yet.
    pub(crate) fn until(&mut self, now_ms: i64) -> Vec<Listing> {
        let mut found = Vec::new();
        if !self.begun {
            while self.next_demo_ms() <= self.start_ms {
                found.extend(self.demo());
            }
            while self.markets < self.config.markets as u64 {
                let left = self.config.markets - usize::try_from(self.markets).unwrap_or(usize::MAX);
                let plan = self.starting_plan(left);
                found.extend(self.event(&plan));
            }
            self.begun = true;
        }
        while self.next_due_ms() <= now_ms {
            if self.next_demo_ms() <= self.next_event_ms {
                found.extend(self.demo());
            } else {
                found.extend(self.arrival());
            }
        }
        found
    }

    fn dice(&self, salt: u64) -> Dice {
        Dice::new(mix(mix(self.config.seed, salt), self.groups))
    }

    fn starting_plan(&self, most_markets: usize) -> Plan {
        let mut dice = self.dice(1);
        let created_ms = self.start_ms - round_i64(dice.between(0.5, 28.0) * DAY as f64);
        let left = if dice.chance(0.7) { dice.between(0.1, 13.5) } else { dice.between(13.5, 60.0) };
        let end_ms = self.start_ms + round_i64(left * DAY as f64);
        self.plan(created_ms, end_ms, most_markets, &mut dice)
    }

    fn arrival(&mut self) -> Vec<Listing> {
        let mut dice = self.dice(2);
        let created_ms = self.next_event_ms;
        let life = if dice.chance(0.8) { dice.between(1.0, 14.0) } else { dice.between(14.0, 40.0) };
        let end_ms = created_ms + round_i64(life * DAY as f64);
        let plan = self.plan(created_ms, end_ms, usize::MAX, &mut dice);
        let listed = self.event(&plan);
        // Each market listed stands in for one that ends about a mean life later.
        let gap = MEAN_LIFE as f64 / self.config.markets.max(1) as f64 * listed.len() as f64;
        self.next_event_ms += round_i64((gap * dice.between(0.5, 1.5)).max(1.0));
        listed
    }

    fn plan(&self, created_ms: i64, end_ms: i64, most_markets: usize, dice: &mut Dice) -> Plan {
        let end_ms = end_ms - end_ms.rem_euclid(5 * MINUTE);
        let mispriced = dice.chance(self.config.mispriced).then(|| Overreaction {
            from_ms: end_ms - round_i64(dice.between(10.0, 30.0) * HOUR as f64),
            ramp_ms: round_i64(dice.between(2.0, 6.0) * HOUR as f64),
            points: dice.between(0.08, 0.18),
        });
        Plan { created_ms, end_ms, mispriced, most_markets, demo: false }
    }

    fn next_demo_ms(&self) -> i64 {
        if self.config.demo { self.demo_end_ms() - DEMO_LIFE } else { i64::MAX }
    }

    fn demo_end_ms(&self) -> i64 {
        let after = DEMO_ENDS_MIN.get(self.next_demo).map_or_else(
            || {
                let k = i64::try_from(self.next_demo - DEMO_ENDS_MIN.len()).unwrap_or(i64::MAX);
                DEMO_NEXT + k.saturating_mul(DEMO_EVERY)
            },
            |minutes| minutes * MINUTE,
        );
        self.start_ms.saturating_add(after)
    }

    fn demo(&mut self) -> Vec<Listing> {
        let mut dice = self.dice(3);
        let end_ms = self.demo_end_ms();
        // The first ones have run up before anybody looks; a later one does so shortly before it ends, so that it, too,
        // is settled soon after it was approved.
        let hours = if self.next_demo < DEMO_ENDS_MIN.len() { dice.between(8.0, 10.0) } else { dice.between(2.0, 2.4) };
        let mispriced = Some(Overreaction {
            from_ms: end_ms - round_i64(hours * HOUR as f64),
            // Within minutes, so that one hour's return carries it all: the sudden jump the shipped model distrusts most.
            ramp_ms: round_i64(dice.between(0.2, 0.4) * HOUR as f64),
            points: dice.between(0.37, 0.41),
        });
        let created_ms = end_ms - DEMO_LIFE;
        self.next_demo += 1;
        self.event(&Plan { created_ms, end_ms, mispriced, most_markets: 1, demo: true })
    }

    /// One event with its markets.
    fn event(&mut self, plan: &Plan) -> Vec<Listing> {
        let mut dice = self.dice(4);
        let Some((template, mut phrase, title)) = self.fresh(plan, &mut dice) else {
            // Everything near this date has been asked; the next event draws from other chances.
            self.groups += 1;
            return Vec::new();
        };
        let options = Self::options(template, plan, &mut dice);
        let group = Arc::new(self.group(template, plan, &title));
        let coins: Arc<[InfoPath]> = (0..options)
            .map(|k| coin(template.options, plan, mix(group.id, k as u64) ^ self.config.seed, &mut dice))
            .collect();
        let listed = (0..options).map(|place| {
            let option = match template.options {
                Options::Single => String::new(),
                Options::Exclusive(names) => names.get(place).copied().unwrap_or_default().to_owned(),
                Options::Thresholds { step } => phrase.threshold(place, step),
            };
            let chain = Chain { coins: coins.clone(), relation: template.options.relation(), place };
            self.market(template, plan, &group, &mut phrase, (&title, option), chain, &mut dice)
        });
        let listed: Vec<Listing> = listed.collect();
        self.groups += 1;
        listed
    }

    /// A kind of event and a title that nobody has asked yet.
    fn fresh(&mut self, plan: &Plan, dice: &mut Dice) -> Option<(&'static Template, Phrase, String)> {
        let fits = |template: &&Template| {
            // A mispriced market must be one the bot may bet on, and alone, so that its neighbours are honest.
            plan.mispriced.is_none()
                || (template.category != Category::Sports
                    && matches!(template.options, Options::Single)
                    && template.labels.is_none())
        };
        let fitting: Vec<&'static Template> = TEMPLATES.iter().filter(fits).collect();
        (0..60).find_map(|_| {
            let template = *dice.pick(&fitting)?;
            let mut phrase = Phrase::new(time(plan.end_ms));
            let title = phrase.fill(template.title, "", dice);
            let question = phrase.fill(template.question, "", dice);
            self.asked.insert(question).then_some((template, phrase, title))
        })
    }

    fn options(template: &Template, plan: &Plan, dice: &mut Dice) -> usize {
        let wanted = match template.options {
            Options::Single => 1,
            Options::Exclusive(names) => names.len(),
            Options::Thresholds { .. } => 3 + dice.below(3),
        };
        wanted.min(plan.most_markets)
    }

    fn group(&self, template: &Template, plan: &Plan, title: &str) -> Group {
        let mut tags = vec![template.category.tag()];
        let label: Vec<String> = template.tag.split('-').map(capital).collect();
        let id = 103_000 + super::dice::seed_of(template.tag) % 900_000;
        tags.push(super::category::Tag { id, label: label.join(" "), slug: template.tag.to_owned() });
        Group {
            id: self.first.0 + self.groups,
            title: title.to_owned(),
            slug: format!("{}-{}", slug_of(title), self.groups),
            category: template.category,
            tags,
            neg_risk: template.options.relation() == Relation::Exclusive,
            created_ms: plan.created_ms,
            end_ms: Some(plan.end_ms),
        }
    }

    #[allow(clippy::too_many_arguments)] // one call site; the pieces belong to the event being listed
    fn market(
        &mut self,
        template: &Template,
        plan: &Plan,
        group: &Arc<Group>,
        phrase: &mut Phrase,
        (title, option): (&str, String),
        chain: Chain,
        dice: &mut Dice,
    ) -> Listing {
        let index = self.markets;
        self.markets += 1;
        let seed = mix(mix(self.config.seed, 77), index);
        let question = match template.options {
            Options::Single => title.to_owned(),
            Options::Exclusive(_) | Options::Thresholds { .. } => phrase.fill(template.question, &option, dice),
        };
        let question = if template.labels.is_some() { phrase.fill(template.question, "", dice) } else { question };
        let labels = template.labels.unwrap_or(["Yes", "No"]).map(|label| phrase.fill(label, "", dice));
        let odd = if plan.mispriced.is_some() { Odd::None } else { Odd::draw(self.config.oddities, dice) };
        let wait = dice.between(1.0, if plan.demo { 3.0 } else { 25.0 });
        let proposed = plan.end_ms + round_i64(wait * MINUTE as f64);
        let delay = self.config.resolution_delay.num_milliseconds();
        let fate = odd.fate(Payout::of(chain.outcome()), proposed, delay, dice);
        let character = match plan.mispriced {
            Some(over) => Character::Mispriced { yes_too_dear: over.points },
            None if odd.bends_the_end() => Character::Odd,
            None => Character::Control,
        };
        let volume = if plan.mispriced.is_some() {
            dice.log_normal(90_000.0, 0.6).clamp(20_000.0, 500_000.0)
        } else {
            dice.log_normal(45_000.0, 1.6).clamp(40.0, 30_000_000.0)
        };
        let thin = plan.mispriced.is_none() && (volume < 2_000.0 || dice.chance(0.1));
        Listing {
            id: self.first.1 + index,
            condition_id: hex_id(mix(seed, 1)),
            question_id: hex_id(mix(seed, 2)),
            tokens: [token_id(mix(seed, 3)), token_id(mix(seed, 4))],
            labels,
            slug: format!("{}-{}", slug_of(&question), index % 1000),
            description: describe(&question, plan.end_ms),
            question,
            item_title: option,
            group: group.clone(),
            created_ms: plan.created_ms,
            end_ms: Some(plan.end_ms),
            tick_micros: if volume > 1e6 && group.neg_risk { 1_000 } else { 10_000 },
            fee: template.category.fee(),
            character,
            book: odd.book(thin),
            protocol_v2: matches!(odd, Odd::ProtocolV2),
            volume_total: Some(volume),
            volume_span_ms: (plan.created_ms, plan.end_ms),
            level_shares: (volume / 20.0).powf(0.75).clamp(15.0, 20_000.0) * dice.between(0.6, 1.6),
            stale_after_ms: None,
            fate,
            tape: Tape::simulated(chain, plan.created_ms, plan.end_ms, plan.mispriced),
            seed,
            moves: Moves::default(),
        }
    }
}

/// A coin of the event. A mispriced market's true Yes is unlikely and news about it is scarce, so that the run-up is
/// plainly not news; thresholds start likely and get rarer up the ladder; named options share one dollar.
fn coin(options: Options, plan: &Plan, seed: u64, dice: &mut Dice) -> InfoPath {
    let (prior, revealed) = match options {
        Options::Single if plan.demo => (dice.between(0.075, 0.1), dice.between(0.03, 0.08)),
        Options::Single if plan.mispriced.is_some() => (dice.between(0.18, 0.42), dice.between(0.05, 0.2)),
        Options::Single => {
            let logit = -0.25 + 1.1 * super::dice::gaussian(dice.bits());
            ((1.0 / (1.0 + (-logit).exp())).clamp(0.03, 0.97), dice.between(0.25, 0.95))
        }
        Options::Exclusive(_) => (dice.between(0.15, 0.5), dice.between(0.3, 0.9)),
        Options::Thresholds { .. } => (dice.between(0.55, 0.9), dice.between(0.3, 0.9)),
    };
    InfoPath::new(seed, prior, revealed)
}

fn describe(question: &str, end_ms: i64) -> String {
    let end = time(end_ms).format("%B %-d, %Y, %H:%M UTC");
    format!(
        "This market asks: “{question}” It will resolve to the first outcome if that is so by {end}, and to the second \
         otherwise.\n\nThis is a simulated market; nothing in it happened."
    )
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn time(ms: i64) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default()
}
