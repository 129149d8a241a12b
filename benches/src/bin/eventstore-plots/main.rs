//! Draws what the load generator has written as lines of JSON: a plot for each workload.

mod chart;
mod line;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::line::Line;

/// Draws a plot for each workload, as `WORKLOAD.svg`
#[derive(Debug, Parser)]
#[command(name = "cargo xtask plots", bin_name = "cargo xtask plots")]
struct Arguments {
    /// Lines of JSON, as `load --json` writes them
    lines: PathBuf,
    /// Where to put the plots
    directory: PathBuf,
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let lines = Line::parse_all(&fs::read_to_string(&arguments.lines)?)?;
    fs::create_dir_all(&arguments.directory)?;
    let workloads: std::collections::BTreeSet<_> = lines.iter().map(|line| &line.workload).collect();
    for workload in workloads {
        let path = arguments.directory.join(format!("{workload}.svg"));
        let of_workload: Vec<_> = lines.iter().filter(|line| line.workload == *workload).collect();
        chart::draw(workload, &line::bars(&of_workload), &path)?;
        println!("{}", path.display());
    }
    Ok(())
}
