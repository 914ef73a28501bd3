//! The recorded headlines, and the recorded questions that were open when they were fetched.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use engine_core::market::MarketId;
use engine_core::news::{Headline, NewsMarket};
use flate2::read::GzDecoder;
use news::item::{RawItem, headline};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use sha2::{Digest, Sha256};

/// What was recorded.
pub(crate) struct Recorded {
    /// Newest first, as the feeds gave them.
    pub(crate) headlines: Vec<Headline>,
    /// In the order of the file.
    pub(crate) markets: Vec<NewsMarket>,
}

/// The folder beside the clone, if it is there.
pub(crate) fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    beside.join("recorded/news").is_dir().then_some(beside)
}

/// Names a headline in files of ours without repeating its text.
pub(crate) fn headline_id(headline: &Headline) -> String {
    let digest = Sha256::digest(headline.link.as_deref().unwrap_or_default().as_bytes());
    digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn read(folder: &Path) -> Recorded {
    let mut text = String::new();
    let packed = File::open(folder.join("recorded/news/kzyry_news_raw.json.gz")).unwrap();
    GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let fetched_at: DateTime<Utc> = document["fetched_at"].as_str().unwrap().parse().unwrap();
    let headlines = document["news"].as_array().unwrap().iter().map(|item| {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let raw = RawItem {
            title: text("title"),
            summary: text("summary"),
            link: Some(text("link")),
            published_at: text("published_at").parse().ok(),
        };
        headline(&raw, &text("source")).unwrap()
    });
    Recorded { headlines: headlines.collect(), markets: open_at(folder, fetched_at.timestamp()) }
}

/// Questions of markets that existed at `at` and had ended neither by plan nor in fact.
fn open_at(folder: &Path, at: i64) -> Vec<NewsMarket> {
    let file = File::open(folder.join("polymarket/markets.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    let open = rows.filter(|row| {
        let start = number(row, "created_at").or_else(|| number(row, "first_ts"));
        let ends = [number(row, "closed_at"), number(row, "end_at")];
        start.is_some_and(|start| start <= at)
            && ends.iter().any(Option::is_some)
            && ends.iter().flatten().all(|end| at <= *end)
    });
    open.filter_map(|row| Some(NewsMarket { id: MarketId::new(text(&row, "mid")?), question: text(&row, "question")? }))
        .collect()
}

fn field<'a>(row: &'a Row, name: &str) -> Option<&'a Field> {
    row.get_column_iter().find(|(column, _)| *column == name).map(|(_, field)| field)
}

fn text(row: &Row, name: &str) -> Option<String> {
    if let Field::Str(text) = field(row, name)? { Some(text.clone()) } else { None }
}

// Seconds; what is no number is none.
#[allow(clippy::cast_possible_truncation, clippy::wildcard_enum_match_arm)]
fn number(row: &Row, name: &str) -> Option<i64> {
    match field(row, name)? {
        Field::Long(number) | Field::TimestampMillis(number) => Some(*number),
        Field::Int(number) => Some(i64::from(*number)),
        Field::Double(number) => Some(*number as i64),
        _ => None,
    }
}
