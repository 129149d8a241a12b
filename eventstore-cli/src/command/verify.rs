use eventstore_core::{StreamDirectory, StreamSelector};
use eventstore_postgres::{Layout, Observation, Severity};

use crate::arguments::GlobalOptions;
use crate::backend;
use crate::failure::Failure;
use crate::output::Output;

/// What has been found.
#[derive(Default)]
struct Tally {
    damages: usize,
    notices: usize,
}

/// Checks the store.
pub(crate) async fn run(options: &GlobalOptions, mut output: Output) -> Result<(), Failure> {
    let store = backend::connect_directly(options).await?;
    // Without its row there is a finding, but no number.
    let events = store
        .stream_info(&StreamSelector::All)
        .await
        .map_or(0, |info| info.version.get());
    let looks = if store.layout() == Layout::Original { 5 } else { 2 };
    let progress = output.progress("entries", Some(events * looks));
    let mut tally = Tally::default();
    let mut printed = Ok(());
    store
        .verify_each(|observation| match observation {
            Observation::Found(finding) => {
                tally.count(finding.severity);
                if printed.is_ok() {
                    printed = output.finding(&finding);
                }
            }
            Observation::LookedAt(entries) => progress.advance(entries),
        })
        .await?;
    drop(progress);
    printed?;
    tally.conclude(output)
}

impl Tally {
    fn count(&mut self, severity: Severity) {
        match severity {
            Severity::Corruption => self.damages += 1,
            Severity::Notice => self.notices += 1,
        }
    }

    fn conclude(self, mut output: Output) -> Result<(), Failure> {
        if self.damages == 0 {
            output.summary(&sound(self.notices))?;
            return output.flush();
        }
        output.footer(&format!(
            "the event store is damaged; corruptions: {}, notices: {}",
            self.damages, self.notices
        ))?;
        output.flush()?;
        Err(Failure::Damaged(self.damages))
    }
}

fn sound(notices: usize) -> String {
    match notices {
        0 => "the event store is sound".to_owned(),
        notices => format!("the event store is sound; notices: {notices}"),
    }
}
