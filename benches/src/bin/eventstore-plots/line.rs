use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// What a plot needs of a run of the load generator.
#[derive(Debug, Deserialize)]
pub(crate) struct Line {
    pub(crate) workload: String,
    parameters: Map<String, Value>,
    events_per_s: Spread,
    references: BTreeMap<String, Reference>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

#[derive(Debug, Deserialize)]
struct Reference {
    events_per_s: f64,
}

/// A bar of a plot, in events a second.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) spread: Spread,
    pub(crate) is_reference: bool,
}

impl Line {
    pub(crate) fn parse_all(text: &str) -> serde_json::Result<Vec<Self>> {
        text.lines().map(serde_json::from_str).collect()
    }

    /// What tells it from the other runs of its workload.
    fn title(&self) -> String {
        const SAID: [&str; 5] = ["layout", "callers", "batch", "subscriptions", "events"];
        let told = SAID.iter().filter_map(|name| {
            let value = self.parameters.get(*name)?;
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Some(if *name == "layout" {
                text
            } else {
                format!("{name} {text}")
            })
        });
        told.collect::<Vec<_>>().join(", ")
    }
}

/// A bar for ours and one for each reference, for each combination of parameters; runs that have the same share them.
pub(crate) fn bars(lines: &[&Line]) -> Vec<Bar> {
    let mut runs: BTreeMap<String, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        runs.entry(line.title()).or_default().push(line);
    }
    runs.iter().flat_map(|(title, lines)| bars_of(title, lines)).collect()
}

fn bars_of(title: &str, lines: &[&Line]) -> Vec<Bar> {
    let ours = Bar {
        label: title.to_owned(),
        spread: Spread {
            min: lines
                .iter()
                .map(|line| line.events_per_s.min)
                .fold(f64::INFINITY, f64::min),
            median: median(lines.iter().map(|line| line.events_per_s.median)),
            max: lines.iter().map(|line| line.events_per_s.max).fold(0.0, f64::max),
        },
        is_reference: false,
    };
    let names = lines.first().into_iter().flat_map(|line| line.references.keys());
    let references = names.map(|name| {
        let figures = lines
            .iter()
            .filter_map(|line| Some(line.references.get(name)?.events_per_s));
        let median = median(figures);
        Bar {
            label: name.clone(),
            spread: Spread {
                min: median,
                median,
                max: median,
            },
            is_reference: true,
        }
    });
    std::iter::once(ours).chain(references).collect()
}

/// The figure in the middle, or the lower one of the two there; 0 if there is none.
fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = figures.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len().saturating_sub(1) / 2;
    sorted.get(middle).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = r#"{"workload":"read","parameters":{"callers":10,"layout":"compact","seconds":1.0},"events_per_s":{"min":1,"median":5,"max":6},"references":{"L0":{"events_per_s":2,"ratio":2.5}}}
{"workload":"read","parameters":{"callers":10,"layout":"compact","seconds":1.0},"events_per_s":{"min":2,"median":3,"max":9},"references":{"L0":{"events_per_s":4,"ratio":0.75}}}
{"workload":"read","parameters":{"callers":10,"layout":"compact","seconds":1.0},"events_per_s":{"min":2,"median":4,"max":8},"references":{"L0":{"events_per_s":3,"ratio":1.0}}}"#;

    #[test]
    fn runs_with_the_same_parameters_share_their_bars() {
        let lines = Line::parse_all(LINES).unwrap();
        let bar = |label: &str, (min, median, max), is_reference| Bar {
            label: label.to_owned(),
            spread: Spread { min, median, max },
            is_reference,
        };
        let expected = [
            bar("compact, callers 10", (1.0, 4.0, 9.0), false),
            bar("L0", (3.0, 3.0, 3.0), true),
        ];
        assert_eq!(bars(&lines.iter().collect::<Vec<_>>()), expected);
    }

    #[test]
    fn what_is_no_line_of_the_load_generator_is_refused() {
        assert!(Line::parse_all("{}").is_err());
    }
}
