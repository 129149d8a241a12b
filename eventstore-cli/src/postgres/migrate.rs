use clap::{Args, ValueEnum};
use eventstore_postgres::PostgresAdmin;
use eventstore_postgres::{LayoutMigration, LayoutProgress, LayoutStage, PostgresConfig, Removal};

use super::PostgresConnector;
use crate::failure::Failure;
use crate::output::{LayoutMigrationRow, Output, Progress};

/// The note that is printed as soon as no other process can write.
const OFFLINE: &str = "moving to the layout compact; streams, events and stream_events are locked until it is done: \
                       nothing can be appended, linked or deleted meanwhile";

/// What to migrate to.
#[derive(Args)]
pub struct Migrate {
    /// Also moves the event store to this layout; nothing may be written to it meanwhile
    #[arg(long, value_enum)]
    layout: Option<TargetLayout>,
    /// Drops the tables of the layout original that this move, or an earlier one, has kept
    #[arg(long, requires = "layout")]
    drop_original: bool,
    /// Removes what an interrupted move to another layout has copied; does nothing else
    #[arg(long, conflicts_with = "layout")]
    abandon: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum TargetLayout {
    /// One row an event
    Compact,
}

impl Migrate {
    /// Brings the tables up to date.
    pub(super) async fn run(self, connector: &PostgresConnector, output: &mut Output) -> Result<(), Failure> {
        let config = connector.config()?;
        if self.abandon {
            return abandon(&config, output).await;
        }
        let done = bring_up_to_date(&config, output).await?;
        if done > 0 || self.layout.is_none() {
            output.note(&up_to_date(done));
        }
        if let Some(TargetLayout::Compact) = self.layout {
            move_to_compact(&config, output).await?;
        }
        if self.drop_original {
            drop_original(&config, output).await?;
        }
        Ok(())
    }
}

/// Returns how many migrations had to be carried out.
async fn bring_up_to_date(config: &PostgresConfig, output: &Output) -> Result<usize, Failure> {
    let pending = PostgresAdmin::new(config.clone()).migrations().await?;
    for migration in pending.iter().filter(|migration| migration.is_pending()) {
        output.note(&format!("to do: {}, {}", migration.version, migration.description));
    }
    Ok(PostgresAdmin::new(config.clone()).migrate().await?.len())
}

fn up_to_date(done: usize) -> String {
    match done {
        0 => "the event store was up to date already; nothing was changed".to_owned(),
        done => format!("the event store is up to date; migrations carried out: {done}"),
    }
}

async fn move_to_compact(config: &PostgresConfig, output: &mut Output) -> Result<(), Failure> {
    let mut bar: Option<Progress> = None;
    let migrated = PostgresAdmin::new(config.clone())
        .migrate_to_compact(|progress| match progress {
            LayoutProgress::Began { stage, total } => {
                if stage == LayoutStage::Events {
                    output.note(OFFLINE);
                }
                bar = Some(output.progress(stage.as_str(), Some(total)));
            }
            LayoutProgress::Advanced(by) => {
                if let Some(bar) = &bar {
                    bar.advance(by);
                }
            }
        })
        .await;
    drop(bar);
    match LayoutMigrationRow::new(migrated?) {
        Some(row) => {
            output.rows([row])?;
            output.flush()?;
            output.note("the event store has the layout compact; connect every service again");
        }
        None => output.note("the event store had the layout compact already; nothing was changed"),
    }
    Ok(())
}

async fn drop_original(config: &PostgresConfig, output: &Output) -> Result<(), Failure> {
    output.note(match PostgresAdmin::new(config.clone()).drop_original_tables().await? {
        Removal::Removed => "the original tables were dropped",
        Removal::WasAbsent => "there were no original tables; nothing was changed",
    });
    Ok(())
}

async fn abandon(config: &PostgresConfig, output: &Output) -> Result<(), Failure> {
    output.note(
        match PostgresAdmin::new(config.clone())
            .abandon_migration_to_compact()
            .await?
        {
            Removal::Removed => "the copies were removed; the event store keeps the layout original",
            Removal::WasAbsent => "no move was cut off; nothing was changed",
        },
    );
    Ok(())
}

impl LayoutMigrationRow {
    fn new(migrated: LayoutMigration) -> Option<Self> {
        match migrated {
            LayoutMigration::Migrated {
                events,
                links,
                left_out,
                notices,
            } => Some(Self {
                layout: "compact",
                events,
                links,
                left_out,
                notices,
            }),
            _ => None,
        }
    }
}
