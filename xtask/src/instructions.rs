use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};

use crate::program::Program;
use crate::workspace;

/// How many percent a part may take more or less than the table says. What decides the order of a hash map, and releases
/// of the compiler, differ by less.
const TOLERANCE_PERCENT: u64 = 5;

type Counts = BTreeMap<String, u64>;

/// Counts the instructions of the parts without I/O, and compares them with the table.
pub(crate) fn check() -> anyhow::Result<()> {
    let expected = toml::from_str(&fs::read_to_string(table())?)?;
    let problems = compare(&expected, &count()?);
    if problems.is_empty() {
        return Ok(());
    }
    bail!(
        "{}\nif that is intended: cargo xtask instructions --write",
        problems.join("\n")
    )
}

/// Writes the table again.
pub(crate) fn write() -> anyhow::Result<()> {
    Ok(fs::write(table(), toml::to_string(&count()?)?)?)
}

pub(crate) fn has_valgrind() -> bool {
    Program::new("valgrind").args(["--version"]).succeeds_quietly()
}

fn table() -> PathBuf {
    workspace::root().join("benches/instructions.toml")
}

fn compare(expected: &Counts, counted: &Counts) -> Vec<String> {
    let names: std::collections::BTreeSet<_> = expected.keys().chain(counted.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| match (expected.get(name), counted.get(name)) {
            (Some(expected), Some(counted)) => (100 * expected.abs_diff(*counted) > TOLERANCE_PERCENT * expected)
                .then(|| format!("{name} takes {counted} instructions instead of {expected}")),
            (Some(_), None) => Some(format!("{name} is in the table, but there is no such part")),
            (None, _) => Some(format!("{name} is missing in the table")),
        })
        .collect()
}

fn count() -> anyhow::Result<Counts> {
    const BUILD: [&str; 6] = [
        "build",
        "--release",
        "--package",
        "eventstore-core",
        "--example",
        "pure-parts",
    ];
    Program::cargo().args(BUILD).run()?;
    let program = workspace::target_directory().join("release/examples/pure-parts");
    let names = Program::new(&program).read()?;
    let count = |name: &str| {
        let log = Program::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-fd=1"])
            .args([program.as_os_str(), name.as_ref()])
            .read()?;
        let count = collected(&log).with_context(|| format!("callgrind told nothing of {name}:\n{log}"))?;
        println!("{name}: {count} instructions");
        Ok((name.to_owned(), count))
    };
    names.lines().map(count).collect()
}

/// The number in a line such as `==1== Collected : 123`.
fn collected(log: &str) -> Option<u64> {
    let (_, number) = log.lines().find_map(|line| line.split_once("Collected : "))?;
    number.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(counts: &[(&str, u64)]) -> Counts {
        counts
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }

    #[test]
    fn the_number_stands_behind_its_word() {
        let log = "==7== Events    : Ir\n==7== Collected : 123456\n==7==\n";
        assert_eq!(collected(log), Some(123_456));
        assert_eq!(collected("==7== Events    : Ir"), None);
    }

    #[test]
    fn a_small_difference_is_none() {
        let expected = counts(&[("a", 1_000)]);
        for count in [950, 1_000, 1_050] {
            assert_eq!(compare(&expected, &counts(&[("a", count)])), [""; 0]);
        }
    }

    #[test]
    fn a_difference_in_either_direction_is_told() {
        let expected = counts(&[("a", 1_000)]);
        for count in [949, 1_051] {
            let problem = format!("a takes {count} instructions instead of 1000");
            assert_eq!(compare(&expected, &counts(&[("a", count)])), [problem]);
        }
    }

    #[test]
    fn the_table_has_just_the_parts_that_there_are() {
        let problems = compare(&counts(&[("a", 1)]), &counts(&[("b", 1)]));
        let expected = [
            "a is in the table, but there is no such part",
            "b is missing in the table",
        ];
        assert_eq!(problems, expected);
    }
}
