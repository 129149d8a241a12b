use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A hard delete, or a start beyond the newest event, explains it.
    Notice,
    /// Nothing that a store does explains it.
    Corruption,
}

/// Something that is not as it should be, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in snake case.
    pub kind: &'static str,
    /// Where it is: a stream and a version, a position, or a subscription.
    pub location: String,
}

/// What a check tells while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// About how many entries it will check.
    Total(u64),
    /// It has checked this many more entries.
    LookedAt(u64),
    /// It has found something.
    Found(Finding),
}

impl Severity {
    /// Its name for machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Corruption => "corruption",
        }
    }
}

impl Finding {
    pub(super) fn notice(kind: &'static str, location: String) -> Self {
        Self {
            severity: Severity::Notice,
            kind,
            location,
        }
    }

    pub(super) fn corruption(kind: &'static str, location: String) -> Self {
        Self {
            severity: Severity::Corruption,
            kind,
            location,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} at {}", self.severity.as_str(), self.kind, self.location)
    }
}
