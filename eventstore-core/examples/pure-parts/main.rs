//! Puts one of the parts without I/O to work, so that its instructions can be counted: `cargo xtask instructions`.
#![expect(clippy::unwrap_used, reason = "what cannot be set up is not measured")]

mod work;

use std::env;
use std::process::ExitCode;

use work::{EVENTS, appends, catch_up, check_versions, commit_in_groups, go_through_pages, write_and_read_times};

/// Each part, by the name under which its instructions are kept.
const PARTS: [(&str, fn()); 6] = [
    ("append-queue-many-streams", || _ = commit_in_groups(&appends(EVENTS))),
    ("append-queue-one-stream", || _ = commit_in_groups(&appends(1))),
    ("expected-version", check_versions),
    ("page-cursor", go_through_pages),
    ("subscription-catch-up", || _ = catch_up()),
    ("timestamps", write_and_read_times),
];

/// Runs the part that is named, or tells the names.
fn main() -> ExitCode {
    let Some(name) = env::args().nth(1) else {
        for (name, _) in &PARTS {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    };
    let Some((_, part)) = PARTS.iter().find(|(known, _)| *known == name) else {
        eprintln!("error: there is no part {name:?}");
        return ExitCode::FAILURE;
    };
    part();
    ExitCode::SUCCESS
}
