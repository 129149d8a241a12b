use std::fs;
use std::io::{self, Read};

use eventstore_core::NewEvent;

use super::line;
use crate::command::AllowEmpty;
use crate::command::lines::Lines;
use crate::failure::Failure;

const STANDARD_INPUT: &str = "-";

/// The events of an input, and on which lines they are.
#[derive(Default)]
pub(super) struct Input {
    pub(super) events: Vec<NewEvent>,
    pub(super) lines: Lines,
}

/// Reads all events of a file, or of the standard input.
pub(super) fn read(source: &str, allow_empty: &AllowEmpty) -> Result<Input, Failure> {
    let bytes = contents(source).map_err(|error| Failure::Usage(format!("cannot read {source:?}: {error}")))?;
    parse(&bytes, allow_empty).map_err(Failure::Usage)
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
fn parse(bytes: &[u8], allow_empty: &AllowEmpty) -> Result<Input, String> {
    let mut input = Input::default();
    let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    for (number, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
        let event = event(line, allow_empty).map_err(|reason| format!("line {number}: {reason}"))?;
        input.lines.put(event.id, number);
        input.events.push(event);
    }
    if input.events.is_empty() {
        return Err("no events were given: write one JSON object a line".to_owned());
    }
    Ok(input)
}

fn event(line: &[u8], allow_empty: &AllowEmpty) -> Result<NewEvent, String> {
    let event = line::parse(line)?;
    let checked = allow_empty.check("field `type`", &event.event_type);
    checked.map_err(|failure| failure.to_string())?;
    Ok(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(bytes: &[u8]) -> Result<Input, String> {
        parse(bytes, &AllowEmpty { allow_empty: false })
    }

    fn refusal(bytes: &[u8]) -> String {
        parsed(bytes).err().unwrap()
    }

    #[test]
    fn an_error_names_the_line_blank_ones_counted() {
        let error = refusal(b"{\"type\":\"A\",\"data\":1}\r\n\n  \n{\"type\":\"B\"}\n");
        assert_eq!(error, "line 4: missing field `data`");
    }

    #[test]
    fn the_last_line_needs_no_end() {
        let input = parsed(b"{\"type\":\"A\",\"data\":1}\n\n{\"type\":\"B\",\"data\":2}").unwrap();
        assert_eq!(input.events.len(), 2);
    }

    #[test]
    fn nothing_is_no_append() {
        assert!(refusal(b"\n \n").starts_with("no events were given"));
    }

    #[test]
    fn an_empty_type_is_refused_unless_it_is_allowed() {
        let line = b"{\"type\":\"\",\"data\":1}";
        let refusal = refusal(line);
        assert!(refusal.starts_with("line 1: field `type` is empty"), "{refusal}");
        assert!(parse(line, &AllowEmpty { allow_empty: true }).is_ok());
    }
}
