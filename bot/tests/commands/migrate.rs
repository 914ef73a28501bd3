//! `migrate up | status | down`.

use super::harness::Place;

#[tokio::test(flavor = "multi_thread")]
async fn up_status_down_and_up_again() {
    let place = Place::new();
    let before = place.run(&["migrate", "status"]).await.expect(1).stdout;
    let steps = before.lines().count();
    assert!(steps >= 6 && before.lines().all(|line| line.starts_with("missing")), "{before}");
    place.run(&["migrate"]).await.expect(0);
    let after = place.run(&["migrate", "status"]).await.expect(0).stdout;
    assert!(after.lines().count() == steps && after.lines().all(|line| line.starts_with("applied")), "{after}");
    place.run(&["migrate", "down"]).await.expect(0);
    let down = place.run(&["migrate", "status"]).await.expect(1).stdout;
    let missing: Vec<&str> = down.lines().filter(|line| line.starts_with("missing")).collect();
    assert_eq!(missing.len(), 1, "{down}");
    assert!(down.lines().last().unwrap().starts_with("missing"), "the newest step is taken back: {down}");
    for _ in 0..2 {
        place.run(&["migrate", "up"]).await.expect(0);
        place.run(&["migrate", "status"]).await.expect(0);
    }
    assert!(place.run(&["export", "positions"]).await.expect(0).stdout.is_empty());
}
