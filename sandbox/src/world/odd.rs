//! What can be unusual about a simulated market.

use super::dice::Dice;
use super::fate::{Fate, Payout};
use super::listing::BookStyle;
use super::number::round_i64;
use super::tape::DAY;

/// One market's oddity.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Odd {
    None,
    /// Its book.
    Book(BookStyle),
    /// Traded by the second protocol.
    ProtocolV2,
    /// Closed and never paid.
    Stuck,
    /// Paid days late.
    Disputed,
    /// Paid half to each side.
    Half,
}

/// How often each occurs, before scaling.
const TABLE: [(f64, Odd); 9] = [
    (0.02, Odd::Book(BookStyle::Missing)),
    (0.008, Odd::Book(BookStyle::Empty)),
    (0.008, Odd::Book(BookStyle::OneSided)),
    (0.005, Odd::Book(BookStyle::Crossed)),
    (0.005, Odd::Book(BookStyle::Ghost)),
    (0.008, Odd::Stuck),
    (0.02, Odd::Disputed),
    (0.015, Odd::Half),
    (0.01, Odd::ProtocolV2),
];

impl Odd {
    /// Draws an oddity; `scale` 0 draws none.
    pub(crate) fn draw(scale: f64, dice: &mut Dice) -> Self {
        let mut draw = dice.unit();
        for (share, odd) in TABLE {
            draw -= share * scale;
            if draw < 0.0 {
                return odd;
            }
        }
        Self::None
    }

    /// True when the price is fair but the end is not the coin's.
    pub(crate) const fn bends_the_end(self) -> bool {
        match self {
            Self::Stuck | Self::Disputed | Self::Half => true,
            Self::None | Self::Book(_) | Self::ProtocolV2 => false,
        }
    }

    /// The look of the book; `thin` unless the oddity decides.
    pub(crate) const fn book(self, thin: bool) -> BookStyle {
        match self {
            Self::Book(style) => style,
            Self::None | Self::ProtocolV2 | Self::Stuck | Self::Disputed | Self::Half => {
                if thin {
                    BookStyle::Thin
                } else {
                    BookStyle::Normal
                }
            }
        }
    }

    /// The end of a market whose coin fell to `payout`, proposed at a moment and paid `delay` later when all goes well.
    pub(crate) fn fate(self, payout: Payout, proposed: i64, delay: i64, dice: &mut Dice) -> Fate {
        let paid = Some(proposed + delay);
        let proposed_ms = Some(proposed);
        let plain = Fate { proposed_ms, disputed_ms: None, closed_ms: paid, resolved_ms: paid, payout };
        match self {
            Self::None | Self::Book(_) | Self::ProtocolV2 => plain,
            Self::Stuck => Fate { resolved_ms: None, ..plain },
            Self::Half => Fate { payout: Payout::HALF, ..plain },
            Self::Disputed => {
                let settled = Some(proposed + round_i64(dice.between(4.0, 6.0) * DAY as f64));
                Fate { disputed_ms: Some(proposed + delay / 2), closed_ms: settled, resolved_ms: settled, ..plain }
            }
        }
    }
}
