//! The engines, and which of them run in a process.

use serde::{Deserialize, Serialize};

use crate::prediction::SignalSource;
use crate::strategy::{BookId, COPY_BOOK};

/// One engine. Books, signals and positions each belong to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineKind {
    /// Signals of the model.
    Ml,
    /// Copies of followed traders.
    Copy,
}

/// The engines of a process: both under one chat, or one by itself beside the other or alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engines {
    /// Both, in one chat.
    #[default]
    Both,
    /// The signals alone.
    Ml,
    /// Copy trading alone.
    Copy,
}

impl EngineKind {
    /// As on the command line and as the name of its lease.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ml => "ml",
            Self::Copy => "copy",
        }
    }

    /// The engine a book belongs to.
    #[must_use]
    pub fn of_book(book: &BookId) -> Self {
        if book.as_str() == COPY_BOOK { Self::Copy } else { Self::Ml }
    }

    /// The engine whose signals are of this source.
    #[must_use]
    pub const fn of_source(source: SignalSource) -> Self {
        match source {
            SignalSource::CopyTrade => Self::Copy,
            SignalSource::Ensemble | SignalSource::LlmConsensus | SignalSource::News => Self::Ml,
        }
    }
}

impl Engines {
    /// The engines one by one.
    #[must_use]
    pub const fn each(self) -> &'static [EngineKind] {
        match self {
            Self::Both => &[EngineKind::Ml, EngineKind::Copy],
            Self::Ml => &[EngineKind::Ml],
            Self::Copy => &[EngineKind::Copy],
        }
    }

    /// True when this engine is among them.
    #[must_use]
    pub fn run(self, engine: EngineKind) -> bool {
        self.each().contains(&engine)
    }

    /// True when a book is one of theirs: they settle it, and tell of it.
    #[must_use]
    pub fn keep(self, book: &BookId) -> bool {
        self.run(EngineKind::of_book(book))
    }

    /// True when their chat shows a book. The main chat shows all, that of copy trading its own.
    #[must_use]
    pub fn show(self, book: &BookId) -> bool {
        match self {
            Self::Both | Self::Ml => true,
            Self::Copy => self.keep(book),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_book_and_source_is_one_engines() {
        for (book, keepers) in [("balanced", [true, true, false]), ("copy", [true, false, true])] {
            let book = BookId::new(book);
            let all = [Engines::Both, Engines::Ml, Engines::Copy];
            assert_eq!(all.map(|engines| engines.keep(&book)), keepers);
            assert_eq!(all.map(|engines| engines.show(&book)), [true, true, keepers[2]]);
        }
        assert_eq!(EngineKind::of_source(SignalSource::CopyTrade), EngineKind::Copy);
        assert_eq!(EngineKind::of_source(SignalSource::Ensemble), EngineKind::Ml);
    }
}
