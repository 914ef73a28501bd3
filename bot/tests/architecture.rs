//! Holds the table of who may know whom (ARCHITECTURE.md) and the ban on a second TLS stack.

#![allow(clippy::panic)] // a test may

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Each room and the rooms it may know.
const TABLE: [(&str, &[&str]); 11] = [
    ("bot", &["charts", "dialogues", "engine", "engine-clock", "engine-core", "migration", "polymarket", "sandbox"]),
    ("charts", &["engine-core"]),
    ("dialogues", &["engine-core"]),
    ("engine", &["engine-clock", "engine-core", "entities", "polymarket"]),
    ("engine-clock", &[]),
    ("engine-core", &[]),
    ("entities", &[]),
    ("migration", &[]),
    ("news", &["engine-clock", "engine-core"]),
    ("polymarket", &["engine-clock", "engine-core"]),
    ("sandbox", &["engine-clock", "engine-core"]),
];

/// What the pure crates may use from outside: nothing that waits, looks at a clock or fails on I/O.
const PURE: [(&str, &[&str]); 2] = [
    ("engine-core", &["chrono", "serde", "serde_json", "thiserror"]),
    ("dialogues", &["chrono", "serde", "serde_json", "thiserror"]),
];

/// A second provider of cryptography beside `ring` makes rustls panic at the first connection.
const BANNED: [&str; 3] = ["aws-lc-rs", "openssl-sys", "native-tls"];

/// Of this machine's platform only: a build fetches no more than that, and nothing is fetched for a test.
fn metadata() -> Metadata {
    let options = ["--locked", "--filter-platform", &host()].map(str::to_owned);
    let described = MetadataCommand::new().other_options(options.to_vec()).exec();
    described.unwrap_or_else(|error| panic!("cargo cannot describe the workspace: {error}"))
}

/// The platform the compiler builds for, as it says itself.
fn host() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = std::process::Command::new(rustc).arg("-vV").output();
    let said = said.unwrap_or_else(|error| panic!("rustc cannot be asked: {error}")).stdout;
    let said = String::from_utf8_lossy(&said);
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.unwrap_or_else(|| panic!("rustc does not name its host: {said}")).to_owned()
}

/// Normal dependencies of each workspace member (tests may look further).
fn dependencies(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| {
            let names = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind == DependencyKind::Normal)
                .map(|dependency| dependency.name.clone())
                .collect();
            (package.name.to_string(), names)
        })
        .collect()
}

#[test]
fn rooms_know_only_whom_they_may() {
    let metadata = metadata();
    let found = dependencies(&metadata);
    let rooms: BTreeSet<&str> = TABLE.iter().map(|(room, _)| *room).collect();
    let members: BTreeSet<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(members, rooms, "the table and the workspace name different rooms");
    for (room, allowed) in TABLE {
        for name in found[room].iter().filter(|name| rooms.contains(name.as_str())) {
            assert!(allowed.contains(&name.as_str()), "{room} must not know {name}");
        }
    }
}

#[test]
fn pure_rooms_use_nothing_that_waits() {
    let metadata = metadata();
    let found = dependencies(&metadata);
    for (room, allowed) in PURE {
        for name in found[room].iter().filter(|name| !found.contains_key(*name)) {
            assert!(allowed.contains(&name.as_str()), "{room} must stay pure, but uses {name}");
        }
    }
    for room in ["entities", "migration"] {
        for name in &found[room] {
            assert!(
                name.starts_with("sea-orm") || ["serde", "async-trait"].contains(&name.as_str()),
                "{room} holds tables only, but uses {name}"
            );
        }
    }
}

#[test]
fn one_tls_stack() {
    let metadata = metadata();
    for package in &metadata.packages {
        assert!(!BANNED.contains(&package.name.as_str()), "{} is in the tree", package.name);
    }
}
