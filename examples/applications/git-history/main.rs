//! Turns the history of a git repository into events and checks what a subscription makes of them against git.
//!
//! A stream is a path, an event is what a commit did to the file there. `cargo run --release --example git-history --
//! PATH`, with the URL of a store in `EVENTSTORE_URL` to go on there with the next run. What the projection needs of
//! its database is in `database.rs`; `postgres.rs` and `sqlite.rs` do it.

mod change;
mod database;
mod import;
mod parser;
mod path;
mod postgres;
mod projection;
mod repository;
mod rows;
mod sqlite;
#[cfg(test)]
#[macro_use]
#[path = "../test_store.rs"]
mod test_store;
#[cfg(test)]
mod tests;
mod totals;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Parser;
use eventstore_core::EventNumber;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use quickstart::StoreUrl;
use tokio::sync::watch;

use crate::database::Database;
use crate::import::{Import, Imported};
use crate::postgres::PostgresDatabase;
use crate::repository::Repository;
use crate::rows::Rows;
use crate::sqlite::SqliteDatabase;
use crate::totals::differences;

const DIFFERENCES_SHOWN: usize = 10;

/// Turns the history of a git repository into events, projects them, and compares the projection with git.
///
/// The store is the one that `EVENTSTORE_URL` names, else a new SQLite file in a temporary folder. A run goes on where the
/// one before stopped.
#[derive(Debug, Parser)]
#[command(name = "git-history")]
struct Arguments {
    /// The repository.
    path: PathBuf,
    /// Also insert the same events row by row into a plain table, and print both times and `store_s / rows_s`; on
    /// PostgreSQL only.
    ///
    /// The two take turns, so that whatever else the machine does slows both down alike.
    /// The projection then waits until the events are in the store, so that it does not slow the appends down.
    #[arg(long)]
    compare: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let repository = Repository::open(arguments.path)?;
    match StoreUrl::find()? {
        StoreUrl::Sqlite(url) => {
            ensure!(
                !arguments.compare,
                "--compare works on PostgreSQL only: name a database in EVENTSTORE_URL"
            );
            run(SqliteDatabase::open(&url).await?, &repository, None).await
        }
        StoreUrl::Postgres(url) => {
            let database = PostgresDatabase::open(&url).await?;
            let rows = if arguments.compare {
                Some(Rows::create(&url).await?)
            } else {
                None
            };
            run(database, &repository, rows).await
        }
    }
}

async fn run(mut database: impl Database, repository: &Repository, mut rows: Option<Rows>) -> anyhow::Result<ExitCode> {
    let bars = Bars::new(repository.count_commits()?)?;
    let run = fill(&database, repository, rows.as_mut(), &bars).await?;
    bars.all.clear()?;
    if let Some(rows) = rows {
        println!("{}", comparison(&run.imported, rows.took));
    }
    report(&run, repository, &mut database).await
}

/// What a run did, and how long the projection took, whether beside the import or after it.
struct Run {
    imported: Imported,
    projected_in: Duration,
}

/// Imports and projects, at the same time unless it is the import that is to be measured.
async fn fill(
    database: &impl Database,
    repository: &Repository,
    rows: Option<&mut Rows>,
    bars: &Bars,
) -> anyhow::Result<Run> {
    let store = database.store();
    let one_by_one = rows.is_some();
    let ready = Import::resume(store, repository).await?;
    let (last, known_last) = watch::channel(None);
    let import = async {
        let imported = ready.run(store, rows, &bars.import).await?;
        let events = imported.skipped + imported.appended;
        bars.projection.set_length(events);
        last.send_replace(Some(EventNumber::try_from(events)?));
        anyhow::Ok(imported)
    };
    let project = async {
        let started = Instant::now();
        projection::follow(store, known_last, &bars.projection).await?;
        anyhow::Ok(started.elapsed())
    };
    let (imported, projected_in) = if one_by_one {
        (import.await?, project.await?)
    } else {
        tokio::try_join!(import, project)?
    };
    Ok(Run { imported, projected_in })
}

fn comparison(imported: &Imported, rows: Duration) -> String {
    let (store_s, rows_s) = (imported.took.as_secs_f64(), rows.as_secs_f64());
    if imported.appended == 0 {
        return format!("store_s={store_s:.3} rows_s={rows_s:.3} ratio=- (nothing was appended)");
    }
    format!("store_s={store_s:.3} rows_s={rows_s:.3} ratio={:.2}", store_s / rows_s)
}

/// Compares the projection with git and prints what came of it.
async fn report(run: &Run, repository: &Repository, database: &mut impl Database) -> anyhow::Result<ExitCode> {
    let projected = projection::totals(database).await?;
    let differences = differences(&projected, &repository.totals()?);
    for difference in differences.iter().take(DIFFERENCES_SHOWN) {
        eprintln!("{difference}");
    }
    let Imported {
        skipped,
        appended,
        took,
    } = run.imported;
    println!(
        "events={} paths={} appended={appended} differences={} append_s={:.3} project_s={:.3} events_per_s={}",
        skipped + appended,
        projected.len(),
        differences.len(),
        took.as_secs_f64(),
        run.projected_in.as_secs_f64(),
        events_per_second(appended, took),
    );
    Ok(if differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn events_per_second(events: u64, took: Duration) -> u128 {
    u128::from(events) * 1_000 / took.as_millis().max(1)
}

/// How far things have come, shown if standard error is a terminal.
struct Bars {
    all: MultiProgress,
    import: ProgressBar,
    projection: ProgressBar,
}

impl Bars {
    fn new(commits: u64) -> anyhow::Result<Self> {
        let all = MultiProgress::new();
        let add = |bar: ProgressBar, template: &str| {
            let style = ProgressStyle::with_template(template)?;
            anyhow::Ok(all.add(bar.with_style(style)))
        };
        Ok(Self {
            import: add(
                ProgressBar::new(commits),
                "appended  {wide_bar} {pos}/{len} commits {per_sec}",
            )?,
            projection: add(ProgressBar::no_length(), "projected {wide_bar} {pos} events {per_sec}")?,
            all,
        })
    }
}
