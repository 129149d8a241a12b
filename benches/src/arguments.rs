use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use clap::{Parser, ValueEnum};
use eventstore_postgres::Layout;

use crate::workloads::WorkloadName;

/// Measures the event store on PostgreSQL beside fixed references, and prints their ratios.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask load", bin_name = "cargo xtask load", max_term_width = 100)]
pub(crate) struct Arguments {
    /// What to measure
    #[arg(value_enum)]
    pub(crate) workload: WorkloadName,
    /// How many tasks append or read at once
    #[arg(long, value_name = "N")]
    pub(crate) callers: Option<NonZeroUsize>,
    /// How many events an append puts into its stream, at most 1000
    #[arg(long, value_name = "N")]
    pub(crate) batch: Option<NonZeroU32>,
    /// How many events are there before the measurement
    #[arg(long, value_name = "N")]
    pub(crate) events: Option<NonZeroU32>,
    /// How many subscriptions there are
    #[arg(long, value_name = "N")]
    pub(crate) subscriptions: Option<NonZeroU32>,
    /// The size of the store's pool
    #[arg(long, value_name = "N", default_value = "10")]
    pub(crate) connections: NonZeroUsize,
    /// How long each figure is measured in each repeat
    #[arg(long, value_name = "N", default_value = "3", value_parser = seconds)]
    pub(crate) seconds: Duration,
    /// How often everything is measured, in turn
    #[arg(long, value_name = "N", default_value = "3")]
    pub(crate) repeats: NonZeroU32,
    /// The tables of the store
    #[arg(long, value_enum, default_value = "compact")]
    pub(crate) layout: LayoutName,
    /// What an append expects of its stream
    #[arg(long, value_enum)]
    pub(crate) expected: Option<Expected>,
    /// Prints one line of JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    /// A server to measure on, with a database of its own there, instead of a throw-away one:
    /// postgres://USER:PASSWORD@HOST:PORT/DATABASE; or sqlite:PATH, for files of its own beside this one
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Does this on the database that the environment names, for another process of the load generator
    #[arg(long, hide = true)]
    pub(crate) apart: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LayoutName {
    Compact,
    Original,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Expected {
    /// Nothing
    Any,
    /// The version after its last append
    Exact,
}

impl From<LayoutName> for Layout {
    fn from(name: LayoutName) -> Self {
        match name {
            LayoutName::Compact => Self::Compact,
            LayoutName::Original => Self::Original,
        }
    }
}

impl Expected {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Exact => "exact",
        }
    }
}

/// A time of at least a millisecond; fractions are allowed.
fn seconds(text: &str) -> Result<Duration, String> {
    let parsed = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    parsed
        .filter(|duration| *duration >= Duration::from_millis(1))
        .ok_or_else(|| "it must be a positive number of seconds".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn refusal(arguments: &[&str]) -> String {
        let words = [&["load", "append"], arguments].concat();
        Arguments::try_parse_from(words).unwrap_err().to_string()
    }

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_option_of_the_contract_is_taken() {
        let line = "load replay --callers 5 --batch 2 --events 7 --connections 3 --seconds 0.5 --repeats 4 \
                    --layout original --json --url postgres://h";
        let parsed = Arguments::try_parse_from(line.split_whitespace()).unwrap();
        assert_eq!(parsed.callers.map(NonZeroUsize::get), Some(5));
        assert_eq!(parsed.batch.map(NonZeroU32::get), Some(2));
        assert_eq!(parsed.events.map(NonZeroU32::get), Some(7));
        assert_eq!((parsed.connections.get(), parsed.repeats.get()), (3, 4));
        assert_eq!(parsed.seconds, Duration::from_millis(500));
        assert_eq!(parsed.layout, LayoutName::Original);
        assert!(parsed.json && parsed.url.is_some());
    }

    #[test]
    fn a_bad_value_is_refused_with_the_name_of_its_argument() {
        for (option, value) in [
            ("--callers", "0"),
            ("--batch", "0"),
            ("--events", "-1"),
            ("--subscriptions", "0"),
            ("--connections", "many"),
            ("--seconds", "0"),
            ("--seconds", "nan"),
            ("--repeats", "0"),
            ("--layout", "other"),
            ("--expected", "7"),
        ] {
            let text = refusal(&[&format!("{option}={value}")]);
            assert!(text.contains(option) && text.contains(value), "{text}");
        }
    }
}
