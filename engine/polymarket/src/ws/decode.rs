//! Frames of the market channel, read in one pass: flat, borrowed, into memory that is used again.

use std::borrow::Cow;
use std::fmt;

use engine_core::live::{Best, BookSide, LevelChange, Rung};
use engine_core::market::Side;
use engine_core::money::{Price, Shares};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::assets::{AssetId, Assets};
use super::decimal::{micros, millis};
use super::event::{AssetChange, Events, Resolved, Snapshot, Trade};

/// What could not be taken from a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strange {
    /// Not JSON, or neither an object nor a list of objects.
    Unreadable,
    /// A kind of event nobody told us of.
    Kind,
    /// A known kind that lacks what it must have.
    Incomplete,
    /// A price or size that is none.
    Number,
}

impl Strange {
    /// One word, for counting.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Kind => "unknown kind",
            Self::Incomplete => "incomplete",
            Self::Number => "bad number",
        }
    }
}

/// Reads frames. One for each connection: it holds the memory they are read into.
#[derive(Debug, Default)]
pub struct Decoder {
    changes: Vec<RawChange>,
    told: Vec<AssetChange>,
    bids: Vec<(Price, Shares)>,
    asks: Vec<(Price, Shares)>,
    strange: Vec<Strange>,
}

/// A change before the kind of its message is known.
#[derive(Debug, Clone, Copy)]
struct RawChange {
    /// `None` for a token of the message (old shape) or one not subscribed to.
    asset: Option<AssetId>,
    /// It named a token.
    named: bool,
    side: Option<BookSide>,
    price: Option<Price>,
    shares: Option<Shares>,
    bid: Option<Price>,
    ask: Option<Price>,
}

impl Decoder {
    /// Reads a frame and tells `events` what is in it; gives what could not be taken. What concerns tokens that are not
    /// among `assets` is passed over in silence.
    pub fn decode(&mut self, frame: &str, assets: &Assets, events: &mut impl Events) -> &[Strange] {
        self.strange.clear();
        let mut json = serde_json::Deserializer::from_str(frame);
        let seed = Frame { decoder: self, assets, events };
        if seed.deserialize(&mut json).is_err() || json.end().is_err() {
            self.strange.push(Strange::Unreadable);
        }
        &self.strange
    }
}

/// A frame: an object or a list of them.
struct Frame<'a, E> {
    decoder: &'a mut Decoder,
    assets: &'a Assets,
    events: &'a mut E,
}

impl<'de, E: Events> DeserializeSeed<'de> for Frame<'_, E> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, E: Events> Visitor<'de> for Frame<'_, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event or a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Frame { decoder, assets, events } = self;
        while seq.next_element_seed(Frame { decoder, assets, events })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Frame { decoder, assets, events } = self;
        decoder.changes.clear();
        decoder.bids.clear();
        decoder.asks.clear();
        let mut fields = Fields::default();
        while let Some(key) = map.next_key_seed(Text)? {
            match &*key {
                "event_type" => fields.kind = map.next_value_seed(Text)?,
                "asset_id" => fields.asset = Some(map.next_value_seed(Text)?),
                "market" => fields.market = map.next_value_seed(Text)?,
                "timestamp" => fields.at_ms = millis(&map.next_value_seed(Text)?),
                "price_changes" | "changes" => {
                    map.next_value_seed(ChangeList { list: &mut decoder.changes, assets })?;
                }
                "bids" => fields.sides_sound &= map.next_value_seed(Levels(&mut decoder.bids))?,
                "asks" => fields.sides_sound &= map.next_value_seed(Levels(&mut decoder.asks))?,
                "price" => fields.price = Some(map.next_value_seed(Text)?),
                "size" => fields.size = Some(map.next_value_seed(Text)?),
                "side" => fields.side = side(&map.next_value_seed(Text)?),
                "winning_asset_id" => fields.winner = Some(map.next_value_seed(Text)?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if let Err(strange) = decoder.tell(&fields, assets, events) {
            decoder.strange.push(strange);
        }
        Ok(())
    }
}

/// The plain fields of an event.
struct Fields<'de> {
    kind: Cow<'de, str>,
    asset: Option<Cow<'de, str>>,
    market: Cow<'de, str>,
    at_ms: Option<i64>,
    price: Option<Cow<'de, str>>,
    size: Option<Cow<'de, str>>,
    side: Option<BookSide>,
    winner: Option<Cow<'de, str>>,
    sides_sound: bool,
}

