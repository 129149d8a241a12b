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
    let notices = findings.len() - damages;
    if damages == 0 {
        output.summary(&sound(notices))?;
        output.flush()
    } else {
        output.footer(&format!(
            "the event store is damaged; corruptions: {damages}, notices: {notices}"
        ))?;
        output.flush()?;
        Err(Failure::Damaged(damages))
    }
}

fn is_damage(finding: &Finding) -> bool {
    matches!(finding.severity, Severity::Corruption)
}

fn sound(notices: usize) -> String {
    match notices {
        0 => "the event store is sound".to_owned(),
        notices => format!("the event store is sound; notices: {notices}"),
    }
}
