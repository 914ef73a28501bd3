//! What came in: every update is there once and handled, every press answered.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, Statement};

use crate::owner::Acts;
use crate::stage::Stage;

/// Checks, and says what there was.
pub(crate) async fn audit(stage: &Stage, acts: &Acts) -> String {
    let store = stage.store().await;
    let query = Statement::from_string(
        sea_orm::DbBackend::Sqlite,
        "SELECT COUNT(*) AS n, COUNT(handled_ms) AS handled FROM inbox",
    );
    let row = store.connection().query_one_raw(query).await.unwrap().unwrap();
    let (stored, handled): (i64, i64) = (row.try_get("", "n").unwrap(), row.try_get("", "handled").unwrap());
    store.close().await.unwrap();
    let made = i64::try_from(acts.presses.len() + acts.written).unwrap();
    assert_eq!((stored, handled), (made, made), "updates stored and handled, of those made");
    assert_eq!(stage.telegram.pending_updates(), 0, "updates not confirmed");

    let answers = stage.telegram.answers();
    let answered: BTreeSet<&str> = answers.iter().map(|answer| answer.query.as_str()).collect();
    let unanswered: Vec<_> = acts.presses.iter().filter(|press| !answered.contains(press.query.as_str())).collect();
    assert!(unanswered.is_empty(), "presses without an answer: {unanswered:?}");
    let mut words = BTreeMap::new();
    for answer in &answers {
        let kind: String = answer.text.split(['.', ',', '(']).next().unwrap_or_default().chars().take(30).collect();
        *words.entry(kind).or_insert(0_u32) += 1;
    }
    let approvals = acts.presses.iter().filter(|press| press.label.contains("Approve")).count();
    let pressed_on: BTreeSet<i64> = acts.presses.iter().map(|press| press.message).collect();
    format!(
        "{} presses ({approvals} of Approve, on {} messages), {} commands; answers {words:?}",
        acts.presses.len(),
        pressed_on.len(),
        acts.written
    )
}