impl Default for Fields<'_> {
    fn default() -> Self {
        let nothing = Cow::Borrowed("");
        Self {
            kind: nothing.clone(),
            asset: None,
            market: nothing,
            at_ms: None,
            price: None,
            size: None,
            side: None,
            winner: None,
            sides_sound: true,
        }
    }
}

impl Decoder {
    fn tell(&mut self, fields: &Fields<'_>, assets: &Assets, events: &mut impl Events) -> Result<(), Strange> {
        match &*fields.kind {
            "price_change" => self.tell_changes(fields, assets, events),
            "book" => self.tell_snapshot(fields, assets, events),
            "last_trade_price" => tell_trade(fields, assets, events),
            "market_resolved" => {
                if fields.market.is_empty() {
                    return Err(Strange::Incomplete);
                }
                let winner = fields.winner.as_deref();
                events.resolved(&Resolved { condition: &fields.market, winner, at_ms: fields.at_ms });
                Ok(())
            }
            // Known, and nothing a book or a decision rests on.
            "best_bid_ask" | "tick_size_change" | "new_market" => Ok(()),
            _ => Err(Strange::Kind),
        }
    }

    fn tell_changes(&mut self, fields: &Fields<'_>, assets: &Assets, events: &mut impl Events) -> Result<(), Strange> {
        let at_ms = fields.at_ms.ok_or(Strange::Incomplete)?;
        let own = fields.asset.as_deref().and_then(|digits| assets.find(digits));
        let mut fault = None;
        self.told.clear();
        for raw in &self.changes {
            // The old shape names the token once for the whole message.
            if !raw.named && fields.asset.is_none() {
                fault = Some(Strange::Incomplete);
                continue;
            }
            let Some(asset) = (if raw.named { raw.asset } else { own }) else { continue };
            let (Some(side), Some(price), Some(shares)) = (raw.side, raw.price, raw.shares) else {
                fault = Some(Strange::Number);
                continue;
            };
            if !price.is_quotable() {
                fault = Some(Strange::Number);
                continue;
            }
            let best = match (raw.bid, raw.ask) {
                (Some(bid), Some(ask)) => Some(Best {
                    bid: Some(bid).filter(|price| price.is_quotable()),
                    ask: Some(ask).filter(|price| price.is_quotable()),
                }),
                (None, _) | (_, None) => None,
            };
            let change = LevelChange { side, rung: Rung { price, shares, at_ms } };
            self.told.push(AssetChange { asset, change, best });
        }
        if !self.told.is_empty() {
            events.changes(&self.told);
        }
        fault.map_or(Ok(()), Err)
    }

    fn tell_snapshot(&mut self, fields: &Fields<'_>, assets: &Assets, events: &mut impl Events) -> Result<(), Strange> {
        let digits = fields.asset.as_deref().ok_or(Strange::Incomplete)?;
        let at_ms = fields.at_ms.ok_or(Strange::Incomplete)?;
        // One unreadable level spoils the book: without it the best price would be made up.
        if !fields.sides_sound {
            return Err(Strange::Number);
        }
        let Some(asset) = assets.find(digits) else { return Ok(()) };
        for side in [&mut self.bids, &mut self.asks] {
            side.retain(|(price, shares)| price.is_quotable() && shares.is_positive());
            side.sort_unstable_by_key(|(price, _)| *price);
            side.dedup_by_key(|(price, _)| *price);
        }
        events.snapshot(&Snapshot { asset, at_ms, bids: &self.bids, asks: &self.asks });
        Ok(())
    }
}

