//! Callback data of buttons: a typed, versioned codec of at most 64 bytes.
//!
//! Moving about is encoded as it is (`1s:op:2` shows page 3 of the open positions in place, `1n:c:7` sends the chart
//! of signal 7 below). Whatever acts is an opaque token (`1a:…`) that points to a stored, single-use row, because
//! callback data comes from the client and can be forged.

use engine_core::copy::activity::Wallet;
use engine_core::copy::probation::Stage;
use thiserror::Error;

use crate::message::Press;
use crate::screen::{Period, Screen};

/// Most bytes Telegram takes.
pub const MAX_BYTES: usize = 64;

/// Most bytes of a token.
pub const MAX_TOKEN_BYTES: usize = 32;

/// Version of the codec; buttons of another version are refused kindly.
const VERSION: char = '1';

/// What callback data says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callback {
    /// Show a screen in place.
    Show(Screen),
    /// Send a screen below.
    Send(Screen),
    /// Look up the action stored under this token.
    Token(String),
}

/// Why callback data was refused, or a press cannot be written as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CodecError {
    /// More than 64 bytes: the caller stores the press and uses a token.
    #[error("callback data would exceed {MAX_BYTES} bytes")]
    TooLong,
    /// An acting press, or one that carries terms still being put together, is never encoded directly: the caller stores it and uses a
    /// token.
    #[error("this press needs a token")]
    NeedsToken,
    /// A link button has no callback data.
    #[error("a link has no callback data")]
    Link,
    /// Written by another version of the program.
    #[error("callback data of another version")]
    Version,
    /// Not written by us.
    #[error("unknown callback data")]
    Unknown,
}

/// Writes a press that moves about.
///
/// # Errors
/// [`CodecError::NeedsToken`] and [`CodecError::TooLong`] ask for [`encode_token`]; [`CodecError::Link`] for a link.
pub fn encode(press: &Press) -> Result<String, CodecError> {
    let (kind, screen) = match press {
        Press::Show { screen } | Press::Send { screen } if carries_terms(screen) => return Err(CodecError::NeedsToken),
        Press::Show { screen } => ('s', screen),
        Press::Send { screen } => ('n', screen),
        Press::Act { .. } => return Err(CodecError::NeedsToken),
        Press::Url { .. } => return Err(CodecError::Link),
    };
    fits(format!("{VERSION}{kind}:{}", code(screen)))
}

/// True for screens that carry terms being put together: more than callback data holds, and not for a client to make up.
const fn carries_terms(screen: &Screen) -> bool {
    matches!(screen, Screen::Follow { .. } | Screen::Tune { .. } | Screen::TopUp { .. })
}

/// Writes a token: 1 to 32 letters and digits.
///
/// # Errors
/// [`CodecError::Unknown`] when it is no such token.
pub fn encode_token(token: &str) -> Result<String, CodecError> {
    is_token(token).then(|| format!("{VERSION}a:{token}")).ok_or(CodecError::Unknown)
}

/// Reads callback data. Only what [`encode`] and [`encode_token`] write is accepted.
///
/// # Errors
/// [`CodecError::Version`], [`CodecError::TooLong`] or [`CodecError::Unknown`]; it never panics.
pub fn decode(data: &str) -> Result<Callback, CodecError> {
    if data.len() > MAX_BYTES {
        return Err(CodecError::TooLong);
    }
    let (head, body) = data.split_once(':').ok_or(CodecError::Unknown)?;
    let mut letters = head.chars();
    let (version, kind) = (letters.next(), letters.next());
    if letters.next().is_some() || !version.is_some_and(|c| c.is_ascii_digit()) {
        return Err(CodecError::Unknown);
    }
    if version != Some(VERSION) {
        return Err(CodecError::Version);
    }
    let callback = match kind {
        Some('s') => Callback::Show(screen(body).ok_or(CodecError::Unknown)?),
        Some('n') => Callback::Send(screen(body).ok_or(CodecError::Unknown)?),
        Some('a') if is_token(body) => Callback::Token(body.to_owned()),
        _ => return Err(CodecError::Unknown),
    };
    Ok(callback)
}

