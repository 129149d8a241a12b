use eventstore_postgres::Layout;
use indicatif::{ProgressBar, ProgressStyle};

use crate::error::Result;
use crate::measure::{Comparison, Entrant};
use crate::population::Population;
use crate::server::{Schema, ServerFacts, TargetServer};
use crate::settings::Settings;

/// Where a workload is measured.
pub(crate) struct Bench {
    pub(crate) settings: Settings,
    server: TargetServer,
    progress: ProgressBar,
}

impl Bench {
    pub(crate) async fn open(settings: Settings, url: Option<&str>) -> Result<Self> {
        let progress = progress_bar();
        progress.set_message("starting the server");
        let mut server = TargetServer::open(url).await?;
        if let Some(reservation) = server.facts().await?.reservation() {
            progress.suspend(|| eprintln!("warning: {reservation}: these figures are no evidence"));
        }
        Ok(Self {
            settings,
            server,
            progress,
        })
    }

    /// A store in a schema of its own, with these streams in it; they are named by their numbers.
    pub(crate) async fn schema(&mut self, layout: Layout, populations: &[Population]) -> Result<Schema> {
        self.progress.set_message(format!("filling a schema, {layout}"));
        let schema = self.server.schema().await?;
        schema.initialize(layout).await?;
        Population::settle(populations, &mut schema.connect().await?, layout).await?;
        Ok(schema)
    }

    /// Measures the entrants in turn.
    pub(crate) async fn compare(&mut self, entrants: Vec<Entrant>) -> Result<Comparison> {
        let Settings { duration, repeats, .. } = self.settings;
        Comparison::run(&mut self.server, entrants, duration, repeats, &self.progress).await
    }

    pub(crate) fn say(&self, what: &'static str) {
        self.progress.set_message(what);
    }

    /// Removes the database; tells what the server was.
    pub(crate) async fn close(&mut self) -> Result<ServerFacts> {
        self.say("removing the database");
        let facts = self.server.facts().await;
        self.server.close().await?;
        self.progress.finish_and_clear();
        facts
    }
}

/// On the standard error stream, if that is a terminal.
fn progress_bar() -> ProgressBar {
    let progress = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} {wide_bar} {pos}/{len} {msg}") {
        progress.set_style(style);
    }
    progress
}
