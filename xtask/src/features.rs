use std::fs;

use anyhow::Context;

use crate::program::Program;
use crate::workspace;

/// The crates whose features a user chooses.
const PACKAGES: [&str; 6] = [
    "eventstore-core",
    "eventstore-postgres",
    "eventstore-subscriptions",
    "eventstore-serde",
    "eventstore-testkit",
    "eventstore-cli",
];

/// Checks each crate that has features with every combination of them, on its own.
pub(crate) fn run() -> anyhow::Result<()> {
    for package in PACKAGES {
        let file = workspace::root().join(package).join("Cargo.toml");
        let manifest = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let features = declared(&manifest);
        if features.is_empty() {
            continue;
        }
        for combination in powerset(&features) {
            check(package, &combination.join(","))?;
        }
    }
    Ok(())
}

fn check(package: &str, features: &str) -> anyhow::Result<()> {
    println!("{package} with features [{features}]");
    Program::cargo()
        .args([
            "clippy",
            "--quiet",
            "--package",
            package,
            "--no-default-features",
            "--features",
            features,
        ])
        .args(["--", "-D", "warnings"])
        .run()
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

fn powerset<'a>(features: &[&'a str]) -> Vec<Vec<&'a str>> {
    features.iter().fold(vec![Vec::new()], |mut sets, feature| {
        let with: Vec<_> = sets.iter().map(|set| [set.as_slice(), &[*feature]].concat()).collect();
        sets.extend(with);
        sets
    })
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
    fn combines_every_feature_with_every_other() {
        let expected: [&[&str]; 4] = [&[], &["json"], &["msgpack"], &["json", "msgpack"]];
        assert_eq!(powerset(&["json", "msgpack"]), expected);
    }
}
