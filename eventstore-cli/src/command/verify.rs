use std::collections::BTreeMap;

use clap::Args;

use crate::failure::Failure;
use crate::output::{FindingsRow, Output, Progress};
use crate::{Connector, Finding, Observation, Severity};

/// How to check the store, and how much to print.
#[derive(Args)]
pub(crate) struct Verify {
    /// Prints each finding, not only how many there are of each kind; lines of JSON always do
    #[arg(long)]
    details: bool,
    /// Reads the store as any other program does, without the checks that only this kind of store has
    #[arg(long)]
    by_reading: bool,
}

/// What has been found of one kind.
struct Findings {
    count: usize,
    first: String,
}

/// What was found, as far as it was not printed.
struct Report {
    output: Output,
    prints_each: bool,
    kinds: BTreeMap<(Severity, &'static str), Findings>,
    progress: Option<Progress>,
    printed: Result<(), Failure>,
}

impl Verify {
    /// Checks the store.
    pub(crate) async fn run<C: Connector>(self, connector: &C, output: Output) -> Result<(), Failure> {
        let mut report = Report {
            prints_each: self.details || output.is_for_programs(),
            output,
            kinds: BTreeMap::new(),
            progress: None,
            printed: Ok(()),
        };
        let mut take = |observation| report.take(observation);
        if self.by_reading {
            connector.verify_by_reading(&mut take).await?;
        } else {
            connector.verify(&mut take).await?;
        }
        report.conclude()
    }
}

impl Report {
    fn take(&mut self, observation: Observation) {
        match observation {
            Observation::Total(entries) => self.progress = Some(self.output.progress("entries", Some(entries))),
            Observation::LookedAt(entries) => {
                if let Some(progress) = &self.progress {
                    progress.advance(entries);
                }
            }
            Observation::Found(finding) => self.find(finding),
        }
    }

    fn find(&mut self, finding: Finding) {
        if self.prints_each && self.printed.is_ok() {
            self.printed = self.output.finding(&finding);
        }
        self.kinds
            .entry((finding.severity, finding.kind))
            .and_modify(|findings| findings.count += 1)
            .or_insert(Findings {
                count: 1,
                first: finding.location,
            });
    }

    fn conclude(mut self) -> Result<(), Failure> {
        drop(self.progress.take());
        std::mem::replace(&mut self.printed, Ok(()))?;
        if !self.prints_each && !self.kinds.is_empty() {
            self.print_kinds()?;
        }
        let (damages, notices) = (self.count(Severity::Corruption), self.count(Severity::Notice));
        if damages == 0 {
            self.output.summary(&sound(notices))?;
            return self.output.flush();
        }
        self.output.footer(&format!(
            "the event store is damaged; corruptions: {damages}, notices: {notices}"
        ))?;
        self.output.flush()?;
        Err(Failure::Damaged(damages))
    }

    fn print_kinds(&mut self) -> Result<(), Failure> {
        // The worst first.
        let rows: Vec<_> = self
            .kinds
            .iter()
            .rev()
            .map(|((severity, kind), findings)| FindingsRow {
                severity: severity.as_str(),
                kind,
                count: findings.count,
                first: findings.first.clone(),
            })
            .collect();
        self.output.rows(rows)?;
        self.output.footer("--details prints each finding")
    }

    fn count(&self, severity: Severity) -> usize {
        let of_severity = self.kinds.iter().filter(|((other, _), _)| *other == severity);
        of_severity.map(|(_, findings)| findings.count).sum()
    }
}

fn sound(notices: usize) -> String {
    match notices {
        0 => "the event store is sound".to_owned(),
        notices => format!("the event store is sound; notices: {notices}"),
    }
}
