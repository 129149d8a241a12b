use crate::by_url::{Init, Migrate};
use crate::failure::Failure;

/// Refuses options for what SQLite stores do not have.
pub(super) fn refuse_layouts(init: &Init) -> Result<(), Failure> {
    refuse("--layout", init.layout.is_some())?;
    refuse("--data-type", init.data_type.is_some())
}

/// As [`refuse_layouts`].
pub(super) fn refuse_moves(migrate: &Migrate) -> Result<(), Failure> {
    refuse("--layout", migrate.layout.is_some())?;
    refuse("--abandon", migrate.abandon)
}

fn refuse(option: &str, is_given: bool) -> Result<(), Failure> {
    if is_given {
        return Err(Failure::Usage(format!(
            "{option} is for stores on PostgreSQL: a SQLite store has only one layout, which keeps any bytes"
        )));
    }
    Ok(())
}

/// Why there is no index to manage.
pub(super) fn refused_index() -> Failure {
    Failure::Usage(
        "only a store on PostgreSQL can be without the index on correlation ids: a SQLite store always has it"
            .to_owned(),
    )
}
