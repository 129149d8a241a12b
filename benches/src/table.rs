use std::fmt::Write;

use serde_json::Value;

use crate::error::Result;
use crate::measure::{Latency, OURS};
use crate::references::title;
use crate::report::Report;

impl Report {
    /// What goes to the standard output: one line, or a table.
    pub(crate) fn printed(&self, as_json: bool) -> Result<String> {
        if as_json {
            Ok(serde_json::to_string(self)? + "\n")
        } else {
            Ok(render(self))
        }
    }
}

/// The result of a workload, as people read it.
fn render(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = write(&mut text, report);
    text
}

fn write(text: &mut String, report: &Report) -> std::fmt::Result {
    let parameters = report
        .parameters
        .iter()
        .map(|(name, value)| format!("{name} {}", plain(value)));
    let parameters = parameters.collect::<Vec<_>>().join(", ");
    writeln!(
        text,
        "{}: {parameters}; {} {}",
        report.workload, report.server.product, report.server.version
    )?;
    writeln!(
        text,
        "\n{:30} {:>12} {:>8} {:>10} {:>10} {:>10} {:>10}",
        "", "events/s", "ours is", "p50 µs", "p95 µs", "p99 µs", "max µs"
    )?;
    for (name, reference) in &report.references {
        let ratio = format!("{:.2} ×", reference.ratio);
        row(
            text,
            &described(name),
            reference.events_per_s,
            &ratio,
            reference.latency_us,
        )?;
    }
    row(text, OURS, report.events_per_s.median, "", report.latency_us)?;
    writeln!(
        text,
        "\nours: {} to {} events/s",
        report.events_per_s.min, report.events_per_s.max
    )?;
    for (name, figure) in [
        ("peak memory of the client, MB", report.peak_rss_mb),
        (
            "processor time of the client, µs an event",
            report.client_cpu_us_per_event,
        ),
        (
            "processor time of the server, µs an event",
            report.server_cpu_us_per_event,
        ),
    ] {
        let figure = figure.map_or_else(|| "unknown".to_owned(), |figure| figure.to_string());
        writeln!(text, "{name}: {figure}")?;
    }
    for (name, value) in &report.details {
        writeln!(text, "{}: {}", name.replace('_', " "), plain(value))?;
    }
    Ok(())
}

fn row(text: &mut String, name: &str, rate: u64, ratio: &str, latency: Latency) -> std::fmt::Result {
    let Latency { p50, p95, p99, max } = latency;
    writeln!(
        text,
        "{name:30} {rate:>12} {ratio:>8} {p50:>10} {p95:>10} {p99:>10} {max:>10}"
    )
}

fn described(name: &str) -> String {
    title(name).map_or_else(|| name.replace('_', " "), |title| format!("{name} {title}"))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "unknown".to_owned(),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{} {}", name.replace('_', " "), plain(value)));
            fields.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    #[test]
    fn people_get_a_table() {
        let text = render(&report());
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "append: callers 50; PostgreSQL 15.18");
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        assert_eq!(words(lines[2]), "events/s ours is p50 µs p95 µs p99 µs max µs");
        let expected = "L1 bare loop, one connection 17200 0.88 × 10007 10007 10007 10007";
        assert_eq!(words(lines[3]), expected);
        assert_eq!(words(lines[4]), "ours 15200 10007 10007 10007 10007");
        assert!(lines.contains(&"wal bytes per event: 900"), "{text}");
        assert!(
            lines.contains(&"processor time of the server, µs an event: unknown"),
            "{text}"
        );
    }
}
