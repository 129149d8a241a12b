#![doc = include_str!("../README.md")]

mod arguments;
mod bench;
mod error;
mod measure;
mod population;
mod references;
mod report;
mod sample;
mod server;
mod settings;
mod soundness;
mod sqlite;
mod started_stream;
mod table;
mod walk;
mod workloads;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Runtime;

use crate::arguments::Arguments;
use crate::bench::Bench;
use crate::error::Result;
use crate::report::Report;
use crate::settings::Settings;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let runtime = Runtime::new()?;
    if let Some(task) = &arguments.apart {
        let done = runtime.block_on(workloads::perform(task));
        runtime.shutdown_background();
        return done;
    }
    let outcome = runtime.block_on(measure(arguments));
    // A caller may still wait for a server that does not answer.
    runtime.shutdown_background();
    print!("{}", outcome?.printed(arguments.json)?);
    Ok(())
}

/// Runs the workload on a database of its own, which is gone afterwards, also after an interruption.
async fn measure(arguments: &Arguments) -> Result<Report> {
    let url = arguments.url.as_deref();
    if let Some(url) = url.filter(|url| url.starts_with(sqlite::SCHEME)) {
        return sqlite::measure(arguments, url).await;
    }
    let workload = arguments.workload.workload();
    let settings = Settings::resolve(arguments, workload.name(), &workload.defaults())?;
    let mut bench = Bench::open(settings, url).await?;
    let outcome = tokio::select! {
        outcome = workload.run(&mut bench) => outcome,
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(Into::into).and(Err(error::LoadError::Interrupted)),
    };
    let server = bench.close().await;
    outcome.and_then(|outcome| Report::new(workload.name(), &bench, server?, outcome))
}
