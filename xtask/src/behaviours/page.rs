use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::annotations::Annotation;
use super::catalogue::{Catalogue, Section};
use super::number::Number;

const HEADING: &str = "# Behaviors

<!-- Written by `cargo xtask behaviours` from `eventstore-testkit/behaviours.toml` and the tests: edit those. -->

What this store does, by the numbers of a description of the Elixir EventStore 1.4: R is a behavior of it, T a trap in it that a
newer store should avoid. Where the two differ, the trap is avoided; each sentence says what this store does. Below it are the tests
that hold it: cases of the conformance suite of `eventstore-testkit`, which every backend has to pass, or tests of one crate.
`cargo xtask test -- NAME` runs one.
";

/// The page, in Markdown.
pub(super) fn render(catalogue: &Catalogue, annotations: &[Annotation]) -> String {
    let sections = catalogue
        .sections
        .iter()
        .map(|section| render_section(section, annotations));
    sections.fold(HEADING.to_owned(), |page, section| page + "\n" + &section)
}

fn render_section(section: &Section, annotations: &[Annotation]) -> String {
    let mut text = format!("## {}\n\n", section.title);
    if let Some(introduction) = &section.introduction {
        text.push_str(introduction.trim());
        text.push_str("\n\n");
    }
    for (number, statement) in &section.behaviours {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- **{number}** {statement}");
        if let Some(reason) = section.without_case.get(number) {
            let _ = writeln!(text, "  - no case: {reason}");
        }
        for (suite, names) in tests_of(*number, annotations) {
            let _ = writeln!(text, "  - {suite}: {}", list(&names));
        }
    }
    text
}

/// The tests that hold a behavior, by their suites.
fn tests_of(number: Number, annotations: &[Annotation]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut tests: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for annotation in annotations
        .iter()
        .filter(|annotation| annotation.numbers.contains(&number))
    {
        tests.entry(&*annotation.suite).or_default().insert(&*annotation.name);
    }
    tests
}

fn list(names: &BTreeSet<&str>) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_each_statement_with_its_tests_or_the_reason() {
        let catalogue = Catalogue::parse(
            r#"
            [[section]]
            title = "Streams"
            introduction = "Names."
            behaviours."R1.10" = "Ten."
            behaviours."R1.2" = "Two."
            without_case."R1.10" = "it cannot be expressed."
            "#,
        )
        .unwrap();
        let annotation = |suite: &str, name: &str| Annotation {
            suite: suite.to_owned(),
            name: name.to_owned(),
            numbers: vec!["R1.2".parse().unwrap()],
        };
        let annotations = [
            annotation("eventstore-core", "name::tests::c"),
            annotation("conformance", "append::b"),
            annotation("conformance", "append::a"),
        ];
        let page = render(&catalogue, &annotations);
        let expected = "\n## Streams\n\nNames.\n\n\
            - **R1.2** Two.\n\
            \x20 - conformance: `append::a`, `append::b`\n\
            \x20 - eventstore-core: `name::tests::c`\n\
            - **R1.10** Ten.\n\
            \x20 - no case: it cannot be expressed.\n";
        assert_eq!(page.strip_prefix(HEADING), Some(expected));
    }
}
