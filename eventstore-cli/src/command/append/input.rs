use std::fs;
use std::io::{self, Read};

use eventstore_core::NewEvent;

use super::line;
use crate::failure::Failure;

const STANDARD_INPUT: &str = "-";

/// Reads all events of a file, or of the standard input.
pub(super) fn read(source: &str) -> Result<Vec<NewEvent>, Failure> {
    let bytes = contents(source).map_err(|error| Failure::Usage(format!("cannot read {source:?}: {error}")))?;
    parse(&bytes).map_err(Failure::Usage)
}

fn contents(source: &str) -> io::Result<Vec<u8>> {
    if source == STANDARD_INPUT {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        Ok(bytes)
    } else {
        fs::read(source)
    }
}

/// Reads the events of all lines that are not blank.
fn parse(bytes: &[u8]) -> Result<Vec<NewEvent>, String> {
    let events = bytes
        .split(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(index, line)| line::parse(line).map_err(|reason| format!("line {}: {reason}", index + 1)))
        .collect::<Result<Vec<_>, _>>()?;
    if events.is_empty() {
        return Err("no events were given: write one JSON object a line".to_owned());
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_line_blank_ones_counted() {
        let error = parse(b"{\"type\":\"A\",\"data\":1}\r\n\n  \n{\"type\":\"B\"}\n").unwrap_err();
        assert_eq!(error, "line 4: missing field `data`");
    }

    #[test]
    fn the_last_line_needs_no_end() {
        let events = parse(b"{\"type\":\"A\",\"data\":1}\n\n{\"type\":\"B\",\"data\":2}").unwrap();
        assert_eq!(events.len(), 2);
    }

    #[test]
    fn nothing_is_no_append() {
        assert!(parse(b"\n \n").unwrap_err().starts_with("no events were given"));
    }
}
