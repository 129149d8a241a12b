use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::Record;

/// Reads what is added to the file of a history.
#[derive(Debug)]
pub struct Tail {
    reader: BufReader<File>,
    /// The beginning of a line that is still being written.
    line: String,
}

impl Tail {
    /// Begins with the first record of the file.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened.
    pub fn of(path: impl AsRef<Path>) -> io::Result<Self> {
        Ok(Self {
            reader: BufReader::new(File::open(path)?),
            line: String::new(),
        })
    }

    /// Returns what was added since the last call.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, or holds a line that is not a record.
    pub fn read(&mut self) -> io::Result<Vec<Record>> {
        let mut records = Vec::new();
        while self.reader.read_line(&mut self.line)? > 0 && self.line.ends_with('\n') {
            records.push(serde_json::from_str(&self.line)?);
            self.line.clear();
        }
        Ok(records)
    }
}
