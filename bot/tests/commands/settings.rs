//! Wrong usage and wrong settings: exit 2, each named with its value and what is allowed.

use super::harness::Place;

#[tokio::test(flavor = "multi_thread")]
async fn every_refused_setting_is_named_at_once() {
    let wrong = [
        ("BET_SCAN_INTERVAL_MINS", "0", "minutes above 0"),
        ("STRATEGIES", "bold", "aggressive, balanced, conservative"),
        ("LR_DAMPING", "1.5", "a number from 0 to 1"),
        ("BLOCK_SPORTS", "perhaps", "true or false"),
        ("TELEGRAM_CHAT_ID", "-100123", "numeric user id"),
        ("GAMMA_URL", "ftp://x", "http or https"),
        ("CLOCK_SPEED", "-1", "above 0"),
    ];
    let place = wrong.iter().fold(Place::new(), |place, (name, value, _)| place.set(name, *value));
    for command in [&["run"][..], &["scan", "--json"], &["check"], &["migrate"], &["export", "positions"]] {
        let finished = place.run(command).await.expect(2);
        assert_eq!(finished.stdout, "", "{command:?}");
        for (name, value, allowed) in wrong {
            let line = finished.stderr.lines().find(|line| line.contains(name));
            let line = line.unwrap_or_else(|| panic!("{name} is not named:\n{}", finished.stderr));
            assert!(line.contains(&format!("{value:?}")) && line.contains(allowed), "{line}");
        }
        assert!(place.files().is_empty(), "{command:?} left {:?}", place.files());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_without_owner_or_token_does_not_start() {
    let token = ("TELEGRAM_BOT_TOKEN", "123456:ABC-def");
    let owner = ("TELEGRAM_CHAT_ID", "42");
    let table = [(None, vec![token.0, owner.0]), (Some(token), vec![owner.0]), (Some(owner), vec![token.0])];
    for (given, missing) in table {
        let place = given.iter().fold(Place::new(), |place, (name, value)| place.set(name, *value));
        let finished = place.run(&["run"]).await.expect(2);
        for name in missing {
            assert!(finished.stderr.contains(name), "{}", finished.stderr);
        }
        assert!(place.files().is_empty(), "{:?}", place.files());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn simulated_time_is_refused_in_the_real_world() {
    for (name, value) in [("CLOCK_SPEED", "60"), ("CLOCK_START", "1790000000")] {
        let finished = Place::new().set(name, value).run(&["scan", "--json"]).await.expect(2);
        assert!(finished.stderr.contains(name) && finished.stderr.contains("GAMMA_URL"), "{}", finished.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_exits_with_two() {
    for args in [&["fly"][..], &["scan", "--jsn"], &["export"], &["export", "secrets"], &["migrate", "sideways"], &[]] {
        let finished = Place::new().run(args).await.expect(2);
        assert!(!finished.stderr.is_empty() && finished.stdout.is_empty(), "{args:?}");
    }
}