fn fits(data: String) -> Result<String, CodecError> {
    if data.len() > MAX_BYTES { Err(CodecError::TooLong) } else { Ok(data) }
}

fn is_token(token: &str) -> bool {
    (1..=MAX_TOKEN_BYTES).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_alphanumeric())
}

const fn period_code(period: Period) -> &'static str {
    match period {
        Period::Today => "d",
        Period::Week => "w",
        Period::Month => "m",
        Period::All => "a",
    }
}

const fn stage_code(stage: Stage) -> &'static str {
    match stage {
        Stage::Shadow => "s",
        Stage::Live => "l",
        Stage::Failed => "f",
    }
}

fn code(screen: &Screen) -> String {
    match screen {
        Screen::Home => "h".to_owned(),
        Screen::Signals => "sg".to_owned(),
        Screen::Signal { id } => format!("s:{id}"),
        Screen::SignalWhy { id } => format!("w:{id}"),
        Screen::SignalChart { id } => format!("c:{id}"),
        Screen::Open { page } => format!("op:{page}"),
        Screen::ClosePreview { position } => format!("cp:{position}"),
        Screen::PositionWhy { position } => format!("pw:{position}"),
        Screen::PositionChart { position } => format!("pc:{position}"),
        Screen::Stats { book: None, period } => format!("st:{}", period_code(*period)),
        // A book's name may hold anything, so it comes last.
        Screen::Stats { book: Some(book), period } => format!("st:{}:{book}", period_code(*period)),
        Screen::EquityChart => "eq".to_owned(),
        Screen::Brier => "br".to_owned(),
        Screen::ReliabilityChart => "rl".to_owned(),
        Screen::Why { query: None } => "y".to_owned(),
        Screen::Why { query: Some(query) } => format!("y:{query}"),
        Screen::Modes => "mo".to_owned(),
        Screen::PauseAll => "pa".to_owned(),
        Screen::Strategies => "sy".to_owned(),
        Screen::Strategy { book } => format!("sp:{book}"),
        Screen::ResetProfile { book } => format!("sr:{book}"),
        Screen::Trial { book } => format!("sb:{book}"),
        Screen::CompareProfiles => "sc".to_owned(),
        // Not written: see `encode`.
        Screen::Tune { draft } => format!("su:{}", draft.book),
        Screen::TopUp { draft } => format!("sm:{}", draft.book),
        Screen::Models => "ml".to_owned(),
        Screen::Model { id } => format!("m:{id}"),
        Screen::Leaderboard { period, page } => format!("lb:{}:{page}", period_code(*period)),
        Screen::Trader { wallet, again: false } => format!("t:{wallet}"),
        Screen::Trader { wallet, again: true } => format!("ta:{wallet}"),
        Screen::TraderChart { wallet } => format!("tc:{wallet}"),
        Screen::FindTrader { query } => format!("ft:{query}"),
        Screen::Traders { page } => format!("tr:{page}"),
        Screen::Followed { wallet } => format!("fw:{wallet}"),
        // Not written: see `encode`.
        Screen::Follow { draft } => format!("fo:{}", draft.wallet),
        Screen::UnfollowWhom { query: None, page } => format!("uw:{page}"),
        Screen::UnfollowWhom { query: Some(query), page } => format!("uw:{page}:{query}"),
        Screen::Unfollow { wallet } => format!("uf:{wallet}"),
        Screen::StageAsk { wallet, stage } => format!("sa:{}:{wallet}", stage_code(*stage)),
        Screen::Copy => "co".to_owned(),
        Screen::Health => "he".to_owned(),
        Screen::Help => "hp".to_owned(),
    }
}

/// Numbers are read only in the one form they are written in: no sign before a plus, no leading zero.
fn number<N: std::str::FromStr + ToString>(text: &str) -> Option<N> {
    text.parse::<N>().ok().filter(|n| n.to_string() == text)
}

