use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

/// Writes to stderr what is changed over the pages, and what goes wrong there.
pub(super) fn begin() {
    let shown = Targets::new().with_target("eventstore_web", LevelFilter::INFO);
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(false).with_target(false);
    // An error means that there is a log already, which is told the same.
    let _ = tracing_subscriber::registry().with(shown).with(lines).try_init();
}
