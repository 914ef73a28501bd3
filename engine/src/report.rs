//! Signs of life and reports to the owner.

use anyhow::Context as _;
use chrono::{DateTime, Days, NaiveTime, Utc};
use engine_core::engines::{EngineKind, Engines};
use engine_core::notice::{BookReport, Notice};
use engine_core::position::Position;

use crate::engine::Engine;
use crate::outgoing::{self, Outgoing};
use crate::recipient::Recipient;
use crate::store::{OutboxStats, PositionFilter, StoreError};

/// Key under which the day of the last daily report is kept.
const LAST_REPORT: &str = "daily_report.day";
/// Key under which the time of the last heartbeat is kept, unix seconds.
const LAST_HEARTBEAT: &str = "heartbeat.at";

impl Engine {
    /// Tells that the bot is up.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn tell_started(&self, version: &str) -> anyhow::Result<()> {
        let now = self.clock.now();
        let notice = Notice::Started {
            engines: self.settings.engines,
            version: version.to_owned(),
            model: self.model.info().map(|info| info.version),
            books: self.books_told(now).await?,
            scan_minutes: self.settings.scan_every.as_secs_f64() / 60.0,
        };
        self.tell(notice).await
    }

    /// Tells that the bot goes off line.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn tell_stopping(&self) -> anyhow::Result<()> {
        let engines = self.settings.engines;
        let open = self.store.open_positions().await?.iter().filter(|held| engines.keep(&held.book)).count();
        self.tell(Notice::Stopping { engines, open: u32::try_from(open).unwrap_or(u32::MAX) }).await
    }

    /// How much waits to be sent by the bot of this process; by any, where none is attached.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn outbox_stats(&self) -> Result<OutboxStats, StoreError> {
        match self.settings.recipient {
            Some(Recipient { bot, .. }) => self.store.outbox_stats_of(bot).await,
            None => self.store.outbox_stats().await,
        }
    }

    /// Tells that a loop failed.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn tell_loop_failed(&self, name: &str, error: String) -> anyhow::Result<()> {
        self.tell(Notice::LoopFailed { name: name.to_owned(), error }).await
    }

    /// The books of this process's engines. What another process looks after is told of there.
    async fn books_told(&self, now: DateTime<Utc>) -> anyhow::Result<Vec<BookReport>> {
        let mut books = self.store.report(now).await?;
        books.retain(|report| self.settings.engines.keep(&report.book));
        Ok(books)
    }

    /// A key for what each process that tells the owner remembers by itself.
    fn own_key(&self, key: &str) -> String {
        match self.settings.engines {
            Engines::Both | Engines::Ml => key.to_owned(),
            Engines::Copy => format!("{key}.{}", EngineKind::Copy.as_str()),
        }
    }

    async fn tell(&self, notice: Notice) -> anyhow::Result<()> {
        let rows = outgoing::rows(self.settings.recipient, vec![Outgoing::news(notice)]);
        self.store.enqueue(&rows, self.clock.now()).await.context("queueing a message")?;
        Ok(())
    }

    /// The hourly sign of life. Each moment is told once, also across restarts.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn heartbeat(&self) -> anyhow::Result<()> {
        let Some(every) = self.settings.heartbeat_every else { return Ok(()) };
        let now = self.clock.now();
        let key = self.own_key(LAST_HEARTBEAT);
        let last = self.store.get(&key).await?.and_then(|text| text.parse().ok());
        let last = last.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let Some(last) = last else {
            // The first one comes an interval after the start: the start was told already.
            self.store.put(&key, &now.timestamp().to_string()).await?;
            return Ok(());
        };
        if (now - last).to_std().is_ok_and(|passed| passed + std::time::Duration::from_secs(1) < every) {
            return Ok(());
        }
        let notice = Notice::Heartbeat {
            engines: self.settings.engines,
            books: self.books_told(now).await?,
            scans: self.store.scan_count(last).await?,
            last_scan: self.store.last_scan().await?.unwrap_or_default(),
        };
        let rows = outgoing::rows(self.settings.recipient, vec![Outgoing::news(notice)]);
        self.store.enqueue_once(&key, &now.timestamp().to_string(), &rows, now).await?;
        Ok(())
    }

    /// The report of yesterday, once a UTC day. The first day there is nothing to report.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn daily_report(&self) -> anyhow::Result<()> {
        let now = self.clock.now();
        let today = now.date_naive();
        let Some(yesterday) = today.checked_sub_days(Days::new(1)) else { return Ok(()) };
        let (day, key) = (yesterday.to_string(), self.own_key(LAST_REPORT));
        match self.store.get(&key).await? {
            None => {
                self.store.put(&key, &day).await?;
                return Ok(());
            }
            Some(last) if last >= day => return Ok(()),
            Some(_) => {}
        }
        let from = yesterday.and_time(NaiveTime::MIN).and_utc();
        let to = today.and_time(NaiveTime::MIN).and_utc();
        let ended = PositionFilter { ended_since: Some(from), ended_before: Some(to), ..PositionFilter::default() };
        let engines = self.settings.engines;
        let ours = |positions: Vec<Position>| -> Vec<Position> {
            positions.into_iter().filter(|position| engines.keep(&position.book)).collect()
        };
        let notice = Notice::DailyReport {
            engines,
            day: day.clone(),
            books: self.books_told(now).await?,
            open: ours(self.store.open_positions().await?),
            ended: ours(self.store.positions(&ended).await?),
            scores: if engines.run(EngineKind::Ml) { self.scores().await? } else { Vec::new() },
        };
        let rows = outgoing::rows(self.settings.recipient, vec![Outgoing::news(notice)]);
        self.store.enqueue_once(&key, &day, &rows, now).await?;
        Ok(())
    }
}
