use eventstore_core::{Error, Result};
use eventstore_sqlite::SqliteAdmin;

use crate::{Finding, Observation, Severity};

/// Lets SQLite check the file; whether it is damaged.
pub(super) async fn file(admin: &SqliteAdmin, report: &mut (dyn FnMut(Observation) + Send)) -> Result<bool> {
    let damages = match admin.check_file().await {
        // Damaged so that it cannot even be checked.
        Err(error @ Error::Storage { .. }) => vec![error.to_string()],
        checked => checked?,
    };
    let is_damaged = !damages.is_empty();
    for damage in damages {
        report(corruption("damaged_file", damage));
    }
    Ok(is_damaged)
}

/// The outcome of a check of what the file holds, of which a damaged file may let nothing be read.
pub(super) fn unless_damaged(
    is_damaged: bool,
    verified: Result<()>,
    report: &mut (dyn FnMut(Observation) + Send),
) -> Result<()> {
    match verified {
        Err(error @ Error::Storage { .. }) if is_damaged => {
            report(corruption("unreadable", error.to_string()));
            Ok(())
        }
        verified => verified,
    }
}

fn corruption(kind: &'static str, location: String) -> Observation {
    Observation::Found(Finding {
        severity: Severity::Corruption,
        kind,
        location,
    })
}
