use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use eventstore_testkit::history::Record;

/// Reads what is added to a history.
pub(crate) struct Tail {
    reader: BufReader<File>,
    /// The beginning of a line that is still being written.
    line: String,
}

impl Tail {
    pub(crate) fn of(path: &Path) -> Self {
        Self {
            reader: BufReader::new(File::open(path).unwrap()),
            line: String::new(),
        }
    }

    /// What was added since the last call.
    pub(crate) fn read(&mut self) -> Vec<Record> {
        let mut records = Vec::new();
        while self.reader.read_line(&mut self.line).unwrap() > 0 && self.line.ends_with('\n') {
            records.push(serde_json::from_str(&self.line).unwrap());
            self.line.clear();
        }
        records
    }
}
