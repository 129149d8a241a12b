use std::collections::{BTreeSet, HashMap};

use crate::change::Lines;

/// What is known of a path in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Totals {
    pub(crate) changes: i64,
    pub(crate) added: i64,
    pub(crate) removed: i64,
}

impl Totals {
    /// Counts one more change.
    pub(crate) fn count(&mut self, lines: Option<Lines>) {
        self.changes += 1;
        if let Some(lines) = lines {
            self.added += lines.added;
            self.removed += lines.removed;
        }
    }
}

/// What two counts of the same history disagree about, path by path.
pub(crate) fn differences(projected: &HashMap<String, Totals>, told: &HashMap<String, Totals>) -> Vec<String> {
    let paths: BTreeSet<_> = projected.keys().chain(told.keys()).collect();
    paths
        .into_iter()
        .filter(|path| projected.get(*path) != told.get(*path))
        .map(|path| {
            format!(
                "{path}: projected {}, git {}",
                show(projected.get(path)),
                show(told.get(path))
            )
        })
        .collect()
}

fn show(totals: Option<&Totals>) -> String {
    totals.map_or_else(
        || "nothing".to_owned(),
        |totals| format!("{} changes +{} -{}", totals.changes, totals.added, totals.removed),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(of: &[(&str, i64)]) -> HashMap<String, Totals> {
        let one = |&(path, changes): &(&str, i64)| {
            (
                path.to_owned(),
                Totals {
                    changes,
                    ..Totals::default()
                },
            )
        };
        of.iter().map(one).collect()
    }

    #[test]
    fn differences_name_paths_that_differ_or_stand_on_one_side_only() {
        let found = differences(
            &totals(&[("a", 1), ("b", 1), ("c", 1)]),
            &totals(&[("a", 1), ("b", 2), ("d", 1)]),
        );
        assert_eq!(
            found,
            [
                "b: projected 1 changes +0 -0, git 2 changes +0 -0",
                "c: projected 1 changes +0 -0, git nothing",
                "d: projected nothing, git 1 changes +0 -0",
            ]
        );
    }
}
