//! `.env.example`, written from the table.

use std::fmt::Write as _;

use super::table::GROUPS;

const HEAD: &str = "\
# Settings of oddsmith. Copy to `.env` and change what you want; the environment wins over the file.
# A value that is not allowed is refused at start. Paper money only: no setting can place a real order.
";

const LATER: &str = "(Checked now; takes effect when that part is built.)";

/// The whole file.
#[must_use]
pub fn env_example() -> String {
    let mut text = HEAD.to_owned();
    for group in GROUPS {
        let _ = write!(text, "\n# --- {} ---\n", group.title);
        for entry in group.entries {
            let later = if entry.in_effect { String::new() } else { format!(" {LATER}") };
            let _ = write!(text, "# {}{later}\n{}={}\n", entry.doc, entry.name, entry.default);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_in_the_repository_is_this_text() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../.env.example");
        let wanted = env_example();
        if std::env::var_os("UPDATE_ENV_EXAMPLE").is_some() {
            std::fs::write(path, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(path).unwrap();
        assert_eq!(found, wanted, "run this test with UPDATE_ENV_EXAMPLE=1 to rewrite .env.example");
    }

    #[test]
    fn every_entry_says_what_it_is_in_one_sentence() {
        for entry in super::super::table::all() {
            assert!(entry.doc.ends_with('.') && !entry.doc.contains('\n'), "{}", entry.name);
            assert!(!entry.allowed.is_empty(), "{}", entry.name);
        }
    }
}
