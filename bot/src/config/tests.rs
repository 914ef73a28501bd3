//! Settings as a table of what is given and what comes of it.

use super::*;

fn with(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let map: HashMap<String, String> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Settings::from_lookup(&|name| map.get(name).cloned())
}

const STAND_IN: [(&str, &str); 5] = [
    ("GAMMA_URL", "http://127.0.0.1:1"),
    ("CLOB_URL", "http://127.0.0.1:1"),
    ("DATA_API_URL", "http://localhost:1"),
    ("CLOB_WS_URL", "ws://[::1]:1"),
    ("TELEGRAM_API_URL", "http://127.0.0.1:2/prefix"),
];

#[test]
fn nothing_given_is_the_documented_default() {
    let settings = with(&[]).unwrap();
    assert_eq!(settings.strategies.len(), 3);
    assert_eq!(settings.bankroll.to_string(), "300");
    assert_eq!(settings.intervals.bet_scan, Duration::from_secs(600));
    assert_eq!(settings.intervals.housekeeping, Duration::from_secs(1800));
    assert_eq!(settings.intervals.heartbeat, Some(Duration::from_secs(3600)));
    assert_eq!(settings.exits, Exits { stop_loss: None, days_before_expiry: None });
    assert_eq!(settings.gates.slippage.to_string(), "0.01");
    assert_eq!(settings.gates.fee_fallback_micros, 20_000);
    assert_eq!(settings.gates.cap_per_event, None);
    for (engines, address) in
        [(Engines::Both, "127.0.0.1:9000"), (Engines::Ml, "127.0.0.1:9000"), (Engines::Copy, "127.0.0.1:9001")]
    {
        assert_eq!(settings.clone().with_engines(engines).metrics_address().to_string(), address);
    }
    assert_eq!(settings.clock().speed(), Some(1.0));
    assert!(settings.without_effect().is_empty());
}

#[test]
fn the_example_file_parses_to_the_defaults_and_lists_every_setting_read() {
    let lines: HashMap<String, String> =
        dotenvy::from_read_iter(env_example().as_bytes()).map(Result::unwrap).collect();
    let settings = Settings::from_lookup(&|name| lines.get(name).cloned()).unwrap();
    assert_eq!(format!("{settings:?}").replace("Some(9000)", "None"), format!("{:?}", with(&[]).unwrap()));
    let nothing = |_: &str| None;
    let mut reader = Reader::new(&nothing);
    Settings::read(&mut reader).unwrap();
    let mut seen = reader.seen.clone();
    let mut listed: Vec<&str> = all().map(|entry| entry.name).collect();
    seen.sort_unstable();
    listed.sort_unstable();
    assert_eq!(seen, listed);
}

