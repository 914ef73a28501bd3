//! Reading a schema: the committed part, and the whole as published.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use super::{Field, Schema, Type};

/// The part of the Bot API the stand-in speaks: names, types and required flags.
pub(super) const TRIMMED: &str = include_str!("../schema.json");

#[derive(Deserialize)]
struct TrimmedFile {
    methods: BTreeMap<String, BTreeMap<String, String>>,
    types: BTreeMap<String, BTreeMap<String, String>>,
    unions: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct FullFile {
    methods: BTreeMap<String, FullItem>,
    types: BTreeMap<String, FullItem>,
}

#[derive(Deserialize)]
struct FullItem {
    #[serde(default)]
    fields: Vec<FullField>,
    #[serde(default)]
    subtypes: Vec<String>,
}

#[derive(Deserialize)]
struct FullField {
    name: String,
    types: Vec<String>,
    required: bool,
}

impl Schema {
    /// The schema in the repository.
    pub(crate) fn trimmed() -> Arc<Self> {
        static SCHEMA: OnceLock<Arc<Schema>> = OnceLock::new();
        Arc::clone(
            SCHEMA.get_or_init(|| Arc::new(Self::parse_trimmed(TRIMMED).unwrap_or_else(|error| Self::empty(&error)))),
        )
    }

    /// The whole published description, if it lies beside the repository (`shared/telegram/…`) or in `$ODDSMITH_SHARED`.
    pub(crate) fn full() -> Option<Arc<Self>> {
        static SCHEMA: OnceLock<Option<Arc<Schema>>> = OnceLock::new();
        SCHEMA
            .get_or_init(|| {
                let path = full_path()?;
                let text = std::fs::read_to_string(path).ok()?;
                Self::parse_full(&text).ok().map(Arc::new)
            })
            .clone()
    }

    fn empty(error: &serde_json::Error) -> Self {
        // Cannot happen: a test reads the embedded file. Every call would be refused as unknown.
        tracing::error!(%error, "the embedded Bot API schema does not parse");
        Self { methods: BTreeMap::new(), types: BTreeMap::new(), unions: BTreeMap::new() }
    }

    pub(super) fn parse_trimmed(text: &str) -> Result<Self, serde_json::Error> {
        let file: TrimmedFile = serde_json::from_str(text)?;
        let fields = |items: BTreeMap<String, BTreeMap<String, String>>| {
            items
                .into_iter()
                .map(|(name, fields)| {
                    (name, fields.into_iter().map(|(field, spec)| (field, compact_field(&spec))).collect())
                })
                .collect()
        };
        Ok(Self { methods: fields(file.methods), types: fields(file.types), unions: file.unions })
    }

    fn parse_full(text: &str) -> Result<Self, serde_json::Error> {
        let file: FullFile = serde_json::from_str(text)?;
        let unions = file
            .types
            .iter()
            .filter(|(_, item)| !item.subtypes.is_empty())
            .map(|(name, item)| (name.clone(), item.subtypes.clone()))
            .collect();
        let fields = |items: BTreeMap<String, FullItem>| {
            items
                .into_iter()
                .filter(|(_, item)| item.subtypes.is_empty())
                .map(|(name, item)| (name, item.fields.into_iter().map(full_field).collect()))
                .collect()
        };
        Ok(Self { methods: fields(file.methods), types: fields(file.types), unions })
    }
}

fn compact_field(spec: &str) -> Field {
    let (types, constant) = match spec.split_once("!=") {
        Some((types, constant)) => (types, Some(constant.to_owned())),
        None => (spec.trim_end_matches('!'), None),
    };
    Field {
        types: types.split('|').map(read_type).collect(),
        required: spec.ends_with('!') || constant.is_some(),
        constant,
    }
}

fn full_field(field: FullField) -> (String, Field) {
    let types = field.types.iter().map(|name| read_type(name)).collect();
    (field.name, Field { types, required: field.required, constant: None })
}

fn read_type(name: &str) -> Type {
    match name {
        "Integer" => Type::Integer,
        "Float" => Type::Float,
        "String" => Type::Text,
        "Boolean" => Type::Boolean,
        "InputFile" => Type::File,
        other => match other.strip_prefix("Array of ") {
            Some(item) => Type::Array(Box::new(read_type(item))),
            None => Type::Named(other.to_owned()),
        },
    }
}

fn full_path() -> Option<PathBuf> {
    let file = "telegram/bot-api-10.1.json";
    if let Ok(shared) = std::env::var("ODDSMITH_SHARED") {
        return Some(PathBuf::from(shared).join(file));
    }
    let here = std::env::current_dir().ok()?;
    here.ancestors().take(4).map(|folder| folder.join("shared").join(file)).find(|path| path.is_file())
}
