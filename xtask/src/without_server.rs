use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::program::Program;
use crate::{features, nextest, workspace};

/// The packages that are about PostgreSQL.
const PACKAGES: [&str; 2] = ["eventstore-postgres", "eventstore-benches"];

/// Their directories.
const DIRECTORIES: [&str; 2] = ["eventstore-postgres", "benches"];

/// The tests of the other packages that start a server, or ask for one.
const TESTS: [&str; 5] = ["browser", "cli", "docker_server", "local_server", "test_database"];

/// The one of them that is about SQLite too, and what the names of its tests contain that need no server.
const ON_EACH_BACKEND: (&str, &str) = ("cli", "sqlite::");

/// What leaves out the tests of examples that need one. Most of their tests are about no backend.
const NOT_ON_POSTGRES: [&str; 3] = ["--", "--skip", "::postgres::"];

/// What takes long to build, and no other test uses.
const FEATURE: &str = "docker";

/// Runs the tests that need no server, and says at the end which were left out and which command runs them.
pub(crate) fn run(arguments: &[OsString], remedy: &str) -> anyhow::Result<()> {
    println!("== there is no server: only the tests that need none are run");
    let packages = packages()?;
    let runner: &[&str] = if nextest::is_installed() {
        &["nextest", "run"]
    } else {
        &["test"]
    };
    let selected = selected(&packages)?;
    let cargo = |command: &[&str]| Program::cargo().args(command).args(&selected);
    let tests = cargo(runner).args(targets(&packages)?);
    if arguments.is_empty() {
        let (test, names) = ON_EACH_BACKEND;
        tests.args(NOT_ON_POSTGRES).run_at_length()?;
        cargo(runner).args(["--test", test, names]).run_at_length()?;
        cargo(&["test"]).args(["--doc"]).run_at_length()?;
    } else {
        tests.args(arguments).run_at_length()?;
    }
    println!("{}", left_out(remedy));
    Ok(())
}

/// The directories of the packages that are not about PostgreSQL.
fn packages() -> anyhow::Result<Vec<PathBuf>> {
    let mut packages = workspace::members()?;
    packages.extend(workspace::examples()?);
    packages.retain(|package| !DIRECTORIES.iter().any(|left_out| package.ends_with(left_out)));
    Ok(packages)
}

/// The arguments that select the packages, with all of their features but one.
fn selected(packages: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let mut features = Vec::new();
    for package in packages {
        let name = package.file_name().unwrap_or_default().to_string_lossy();
        let wanted = features::of(package)?.into_iter().filter(|feature| feature != FEATURE);
        features.extend(wanted.map(|feature| format!("{name}/{feature}")));
    }
    let mut arguments = vec!["--workspace".to_owned(), format!("--features={}", features.join(","))];
    arguments.extend(PACKAGES.map(|package| format!("--exclude={package}")));
    Ok(arguments)
}

/// The arguments that select everything to be run or built in the packages, but for the tests of servers.
fn targets(packages: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let mut targets = ["--lib", "--bins", "--examples"].map(str::to_owned).to_vec();
    targets.extend(tests(packages)?.into_iter().map(|test| format!("--test={test}")));
    Ok(targets)
}

fn tests(packages: &[PathBuf]) -> anyhow::Result<BTreeSet<String>> {
    let mut tests = BTreeSet::new();
    for directory in packages
        .iter()
        .map(|package| package.join("tests"))
        .filter(|tests| tests.is_dir())
    {
        let entries = workspace::entries(&directory)?;
        tests.extend(entries.iter().filter_map(|path| name_of_test(path)));
    }
    tests.retain(|test| !TESTS.contains(&test.as_str()));
    Ok(tests)
}

/// The name of a test that is a file, or a directory with the file `main.rs`.
fn name_of_test(path: &Path) -> Option<String> {
    let is_test = path.extension().is_some_and(|extension| extension == "rs") || path.join("main.rs").is_file();
    let name = path.file_stem()?.to_str()?;
    is_test.then(|| name.to_owned())
}

fn left_out(remedy: &str) -> String {
    format!(
        "NOT RUN, for want of a PostgreSQL server: {}, and what the tests {} and the examples do on one. To run it: {remedy}",
        PACKAGES.join(" and "),
        TESTS.join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_exists() {
        let root = workspace::root();
        for directory in DIRECTORIES {
            assert!(root.join(directory).join("Cargo.toml").is_file(), "{directory}");
        }
        let all: Vec<_> = ["eventstore-cli", "eventstore-testkit", "eventstore-web"]
            .map(|package| root.join(package).join("tests"))
            .into_iter()
            .collect();
        for test in TESTS {
            let exists = |tests: &PathBuf| {
                tests.join(test).join("main.rs").is_file() || tests.join(format!("{test}.rs")).is_file()
            };
            assert!(all.iter().any(exists), "{test}");
        }
    }

    #[test]
    fn tests_are_files_and_directories_with_a_program() {
        let package = tempfile::tempdir().unwrap();
        let tests_of_it = package.path().join("tests");
        for directory in ["whole", "support"] {
            std::fs::create_dir_all(tests_of_it.join(directory)).unwrap();
        }
        for file in [
            "one.rs",
            "local_server.rs",
            "data.bin",
            "whole/main.rs",
            "support/mod.rs",
        ] {
            std::fs::write(tests_of_it.join(file), "").unwrap();
        }
        let found = tests(&[package.path().to_owned(), package.path().join("no-tests")]).unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["one", "whole"]);
    }

    #[test]
    fn the_packages_are_selected_with_their_features() {
        let selected = selected(&packages().unwrap()).unwrap();
        assert!(
            selected.contains(&"--exclude=eventstore-postgres".to_owned()),
            "{selected:?}"
        );
        let features = selected
            .iter()
            .find_map(|argument| argument.strip_prefix("--features="))
            .unwrap();
        let features: Vec<_> = features.split(',').collect();
        for expected in ["eventstore-testkit/faults", "eventstore-serde/json"] {
            assert!(features.contains(&expected), "{features:?}");
        }
        let is_unwanted = |feature: &&&str| feature.starts_with("eventstore-postgres/") || feature.ends_with("/docker");
        assert_eq!(features.iter().find(is_unwanted), None);
    }

    #[test]
    fn what_was_not_run_is_told_in_one_line_with_the_remedy() {
        let line = left_out("cargo xtask test --install");
        assert!(
            line.ends_with(": cargo xtask test --install") && !line.contains('\n'),
            "{line}"
        );
        assert!(line.contains("eventstore-postgres") && line.contains("cli"), "{line}");
    }
}
