/// What a crate of the workspace may depend on.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) package: &'static str,
    /// The crates of the workspace that it may name as normal dependencies.
    pub(super) allowed: &'static [&'static str],
    /// The packages that it must not depend on, however indirectly. A trailing `*` matches any ending.
    pub(super) refused: &'static [&'static str],
    /// A feature, and the packages that it alone may bring in.
    pub(super) by_feature: Option<(&'static str, &'static [&'static str])>,
}

/// The arrows between the crates. They point towards core.
pub(super) const RULES: [Rule; 14] = [
    Rule {
        package: "eventstore-core",
        allowed: &[],
        refused: &[
            "tokio*",
            "async-std",
            "smol",
            "sqlx*",
            "rand*",
            "getrandom",
            "fastrand",
            "mio",
            "socket2",
            "chrono",
        ],
        by_feature: None,
    },
    Rule {
        package: "eventstore-backend",
        allowed: &["eventstore-core"],
        refused: &["sqlx*", "mio", "rand*"],
        by_feature: None,
    },
    Rule {
        package: "eventstore-postgres",
        allowed: &["eventstore-backend", "eventstore-core"],
        refused: &["serde_json", "rmp-serde"],
        by_feature: None,
    },
    Rule {
        package: "eventstore-sqlite",
        allowed: &["eventstore-backend", "eventstore-core"],
        refused: &["sqlx-postgres", "rmp-serde"],
        by_feature: None,
    },
    Rule {
        package: "eventstore-subscriptions",
        allowed: &["eventstore-core"],
        refused: &["sqlx*", "serde_json", "rmp-serde", "mio"],
        by_feature: None,
    },
    Rule {
        package: "eventstore-serde",
        allowed: &["eventstore-core"],
        refused: &["sqlx*", "mio"],
        by_feature: Some(("durable-keys", &["tokio*"])),
    },
    Rule {
        package: "eventstore-testkit",
        allowed: &["eventstore-core", "eventstore-subscriptions"],
        refused: &[],
        by_feature: None,
    },
    Rule {
        package: "eventstore-cli",
        allowed: &[
            "eventstore-core",
            "eventstore-postgres",
            "eventstore-sqlite",
            "eventstore-subscriptions",
            "eventstore-serde",
            "eventstore-web",
        ],
        refused: &[],
        by_feature: None,
    },
    Rule {
        package: "eventstore-web",
        allowed: &["eventstore-core"],
        refused: &["sqlx*"],
        by_feature: None,
    },
    Rule {
        package: "eventstore-benches",
        allowed: &[
            "eventstore-core",
            "eventstore-postgres",
            "eventstore-sqlite",
            "eventstore-subscriptions",
            "eventstore-serde",
            "eventstore-testkit",
        ],
        refused: &[],
        by_feature: None,
    },
    Rule {
        package: "quickstart",
        allowed: &["eventstore-core", "eventstore-postgres", "eventstore-sqlite"],
        refused: &["eventstore-testkit", "rustls"],
        by_feature: None,
    },
    Rule {
        package: "applications",
        allowed: &[
            "eventstore-core",
            "eventstore-postgres",
            "eventstore-sqlite",
            "eventstore-subscriptions",
            "eventstore-serde",
            "quickstart",
        ],
        refused: &["eventstore-testkit"],
        by_feature: None,
    },
    Rule {
        package: "key-value-backend",
        allowed: &["eventstore-core"],
        refused: &["sqlx*"],
        by_feature: None,
    },
    Rule {
        package: "xtask",
        allowed: &[],
        refused: &["tokio*", "sqlx*"],
        by_feature: None,
    },
];

impl Rule {
    /// What is wrong with the direct dependencies on crates of the workspace, and with all dependencies.
    pub(super) fn findings(&self, members: &[String], direct: &[String], all: &[String]) -> Vec<String> {
        let package = self.package;
        let unexpected = direct
            .iter()
            .filter(|name| members.contains(name) && !self.allowed.contains(&name.as_str()))
            .map(|name| format!("{package} must not depend on {name}"));
        let refused =
            matching(self.refused, all).map(|name| format!("{package} must not depend on {name}, not even indirectly"));
        unexpected.chain(refused).collect()
    }

    /// What is wrong with all dependencies but those of the feature.
    pub(super) fn findings_without_feature(&self, all: &[String]) -> Vec<String> {
        let (package, Some((feature, packages))) = (self.package, self.by_feature) else {
            return Vec::new();
        };
        matching(packages, all)
            .map(|name| format!("{package} must not depend on {name} without its feature {feature}"))
            .collect()
    }
}

fn matching<'a>(patterns: &'a [&str], names: &'a [String]) -> impl Iterator<Item = &'a String> {
    names
        .iter()
        .filter(|name| patterns.iter().any(|pattern| matches(pattern, name)))
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == name, |prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        package: "subject",
        allowed: &["eventstore-core"],
        refused: &["tokio", "sqlx*"],
        by_feature: Some(("extra", &["mio"])),
    };

    fn findings(direct: &[&str], all: &[&str]) -> Vec<String> {
        RULE.findings(
            &names(&["eventstore-core", "eventstore-serde"]),
            &names(direct),
            &names(all),
        )
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_package_that_only_a_feature_may_bring_is_found_without_it() {
        let findings = RULE.findings_without_feature(&names(&["bytes", "mio"]));
        assert_eq!(findings, ["subject must not depend on mio without its feature extra"]);
    }

    #[test]
    fn accepts_what_the_rule_allows() {
        let all = ["eventstore-core", "bytes", "tokio-util"];
        assert_eq!(findings(&["eventstore-core", "bytes"], &all), [""; 0]);
    }

    #[test]
    fn refuses_another_crate_of_the_workspace() {
        let direct = ["eventstore-core", "eventstore-serde"];
        assert_eq!(
            findings(&direct, &direct),
            ["subject must not depend on eventstore-serde"]
        );
    }

    #[test]
    fn refuses_an_indirect_dependency_by_name_and_by_prefix() {
        let expected = [
            "subject must not depend on tokio, not even indirectly",
            "subject must not depend on sqlx-core, not even indirectly",
        ];
        assert_eq!(findings(&["bytes"], &["bytes", "tokio", "sqlx-core"]), expected);
    }

    #[test]
    fn core_refuses_runtimes_databases_and_randomness() {
        let core = RULES.iter().find(|rule| rule.package == "eventstore-core").unwrap();
        for name in [
            "tokio",
            "sqlx",
            "sqlx-core",
            "rand",
            "rand_core",
            "getrandom",
            "mio",
            "chrono",
        ] {
            assert_eq!(core.findings(&[], &[], &names(&[name])).len(), 1, "{name}");
        }
    }
}
