use std::fmt;

use super::Finding;

/// What a history came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The broken promises.
    pub findings: Vec<Finding>,
    /// How many events stand in the log.
    pub events: usize,
    /// How many appends were called, repetitions included.
    pub appends: usize,
    /// How many of them were never told their outcome.
    pub unknown_outcomes: usize,
    /// How many events were delivered.
    pub deliveries: usize,
    /// How many of them again.
    pub redeliveries: usize,
    /// How many checkpoints were looked at.
    pub checkpoints: usize,
    /// How many things were broken on purpose.
    pub faults: usize,
}

impl Report {
    /// Whether no promise is broken.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// How many findings are told in full.
const TOLD: usize = 20;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} faults; {} events, {} appends ({} outcomes unknown), {} deliveries ({} again), {} checkpoints; {} findings",
            self.faults,
            self.events,
            self.appends,
            self.unknown_outcomes,
            self.deliveries,
            self.redeliveries,
            self.checkpoints,
            self.findings.len(),
        )?;
        for finding in self.findings.iter().take(TOLD) {
            write!(f, "\n{}: {finding}", finding.promise())?;
        }
        Ok(())
    }
}
