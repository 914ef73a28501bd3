//! Facts of the health page.

use dialogues::facts::{Facts, HealthFacts, HostHealth, LoopHealth, ModelHealth};

use super::EngineDesk;

/// Counters of books that were not traded on begin with this.
const BOOK_FAULT: &str = "book: ";

impl EngineDesk {
    pub(super) async fn health(&self) -> anyhow::Result<Facts> {
        let engine = &self.engine;
        let outbox = engine.outbox_stats().await?;
        let loops = engine
            .board
            .snapshot()
            .into_iter()
            .map(|(name, status)| LoopHealth {
                name: name.to_owned(),
                last_ok: status.last_ok_at,
                runs: status.runs,
                errors: status.errors,
                failing: status.failing,
            })
            .collect();
        let hosts = engine
            .venue
            .stats()
            .into_iter()
            .map(|(name, stats)| HostHealth {
                name: host_name(name).to_owned(),
                last_ok: stats.last_ok,
                requests: stats.requests,
                errors: stats.failed,
            })
            .collect();
        let (faults, skipped): (Vec<_>, Vec<_>) =
            engine.incidents.snapshot().into_iter().partition(|(reason, _)| reason.starts_with(BOOK_FAULT));
        let without_prefix = |(reason, count): (String, u64)| (reason.trim_start_matches(BOOK_FAULT).to_owned(), count);
        Ok(Facts::Health(HealthFacts {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: self.started_at,
            loops,
            hosts,
            model: engine
                .model
                .info()
                .map(|info| ModelHealth { version: info.version, created_at: Some(info.created_at) }),
            retraining: self.retraining().await?,
            last_duel: self.last_duel().await?,
            database: match engine.store.kind() {
                "sqlite" => "SQLite".to_owned(),
                _ => "PostgreSQL".to_owned(),
            },
            outbox_pending: outbox.pending,
            outbox_oldest: outbox.oldest,
            skipped,
            book_faults: faults.into_iter().map(without_prefix).collect(),
        }))
    }
}

fn host_name(key: &str) -> &str {
    match key {
        "gamma" => "Gamma",
        "clob" => "CLOB",
        "data" => "Data API",
        other => other,
    }
}
