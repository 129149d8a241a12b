use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Cases = BTreeMap<String, BTreeSet<String>>;

#[test]
fn every_case_is_listed_in_the_macro() {
    let listed = listed_cases(include_str!("cases.rs"));
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
    let written: Cases = listed
        .keys()
        .map(|group| (group.clone(), written_cases(&directory, group)))
        .collect();
    assert!(listed.values().all(|cases| !cases.is_empty()));
    assert_eq!(listed, written);
}

#[test]
fn every_public_module_is_a_group() {
    let listed = listed_cases(include_str!("cases.rs"));
    let modules = include_str!("mod.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert_eq!(
        modules.collect::<BTreeSet<_>>(),
        listed.keys().map(String::as_str).collect()
    );
}

/// The groups that follow `$open;` in the macro, each a block of names.
fn listed_cases(source: &str) -> Cases {
    let (_, list) = source.split_once("{ $open;").unwrap();
    let (list, _) = list.split_once("\n        }\n").unwrap();
    list.split_terminator('}')
        .filter_map(|block| block.split_once('{'))
        .map(|(group, cases)| {
            let cases = cases.split(',').map(str::trim).filter(|case| !case.is_empty());
            (group.trim().to_owned(), cases.map(str::to_owned).collect())
        })
        .collect()
}

/// The public functions in the file of a group, or in the files of its directory.
fn written_cases(directory: &Path, group: &str) -> BTreeSet<String> {
    files_of(directory, group)
        .iter()
        .flat_map(|file| names_of_cases(&fs::read_to_string(file).unwrap()))
        .collect()
}

fn files_of(directory: &Path, group: &str) -> Vec<PathBuf> {
    match fs::read_dir(directory.join(group)) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => vec![directory.join(group).with_extension("rs")],
    }
}

fn names_of_cases(source: &str) -> Vec<String> {
    source
        .lines()
        .filter_map(|line| line.strip_prefix("pub async fn ")?.split_once('('))
        .map(|(name, _)| name.to_owned())
        .collect()
}
