use eventstore_postgres::{Finding, Severity};

use crate::arguments::GlobalOptions;
use crate::backend;
use crate::failure::Failure;
use crate::output::Output;

/// Checks the store.
pub(crate) async fn run(options: &GlobalOptions, mut output: Output) -> Result<(), Failure> {
    let findings = backend::connect(options).await?.verify().await?;
    for finding in &findings {
        output.finding(finding)?;
    }
    let damages = findings.iter().filter(|finding| is_damage(finding)).count();
    output.summary(&summary(damages, findings.len() - damages))?;
    output.flush()?;
    if damages == 0 {
        Ok(())
    } else {
        Err(Failure::Damaged(damages))
    }
}

fn is_damage(finding: &Finding) -> bool {
    matches!(finding.severity, Severity::Corruption)
}

fn summary(damages: usize, notices: usize) -> String {
    match (damages, notices) {
        (0, 0) => "the event store is intact".to_owned(),
        (0, notices) => format!("the event store is intact; notices: {notices}"),
        (damages, notices) => format!("the event store is damaged; corruptions: {damages}, notices: {notices}"),
    }
}
