use super::rule::{RULES, Rule};
use crate::features;
use crate::program::Program;

pub(super) fn findings() -> anyhow::Result<Vec<String>> {
    let members = tree(&["--workspace", "--depth", "0"])?;
    let mut findings = without_rule(&members, &RULES);
    for rule in &RULES {
        let direct = dependencies(rule.package, &["--depth", "1"])?;
        let all = dependencies(rule.package, &[])?;
        findings.extend(rule.findings(&members, &direct, &all));
        if let Some((feature, _)) = rule.by_feature {
            findings.extend(rule.findings_without_feature(&without_feature(rule.package, feature)?));
        }
    }
    Ok(findings)
}

fn without_rule(members: &[String], rules: &[Rule]) -> Vec<String> {
    members
        .iter()
        .filter(|member| rules.iter().all(|rule| rule.package != *member))
        .map(|member| format!("{member} has no rule that says what it may depend on"))
        .collect()
}

/// All that the other features bring.
fn without_feature(package: &str, feature: &str) -> anyhow::Result<Vec<String>> {
    let others: Vec<_> = features::of(package)?
        .into_iter()
        .filter(|other| other != feature)
        .collect();
    let features = ["--no-default-features", "--features", &others.join(",")];
    tree_of(&features, &["--package", package])
}

fn dependencies(package: &str, depth: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut names = tree(&[&["--package", package], depth].concat())?;
    names.retain(|name| name != package);
    Ok(names)
}

fn tree(selection: &[&str]) -> anyhow::Result<Vec<String>> {
    tree_of(&["--all-features"], selection)
}

fn tree_of(features: &[&str], selection: &[&str]) -> anyhow::Result<Vec<String>> {
    let listing = Program::cargo()
        .args(["tree", "--edges", "normal", "--target", "all"])
        .args(features)
        .args(["--prefix", "none", "--format", "{p}"])
        .args(selection)
        .read()?;
    Ok(package_names(&listing))
}

/// The names in lines such as `bytes v1.12.1 (*)`, each once.
fn package_names(listing: &str) -> Vec<String> {
    let mut names: Vec<_> = listing
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_name_of_a_listing_once() {
        let listing =
            "subject v0.1.0 (/some where)\nbytes v1.12.1\n\nasync-trait v0.1.92 (proc-macro)\nbytes v1.12.1 (*)\n";
        assert_eq!(package_names(listing), ["async-trait", "bytes", "subject"]);
    }

    #[test]
    fn a_crate_without_a_rule_is_found() {
        let members = ["xtask".to_owned(), "newcomer".to_owned()];
        let expected = ["newcomer has no rule that says what it may depend on"];
        assert_eq!(without_rule(&members, &RULES), expected);
    }
}
