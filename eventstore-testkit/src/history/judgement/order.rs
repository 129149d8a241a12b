use std::collections::HashMap;

use crate::history::{Finding, Log};

/// What is wrong with the order of the log itself; hard deletes explain gaps in `$all`.
pub(super) fn findings(log: &Log, has_hard_deletes: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut after = 0;
    let mut versions = HashMap::new();
    for event in &log.events {
        let position = event.position;
        let follows = position == after + 1 || (has_hard_deletes && position > after);
        if !follows {
            findings.push(Finding::PositionGap { after, position });
        }
        after = position;
        let expected = versions.insert(event.stream.as_str(), event.version).unwrap_or(0) + 1;
        if event.version != expected {
            findings.push(Finding::VersionGap {
                stream: event.stream.clone(),
                expected,
                version: event.version,
            });
        }
    }
    findings
}
