//! The Bot API's methods and types as data, and the check of a call against them.

mod load;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq)]
enum Type {
    Integer,
    Float,
    Text,
    Boolean,
    File,
    Array(Box<Type>),
    Named(String),
}

#[derive(Debug, Clone)]
struct Field {
    types: Vec<Type>,
    required: bool,
    constant: Option<String>,
}

type Fields = BTreeMap<String, Field>;

/// Methods and types of one version of the Bot API.
#[derive(Debug)]
pub(crate) struct Schema {
    methods: BTreeMap<String, Fields>,
    types: BTreeMap<String, Fields>,
    unions: BTreeMap<String, Vec<String>>,
}

impl Schema {
    /// The method's name in its own spelling; Telegram takes any case.
    pub(crate) fn method(&self, name: &str) -> Option<&str> {
        self.methods.keys().find(|known| known.eq_ignore_ascii_case(name)).map(String::as_str)
    }

    /// Whether the method has a field of that name.
    pub(crate) fn has_field(&self, method: &str, field: &str) -> bool {
        self.methods.get(method).is_some_and(|fields| fields.contains_key(field))
    }

    /// Reads a value that came as form text the way the field's type asks for.
    pub(crate) fn read_text(&self, method: &str, field: &str, raw: &str) -> Value {
        let text = || Value::String(raw.to_owned());
        let Some(field) = self.methods.get(method).and_then(|fields| fields.get(field)) else {
            return text();
        };
        for kind in &field.types {
            let read = match kind {
                Type::Integer => raw.parse::<i64>().ok().map(Value::from),
                Type::Float => raw.parse::<f64>().ok().map(Value::from),
                Type::Boolean => match raw.to_ascii_lowercase().as_str() {
                    "true" | "1" | "yes" => Some(Value::Bool(true)),
                    "false" | "0" | "no" | "" => Some(Value::Bool(false)),
                    _ => None,
                },
                Type::Array(_) | Type::Named(_) => serde_json::from_str(raw).ok(),
                Type::Text | Type::File => Some(text()),
            };
            if let Some(value) = read {
                return value;
            }
        }
        text()
    }

    /// Everything that is wrong with a call; empty when it fits.
    pub(crate) fn check(&self, method: &str, values: &Map<String, Value>) -> Vec<String> {
        let mut problems = Vec::new();
        match self.methods.get(method) {
            Some(fields) => self.check_fields(fields, values, method, &mut problems),
            None => problems.push(format!("{method}: unknown method")),
        }
        problems
    }

    fn check_fields(&self, fields: &Fields, values: &Map<String, Value>, path: &str, problems: &mut Vec<String>) {
        for (name, field) in fields {
            match values.get(name) {
                None if field.required => problems.push(format!("{path}.{name}: missing required field")),
                None => {}
                Some(value) => {
                    if let Some(constant) = &field.constant
                        && value.as_str() != Some(constant)
                    {
                        problems.push(format!("{path}.{name}: must be \"{constant}\""));
                    }
                    problems.extend(self.check_any(&field.types, value, &format!("{path}.{name}")));
                }
            }
        }
        for name in values.keys().filter(|name| !fields.contains_key(*name)) {
            problems.push(format!("{path}.{name}: unknown field"));
        }
    }

    /// The complaints of the type that fits best.
    fn check_any(&self, types: &[Type], value: &Value, path: &str) -> Vec<String> {
        types.iter().map(|kind| self.check_type(kind, value, path)).min_by_key(Vec::len).unwrap_or_default()
    }

    fn check_type(&self, kind: &Type, value: &Value, path: &str) -> Vec<String> {
        let fits = match kind {
            Type::Integer => value.is_i64() || value.is_u64(),
            Type::Float => value.is_number(),
            Type::Text | Type::File => value.is_string(),
            Type::Boolean => value.is_boolean(),
            Type::Array(item) => {
                let Some(items) = value.as_array() else {
                    return vec![format!("{path}: expected an array")];
                };
                return items
                    .iter()
                    .enumerate()
                    .flat_map(|(index, value)| self.check_type(item, value, &format!("{path}[{index}]")))
                    .collect();
            }
            Type::Named(name) => return self.check_named(name, value, path),
        };
        if fits { Vec::new() } else { vec![format!("{path}: expected {kind:?}, got {value}")] }
    }

    fn is_meant(&self, member: &str, value: &Value) -> bool {
        let fields = self.types.get(member).into_iter().flatten();
        let mut constants = fields.filter_map(|(name, field)| Some((name, field.constant.as_ref()?))).peekable();
        constants.peek().is_some() && constants.all(|(name, constant)| value[name] == constant.as_str())
    }

