use eventstore_core::{StreamDirectory, StreamSelector};
use eventstore_postgres::{Layout, PostgresStore};

use crate::{Failure, Finding, Observation, Severity};

/// Checks the tables.
pub(super) async fn run(store: &PostgresStore, report: &mut (dyn FnMut(Observation) + Send)) -> Result<(), Failure> {
    report(Observation::Total(entries(store).await));
    store
        .verify_each(|observation| match observation {
            eventstore_postgres::Observation::Found(finding) => report(Observation::Found(finding.into())),
            eventstore_postgres::Observation::LookedAt(entries) => report(Observation::LookedAt(entries)),
        })
        .await?;
    Ok(())
}

/// How many entries a check examines. Without the row of `$all` there is a finding, but no number.
async fn entries(store: &PostgresStore) -> u64 {
    let head = store.stream_info(&StreamSelector::All).await;
    let looks = if store.layout() == Layout::Original { 5 } else { 2 };
    head.map_or(0, |info| info.version.get()) * looks
}

impl From<eventstore_postgres::Finding> for Finding {
    fn from(finding: eventstore_postgres::Finding) -> Self {
        Self {
            severity: match finding.severity {
                eventstore_postgres::Severity::Notice => Severity::Notice,
                eventstore_postgres::Severity::Corruption => Severity::Corruption,
            },
            kind: finding.kind.as_str(),
            location: finding.location,
        }
    }
}
