use std::fmt;

use super::Finding;

/// The result of judging a history.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The broken promises.
    pub findings: Vec<Finding>,
    /// The number of events in the log.
    pub events: usize,
    /// The number of append calls, retries included.
    pub appends: usize,
    /// How many of them never received their outcome.
    pub unknown_outcomes: usize,
    /// The number of delivered events.
    pub deliveries: usize,
    /// How many of them were redeliveries.
    pub redeliveries: usize,
    /// How many events former holders of a partition began to handle after another one had been given it.
    pub late_deliveries: usize,
    /// How many acknowledgements of former holders counted for nothing.
    pub late_acknowledgements: usize,
    /// The number of checkpoints that were checked.
    pub checkpoints: usize,
    /// The number of faults that were injected on purpose.
    pub faults: usize,
}

impl Report {
    /// Returns whether no promise is broken.
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
            "{} faults; {} events, {} appends ({} outcomes unknown), {} deliveries ({} again, {} late), {} late acknowledgements, {} checkpoints; {} findings",
            self.faults,
            self.events,
            self.appends,
            self.unknown_outcomes,
            self.deliveries,
            self.redeliveries,
            self.late_deliveries,
            self.late_acknowledgements,
            self.checkpoints,
            self.findings.len(),
        )?;
        for finding in self.findings.iter().take(TOLD) {
            write!(f, "\n{}: {finding}", finding.promise())?;
        }
        Ok(())
    }
}
