use std::time::Duration;

use indicatif::ProgressBar;

use super::statistics::{Latency, Spread, float, median};
use super::{Entrant, OURS, Slice};
use crate::error::{LoadError, Result};
use crate::server::{Reading, Usage};

/// What the first turn, which does not count, takes of the time of the others.
const WARM_UP: f64 = 0.2;

/// Tells what has been spent until now.
pub(crate) trait Meter: Send {
    fn reading(&mut self) -> impl Future<Output = Result<Reading>> + Send;
}

/// What several entrants did in the same turns.
#[derive(Debug)]
pub(crate) struct Comparison {
    entrants: Vec<Measured>,
}

/// What one of them did.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    warm_up: Slice,
    slices: Vec<Slice>,
}

impl Comparison {
    /// Gives each entrant its turn, this many times: what slows the machine down slows all of them.
    pub(crate) async fn run(
        meter: &mut impl Meter,
        mut entrants: Vec<Entrant>,
        duration: Duration,
        repeats: u32,
        progress: &ProgressBar,
    ) -> Result<Self> {
        let mut measured = Vec::new();
        for entrant in &mut entrants {
            progress.set_message(format!("{}, warming up", entrant.name));
            measured.push(Measured {
                name: entrant.name,
                warm_up: entrant.run(duration.mul_f64(WARM_UP)).await?,
                slices: Vec::new(),
            });
        }
        progress.inc_length(u64::from(repeats) * count(&entrants));
        for repeat in 1..=repeats {
            for (entrant, measured) in entrants.iter_mut().zip(&mut measured) {
                progress.set_message(format!("{}, {repeat} of {repeats}", entrant.name));
                let before = meter.reading().await?;
                let slice = entrant.run(duration).await?;
                let usage = meter.reading().await?.since(before);
                measured.slices.push(Slice { usage, ..slice });
                progress.inc(1);
            }
        }
        Ok(Self { entrants: measured })
    }

    pub(crate) fn named(&self, name: &'static str) -> Result<&Measured> {
        let found = self.entrants.iter().find(|measured| measured.name == name);
        found.ok_or(LoadError::NotMeasured { name })
    }

    pub(crate) fn ours(&self) -> Result<&Measured> {
        self.named(OURS)
    }

    pub(crate) fn references(&self) -> impl Iterator<Item = &Measured> {
        self.entrants.iter().filter(|measured| measured.name != OURS)
    }

    #[cfg(test)]
    pub(crate) fn of(entrants: Vec<Measured>) -> Self {
        Self { entrants }
    }
}

impl Measured {
    pub(crate) fn events_per_s(&self) -> Spread {
        Spread::of(&self.rates())
    }

    pub(crate) fn latency(&self) -> Latency {
        let turns: Vec<_> = self
            .slices
            .iter()
            .map(|slice| Latency::from(&slice.latencies))
            .collect();
        Latency::of_turns(&turns)
    }

    /// How long a call took: the median of the turns' medians.
    pub(crate) fn typical_call(&self) -> Duration {
        Duration::from_micros(self.latency().p50)
    }

    /// How many times as fast it was: the median of what the turns say, each compared with that of the other.
    pub(crate) fn ratio_to(&self, other: &Self) -> f64 {
        let pairs = self.rates().into_iter().zip(other.rates());
        median(&pairs.map(|(ours, theirs)| ours / theirs).collect::<Vec<_>>())
    }

    /// Something of what the counted turns have spent, by their events; unknown if it is of one of them.
    pub(crate) fn per_event(&self, spent: impl Fn(&Usage) -> Option<f64>) -> Option<f64> {
        let sum: Option<f64> = self.slices.iter().map(|slice| spent(&slice.usage)).sum();
        let events: u64 = self.slices.iter().map(|slice| slice.events).sum();
        sum.map(|sum| sum / float(events.max(1)))
    }

    /// All events of calls that were answered, those before the first turn that counts included.
    pub(crate) fn answered(&self) -> u64 {
        self.warm_up.events + self.slices.iter().map(|slice| slice.events).sum::<u64>()
    }

    fn rates(&self) -> Vec<f64> {
        self.slices.iter().map(Slice::events_per_s).collect()
    }

    /// One call a turn, of this many events within a second.
    #[cfg(test)]
    pub(crate) fn of(name: &'static str, rates: &[u64]) -> Self {
        let slice = |events: &u64| {
            let mut slice = Slice::default();
            slice.record(*events, Duration::from_millis(10));
            slice.elapsed = Duration::from_secs(1);
            slice.usage = Usage {
                wal_bytes: 3 * events,
                client_cpu: Some(Duration::from_micros(2 * events)),
                server_cpu: None,
            };
            slice
        };
        Self {
            name,
            warm_up: slice(&1),
            slices: rates.iter().map(slice).collect(),
        }
    }
}

fn count(entrants: &[Entrant]) -> u64 {
    u64::try_from(entrants.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_the_median_of_those_of_the_turns() {
        let ours = Measured::of(OURS, &[100, 200, 90]);
        let reference = Measured::of("L1", &[50, 50, 90]);
        assert!((ours.ratio_to(&reference) - 2.0).abs() < f64::EPSILON);
    }

    #[test]
    fn what_is_spent_is_told_by_event_unless_it_is_unknown() {
        let ours = Measured::of(OURS, &[100, 300]);
        let wal = ours.per_event(|usage| Some(float(usage.wal_bytes))).unwrap();
        assert!((wal - 3.0).abs() < f64::EPSILON);
        let server = ours.per_event(|usage| usage.server_cpu.map(|time| time.as_secs_f64()));
        assert_eq!(server, None);
    }

    #[test]
    fn what_was_answered_while_warming_up_counts_as_well() {
        assert_eq!(Measured::of(OURS, &[100, 300]).answered(), 401);
    }

    #[test]
    fn references_are_all_but_ours() {
        let comparison = Comparison::of(vec![Measured::of("L0", &[1]), Measured::of(OURS, &[2])]);
        let names: Vec<_> = comparison.references().map(|measured| measured.name).collect();
        assert_eq!(names, ["L0"]);
        assert_eq!(comparison.ours().unwrap().answered(), 3);
        assert!(matches!(
            comparison.named("L1"),
            Err(LoadError::NotMeasured { name: "L1" })
        ));
    }
}
