//! Makes frames short and whole again: each scan is stored against the one before it.

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use super::frame::{Frame, Raised, ScanFrame, Seen, Terms};
use super::stored::{Change, Quote, StoredBook, StoredFrame, StoredMarket, StoredRaised, StoredScan};
use crate::features::FeatureVector;
use crate::market::{Market, MarketId, Outcome, OutcomeToken};
use crate::pipeline::BookView;

/// A stored frame that does not follow from those before it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BrokenReel {
    /// It names a market no frame before it listed.
    #[error("market number {0} was not listed before")]
    UnknownMarket(usize),
    /// A scan without terms, and none before it.
    #[error("a scan does not say what it went by")]
    NoTerms,
    /// A book of a market without tokens, or a feature that does not exist.
    #[error("market number {0} has a book without a token or an unknown feature")]
    Misfit(usize),
}

/// What the frames so far of a segment add up to. One reel writes a segment, another one reads it.
#[derive(Debug, Default)]
pub struct Reel {
    markets: Vec<Place>,
    numbers: BTreeMap<MarketId, usize>,
    terms: Option<Arc<Terms>>,
    views: Vec<BookView>,
}

/// A market and whether it was listed in the last frame.
#[derive(Debug)]
struct Place {
    seen: Seen,
    listed: bool,
}

impl Reel {
    /// Shortens the next frame of a segment.
    pub fn shorten(&mut self, frame: &Frame) -> StoredFrame {
        match frame {
            Frame::Scan(scan) => StoredFrame::Scan(self.shorten_scan(scan)),
            Frame::Rechecked(rechecked) => StoredFrame::Rechecked(rechecked.clone()),
            Frame::Settled(settled) => StoredFrame::Settled(settled.clone()),
            Frame::Round(round) => StoredFrame::Round(round.clone()),
            Frame::Sold(sold) => StoredFrame::Sold(sold.clone()),
        }
    }

    /// Brings the next frame of a segment back.
    ///
    /// # Errors
    /// [`BrokenReel`] when it does not follow from those before it; the rest of the segment is lost then.
    pub fn restore(&mut self, frame: StoredFrame) -> Result<Frame, BrokenReel> {
        Ok(match frame {
            StoredFrame::Scan(scan) => Frame::Scan(Box::new(self.restore_scan(scan)?)),
            StoredFrame::Rechecked(rechecked) => Frame::Rechecked(rechecked),
            StoredFrame::Settled(settled) => Frame::Settled(settled),
            StoredFrame::Round(round) => Frame::Round(round),
            StoredFrame::Sold(sold) => Frame::Sold(sold),
        })
    }

    fn shorten_scan(&mut self, scan: &ScanFrame) -> StoredScan {
        let terms = (self.terms.as_deref() != Some(&*scan.terms)).then(|| Box::new((*scan.terms).clone()));
        self.terms = Some(scan.terms.clone());
        let mut unseen: Vec<bool> = self.markets.iter().map(|place| place.listed).collect();
        let mut changed = Vec::new();
        for seen in &scan.seen {
            let number = self.numbers.get(&seen.market.id).copied();
            if let Some(unseen) = number.and_then(|number| unseen.get_mut(number)) {
                *unseen = false;
            }
            changed.extend(self.change(number, seen));
        }
        let gone: Vec<usize> = unseen.iter().enumerate().filter(|(_, unseen)| **unseen).map(|(n, _)| n).collect();
        self.unlist(&gone);
        let raised = scan.raised.iter().map(|raised| self.shorten_raised(raised)).collect();
        StoredScan { screened_at: scan.screened_at, at: scan.at, terms, changed, gone, raised }
    }

    /// What changed about a market, if anything did; the reel knows it from then on.
    fn change(&mut self, number: Option<usize>, seen: &Seen) -> Option<StoredMarket> {
        let Some((number, place)) = number.and_then(|number| Some((number, self.markets.get_mut(number)?))) else {
            let number = self.markets.len();
            self.numbers.insert(seen.market.id.clone(), number);
            self.markets.push(Place { seen: seen.clone(), listed: true });
            return Some(whole(number, seen));
        };
        if place.listed && place.seen == *seen {
            return None;
        }
        let was = std::mem::replace(place, Place { seen: seen.clone(), listed: true }).seen;
        let prices_only = Quote::alone_differs(&was.market, &seen.market);
        let (features, moved) = feature_change(was.features.as_ref(), seen.features.as_ref());
        let quote = Quote::of(&seen.market);
        Some(StoredMarket {
            number,
            listing: (!prices_only).then(|| Box::new(seen.market.clone())),
            quote: (prices_only && quote != Quote::of(&was.market)).then_some(quote),
            yes_book: Change::between(was.yes_book.as_ref(), seen.yes_book.as_ref(), |book| StoredBook::of(book, None)),
            no_book: Change::between(was.no_book.as_ref(), seen.no_book.as_ref(), |book| {
                StoredBook::of(book, seen.yes_book.as_ref())
            }),
            features,
            moved,
            prediction: Change::between(was.prediction.as_ref(), seen.prediction.as_ref(), Clone::clone),
            effect: (was.effect != seen.effect).then(|| seen.effect.clone()),
        })
    }

