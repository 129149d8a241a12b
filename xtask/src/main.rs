#![doc = include_str!("../README.md")]

mod account;
mod architecture;
mod axe;
mod bare_root;
mod behaviours;
mod bench;
mod ci;
mod docker_image;
mod features;
mod fix;
mod instructions;
mod large_events;
mod load;
mod mutants;
mod nextest;
mod plots;
mod postgres_release;
mod program;
mod public_api;
mod semver;
mod server_search;
mod soak;
mod step;
mod task;
mod test;
mod test_server;
mod without_server;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use self::task::{Task, Xtask};

fn main() -> ExitCode {
    match run(Xtask::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Ci { install } => ci::run(install),
        Task::Load { arguments } => load::run(&arguments),
        Task::LargeEvents { events } => large_events::run(events),
        Task::Bench(benches) => bench::run(&benches),
        Task::Plots { lines, directory } => plots::run(&lines, &directory),
        Task::Instructions { write: true } => instructions::write(),
        Task::Instructions { write: false } => instructions::check(),
        Task::Mutants => mutants::run(),
        Task::Soak(soak) => soak.run(),
        Task::Test(tests) => tests.run(),
        Task::BareRoot { keep } => bare_root::run(keep),
        Task::DockerImage => docker_image::build(),
        Task::Fix => fix::run(),
        Task::Features { pairs } => features::run(pairs),
        Task::Architecture => architecture::run(),
        Task::Behaviours => behaviours::write(),
        Task::PublicApi { check: true } => public_api::check(),
        Task::PublicApi { check: false } => public_api::write(),
        Task::Semver { against } => semver::run(&against),
    }
}
