use eventstore_postgres::{LayoutMigration, LayoutProgress, LayoutStage, PostgresAdmin, Removal};

use crate::by_url::{Migrate, TargetLayout};
use crate::failure::Failure;
use crate::output::{LayoutMigrationRow, Output, Progress};

/// The note that is printed as soon as no other process can write.
const OFFLINE: &str = "moving to the layout compact; streams, events and stream_events are locked until it is done: \
                       nothing can be appended, linked or deleted meanwhile";

/// Brings the tables up to date, and to another layout if that is asked for.
pub(super) async fn run(admin: &PostgresAdmin, migrate: &Migrate, output: &mut Output) -> Result<(), Failure> {
    if migrate.abandon {
        return abandon(admin, output).await;
    }
    let done = bring_up_to_date(admin, output).await?;
    if done > 0 || migrate.layout.is_none() {
        output.note(&up_to_date(done));
    }
    if let Some(TargetLayout::Compact) = migrate.layout {
        move_to_compact(admin, output).await?;
    }
    if migrate.drop_original {
        drop_original(admin, output).await?;
    }
    Ok(())
}

/// Returns how many migrations had to be carried out.
async fn bring_up_to_date(admin: &PostgresAdmin, output: &Output) -> Result<usize, Failure> {
    let pending = admin.migrations().await?;
    for migration in pending.iter().filter(|migration| migration.is_pending()) {
        output.note(&format!("to do: {}, {}", migration.version, migration.description));
    }
    Ok(admin.migrate().await?.len())
}

fn up_to_date(done: usize) -> String {
    match done {
        0 => "the event store was up to date already; nothing was changed".to_owned(),
        done => format!("the event store is up to date; migrations carried out: {done}"),
    }
}

async fn move_to_compact(admin: &PostgresAdmin, output: &mut Output) -> Result<(), Failure> {
    let mut bar: Option<Progress> = None;
    let migrated = admin
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

async fn drop_original(admin: &PostgresAdmin, output: &Output) -> Result<(), Failure> {
    output.note(match admin.drop_original_tables().await? {
        Removal::Removed => "the original tables were dropped",
        Removal::WasAbsent => "there were no original tables; nothing was changed",
    });
    Ok(())
}

async fn abandon(admin: &PostgresAdmin, output: &Output) -> Result<(), Failure> {
    output.note(match admin.abandon_migration_to_compact().await? {
        Removal::Removed => "the copies were removed; the event store keeps the layout original",
        Removal::WasAbsent => "no move was cut off; nothing was changed",
    });
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
