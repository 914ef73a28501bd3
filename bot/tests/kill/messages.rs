//! What went out: each row of the outbox is one message at the server, in order, and no message is there without a row.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use dialogues::Role;
use dialogues::facts::Reader;
use engine_core::engines::Engines;
use engine_core::notice::Notice;
use sandbox::telegram::{Author, Message, OWNER};
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use serde_json::Value;

use crate::stage::Stage;

/// Simulated seconds a message may be under way: a few of the machine's, many times sped up.
const LONGEST_TRANSIT_SECS: i64 = 1_800;

/// A row of the outbox.
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) kind: String,
    card: Option<String>,
    edit: bool,
    attempts: i64,
    status: String,
    message_id: Option<i64>,
    payload: Value,
}

impl Row {
    fn read(row: &QueryResult) -> Self {
        let payload: String = row.try_get("", "payload").unwrap();
        Self {
            id: row.try_get("", "id").unwrap(),
            kind: row.try_get("", "kind").unwrap(),
            card: row.try_get("", "card").unwrap(),
            edit: row.try_get("", "edit").unwrap(),
            attempts: row.try_get("", "attempts").unwrap(),
            status: row.try_get("", "status").unwrap(),
            message_id: row.try_get("", "message_id").unwrap(),
            payload: serde_json::from_str(&payload).unwrap(),
        }
    }

    pub(crate) fn notice(&self) -> Option<Notice> {
        serde_json::from_value(self.payload.get("notice")?.clone()).ok()
    }
}

/// All rows in order.
pub(crate) async fn rows(stage: &Stage) -> Vec<Row> {
    let store = stage.store().await;
    let query = Statement::from_string(sea_orm::DbBackend::Sqlite, "SELECT * FROM outbox ORDER BY id");
    let rows = store.connection().query_all_raw(query).await.unwrap().iter().map(Row::read).collect();
    store.close().await.unwrap();
    rows
}

/// Checks, and says what there was.
pub(crate) async fn audit(stage: &Stage) -> String {
    let rows = rows(stage).await;
    for row in &rows {
        assert_eq!(row.status, "sent", "row {} ({}) after {} attempts", row.id, row.kind, row.attempts);
        assert_ne!(row.kind, "loop_failed", "{}", row.payload);
    }
    let (made_by, edits) = sort(&rows);
    let all: Vec<Message> =
        stage.telegram.everything(OWNER).into_iter().filter(|message| message.author == Author::Bot).collect();
    let ids: Vec<i64> = all.iter().map(|message| message.id).collect();
    let strays: Vec<&Message> = all.iter().filter(|message| !made_by.contains_key(&message.id)).collect();
    assert!(
        strays.is_empty(),
        "messages without a row, {} of them, the first: {:?}",
        strays.len(),
        first_line(strays[0])
    );
    let missing: Vec<_> = made_by.keys().filter(|id| !ids.contains(id)).collect();
    assert!(missing.is_empty(), "rows whose message is not there: {missing:?}");
    let (mut last, mut digests) = (0, 0);
    for message in &all {
        let made_by = &made_by[&message.id];
        for row in made_by {
            assert!(row.id > last, "row {} went out after row {last}", row.id);
            last = row.id;
        }
        if made_by.len() > 1 {
            digests += 1;
            let begins = format!("📄 PAPER · {} routine messages in one", made_by.len());
            let ids: Vec<i64> = made_by.iter().map(|row| row.id).collect();
            assert!(message.text.starts_with(&begins), "rows {ids:?} share a message that says {}", message.text);
        } else {
            says(made_by[0], message);
        }
    }
    let again = rows.iter().filter(|row| row.attempts > 1).count();
    format!(
        "{} messages for {} rows ({edits} edits, {digests} digests; {again} rows begun more than once), 0 doubles, 0 lost, \
         in order",
        all.len(),
        rows.len()
    )
}

/// Which rows made each message, and how many only changed one.
fn sort(rows: &[Row]) -> (BTreeMap<i64, Vec<&Row>>, usize) {
    let mut made_by: BTreeMap<i64, Vec<&Row>> = BTreeMap::new();
    let mut cards: HashMap<&str, i64> = HashMap::new();
    let mut edits = 0;
    for row in rows {
        let id = row.message_id.expect("a sent row has a message");
        let shown = row.card.as_deref().and_then(|card| cards.get(card)).copied();
        let pressed = row.payload.pointer("/in_place_of/message_id").and_then(Value::as_i64);
        if (row.edit && shown == Some(id)) || pressed == Some(id) {
            edits += 1;
        } else {
            made_by.entry(id).or_default().push(row);
        }
        if let Some(card) = &row.card {
            cards.insert(card, id);
        }
    }
    (made_by, edits)
}

/// The message said, when it was new, what its row says.
fn says(row: &Row, message: &Message) {
    let Some(notice) = row.notice() else { return };
    // It was rendered a moment before it arrived: simulated seconds to minutes, by which a countdown may differ.
    let rendered = (0..=LONGEST_TRANSIT_SECS).map(|lag| {
        let now = message.at - TimeDelta::seconds(lag);
        let reader = Reader { user: Some(OWNER), role: Role::Owner, engines: Engines::Ml, now };
        plain(dialogues::view::notice(&notice, &reader).html.lines().next().unwrap_or_default())
    });
    let said = first_line(message);
    assert!(rendered.into_iter().any(|wanted| wanted == said), "row {} ({}) says {said}", row.id, row.kind);
}

fn first_line(message: &Message) -> &str {
    let text = message.revisions.first().map_or(&message.text, |first| &first.text);
    text.lines().next().unwrap_or_default()
}

fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            _ if in_tag => {}
            other => text.push(other),
        }
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}
