use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::bench::Benches;
use crate::soak::Soak;
use crate::test::Tests;

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
    Ci {
        /// Installs PostgreSQL if no other server is found: as root, on Debian or Ubuntu
        #[arg(long)]
        install: bool,
    },
    /// Runs all tests on the first server that is found, or without one those that need none
    Test(Tests),
    /// Runs the two commands of the README in a bare Debian, as root and as an ordinary user; needs root and debootstrap
    BareRoot {
        /// Takes the Debian of the last run, with all that was built in it
        #[arg(long)]
        keep: bool,
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
    /// Tries an area at length: killed processes and power cuts, or the pages of a large store
    Soak(Soak),
    /// Makes an image with PostgreSQL for `test --docker` from packages of Debian, as root
    DockerImage,
    /// Formats, writes the page of behaviors and the snapshots of the public surface, and repairs what clippy and typos can repair
    Fix,
    /// Checks each crate without features, with each of them alone, and with all
    Features {
        /// Also checks each two of them, and runs the tests of the serializers with each and with each two
        #[arg(long)]
        pairs: bool,
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
}