    fn check_named(&self, name: &str, value: &Value, path: &str) -> Vec<String> {
        if let Some(members) = self.unions.get(name) {
            // The member whose `type` is the value's own says best what is wrong with it.
            let meant = members.iter().find(|member| self.is_meant(member, value));
            let kinds = |names: &[String]| names.iter().cloned().map(Type::Named).collect::<Vec<_>>();
            let kinds = meant.map_or_else(|| kinds(members), |member| kinds(std::slice::from_ref(member)));
            return self.check_any(&kinds, value, path);
        }
        let mut problems = Vec::new();
        match (self.types.get(name), value.as_object()) {
            (Some(fields), Some(values)) => self.check_fields(fields, values, path, &mut problems),
            (Some(_), None) => problems.push(format!("{path}: expected a {name}")),
            (None, _) => problems.push(format!("{path}: type {name} is not in the schema")),
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(schema: &Schema, method: &str, call: &Value) -> String {
        schema.check(method, call.as_object().unwrap()).join("; ")
    }

    #[test]
    fn calls_are_checked_to_the_bottom() {
        let schema = Schema::parse_trimmed(load::TRIMMED).unwrap();
        let keyboard =
            |button: Value| json!({"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": [[button]]}});
        let cases = [
            ("sendMessage", json!({"chat_id": 1, "text": "x"}), ""),
            ("sendMessage", json!({"chat_id": "@name", "text": "x", "disable_notification": true}), ""),
            ("sendMessage", json!({"text": "x"}), "sendMessage.chat_id: missing required field"),
            ("sendMessage", json!({"chat_id": 1, "text": "x", "colour": 1}), "sendMessage.colour: unknown field"),
            ("sendMessage", json!({"chat_id": 1, "text": 5}), "sendMessage.text: expected Text, got 5"),
            ("sendMessage", keyboard(json!({"text": "a", "callback_data": "b", "style": "success"})), ""),
            (
                "sendMessage",
                keyboard(json!({"callback_data": "b"})),
                "sendMessage.reply_markup.inline_keyboard[0][0].text: missing required field",
            ),
            (
                "sendMessage",
                keyboard(json!({"text": "a", "data": "b"})),
                "sendMessage.reply_markup.inline_keyboard[0][0].data: unknown field",
            ),
            (
                "setMyCommands",
                json!({"commands": [{"command": "a", "description": "b"}], "scope": {"type": "chat", "chat_id": 7}}),
                "",
            ),
            (
                "setMyCommands",
                json!({"commands": [], "scope": {"type": "chat"}}),
                "setMyCommands.scope.chat_id: missing required field",
            ),
            (
                "editMessageMedia",
                json!({"chat_id": 1, "message_id": 2, "media": {"type": "photo", "media": "attach://x"}}),
                "",
            ),
            ("makeCoffee", json!({}), "makeCoffee: unknown method"),
        ];
        for (method, call, expected) in cases {
            assert_eq!(problems(&schema, method, &call), expected, "{method} {call}");
        }
    }

    #[test]
    fn the_committed_part_agrees_with_the_whole_where_the_whole_is_at_hand() {
        let Some(full) = Schema::full() else { return };
        let trimmed = Schema::parse_trimmed(load::TRIMMED).unwrap();
        for (kind, ours, theirs) in [("method", &trimmed.methods, &full.methods), ("type", &trimmed.types, &full.types)]
        {
            for (name, fields) in ours {
                let whole = theirs.get(name).unwrap_or_else(|| panic!("{kind} {name} is not in the Bot API"));
                for (field, spec) in fields {
                    let other = whole.get(field).unwrap_or_else(|| panic!("{name}.{field} is not in the Bot API"));
                    assert_eq!((&spec.types, spec.required), (&other.types, other.required), "{name}.{field}");
                }
                for (field, spec) in whole.iter().filter(|(_, spec)| spec.required) {
                    assert!(fields.contains_key(field), "{name}.{field} is required: {spec:?}");
                }
            }
        }
    }

    #[test]
    fn form_text_is_read_by_the_field_type() {
        let schema = Schema::trimmed();
        let read = |field, raw| schema.read_text("sendMessage", field, raw);
        assert_eq!(read("chat_id", "-100"), json!(-100));
        assert_eq!(read("chat_id", "@x"), json!("@x"));
        assert_eq!(read("text", "12"), json!("12"));
        assert_eq!(read("disable_notification", "True"), json!(true));
        assert_eq!(read("reply_markup", "{\"inline_keyboard\":[]}"), json!({"inline_keyboard": []}));
        assert_eq!(read("reply_markup", "{"), json!("{"));
    }
}