fn tell_trade(fields: &Fields<'_>, assets: &Assets, events: &mut impl Events) -> Result<(), Strange> {
    let digits = fields.asset.as_deref().ok_or(Strange::Incomplete)?;
    let at_ms = fields.at_ms.ok_or(Strange::Incomplete)?;
    let number = |text: &Option<Cow<'_, str>>| text.as_deref().and_then(micros);
    let (price, shares) = number(&fields.price).zip(number(&fields.size)).ok_or(Strange::Number)?;
    let Some(asset) = assets.find(digits) else { return Ok(()) };
    let side = fields.side.map(|side| match side {
        BookSide::Bid => Side::Buy,
        BookSide::Ask => Side::Sell,
    });
    let (price, shares) = (Price::from_micros(price), Shares::from_micros(shares));
    events.trade(&Trade { asset, side, price, shares, at_ms });
    Ok(())
}

/// BUY is a bid, SELL an ask.
fn side(text: &str) -> Option<BookSide> {
    if text.eq_ignore_ascii_case("BUY") {
        Some(BookSide::Bid)
    } else if text.eq_ignore_ascii_case("SELL") {
        Some(BookSide::Ask)
    } else {
        None
    }
}

/// A text, borrowed where it holds no escapes; a number counts as its digits, anything else as empty.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(""))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(""))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cow::Borrowed(""))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cow::Borrowed(""))
    }
}

/// The list of changes of a message.
struct ChangeList<'a> {
    list: &'a mut Vec<RawChange>,
    assets: &'a Assets,
}

impl<'de> DeserializeSeed<'de> for ChangeList<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ChangeList<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of changes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(change) = seq.next_element_seed(OneChange(self.assets))? {
            self.list.push(change);
        }
        Ok(())
    }
}

struct OneChange<'a>(&'a Assets);

impl<'de> DeserializeSeed<'de> for OneChange<'_> {
    type Value = RawChange;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<RawChange, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneChange<'_> {
    type Value = RawChange;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a change")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawChange, A::Error> {
        let mut raw =
            RawChange { asset: None, named: false, side: None, price: None, shares: None, bid: None, ask: None };
        let price = |text: &str| micros(text).map(Price::from_micros);
        while let Some(key) = map.next_key_seed(Text)? {
            match &*key {
                "asset_id" => {
                    raw.named = true;
                    raw.asset = self.0.find(&map.next_value_seed(Text)?);
                }
                "price" => raw.price = price(&map.next_value_seed(Text)?),
                "size" => raw.shares = micros(&map.next_value_seed(Text)?).map(Shares::from_micros),
                "side" => raw.side = side(&map.next_value_seed(Text)?),
                "best_bid" => raw.bid = price(&map.next_value_seed(Text)?),
                "best_ask" => raw.ask = price(&map.next_value_seed(Text)?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(raw)
    }
}

/// One side of a snapshot; false when a level could not be read. `null` is an empty side.
struct Levels<'a>(&'a mut Vec<(Price, Shares)>);

impl<'de> DeserializeSeed<'de> for Levels<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Levels<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of levels")
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        let mut sound = true;
        while let Some(level) = seq.next_element_seed(OneLevel)? {
            match level {
                Some(level) => self.0.push(level),
                None => sound = false,
            }
        }
        Ok(sound)
    }
}

struct OneLevel;

impl<'de> DeserializeSeed<'de> for OneLevel {
    type Value = Option<(Price, Shares)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneLevel {
    type Value = Option<(Price, Shares)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a level")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut price, mut shares) = (None, None);
        while let Some(key) = map.next_key_seed(Text)? {
            match &*key {
                "price" => price = micros(&map.next_value_seed(Text)?).map(Price::from_micros),
                "size" => shares = micros(&map.next_value_seed(Text)?).map(Shares::from_micros),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(price.zip(shares))
    }
}