/// A wallet is read only in the one form it is written in: lower case.
fn wallet(text: &str) -> Option<Wallet> {
    Wallet::parse(text).filter(|wallet| wallet.as_str() == text)
}

fn period(code: &str) -> Option<Period> {
    [Period::Today, Period::Week, Period::Month, Period::All].into_iter().find(|period| period_code(*period) == code)
}

fn screen(text: &str) -> Option<Screen> {
    let (name, rest) = match text.split_once(':') {
        Some((name, rest)) => (name, Some(rest)),
        None => (text, None),
    };
    let screen = match (name, rest) {
        ("h", None) => Screen::Home,
        ("sg", None) => Screen::Signals,
        ("s", Some(id)) => Screen::Signal { id: number(id)? },
        ("w", Some(id)) => Screen::SignalWhy { id: number(id)? },
        ("c", Some(id)) => Screen::SignalChart { id: number(id)? },
        ("op", Some(page)) => Screen::Open { page: number(page)? },
        ("cp", Some(id)) => Screen::ClosePreview { position: number(id)? },
        ("pw", Some(id)) => Screen::PositionWhy { position: number(id)? },
        ("pc", Some(id)) => Screen::PositionChart { position: number(id)? },
        ("st", Some(choice)) => {
            let (span, book) = match choice.split_once(':') {
                Some((span, book)) => (span, Some(book.to_owned())),
                None => (choice, None),
            };
            Screen::Stats { book, period: period(span)? }
        }
        ("eq", None) => Screen::EquityChart,
        ("br", None) => Screen::Brier,
        ("rl", None) => Screen::ReliabilityChart,
        ("y", None) => Screen::Why { query: None },
        ("y", Some(query)) => Screen::Why { query: Some(query.to_owned()) },
        ("mo", None) => Screen::Modes,
        ("pa", None) => Screen::PauseAll,
        ("sy", None) => Screen::Strategies,
        ("sp", Some(book)) => Screen::Strategy { book: book.to_owned() },
        ("sr", Some(book)) => Screen::ResetProfile { book: book.to_owned() },
        ("sb", Some(book)) => Screen::Trial { book: book.to_owned() },
        ("sc", None) => Screen::CompareProfiles,
        ("ml", None) => Screen::Models,
        ("m", Some(id)) => Screen::Model { id: number(id)? },
        ("he", None) => Screen::Health,
        ("hp", None) => Screen::Help,
        (name, rest) => return copy_screen(name, rest),
    };
    Some(screen)
}

fn copy_screen(name: &str, rest: Option<&str>) -> Option<Screen> {
    let screen = match (name, rest) {
        ("lb", Some(choice)) => {
            let (span, page) = choice.split_once(':')?;
            Screen::Leaderboard { period: period(span)?, page: number(page)? }
        }
        ("t", Some(address)) => Screen::Trader { wallet: wallet(address)?, again: false },
        ("ta", Some(address)) => Screen::Trader { wallet: wallet(address)?, again: true },
        ("tc", Some(address)) => Screen::TraderChart { wallet: wallet(address)? },
        ("ft", Some(query)) => Screen::FindTrader { query: query.to_owned() },
        ("tr", Some(page)) => Screen::Traders { page: number(page)? },
        ("fw", Some(address)) => Screen::Followed { wallet: wallet(address)? },
        ("uw", Some(choice)) => match choice.split_once(':') {
            Some((page, query)) => Screen::UnfollowWhom { query: Some(query.to_owned()), page: number(page)? },
            None => Screen::UnfollowWhom { query: None, page: number(choice)? },
        },
        ("uf", Some(address)) => Screen::Unfollow { wallet: wallet(address)? },
        ("sa", Some(choice)) => {
            let (code, address) = choice.split_once(':')?;
            let stage =
                [Stage::Shadow, Stage::Live, Stage::Failed].into_iter().find(|stage| stage_code(*stage) == code)?;
            Screen::StageAsk { wallet: wallet(address)?, stage }
        }
        ("co", None) => Screen::Copy,
        _ => return None,
    };
    Some(screen)
}
