use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Args, Parser};

use crate::command::Command;
use crate::message;
use crate::output::{Format, Output};
use crate::{Connector, Failure};

/// What is on the command line.
#[derive(Parser)]
#[command(
    name = C::NAME,
    version,
    about = "Works on an event store from a shell",
    max_term_width = 100
)]
pub(crate) struct Arguments<C: Connector> {
    #[command(flatten)]
    connector: C,
    #[command(flatten)]
    pub(crate) options: GlobalOptions,
    #[command(subcommand)]
    command: Command<C>,
}

/// What every command takes.
#[derive(Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalOptions {
    /// Prints no notes, only results and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// How results are printed [default: table on a terminal, otherwise jsonl]
    #[arg(long, global = true, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
}

impl<C: Connector> Arguments<C> {
    /// Reads the command line of the process; prints the help or the version and ends the program if that was asked for.
    pub(crate) fn parse() -> Result<Self, Failure> {
        Self::parse_from(std::env::args_os())
    }

    /// As [`parse`](Self::parse), from these arguments.
    pub(crate) fn parse_from(
        arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Self, Failure> {
        Self::try_parse_from(arguments).map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => error.exit(),
            _ => Failure::Usage(usage_error(&error)),
        })
    }

    /// Executes the command that they name.
    pub(crate) async fn run(self, output: Output) -> Result<(), Failure> {
        // Boxed, as each command is: the compiler follows futures within futures so far and no further.
        let outcome = Box::pin(self.command.run(&self.connector, output)).await;
        self.connector.finish().await;
        outcome.map_err(|failure| failure.with_remedy(|error| self.connector.remedy(error)))
    }
}

/// What is wrong, on one line, without the usage text and without what must not be printed.
fn usage_error(error: &clap::Error) -> String {
    let rendered = error.render().to_string();
    let told: Vec<_> = rendered
        .split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.starts_with("Usage:") && !paragraph.starts_with("For more information"))
        .flat_map(str::lines)
        .map(str::trim)
        .collect();
    let text = told.join(" ");
    message::without_secrets(text.strip_prefix("error: ").unwrap_or(&text))
}

#[cfg(test)]
#[cfg(feature = "program")]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::UrlConnector;

    type Arguments = super::Arguments<UrlConnector>;

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    /// The long help of a command.
    fn help(command: &str) -> String {
        let error = Arguments::try_parse_from(["eventstore", command, "--help"])
            .err()
            .unwrap();
        assert_eq!(error.kind(), ErrorKind::DisplayHelp);
        error.render().to_string()
    }

    #[test]
    fn the_help_tells_the_options_of_a_command_before_those_of_every_command() {
        let table = [
            ("append", "--expected"),
            ("read", "--backward"),
            ("subscribe", "--buffer"),
        ];
        for (command, own) in table {
            let text = help(command);
            let (first, global) = text.split_once("Global options:").unwrap();
            assert!(first.contains(own) && !global.contains(own), "{text}");
            for option in ["--url", "--schema", "--quiet", "--format"] {
                assert!(!first.contains(option) && global.contains(option), "{text}");
            }
        }
    }

    #[test]
    fn the_help_of_append_tells_which_options_exclude_each_other() {
        let text = help("append").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            text.contains("excludes --type, --data, --metadata, --id, --correlation-id and --causation-id"),
            "{text}"
        );
    }

    fn refusal(arguments: &[&str]) -> String {
        let error = Arguments::try_parse_from(arguments).err().unwrap();
        usage_error(&error)
    }

    #[test]
    fn a_usage_error_is_one_line_without_the_usage() {
        let text = refusal(&["eventstore", "read"]);
        assert_eq!(text, "the following required arguments were not provided: <STREAM>");
        let text = refusal(&["eventstore", "read", "s", "--form", "1"]);
        assert!(text.contains("'--form'") && text.contains("tip:"), "{text}");
    }

    #[test]
    fn a_value_is_refused_with_the_rule_that_it_breaks() {
        let text = refusal(&["eventstore", "append", "$all", "--from", "-"]);
        assert_eq!(
            text,
            "invalid value '$all' for '<STREAM>': `$all` holds the events of all streams and cannot be a target"
        );
        let text = refusal(&["eventstore", "append", "s", "--from", "-", "--expected", "-1"]);
        assert!(text.contains("expected `any`, `none`, `exists` or a version"), "{text}");
    }
}
