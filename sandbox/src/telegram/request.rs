//! One call's arguments, however they were sent: query, form, multipart or JSON.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Query, Request};
use axum::http::{Method, Uri, header};
use serde_json::{Map, Value};

use super::error::ApiError;
use super::schema::Schema;

/// Telegram takes uploads of up to 50 MB from a bot.
pub(crate) const BODY_LIMIT_BYTES: usize = 52 * 1024 * 1024;

/// An uploaded file.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
}

/// The arguments of a call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    pub(crate) values: Map<String, Value>,
    pub(crate) files: BTreeMap<String, Upload>,
}

impl Params {
    /// Reads a request's query and body. `schema` says how text stands for other types.
    pub(crate) async fn read(schema: &Schema, method: &str, request: Request) -> Result<Self, ApiError> {
        let mut params = Self::default();
        let add = |values: &mut Map<String, Value>, pairs: Vec<(String, String)>| {
            for (name, raw) in pairs {
                let value = schema.read_text(method, &name, &raw);
                values.insert(name, value);
            }
        };
        add(&mut params.values, pairs(request.uri())?);
        if request.method() == Method::GET {
            return Ok(params);
        }
        let content_type = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase();
        if content_type.starts_with("multipart/form-data") {
            params.read_multipart(schema, method, request).await?;
            return Ok(params);
        }
        let bytes =
            Bytes::from_request(request, &()).await.map_err(|_| ApiError::new(413, "Request Entity Too Large"))?;
        if content_type.starts_with("application/json") {
            let body: Value = if bytes.is_empty() {
                Value::Object(Map::new())
            } else {
                serde_json::from_slice(&bytes).map_err(|_| ApiError::bad("can't parse JSON object"))?
            };
            let Value::Object(fields) = body else {
                return Err(ApiError::bad("object expected as JSON"));
            };
            params.values.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
        } else if content_type.starts_with("application/x-www-form-urlencoded") {
            let text = String::from_utf8_lossy(&bytes);
            let uri: Uri = format!("/?{text}").parse().map_err(|_| ApiError::bad("can't parse form"))?;
            add(&mut params.values, pairs(&uri)?);
        }
        Ok(params)
    }

    async fn read_multipart(&mut self, schema: &Schema, method: &str, request: Request) -> Result<(), ApiError> {
        let broken = || ApiError::bad("can't parse multipart body");
        let mut parts = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
        while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
            let name = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let bytes = part.bytes().await.map_err(|_| broken())?;
            match file {
                Some(file) => {
                    // A part named like a field is that field's file; others are pointed to by attach://name.
                    if schema.has_field(method, &name) {
                        self.values.insert(name.clone(), Value::String(format!("attach://{name}")));
                    }
                    self.files.insert(name, Upload { name: file, bytes });
                }
                None => {
                    let raw = String::from_utf8_lossy(&bytes);
                    let value = schema.read_text(method, &name, &raw);
                    // teloxide sends absent options as nothing at all, but `null` may come as text.
                    if !value.is_null() {
                        self.values.insert(name, value);
                    }
                }
            }
        }
        Ok(())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).and_then(Value::as_str)
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.values.get(name).and_then(Value::as_i64)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.values.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Names in an array of strings.
    pub(crate) fn names(&self, name: &str) -> Option<Vec<String>> {
        let list = self.values.get(name)?.as_array()?;
        Some(list.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
    }

    /// The arguments for the log, files as a word about their size.
    pub(crate) fn logged(&self) -> Value {
        let mut values = self.values.clone();
        for (name, file) in &self.files {
            values.insert(
                format!("attach://{name}"),
                Value::String(format!("{} ({} bytes)", file.name, file.bytes.len())),
            );
        }
        Value::Object(values)
    }
}

fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, ApiError> {
    Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map(|query| query.0)
        .map_err(|_| ApiError::bad("can't parse form"))
}