#[test]
fn every_wrong_value_is_named_with_what_is_allowed() {
    let error = with(&[
        ("MIN_BET_PRICE", "1.5"),
        ("STRATEGIES", "balanced,bold"),
        ("BLOCK_SPORTS", "maybe"),
        ("BET_SCAN_INTERVAL_MINS", "0"),
        ("CONSENSUS_AGENTS", "4"),
        ("METRICS_BIND", "everywhere"),
        ("GAMMA_URL", "ftp://x"),
        ("STOP_LOSS_PCT", "30"),
    ])
    .unwrap_err();
    let names: Vec<&str> = error.problems.iter().map(|p| p.name).collect();
    assert_eq!(error.problems.len(), 8, "{names:?}");
    let text = error.to_string();
    for expected in [
        "MIN_BET_PRICE=\"1.5\" is not allowed: give a number from 0 to 1",
        "STRATEGIES=\"balanced,bold\"",
        "one or more of aggressive, balanced, conservative",
    ] {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn each_setting_refuses_nonsense() {
    // These take any text.
    let free = ["MODEL_DIR", "MODEL_STORE", "JOURNAL_DIR", "TRAINER", "TRAINING_DATA", "LLM_MODEL", "OPENAI_API_KEY"];
    for entry in all().filter(|entry| !free.contains(&entry.name)) {
        let nonsense = if entry.name == "WEBHOOK_SECRET" { "§ §" } else { "§ not a value §" };
        let error = with(&[(entry.name, nonsense)]).err();
        assert!(
            error.is_some_and(|e| e.problems.iter().any(|p| p.name == entry.name)),
            "{} takes nonsense",
            entry.name
        );
    }
}

#[test]
fn no_secret_is_ever_shown() {
    let canary = "CANARY123";
    let url = format!("postgres://u:{canary}@h/d");
    let token = format!("1:{canary}");
    let redis = format!("redis://:{canary}@h");
    let good = with(&[
        ("TELEGRAM_BOT_TOKEN", &token),
        ("TELEGRAM_CHAT_ID", "7"),
        ("DATABASE_URL", &url),
        ("OPENAI_API_KEY", canary),
        ("REDIS_URL", &redis),
        ("WEBHOOK_URL", "https://h/x"),
        ("WEBHOOK_SECRET", canary),
    ])
    .unwrap();
    assert!(!format!("{good:?} {:?}", good.chat()).contains(canary));
    let bad = [
        ("TELEGRAM_BOT_TOKEN", canary),
        ("DATABASE_URL", canary),
        ("REDIS_URL", canary),
        ("WEBHOOK_SECRET", "CANARY123 §"),
    ];
    let error = with(&bad).unwrap_err();
    assert_eq!(error.problems.len(), 4);
    assert!(!format!("{error} {error:?}").contains(canary));
}

#[test]
fn without_an_owner_there_is_no_chat() {
    let error = with(&[("TELEGRAM_BOT_TOKEN", "1:a")]).unwrap().chat().unwrap_err();
    assert!(error.to_string().contains("TELEGRAM_CHAT_ID"), "{error}");
    assert!(!error.to_string().contains("TELEGRAM_BOT_TOKEN"), "{error}");
    assert_eq!(with(&[]).unwrap().chat().unwrap_err().problems.len(), 2);
    assert!(with(&[("TELEGRAM_CHAT_ID", "-1001")]).is_err());
}

#[test]
fn simulated_time_only_where_every_host_is_this_machine() {
    let clock = ("CLOCK_START", "1790000000");
    let all_local: Vec<_> =
        STAND_IN.into_iter().chain([clock, ("CLOCK_SPEED", "3600"), ("TELEGRAM_BOT_TOKEN", "1:a")]).collect();
    let settings = with(&all_local).unwrap();
    assert_eq!(settings.clock().speed(), Some(3600.0));
    assert!((settings.clock().now().timestamp() - 1_790_000_000).abs() < 3600 * 5);
    for left_real in 0..STAND_IN.len() {
        let mut some: Vec<_> = all_local.clone();
        let (name, _) = some.remove(left_real);
        let error = with(&some).unwrap_err().to_string();
        assert!(error.contains("CLOCK_START") && error.contains(name), "{error}");
    }
    assert!(with(&[("CLOCK_SPEED", "2")]).unwrap_err().to_string().contains("CLOCK_SPEED"));
    assert!(with(&[("CLOCK_SPEED", "1.0")]).is_ok());
    let with_llm: Vec<_> = all_local.into_iter().chain([("OPENAI_API_KEY", "k")]).collect();
    assert!(with(&with_llm).unwrap_err().to_string().contains("OPENAI_BASE_URL"));
}

#[test]
fn fast_shortens_every_loop_and_leaves_what_is_off() {
    let settings = with(&[("HEARTBEAT_INTERVAL_MINS", "0")]).unwrap().fast();
    assert_eq!(settings.intervals.bet_scan, FAST_INTERVAL);
    assert_eq!(settings.intervals.housekeeping, FAST_INTERVAL);
    assert_eq!(settings.intervals.heartbeat, None);
}

#[test]
fn settings_of_parts_not_built_yet_are_pointed_out() {
    let settings = with(&[("NEWS_ENABLED", "true"), ("LLM_MODEL", "gpt-4o"), ("CONSENSUS_AGENTS", "3")]).unwrap();
    assert_eq!(settings.without_effect(), ["NEWS_ENABLED", "CONSENSUS_AGENTS"]);
}

#[test]
fn a_webhook_needs_its_secret() {
    let error = with(&[("WEBHOOK_URL", "https://bot.example.org/hook")]).unwrap_err();
    assert!(error.to_string().contains("WEBHOOK_SECRET"), "{error}");
}
