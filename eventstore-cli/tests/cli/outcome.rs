use std::process::Output;

use serde_json::Value;

/// How the program ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Outcome {
    /// The lines of JSON that a successful run without notes has printed.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        self.assert_done();
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[track_caller]
    pub(crate) fn assert_done(&self) {
        assert_eq!((self.status, &*self.stderr), (Some(0), ""), "{self:?}");
    }

    /// Nothing but one line on stderr, which says this.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: i32, why: &str) {
        assert_eq!((self.status, &*self.stdout), (Some(status), ""), "{self:?}");
        assert!(self.stderr.starts_with("eventstore: "), "{self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "{self:?}");
        assert!(self.stderr.contains(why), "{why:?} is not in {self:?}");
        assert!(self.stderr.len() < 500, "{self:?}");
    }
}
