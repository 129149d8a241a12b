#![doc = include_str!("../README.md")]

mod architecture;
mod behaviours;
mod ci;
mod docker_image;
mod features;
mod fix;
mod load;
mod mutants;
mod postgres_release;
mod program;
mod step;
mod task;
mod test;
mod test_server;
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
        Task::Ci => ci::run(),
        Task::Load { arguments } => load::run(&arguments),
        Task::Mutants => mutants::run(),
        Task::Test {
            docker,
            postgres,
            arguments,
        } => test::run(&test::servers(docker, postgres), &arguments),
        Task::DockerImage => docker_image::build(),
        Task::Fix => fix::run(),
        Task::Features => features::run(),
        Task::Architecture => architecture::run(),
        Task::Behaviours => behaviours::write(),
    }
}
