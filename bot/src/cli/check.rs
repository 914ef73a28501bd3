//! `oddsmith check`: the doctor.

use engine::model_slot::ModelSlot;

use engine_core::engines::EngineKind;

use super::{EngineName, engines, say, settings};
use crate::app;
use crate::config::Settings;
use crate::telegram::Api;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The engines of the process to check for: copy trading alone needs no model.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "ml,copy")]
    engines: Vec<EngineName>,
}

/// One line: what was looked at, and how it is.
struct Line {
    name: &'static str,
    result: Result<String, String>,
}

pub(super) async fn run(args: &Args) -> anyhow::Result<bool> {
    let settings = settings()?.with_engines(engines(&args.engines));
    say("ok    settings   all values are allowed");
    let mut healthy = true;
    for line in lines(&settings).await {
        let (mark, text) = match line.result {
            Ok(text) => ("ok  ", text),
            Err(text) => {
                healthy = false;
                ("FAIL", text)
            }
        };
        // One line each: a cause told on several is put on one.
        let text = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        say(&format!("{mark}  {:<10} {text}", line.name));
    }
    Ok(healthy)
}

async fn lines(settings: &Settings) -> Vec<Line> {
    let database = match engine::store::Store::connect(settings.database_url()).await {
        Ok(store) => store.ping().await.map(|()| format!("{} answers", store.kind())).map_err(|e| e.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let mut lines = vec![Line { name: "database", result: database }];
    if settings.engines().run(EngineKind::Ml) {
        let model = ModelSlot::load(&settings.model_dir)
            .info()
            .map(|info| format!("{} ({} learners, golden rows agree)", info.version, info.learners.len()));
        lines.push(Line { name: "model", result: model });
    }
    lines.extend(hosts(settings).await);
    lines.push(Line { name: "telegram", result: telegram(settings).await });
    lines
}

async fn hosts(settings: &Settings) -> Vec<Line> {
    let venue = match app::venue(settings, settings.clock()) {
        Ok(venue) => venue,
        Err(error) => return vec![Line { name: "hosts", result: Err(format!("{error:#}")) }],
    };
    let answer = |result: Result<(), polymarket::PolymarketError>, host: &url::Url| {
        result.map(|()| format!("{host} answers")).map_err(|error| error.to_string())
    };
    let data = venue.data().status().await.map(drop);
    vec![
        Line { name: "gamma", result: answer(venue.gamma().status().await, &settings.hosts.gamma) },
        Line { name: "clob", result: answer(venue.clob().ok().await, &settings.hosts.clob) },
        Line { name: "data", result: answer(data, &settings.hosts.data_api) },
    ]
}

async fn telegram(settings: &Settings) -> Result<String, String> {
    let access = settings.chat().map_err(|error| error.to_string())?;
    let api = Api::new(&access.token, &access.api_url).map_err(|error| format!("{error:#}"))?;
    let me = api.me().await.map_err(|failure| failure.to_string())?;
    Ok(format!("the token is that of @{}; owner {}", me.username(), access.owner))
}
