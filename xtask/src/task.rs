use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::bench::Benches;
use crate::postgres_release::PostgresRelease;

/// The repository's automation.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Xtask {
    #[command(subcommand)]
    pub(crate) task: Task,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Verifies everything that must hold before a commit, and changes no file
    Ci,
    /// Runs all tests against the server in `EVENTSTORE_TEST_URL`, or a throw-away one, in Docker if that is there
    Test {
        /// Runs them on a throw-away server in Docker, of the image in `EVENTSTORE_TEST_IMAGE`, and on no other
        #[arg(long, conflicts_with = "postgres")]
        docker: bool,
        /// Runs them on a throw-away server of each of these major releases instead, for example `15,18`
        #[arg(long, value_delimiter = ',', value_name = "RELEASES")]
        postgres: Vec<PostgresRelease>,
        /// Runs only those that go through `PgBouncer`, which is put in front of the server
        #[arg(long)]
        pgbouncer: bool,
        /// Arguments for the test runner
        #[arg(last = true)]
        arguments: Vec<OsString>,
    },
    /// Measures the event store beside fixed references, on a throw-away server unless `--url` names one
    #[command(disable_help_flag = true)]
    Load {
        /// What to measure, and how: `--help` tells
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Measures what reading, subscribing to and exporting so many events of 1 MB takes of memory, on both layouts
    LargeEvents {
        /// How many: 20 GB of disk are needed for 10,000
        #[arg(default_value_t = 10_000)]
        events: u32,
    },
    /// Runs the benchmarks, and makes a report with graphs that compares them with an earlier run
    Bench(Benches),
    /// Draws what the load generator has written, a plot for each workload
    Plots {
        /// Lines of JSON, as `load --json` writes them
        lines: PathBuf,
        /// Where to put the plots
        #[arg(default_value = "docs/plots")]
        directory: PathBuf,
    },
    /// Counts the instructions of the parts without I/O, and compares them with `benches/instructions.toml`
    Instructions {
        /// Writes that table instead
        #[arg(long)]
        write: bool,
    },
    /// Prints which case of the conformance suite catches which broken rule
    Mutants,
    /// Makes an image with PostgreSQL for `test --docker` from packages of Debian, as root
    DockerImage,
    /// Formats, writes the page of behaviors and the snapshots of the public surface, and repairs what clippy and typos can repair
    Fix,
    /// Checks each crate with its features alone and two by two
    Features {
        /// Runs the tests of the serializers with each of these combinations, not only with each feature alone
        #[arg(long)]
        test_pairs: bool,
    },
    /// Verifies which crate depends on which, and that no SQL file is unused
    Architecture,
    /// Writes the page that tells which tests hold which numbered behavior
    Behaviours,
    /// Writes what each published crate offers to `docs/public-api`
    PublicApi {
        /// Fails instead if a file there is stale, and prints how
        #[arg(long)]
        check: bool,
    },
    /// Lets cargo-semver-checks compare the published crates with what they were
    Semver {
        /// A revision of git: a tag, a branch, a commit
        #[arg(long, value_name = "REV")]
        against: String,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Xtask::command().debug_assert();
    }

    #[test]
    fn arguments_for_the_runner_follow_two_dashes() {
        let parsed = Xtask::parse_from(["cargo xtask", "test", "--", "--no-capture", "append"]);
        let Task::Test { arguments, .. } = parsed.task else {
            panic!("another task: {parsed:?}");
        };
        assert_eq!(arguments, ["--no-capture", "append"]);
    }

    #[test]
    fn the_load_generator_gets_all_its_arguments() {
        for line in ["append --callers 50 --json", "--help", "append --help"] {
            let words: Vec<_> = line.split(' ').collect();
            let parsed = Xtask::parse_from([&["cargo xtask", "load"], &*words].concat());
            let Task::Load { arguments } = parsed.task else {
                panic!("another task: {parsed:?}");
            };
            assert_eq!(arguments, words);
        }
    }

    #[test]
    fn docker_is_no_release() {
        let parsed = Xtask::try_parse_from(["cargo xtask", "test", "--docker", "--postgres", "15"]);
        assert!(parsed.is_err(), "{parsed:?}");
    }

    #[test]
    fn releases_are_separated_by_commas() {
        let parsed = Xtask::parse_from(["cargo xtask", "test", "--postgres", "15,18"]);
        let Task::Test { postgres, .. } = parsed.task else {
            panic!("another task: {parsed:?}");
        };
        assert_eq!(
            postgres.iter().map(|release| release.number()).collect::<Vec<_>>(),
            [15, 18]
        );
    }
}
