use crate::Connector;
use crate::failure::Failure;
use crate::output::{CheckRow, Output};

/// Prints how the store is doing, one check a line; fails if one of them is not well.
pub(crate) async fn run<C: Connector>(connector: &C, mut output: Output) -> Result<(), Failure> {
    connector.check()?;
    let checks = connector.health().await;
    output.rows(checks.iter().map(CheckRow::from))?;
    output.flush()?;
    match checks.iter().find(|check| !check.is_well) {
        None => Ok(()),
        Some(check) => Err(Failure::Unwell {
            check: check.name,
            detail: check.detail.clone(),
        }),
    }
}
