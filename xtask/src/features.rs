use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::program::Program;
use crate::workspace;

/// The crates whose tests need nothing that takes long to build: they are run without features too, and with each one and each two of them
/// if that is asked for.
const TESTED: [&str; 1] = ["eventstore-serde"];

/// The crates whose features include one another, so that two of them are mostly what one of them is already: they are checked with none
/// and with all, and with each alone if pairs are asked for.
const NESTED: [&str; 1] = ["eventstore-testkit"];

/// Checks each crate that has features with none of them, with each alone and all, on its own; with each two of them too if that is asked
/// for, which takes minutes and has rarely found anything.
pub(crate) fn run(with_pairs: bool) -> anyhow::Result<()> {
    for package in workspace::PUBLISHED {
        let features = of(package)?;
        let features: Vec<_> = features.iter().map(String::as_str).collect();
        if features.is_empty() {
            continue;
        }
        for combination in combinations(&features) {
            let is_pair = combination.len() == 2 && features.len() > 2;
            let is_single = combination.len() == 1 && features.len() > 1;
            let is_nested = NESTED.contains(&package);
            if is_pair && (is_nested || !with_pairs) || is_single && is_nested && !with_pairs {
                continue;
            }
            check(package, &combination.join(","))?;
            if TESTED.contains(&package) && (with_pairs || combination.is_empty()) {
                test(package, &combination.join(","))?;
            }
        }
    }
    Ok(())
}

/// The features of the crate in a directory, without `default`.
pub(crate) fn of(directory: impl AsRef<Path>) -> anyhow::Result<Vec<String>> {
    let file = workspace::root().join(directory).join("Cargo.toml");
    let manifest = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(declared(&manifest).into_iter().map(str::to_owned).collect())
}

fn check(package: &str, features: &str) -> anyhow::Result<()> {
    println!("{package} with features [{features}]");
    cargo("clippy", package, features).args(["--", "-D", "warnings"]).run()
}

fn test(package: &str, features: &str) -> anyhow::Result<()> {
    println!("{package} with features [{features}]: tests");
    cargo("test", package, features).run()
}

fn cargo(command: &str, package: &str, features: &str) -> Program {
    Program::cargo().args([
        command,
        "--quiet",
        "--package",
        package,
        "--no-default-features",
        "--features",
        features,
    ])
}

/// The names in the `[features]` table of a manifest, without `default`.
fn declared(manifest: &str) -> Vec<&str> {
    manifest
        .lines()
        .skip_while(|line| line.trim() != "[features]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(name_of_key)
        .filter(|name| *name != "default")
        .collect()
}

/// The key of a line `key = [`; the lines of an array that goes on have none.
fn name_of_key(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('=')?;
    let name = name.trim();
    let plain = name
        .chars()
        .all(|letter| letter.is_alphanumeric() || "-_".contains(letter));
    (plain && !name.is_empty()).then_some(name)
}

/// No feature, one, two, and all: more of them have nothing to do with each other that two have not.
fn combinations<'a>(features: &[&'a str]) -> Vec<Vec<&'a str>> {
    let alone = features.iter().map(|feature| vec![*feature]);
    let pairs =
        (0..features.len()).flat_map(|first| (0..first).map(move |second| vec![features[second], features[first]]));
    let mut combinations: Vec<_> = [Vec::new()].into_iter().chain(alone).chain(pairs).collect();
    if features.len() > 2 {
        combinations.push(features.to_vec());
    }
    combinations
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
[package]
name = "example"

[features]
default = ["json"]
# An explanation with an = sign.
json = ["dep:serde_json"]
msgpack = [
    "dep:rmp-serde",
]

[dependencies]
bytes = "1"
"#;

    #[test]
    fn reads_the_features_and_nothing_else() {
        assert_eq!(declared(MANIFEST), ["json", "msgpack"]);
        assert_eq!(declared("[package]\nname = \"example\"\n"), [""; 0]);
    }

    #[test]
    fn combines_each_feature_with_each_other_and_all_of_them() {
        let two: [&[&str]; 4] = [&[], &["json"], &["msgpack"], &["json", "msgpack"]];
        assert_eq!(combinations(&["json", "msgpack"]), two);
        let three: [&[&str]; 8] = [
            &[],
            &["a"],
            &["b"],
            &["c"],
            &["a", "b"],
            &["a", "c"],
            &["b", "c"],
            &["a", "b", "c"],
        ];
        assert_eq!(combinations(&["a", "b", "c"]), three);
    }
}
