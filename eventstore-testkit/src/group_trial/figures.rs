use std::fmt;
use std::time::Duration;

use crate::history::Report;

/// What came of all rounds of a trial.
#[derive(Debug, Default)]
pub(super) struct Figures {
    rounds: u32,
    faults: usize,
    events: usize,
    deliveries: usize,
    redeliveries: usize,
    late_deliveries: usize,
    late_acknowledgements: usize,
    checkpoints: usize,
    findings: usize,
    pub(super) after_kills: Vec<Duration>,
    pub(super) after_leaving: Vec<Duration>,
}

impl Figures {
    pub(super) fn add(&mut self, report: &Report) {
        self.rounds += 1;
        self.faults += report.faults;
        self.events += report.events;
        self.deliveries += report.deliveries;
        self.redeliveries += report.redeliveries;
        self.late_deliveries += report.late_deliveries;
        self.late_acknowledgements += report.late_acknowledgements;
        self.checkpoints += report.checkpoints;
        self.findings += report.findings.len();
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} rounds: {} faults; {} events, {} deliveries ({} again, {} late), {} late acknowledgements, {} checkpoints; {} findings; \
             taken over after kills within {:?}, after leaving within {:?} (median {:?})",
            self.rounds,
            self.faults,
            self.events,
            self.deliveries,
            self.redeliveries,
            self.late_deliveries,
            self.late_acknowledgements,
            self.checkpoints,
            self.findings,
            slowest(&self.after_kills),
            slowest(&self.after_leaving),
            median(&self.after_leaving),
        )
    }
}

pub(super) fn slowest(times: &[Duration]) -> Duration {
    times.iter().copied().max().unwrap_or_default()
}

pub(super) fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
