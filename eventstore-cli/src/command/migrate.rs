use crate::arguments::GlobalOptions;
use crate::backend;
use crate::failure::Failure;
use crate::output::Output;

/// Brings the tables up to date.
pub(crate) async fn run(options: &GlobalOptions, output: &mut Output) -> Result<(), Failure> {
    let config = backend::config(options)?;
    let pending = eventstore_postgres::migrations(&config).await?;
    for migration in pending.iter().filter(|migration| migration.is_pending()) {
        output.note(&format!("to do: {}, {}", migration.version, migration.description));
    }
    let done = eventstore_postgres::migrate(&config).await?;
    output.note(&match done.len() {
        0 => "the event store was up to date already; nothing was changed".to_owned(),
        done => format!("the event store is up to date; migrations carried out: {done}"),
    });
    Ok(())
}
