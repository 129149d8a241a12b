use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::Context;

use crate::workspace;

const SOURCES: [&str; 2] = ["eventstore-postgres/src", "eventstore-sqlite/src"];

pub(super) fn findings() -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for sources in SOURCES.map(|sources| workspace::root().join(sources)) {
        findings.extend(findings_in(&sources)?);
    }
    Ok(findings)
}

fn findings_in(sources: &Path) -> anyhow::Result<Vec<String>> {
    let mut included = BTreeSet::new();
    for file in workspace::files(sources, "rs")? {
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        included.extend(inclusions(&file, &text));
    }
    Ok(unused(&workspace::files(&sources.join("sql"), "sql")?, &included))
}

fn unused(files: &[PathBuf], included: &BTreeSet<PathBuf>) -> Vec<String> {
    files
        .iter()
        .filter(|file| !included.contains(*file))
        .map(|file| format!("{} is in no include_str!", file.display()))
        .collect()
}

/// The files that a source file includes. An argument that is no plain string, such as `concat!`, names none.
fn inclusions(source: &Path, text: &str) -> Vec<PathBuf> {
    let directory = source.parent().unwrap_or(source);
    text.split("include_str!(")
        .skip(1)
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split_once('"'))
        .map(|(argument, _)| normalized(&directory.join(argument)))
        .collect()
}

fn normalized(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut normal, component| {
        match component {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            other => normal.push(other),
        }
        normal
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_inclusions_from_the_file_that_has_them() {
        let text = r#"const A: &str = include_str!("../sql/a.sql"); const B: &str = include_str!(
            "b.sql"
        );"#;
        let expected = [PathBuf::from("/src/sql/a.sql"), PathBuf::from("/src/store/b.sql")];
        assert_eq!(inclusions(Path::new("/src/store/mod.rs"), text), expected);
    }

    #[test]
    fn an_unused_file_is_found() {
        let files = [PathBuf::from("/sql/used.sql"), PathBuf::from("/sql/unused.sql")];
        let included = BTreeSet::from([PathBuf::from("/sql/used.sql")]);
        assert_eq!(unused(&files, &included), ["/sql/unused.sql is in no include_str!"]);
    }
}
