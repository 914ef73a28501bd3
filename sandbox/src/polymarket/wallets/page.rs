//! Pages of version 2: a limit, an opaque cursor, and whether more follow.

use serde_json::{Value, json};

use super::{Params, Refused, number_v2};

/// Rows without a limit, and at most; more are refused.
const USUAL: usize = 100;
const MOST: usize = 1_000;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) limit: usize,
    /// The place after which to go on, as text made by [`Page::answer`].
    pub(super) after: Option<String>,
}

impl Page {
    pub(super) fn read(params: &Params) -> Result<Self, Refused> {
        if params.has("offset") {
            return Err(Refused::new("offset", "offset is not supported, use cursor"));
        }
        let limit = number_v2::<usize>(params, "limit")?.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Refused::new("limit", "must be between 1 and 1000"));
        }
        let cursor = params.first("cursor").filter(|cursor| !cursor.is_empty());
        let after = match cursor {
            None => None,
            Some(cursor) => Some(decode(cursor).ok_or_else(|| Refused::new("cursor", "invalid cursor"))?),
        };
        Ok(Self { limit, after })
    }

    /// A number kept in the cursor; 0 on the first page.
    pub(super) fn place(&self) -> Result<usize, Refused> {
        self.after.as_deref().map_or(Ok(0), |text| text.parse().map_err(|_| Refused::new("cursor", "invalid cursor")))
    }

    /// The envelope around `rows`; `next` is the place after the last one when more follow.
    pub(super) fn answer(&self, rows: &[Value], next: Option<&str>) -> Value {
        let cursor = next.map(encode);
        json!({
            "data": rows,
            "pagination": {"limit": self.limit, "offset": 0, "has_more": cursor.is_some(), "next_cursor": cursor},
        })
    }
}

pub(super) fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn decode(cursor: &str) -> Option<String> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = cursor.as_bytes().chunks(2).map(byte).collect();
    String::from_utf8(bytes?).ok()
}
