//! The CLOB client: books and flags.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chrono::{DateTime, Utc};
use engine_core::book::OrderBook;
use engine_core::market::{ConditionId, OutcomeToken};
use serde_json::{Value, json};

use crate::clob::models::{BookTrouble, Books, ClobMarket};
use crate::clob::parse::{book_token, parse_book, parse_clob_market, parse_time};
use crate::http::client::{Call, HttpClient, run_all};
use crate::http::error::PolymarketError;
use crate::http::limits::Scope;

/// Books per request; the venue allows 500. Half of it keeps an answer to a few megabytes.
const BOOKS_PER_CALL: usize = 250;

/// Asks the CLOB. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ClobClient {
    http: HttpClient,
    /// Set once the venue says that it has no batch route for histories.
    pub(crate) no_batch_history: Arc<AtomicBool>,
}

impl ClobClient {
    pub(crate) fn new(http: HttpClient) -> Self {
        Self { http, no_batch_history: Arc::default() }
    }

    pub(crate) const fn http(&self) -> &HttpClient {
        &self.http
    }

    /// The books of several tokens, each asked for once however often it is named.
    ///
    /// # Errors
    /// Only when every request fails; single failures are in [`Books::faults`].
    pub async fn books(&self, tokens: &[OutcomeToken]) -> Result<Books, PolymarketError> {
        let tokens: BTreeSet<&OutcomeToken> = tokens.iter().collect();
        let tokens: Vec<&OutcomeToken> = tokens.into_iter().collect();
        let chunks: Vec<&[&OutcomeToken]> = tokens.chunks(BOOKS_PER_CALL).collect();
        let calls = chunks.iter().map(|chunk| self.book_chunk(chunk)).collect();
        let answers = run_all(calls, self.http.max_concurrent()).await;
        let mut result = Books::default();
        let mut failed = Vec::new();
        for (chunk, answer) in chunks.iter().zip(answers) {
            match answer {
                Ok(rows) => take_books(&mut result, chunk, &rows),
                Err(error) => {
                    for token in *chunk {
                        result.faults.insert((*token).clone(), BookTrouble::NotFetched(error.clone()));
                    }
                    failed.push(error);
                }
            }
        }
        let all_failed = failed.len() == chunks.len();
        match failed.into_iter().next() {
            Some(error) if all_failed => Err(error),
            Some(_) | None => Ok(result),
        }
    }

    async fn book_chunk(&self, chunk: &[&OutcomeToken]) -> Result<Vec<Value>, PolymarketError> {
        let asked: Vec<Value> = chunk.iter().map(|token| json!({ "token_id": token.as_str() })).collect();
        let call = Call::get(Scope::Books, &["books"]).post(Value::Array(asked));
        let rows: Option<Vec<Value>> = self.http.fetch(&call).await?.json("the books")?;
        Ok(rows.unwrap_or_default())
    }

    /// The book of one token; `None` when it has none (unknown, or trading has ended).
    ///
    /// # Errors
    /// When the venue cannot be asked, or its answer is not a book of this token.
    pub async fn book(&self, token: &OutcomeToken) -> Result<Option<OrderBook>, PolymarketError> {
        let call = Call::get(Scope::Book, &["book"]).query("token_id", token);
        let Some(row) = self.object(&call).await? else {
            return Ok(None);
        };
        let book = parse_book(&row).map_err(|fault| self.unusable("a book", &fault, &row))?;
        if book.token != *token {
            return Err(self.unusable("a book", "it is another token's", &row));
        }
        Ok(Some(book))
    }

    /// The flags of a market; `None` when the CLOB does not know it.
    ///
    /// # Errors
    /// When the venue cannot be asked, or its answer is no market.
    pub async fn market(&self, condition: &ConditionId) -> Result<Option<ClobMarket>, PolymarketError> {
        let call = Call::get(Scope::Book, &["markets", condition.as_str()]);
        let Some(row) = self.object(&call).await? else {
            return Ok(None);
        };
        parse_clob_market(&row).map(Some).map_err(|fault| self.unusable("a market", fault, &row))
    }

    /// The server's time.
    ///
    /// # Errors
    /// When the venue cannot be asked, or its answer is no time.
    pub async fn time(&self) -> Result<DateTime<Utc>, PolymarketError> {
        let body = self.http.fetch(&Call::get(Scope::Other, &["time"])).await?;
        let value: Value = body.json("the time")?;
        parse_time(&value).ok_or_else(|| self.unusable("the time", "not a number of seconds", &value))
    }

    /// Asks whether the host is well.
    ///
    /// # Errors
    /// When it cannot be reached or does not answer well.
    pub async fn ok(&self) -> Result<(), PolymarketError> {
        self.http.fetch(&Call::get(Scope::Other, &["ok"])).await.map(|_| ())
    }

    async fn object(&self, call: &Call) -> Result<Option<Value>, PolymarketError> {
        match self.http.fetch(call).await {
            Ok(body) => Ok(Some(body.json::<Value>(&call.route())?).filter(|value| !value.is_null())),
            Err(error) if error.refused_status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn unusable(&self, what: &str, fault: &str, value: &Value) -> PolymarketError {
        PolymarketError::decode(self.http.host(), what, fault, &value.to_string())
    }
}

/// Sorts the rows of an answer to the tokens asked for. Of two books of one token the later one counts.
fn take_books(result: &mut Books, asked: &[&OutcomeToken], rows: &[Value]) {
    for row in rows {
        let Some(token) = book_token(row).filter(|token| asked.binary_search(&token).is_ok()) else {
            result.strangers += 1;
            continue;
        };
        match parse_book(row) {
            Ok(book) => {
                let newer = result.books.get(&token).is_none_or(|known| known.at <= book.at);
                if newer {
                    result.books.insert(token, book);
                }
            }
            Err(fault) => {
                result.faults.insert(token, BookTrouble::Unreadable(fault));
            }
        }
    }
}
