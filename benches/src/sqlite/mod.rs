//! The workloads on a store in a file, beside bare SQLite with the same settings and transactions of the same size.

mod bare_append;
mod bare_read;
mod bare_replay;
mod file;
mod files;
mod workloads;

use indicatif::ProgressBar;

pub(crate) use self::file::SCHEME;
use self::files::Files;
use crate::arguments::Arguments;
use crate::error::Result;
use crate::report::Report;
use crate::settings::Settings;

/// Runs the workload on files in a folder of their own, beside the one that the URL names; they are gone afterwards.
pub(crate) async fn measure(arguments: &Arguments, url: &str) -> Result<Report> {
    let name = arguments.workload.workload().name();
    let settings = Settings::resolve(arguments, name, &arguments.workload.workload().defaults())?;
    let mut files = Files::beside(url, ProgressBar::hidden())?;
    let facts = files.facts();
    if let Some(reservation) = facts.reservation() {
        eprintln!("warning: {reservation}: these figures are no evidence");
    }
    let outcome = workloads::run(arguments.workload, &settings, &mut files).await?;
    let mut parameters = settings.parameters();
    // Both are of servers.
    parameters.remove("layout");
    parameters.remove("connections");
    Report::of(name, parameters, facts, outcome)
}
