use std::ffi::OsString;

use anyhow::bail;

use crate::postgres_release::PostgresRelease;
use crate::program::Program;
use crate::server_search::ServerSearch;
use crate::step::step;
use crate::test_server::TestServer;
use crate::{architecture, behaviours, features, instructions, nextest, public_api, test};

/// Verifies everything, cheap steps first, and stops at the first failure. Without a server that is a failure too.
pub(crate) fn run(installs: bool) -> anyhow::Result<()> {
    step("tools", require_tools)?;
    step("format", || cargo(&["fmt", "--all", "--check"]))?;
    step("typos", || Program::new("typos").run())?;
    step("deny", || {
        cargo(&["deny", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"])
    })?;
    step("architecture", architecture::run)?;
    step("public-api", public_api::check)?;
    step("behaviours", behaviours::check)?;
    step("clippy", clippy)?;
    step("features", || features::run(false))?;
    step("instructions", instructions::check)?;
    let server = ServerSearch::new(installs).require()?;
    step("test", || test::run(&[server], &[]))?;
    step("test on the oldest and the newest PostgreSQL", || {
        for (release, some) in [
            (PostgresRelease::OLDEST, BACKEND),
            (PostgresRelease::NEWEST, BACKEND_COMPACT),
        ] {
            let some = ["--filterset", some].map(OsString::from);
            test::run(&[TestServer::Release(release)], &some)?;
        }
        Ok(())
    })?;
    step("test through PgBouncer", || {
        let some = ["--filterset", THROUGH_PGBOUNCER].map(OsString::from);
        test::run_through_pgbouncer(&[server], &some)
    })?;
    step("test in a browser", || test::run_in_browser(&[server], &[]))?;
    step("doc", doc)
}

/// What a release of PostgreSQL may do otherwise, with statements and tables: the whole suite but for the delivery on the layout `original`,
/// whose statements are the older ones, and of `compact` the comparison with the reference and what locks. That comparison also lists,
/// links and takes snapshots. Types of payloads, savepoints
/// and the rights of a writer have been the same for long, and memory, floods, faults of the network, groups, metrics and delivery are
/// about the client. A filter of the runner's, as a package chosen by cargo would have other features, and everything built again.
const BACKEND: &str = "package(eventstore-postgres) & not binary(processes) & not test(/jsonb/) \
                       & not test(/^(cuts|faults|group_commit|history|in_transactions|mixed|observability)::/) \
                       & not test(/^(own_connection|aggregates|typed_events|subject_keys|races|failures|hand_over)::/) \
                       & not test(/^conformance::.*::(subscription|subscription_store|notifier|list|link|snapshot)::/) \
                       & (not test(/^conformance::compact::/) | test(/::(append|locks|fencing|agrees_with_the_reference)/)) \
                       & not test(/^roles::(compact|original)_writer::/) & not test(/large_events|fallen_silent|flood/)";

/// The same with `compact` in place of `original`: its statements use what newer releases have.
const BACKEND_COMPACT: &str = "package(eventstore-postgres) & not binary(processes) & not test(/jsonb/) \
                               & not test(/^conformance::original::/) \
                               & not test(/^(cuts|faults|group_commit|history|in_transactions|mixed|observability)::/) \
                               & not test(/^(own_connection|aggregates|typed_events|subject_keys|races|failures|hand_over)::/) \
                               & not test(/^conformance::.*::(subscription|subscription_store|notifier|list|link|snapshot)::/) \
                               & not test(/^roles::(compact|original)_writer::/) & not test(/large_events|fallen_silent|flood/)";

/// What a pooler may do otherwise: not to the layout, nor to the many pages that are one statement each and that the comparison
/// with the reference reads too, nor to payloads, nor to locks, which do not go through it.
const THROUGH_PGBOUNCER: &str =
    "not test(/original::/) & not test(/jsonb/) & not test(/::(delete|filter|list|locks)::/)";

/// Asks for all tools before the first long step.
fn require_tools() -> anyhow::Result<()> {
    if !Program::cargo().args(["deny", "--version"]).succeeds_quietly() {
        bail!("cargo-deny is missing: run .ci/run, or cargo install --locked cargo-deny");
    }
    if !Program::new("typos").args(["--version"]).succeeds_quietly() {
        bail!("typos is missing: run .ci/run, or cargo install --locked typos-cli");
    }
    if !instructions::has_valgrind() {
        bail!("valgrind is missing: run .ci/run, or install it (Debian: apt-get install valgrind)");
    }
    if !has_pgbouncer() {
        bail!("pgbouncer is missing: run .ci/run, or install it (Debian: apt-get install pgbouncer)");
    }
    for (program, package) in [("chromium", "chromium"), ("chromedriver", "chromium-driver")] {
        if !Program::new(program).args(["--version"]).succeeds_quietly() {
            bail!("{program} is missing: run .ci/run, or install it (Debian: apt-get install {package})");
        }
    }
    nextest::require()
}

/// Debian puts it where programs are that only an administrator is supposed to need.
fn has_pgbouncer() -> bool {
    ["pgbouncer", "/usr/sbin/pgbouncer"]
        .into_iter()
        .any(|program| Program::new(program).args(["--version"]).succeeds_quietly())
}

fn clippy() -> anyhow::Result<()> {
    cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ])
}

fn doc() -> anyhow::Result<()> {
    Program::cargo()
        .args(["doc", "--workspace", "--no-deps", "--all-features"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
}

fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    Program::cargo().args(arguments).run()
}
