use crate::server_search::ServerSearch;

/// The tests of memory by their packages and executables.
const TESTS: [(&str, &str); 2] = [("eventstore-postgres", "processes"), ("eventstore-cli", "cli")];

/// Runs the tests that measure what large events take of memory with so many events, which may take hours and as many MB of disk.
pub(crate) fn run(events: u32) -> anyhow::Result<()> {
    let server = ServerSearch::new(false).require()?;
    for (package, executable) in TESTS {
        server
            .cargo()?
            .env("EVENTSTORE_LARGE_EVENTS", &events.to_string())
            .args([
                "test",
                "--package",
                package,
                "--all-features",
                "--test",
                executable,
                "--",
            ])
            .args(["--test-threads", "1", "--nocapture", "large_events"])
            .run()?;
    }
    Ok(())
}
