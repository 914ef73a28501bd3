//! How a market ends: open, proposed, perhaps disputed, closed, paid.

/// What one Yes share pays, in millionths of a dollar; a No share pays the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payout {
    yes_micros: u32,
}

impl Payout {
    /// Yes wins.
    pub const YES: Self = Self { yes_micros: 1_000_000 };
    /// No wins.
    pub const NO: Self = Self { yes_micros: 0 };
    /// Each share pays half.
    pub const HALF: Self = Self { yes_micros: 500_000 };

    /// Any split; more than a dollar counts as one.
    #[must_use]
    pub fn split(yes_micros: u32) -> Self {
        Self { yes_micros: yes_micros.min(1_000_000) }
    }

    /// The winner's payout of a coin.
    #[must_use]
    pub const fn of(yes: bool) -> Self {
        if yes { Self::YES } else { Self::NO }
    }

    /// Millionths a share for [Yes, No], as the venue's payout vector has it.
    #[must_use]
    pub const fn micros(self) -> [u32; 2] {
        [self.yes_micros, 1_000_000 - self.yes_micros]
    }

    /// Dollars a Yes share pays.
    #[must_use]
    pub fn yes(self) -> f64 {
        f64::from(self.yes_micros) / 1e6
    }
}

/// The moments of a market's end, all unix ms; `None` means never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// An outcome is proposed to the oracle.
    pub proposed_ms: Option<i64>,
    /// The proposal is disputed.
    pub disputed_ms: Option<i64>,
    /// Trading ends. Closed is not resolved.
    pub closed_ms: Option<i64>,
    /// The payout is reported.
    pub resolved_ms: Option<i64>,
    /// What it will pay.
    pub payout: Payout,
}

/// Where a market stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Not listed yet.
    Unlisted,
    /// Trading.
    Open,
    /// Trading, with an outcome proposed.
    Proposed,
    /// Trading, with the proposal disputed.
    Disputed,
    /// Trading has ended, no payout yet.
    Closed,
    /// Paid.
    Resolved(Payout),
}

impl Phase {
    /// Trading has ended.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        match self {
            Self::Closed | Self::Resolved(_) => true,
            Self::Unlisted | Self::Open | Self::Proposed | Self::Disputed => false,
        }
    }
}

impl Fate {
    /// Trades for ever.
    pub const NEVER: Self =
        Self { proposed_ms: None, disputed_ms: None, closed_ms: None, resolved_ms: None, payout: Payout::NO };

    /// The phase at a moment after listing.
    #[must_use]
    pub fn phase(&self, ms: i64) -> Phase {
        let reached = |moment: Option<i64>| moment.is_some_and(|moment| moment <= ms);
        if reached(self.resolved_ms) {
            Phase::Resolved(self.payout)
        } else if reached(self.closed_ms) {
            Phase::Closed
        } else if reached(self.disputed_ms) {
            Phase::Disputed
        } else if reached(self.proposed_ms) {
            Phase::Proposed
        } else {
            Phase::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_follow_the_moments() {
        let fate = Fate {
            proposed_ms: Some(10),
            disputed_ms: Some(20),
            closed_ms: Some(30),
            resolved_ms: Some(40),
            payout: Payout::HALF,
        };
        let table = [
            (9, Phase::Open),
            (10, Phase::Proposed),
            (29, Phase::Disputed),
            (30, Phase::Closed),
            (40, Phase::Resolved(Payout::HALF)),
        ];
        for (ms, phase) in table {
            assert_eq!(fate.phase(ms), phase, "{ms}");
        }
        assert_eq!(Fate::NEVER.phase(i64::MAX), Phase::Open);
        assert_eq!(Payout::split(250_000).micros(), [250_000, 750_000]);
    }
}
