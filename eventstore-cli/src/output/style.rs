use std::env;
use std::fmt::Display;
use std::io::{IsTerminal, stdout};

use anstyle::AnsiColor;

use crate::Severity;

/// Colors, where a person sees them.
#[derive(Clone, Copy)]
pub(super) struct Style {
    is_on: bool,
}

impl Style {
    /// Off: what is printed is read by a program.
    pub(super) fn plain() -> Self {
        Self { is_on: false }
    }

    /// On if stdout is a terminal, unless the environment says `NO_COLOR`.
    pub(super) fn of_stdout() -> Self {
        let is_unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            is_on: stdout().is_terminal() && !is_unwanted,
        }
    }

    /// The names of a table's columns.
    pub(super) fn head(self, text: &str) -> String {
        self.styled(anstyle::Style::new().bold(), text)
    }

    /// Something that a check has found.
    pub(super) fn finding(self, severity: Severity, text: &str) -> String {
        let colour = match severity {
            Severity::Corruption => AnsiColor::Red,
            Severity::Notice => AnsiColor::Yellow,
        };
        self.styled(colour.on_default(), text)
    }

    fn styled(self, style: anstyle::Style, text: impl Display) -> String {
        if self.is_on {
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }
}
