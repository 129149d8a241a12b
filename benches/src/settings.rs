use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use eventstore_postgres::Layout;
use serde_json::{Map, Value, json};

use crate::arguments::{Arguments, Expected};
use crate::error::{LoadError, Result};

/// What a workload takes for the options that are not given; one that is `None` is none of its options.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Defaults {
    pub(crate) callers: Option<usize>,
    pub(crate) batch: Option<u32>,
    pub(crate) events: Option<u32>,
    pub(crate) subscriptions: Option<u32>,
    pub(crate) expected: Option<Expected>,
}

/// What is measured, and how.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) callers: usize,
    pub(crate) batch: u32,
    pub(crate) events: u32,
    pub(crate) subscriptions: u32,
    pub(crate) expected: Expected,
    pub(crate) connections: NonZeroUsize,
    pub(crate) duration: Duration,
    pub(crate) repeats: u32,
    pub(crate) layout: Layout,
    used: Defaults,
}

impl Settings {
    /// More of them would not fit into one statement of the original's.
    const MAX_BATCH: u32 = 1_000;

    /// Says on the standard error stream which options the workload has no use for.
    pub(crate) fn resolve(arguments: &Arguments, workload: &str, defaults: &Defaults) -> Result<Self> {
        for option in ignored(arguments, defaults) {
            eprintln!("note: {workload} does not use {option}");
        }
        let batch = arguments.batch.map(NonZeroU32::get).or(defaults.batch).unwrap_or(1);
        if batch > Self::MAX_BATCH {
            return Err(LoadError::invalid(
                "--batch",
                format!("it must not exceed {}", Self::MAX_BATCH),
            ));
        }
        Ok(Self {
            callers: arguments
                .callers
                .map(NonZeroUsize::get)
                .or(defaults.callers)
                .unwrap_or(1),
            batch,
            events: arguments.events.map(NonZeroU32::get).or(defaults.events).unwrap_or(0),
            subscriptions: arguments
                .subscriptions
                .map(NonZeroU32::get)
                .or(defaults.subscriptions)
                .unwrap_or(1),
            expected: arguments.expected.or(defaults.expected).unwrap_or(Expected::Any),
            connections: arguments.connections,
            duration: arguments.seconds,
            repeats: arguments.repeats.get(),
            layout: arguments.layout.into(),
            used: *defaults,
        })
    }

    /// Those that the workload uses, by their names.
    pub(crate) fn parameters(&self) -> Map<String, Value> {
        let Defaults {
            callers,
            batch,
            events,
            subscriptions,
            expected,
        } = self.used;
        [
            ("callers", callers.map(|_| json!(self.callers))),
            ("batch", batch.map(|_| json!(self.batch))),
            ("events", events.map(|_| json!(self.events))),
            ("subscriptions", subscriptions.map(|_| json!(self.subscriptions))),
            ("expected", expected.map(|_| json!(self.expected.as_str()))),
            ("layout", Some(json!(self.layout.to_string()))),
            ("connections", Some(json!(self.connections))),
            ("seconds", Some(json!(self.duration.as_secs_f64()))),
            ("repeats", Some(json!(self.repeats))),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
    }
}

fn ignored(arguments: &Arguments, defaults: &Defaults) -> Vec<&'static str> {
    [
        ("--callers", arguments.callers.is_some(), defaults.callers.is_some()),
        ("--batch", arguments.batch.is_some(), defaults.batch.is_some()),
        ("--events", arguments.events.is_some(), defaults.events.is_some()),
        (
            "--subscriptions",
            arguments.subscriptions.is_some(),
            defaults.subscriptions.is_some(),
        ),
        ("--expected", arguments.expected.is_some(), defaults.expected.is_some()),
    ]
    .into_iter()
    .filter(|(_, is_given, is_used)| *is_given && !is_used)
    .map(|(option, ..)| option)
    .collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    const DEFAULTS: Defaults = Defaults {
        callers: Some(10),
        batch: Some(1),
        events: None,
        subscriptions: None,
        expected: None,
    };

    fn resolve(line: &str) -> Result<Settings> {
        let arguments = Arguments::try_parse_from(line.split_whitespace()).unwrap();
        Settings::resolve(&arguments, "append", &DEFAULTS)
    }

    #[test]
    fn what_is_not_given_is_the_default_of_the_workload() {
        let settings = resolve("load append --batch 5").unwrap();
        assert_eq!((settings.callers, settings.batch), (10, 5));
    }

    #[test]
    fn only_what_is_used_is_told() {
        let parameters = resolve("load append --events 5 --seconds 2").unwrap().parameters();
        let names: Vec<_> = parameters.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["batch", "callers", "connections", "layout", "repeats", "seconds"]
        );
        assert_eq!(parameters["layout"], "compact");
    }

    #[test]
    fn a_batch_that_is_too_large_is_refused_by_name() {
        let error = resolve("load append --batch 1001").unwrap_err();
        assert_eq!(error.to_string(), "invalid --batch: it must not exceed 1000");
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn options_without_a_use_are_noticed() {
        let line = "load append --events 5 --expected any --callers 1";
        let arguments = Arguments::try_parse_from(line.split_whitespace()).unwrap();
        assert_eq!(ignored(&arguments, &DEFAULTS), ["--events", "--expected"]);
    }
}
