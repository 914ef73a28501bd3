//! Signs of life and reports to the owner.

use anyhow::Context as _;
use chrono::{DateTime, Days, NaiveTime};
use engine_core::notice::Notice;

use crate::engine::Engine;
use crate::outgoing::{self, Outgoing};
use crate::store::PositionFilter;

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
            version: version.to_owned(),
            model: self.model.info().map(|info| info.version),
            books: self.store.report(now).await?,
            scan_minutes: self.settings.scan_every.as_secs_f64() / 60.0,
        };
        self.tell(notice).await
    }

    /// Tells that the bot goes off line.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn tell_stopping(&self) -> anyhow::Result<()> {
        let open = u32::try_from(self.store.open_positions().await?.len()).unwrap_or(u32::MAX);
        self.tell(Notice::Stopping { open }).await
    }

    /// Tells that a loop failed.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn tell_loop_failed(&self, name: &str, error: String) -> anyhow::Result<()> {
        self.tell(Notice::LoopFailed { name: name.to_owned(), error }).await
    }

    async fn tell(&self, notice: Notice) -> anyhow::Result<()> {
        let rows = outgoing::rows(self.settings.owner_chat, vec![Outgoing::news(notice)]);
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
        let last = self.store.get(LAST_HEARTBEAT).await?.and_then(|text| text.parse().ok());
        let last = last.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let Some(last) = last else {
            // The first one comes an interval after the start: the start was told already.
            self.store.put(LAST_HEARTBEAT, &now.timestamp().to_string()).await?;
            return Ok(());
        };
        if (now - last).to_std().is_ok_and(|passed| passed + std::time::Duration::from_secs(1) < every) {
            return Ok(());
        }
        let notice = Notice::Heartbeat {
            books: self.store.report(now).await?,
            scans: self.store.scan_count(last).await?,
            last_scan: self.store.last_scan().await?.unwrap_or_default(),
        };
        let rows = outgoing::rows(self.settings.owner_chat, vec![Outgoing::news(notice)]);
        self.store.enqueue_once(LAST_HEARTBEAT, &now.timestamp().to_string(), &rows, now).await?;
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
        let day = yesterday.to_string();
        match self.store.get(LAST_REPORT).await? {
            None => {
                self.store.put(LAST_REPORT, &day).await?;
                return Ok(());
            }
            Some(last) if last >= day => return Ok(()),
            Some(_) => {}
        }
        let from = yesterday.and_time(NaiveTime::MIN).and_utc();
        let to = today.and_time(NaiveTime::MIN).and_utc();
        let ended = PositionFilter { ended_since: Some(from), ended_before: Some(to), ..PositionFilter::default() };
        let notice = Notice::DailyReport {
            day: day.clone(),
            books: self.store.report(now).await?,
            open: self.store.open_positions().await?,
            ended: self.store.positions(&ended).await?,
            scores: self.scores().await?,
        };
        let rows = outgoing::rows(self.settings.owner_chat, vec![Outgoing::news(notice)]);
        self.store.enqueue_once(LAST_REPORT, &day, &rows, now).await?;
        Ok(())
    }
}