    fn unlist(&mut self, gone: &[usize]) {
        for number in gone {
            if let Some(place) = self.markets.get_mut(*number) {
                place.listed = false;
            }
        }
    }

    fn shorten_raised(&mut self, raised: &Raised) -> StoredRaised {
        let views = (raised.views != self.views).then(|| raised.views.clone());
        self.views.clone_from(&raised.views);
        StoredRaised {
            market: raised.market.clone(),
            views,
            duplicate: raised.duplicate.clone(),
            plans: raised.plans.clone(),
            bets: raised.bets.clone(),
        }
    }

    fn restore_scan(&mut self, scan: StoredScan) -> Result<ScanFrame, BrokenReel> {
        if let Some(terms) = scan.terms {
            self.terms = Some(Arc::from(terms));
        }
        let terms = self.terms.clone().ok_or(BrokenReel::NoTerms)?;
        for changed in scan.changed {
            self.apply(changed)?;
        }
        self.unlist(&scan.gone);
        let raised = scan.raised.into_iter().map(|raised| self.restore_raised(raised)).collect();
        let seen = self.markets.iter().filter(|place| place.listed).map(|place| place.seen.clone()).collect();
        Ok(ScanFrame { screened_at: scan.screened_at, at: scan.at, terms, seen, raised })
    }

    fn restore_raised(&mut self, raised: StoredRaised) -> Raised {
        if let Some(views) = raised.views {
            self.views = views;
        }
        let StoredRaised { market, duplicate, plans, bets, .. } = raised;
        Raised { market, views: self.views.clone(), duplicate, plans, bets }
    }

    fn apply(&mut self, changed: StoredMarket) -> Result<(), BrokenReel> {
        let number = changed.number;
        if number == self.markets.len() {
            let listing = changed.listing.as_deref().ok_or(BrokenReel::UnknownMarket(number))?;
            self.numbers.insert(listing.id.clone(), number);
            self.markets.push(Place { seen: unseen(listing.clone()), listed: true });
        }
        let place = self.markets.get_mut(number).ok_or(BrokenReel::UnknownMarket(number))?;
        place.listed = true;
        let seen = &mut place.seen;
        if let Some(listing) = changed.listing {
            seen.market = *listing;
        }
        if let Some(quote) = changed.quote {
            quote.set(&mut seen.market);
        }
        let token = |market: &Market, outcome, change: &Change<StoredBook>| match change {
            Change::Now(_) => market.token(outcome).cloned().ok_or(BrokenReel::Misfit(number)),
            Change::None | Change::Gone => Ok(OutcomeToken::new("")),
        };
        let yes = token(&seen.market, Outcome::Yes, &changed.yes_book)?;
        let no = token(&seen.market, Outcome::No, &changed.no_book)?;
        changed.yes_book.apply(&mut seen.yes_book, |book| book.book(yes, None));
        let other = seen.yes_book.as_ref();
        changed.no_book.apply(&mut seen.no_book, |book| book.book(no, other));
        changed.features.apply(&mut seen.features, |features| features);
        for (place, value) in changed.moved {
            let known = seen.features.as_mut().and_then(|features| features.0.get_mut(place));
            *known.ok_or(BrokenReel::Misfit(number))? = value;
        }
        changed.prediction.apply(&mut seen.prediction, |prediction| prediction);
        if let Some(effect) = changed.effect {
            seen.effect = effect;
        }
        Ok(())
    }
}

/// A market nothing is known of but its listing.
fn unseen(market: Market) -> Seen {
    Seen { market, yes_book: None, no_book: None, features: None, prediction: None, effect: super::Effect::default() }
}

fn whole(number: usize, seen: &Seen) -> StoredMarket {
    StoredMarket {
        number,
        listing: Some(Box::new(seen.market.clone())),
        yes_book: Change::between(None, seen.yes_book.as_ref(), |book| StoredBook::of(book, None)),
        no_book: Change::between(None, seen.no_book.as_ref(), |book| StoredBook::of(book, seen.yes_book.as_ref())),
        features: Change::between(None, seen.features.as_ref(), |features| *features),
        prediction: Change::between(None, seen.prediction.as_ref(), Clone::clone),
        effect: Some(seen.effect.clone()),
        ..StoredMarket::default()
    }
}

/// The features that changed where there were some before, else all of them.
fn feature_change(
    was: Option<&FeatureVector>,
    is: Option<&FeatureVector>,
) -> (Change<FeatureVector>, Vec<(usize, f64)>) {
    let Some((was_all, is_all)) = was.zip(is) else {
        return (Change::between(was, is, |features| *features), Vec::new());
    };
    let pairs = was_all.0.iter().zip(is_all.0).enumerate();
    let moved = pairs.filter(|(_, (was, is))| was.to_bits() != is.to_bits()).map(|(place, (_, is))| (place, is));
    (Change::None, moved.collect())
}
