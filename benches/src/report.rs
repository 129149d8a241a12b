use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::bench::Bench;
use crate::error::Result;
use crate::measure::{Comparison, Latency, Measured, Spread, rounded};
use crate::server::{ServerFacts, Usage, peak_rss_mb};
use crate::workloads::Outcome;

/// The result of a workload, as machines read it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) workload: &'static str,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) server: ServerFacts,
    pub(crate) events_per_s: Spread,
    pub(crate) latency_us: Latency,
    pub(crate) references: BTreeMap<&'static str, Reference>,
    pub(crate) peak_rss_mb: Option<f64>,
    pub(crate) client_cpu_us_per_event: Option<f64>,
    pub(crate) server_cpu_us_per_event: Option<f64>,
    #[serde(flatten)]
    pub(crate) details: Map<String, Value>,
}

/// What something else has done in the same turns.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Reference {
    /// The median of its turns.
    pub(crate) events_per_s: u64,
    /// How many times as fast ours was.
    pub(crate) ratio: f64,
    pub(crate) latency_us: Latency,
}

impl Report {
    pub(crate) fn new(workload: &'static str, bench: &Bench, server: ServerFacts, outcome: Outcome) -> Result<Self> {
        Self::of(workload, bench.settings.parameters(), server, outcome)
    }

    pub(crate) fn of(
        workload: &'static str,
        parameters: Map<String, Value>,
        server: ServerFacts,
        outcome: Outcome,
    ) -> Result<Self> {
        let ours = outcome.comparison.ours()?;
        let micros_of = |time: fn(&Usage) -> Option<std::time::Duration>| {
            let micros = ours.per_event(|usage| Some(time(usage)?.as_secs_f64() * 1e6));
            micros.map(|micros| rounded(micros, 1))
        };
        Ok(Self {
            workload,
            parameters,
            server,
            events_per_s: ours.events_per_s(),
            latency_us: ours.latency(),
            references: references(&outcome.comparison, ours),
            peak_rss_mb: outcome.peak_rss_mb.or_else(peak_rss_mb).map(|peak| rounded(peak, 1)),
            client_cpu_us_per_event: micros_of(|usage| usage.client_cpu),
            server_cpu_us_per_event: micros_of(|usage| usage.server_cpu),
            details: outcome.details,
        })
    }
}

fn references(comparison: &Comparison, ours: &Measured) -> BTreeMap<&'static str, Reference> {
    let reference = |measured: &Measured| Reference {
        events_per_s: measured.events_per_s().median,
        ratio: rounded(ours.ratio_to(measured), 2),
        latency_us: measured.latency(),
    };
    comparison
        .references()
        .map(|measured| (measured.name, reference(measured)))
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;
    use crate::measure::OURS;
    use crate::references::L1;

    pub(crate) fn report() -> Report {
        let comparison = Comparison::of(vec![
            Measured::of(L1, &[17_000, 17_200, 18_000]),
            Measured::of(OURS, &[14_100, 15_200, 15_900]),
        ]);
        let outcome = Outcome {
            peak_rss_mb: Some(41.04),
            ..Outcome::of(comparison)
        };
        let server = ServerFacts {
            product: "PostgreSQL",
            version: "15.18".to_owned(),
            fsync: true,
            synchronous_commit: "on".to_owned(),
            full_page_writes: true,
            data_in_memory: Some(false),
        };
        let parameters = Map::from_iter([("callers".to_owned(), json!(50))]);
        Report::of(
            "append",
            parameters,
            server,
            outcome.with_detail("wal_bytes_per_event", 900),
        )
        .unwrap()
    }

    #[test]
    fn machines_get_one_line_in_the_agreed_shape() {
        let line = report().printed(true).unwrap();
        assert_eq!(line.find('\n'), Some(line.len() - 1));
        let latency = json!({"p50": 10_007, "p95": 10_007, "p99": 10_007, "max": 10_007});
        let expected = json!({
            "workload": "append",
            "parameters": {"callers": 50},
            "server": {
                "product": "PostgreSQL", "version": "15.18", "fsync": true, "synchronous_commit": "on", "full_page_writes": true,
                "data_in_memory": false,
            },
            "events_per_s": {"min": 14_100, "median": 15_200, "max": 15_900},
            "latency_us": latency,
            "references": {"L1": {"events_per_s": 17_200, "ratio": 0.88, "latency_us": latency}},
            "peak_rss_mb": 41.0,
            "client_cpu_us_per_event": 2.0,
            "server_cpu_us_per_event": null,
            "wal_bytes_per_event": 900,
        });
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), expected);
    }
}
