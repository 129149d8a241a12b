use clap::{Args, ValueEnum};

use crate::program::Program;

/// What to put under faults at length, and how many of them.
#[derive(Debug, Args)]
pub(crate) struct Soak {
    area: Area,
    /// How many faults of each kind: killed processes, power cuts
    #[arg(default_value_t = 300)]
    faults: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Area {
    /// The store in one file
    Sqlite,
}

impl Soak {
    /// Runs the tests of the area one after another, with so many faults, and shows what each of them has counted.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let package = match self.area {
            Area::Sqlite => "eventstore-sqlite",
        };
        Program::cargo()
            .env("EVENTSTORE_FAULTS_COUNT", &self.faults.to_string())
            .args(["test", "--package", package, "--all-features", "--test", "processes"])
            .args(["--", "--test-threads", "1", "--nocapture"])
            .run()
    }
}
