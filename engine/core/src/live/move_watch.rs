//! Price moves over a window, in constant space.

/// Slices of the window. The oldest one is only partly inside, so that the window is up to a sixteenth longer than asked for.
const SLICES: usize = 16;

/// A move of the midpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The midpoint it is measured from, millionths of a dollar.
    pub from_micros: i64,
    /// The midpoint now.
    pub to_micros: i64,
}

impl Move {
    /// How far, with its sign, millionths of a dollar.
    #[must_use]
    pub const fn micros(&self) -> i64 {
        self.to_micros - self.from_micros
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slice {
    /// Number of the slice since 1970.
    number: i64,
    low: i64,
    high: i64,
}

/// Lowest and highest midpoint of a token over a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveWatch {
    slice_ms: i64,
    slices: [Option<Slice>; SLICES],
}

impl MoveWatch {
    /// Watches a window of so many milliseconds, at least sixteen.
    #[must_use]
    pub fn new(window_ms: i64) -> Self {
        Self { slice_ms: (window_ms / SLICES as i64).max(1), slices: [None; SLICES] }
    }

    /// Takes in the midpoint at a time, and gives the largest move from any midpoint of the window to it. Times before the
    /// newest slice count into their own, if it is still there.
    pub fn see(&mut self, mid_micros: i64, at_ms: i64) -> Move {
        let number = at_ms.div_euclid(self.slice_ms);
        let mut furthest = mid_micros;
        let oldest = number - SLICES as i64;
        for slice in self.slices.iter().flatten().filter(|slice| slice.number > oldest && slice.number <= number) {
            for known in [slice.low, slice.high] {
                if (mid_micros - known).abs() > (mid_micros - furthest).abs() {
                    furthest = known;
                }
            }
        }
        let place = number.rem_euclid(SLICES as i64).unsigned_abs();
        if let Some(entry) = usize::try_from(place).ok().and_then(|place| self.slices.get_mut(place)) {
            match entry {
                Some(slice) if slice.number == number => {
                    slice.low = slice.low.min(mid_micros);
                    slice.high = slice.high.max(mid_micros);
                }
                Some(slice) if slice.number > number => {}
                Some(_) | None => *entry = Some(Slice { number, low: mid_micros, high: mid_micros }),
            }
        }
        Move { from_micros: furthest, to_micros: mid_micros }
    }

    /// Begins anew at this midpoint: the same move is not told twice.
    pub fn restart(&mut self, mid_micros: i64, at_ms: i64) {
        self.slices = [None; SLICES];
        self.see(mid_micros, at_ms);
    }
}
