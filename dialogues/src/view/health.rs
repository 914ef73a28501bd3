//! Is everything running? And the help page.

use engine_core::engines::EngineKind;

use super::models;
use super::page::{detail, home, lines, no_model, refresh_and_home, table, updated};
use crate::command::Command;
use crate::escape::{escape, escape_short};
use crate::facts::{HealthFacts, Reader};
use crate::format::{age, count, counted, duration};
use crate::message::Message;
use crate::screen::Screen;

/// Loops, hosts, model, database, queue, and what was skipped.
#[must_use]
pub fn health(facts: &HealthFacts, reader: &Reader) -> Message {
    let now = reader.now;
    let failing: Vec<String> = facts
        .loops
        .iter()
        .filter_map(|status| Some((status, status.failing.as_deref()?)))
        .map(|(status, error)| {
            let said = detail(error, reader).map(|said| format!(": {said}")).unwrap_or_default();
            format!("⚠ {} fails{said}", escape_short(&status.name, 30))
        })
        .collect();
    let forecasts = reader.engines.run(EngineKind::Ml);
    let all_well = failing.is_empty() && (!forecasts || (facts.model.is_ok() && facts.retraining.trouble.is_none()));
    let mut text = vec![
        format!("<b>Health</b> · {}", if all_well { "all is well" } else { "something needs a look" }),
        format!(
            "oddsmith {} · up {} · {}",
            escape_short(&facts.version, 20),
            duration((now - facts.started_at).num_seconds()),
            escape_short(&facts.database, 20)
        ),
    ];
    if forecasts {
        text.extend(model(facts, reader));
    }
    text.push(outbox(facts, reader));
    text.retain(|line| !line.is_empty());
    text.extend(failing);
    text.push(activity("Loop", "runs", facts.loops.iter().map(|l| (&l.name, l.last_ok, l.runs, l.errors)), reader));
    if !facts.hosts.is_empty() {
        text.push(activity(
            "Host",
            "calls",
            facts.hosts.iter().map(|h| (&h.name, h.last_ok, h.requests, h.errors)),
            reader,
        ));
    }
    text.extend(reasons("Rows skipped", &facts.skipped));
    text.extend(reasons("Books not traded on", &facts.book_faults));
    text.push(updated(now));
    Message { html: lines(text), keyboard: vec![refresh_and_home(Screen::Health)], ..Message::default() }
}

fn outbox(facts: &HealthFacts, reader: &Reader) -> String {
    match (facts.outbox_pending, facts.outbox_oldest) {
        (0, _) => "No message waits to be sent.".to_owned(),
        (n, oldest) => {
            let since = oldest
                .map(|at| format!(", the oldest for {}", duration((reader.now - at).num_seconds())))
                .unwrap_or_default();
            let verb = if n == 1 { "waits" } else { "wait" };
            format!("{} {verb} to be sent{since}.", counted(n, "message"))
        }
    }
}

type Activity<'a> = (&'a String, Option<chrono::DateTime<chrono::Utc>>, u64, u64);

fn activity<'a>(title: &str, unit: &str, rows: impl Iterator<Item = Activity<'a>>, reader: &Reader) -> String {
    let mut out = vec![[title, "last ok", unit, "bad"].map(str::to_owned).to_vec()];
    out.extend(rows.map(|(name, last_ok, runs, errors)| {
        let seen = last_ok.map_or_else(|| "never".to_owned(), |at| duration((reader.now - at).num_seconds()));
        vec![name.replace('_', " "), seen, count(runs), count(errors)]
    }));
    table(&out)
}

fn reasons(title: &str, counts: &[(String, u64)]) -> Option<String> {
    let total: u64 = counts.iter().map(|(_, n)| n).sum();
    if total == 0 {
        return None;
    }
    let mut sorted: Vec<&(String, u64)> = counts.iter().filter(|(_, n)| *n > 0).collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let list: Vec<String> = sorted
        .iter()
        .take(6)
        .map(|(reason, n)| format!("{} {}", escape_short(&reason.replace('_', " "), 40), count(*n)))
        .collect();
    let rest = sorted.len().saturating_sub(6);
    let more = if rest == 0 { String::new() } else { format!(" · {rest} other reasons") };
    Some(format!("{title}: {} ({}{more})", count(total), list.join(" · ")))
}

/// The model, its retraining and its last rival.
fn model(facts: &HealthFacts, reader: &Reader) -> [String; 3] {
    let model = match &facts.model {
        Ok(model) => format!(
            "Model {}{}",
            escape_short(&model.version, 40),
            model.created_at.map(|at| format!(", trained {}", age(at, reader.now))).unwrap_or_default()
        ),
        Err(reason) => no_model(reason, reader),
    };
    let last_duel = facts.last_duel.as_ref().map(models::last_duel).unwrap_or_default();
    [model, models::retraining(&facts.retraining, reader), last_duel]
}

/// The commands this reader may use.
#[must_use]
pub fn help(reader: &Reader) -> Message {
    let mut text = vec![
        "<b>What I can do</b>".to_owned(),
        "Everything works with buttons; these commands are short cuts.".to_owned(),
        String::new(),
    ];
    text.extend(
        Command::menu(reader.role, reader.engines)
            .map(|(name, description)| format!("/{name} – {}", escape(description))),
    );
    text.push(String::new());
    if reader.engines.run(EngineKind::Ml) {
        text.push("Paste a Polymarket link and I tell you what I think of that market.".to_owned());
    }
    if reader.engines.run(EngineKind::Copy) {
        text.push("Paste a wallet or a link to a profile and you get a report on that trader.".to_owned());
    }
    text.push("All money here is paper. This is research, not advice.".to_owned());
    Message { html: lines(text), keyboard: vec![vec![home()]], ..Message::default() }
}
