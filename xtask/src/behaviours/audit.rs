use std::collections::BTreeSet;

use super::annotations::Annotation;
use super::catalogue::{Catalogue, Section};
use super::number::Number;

/// What does not fit between the catalogue and the tests.
pub(super) fn findings(catalogue: &Catalogue, annotations: &[Annotation]) -> Vec<String> {
    let held: BTreeSet<_> = annotations
        .iter()
        .flat_map(|annotation| &annotation.numbers)
        .copied()
        .collect();
    let sections = catalogue.sections.iter();
    repeated(catalogue)
        .chain(unknown(catalogue, annotations))
        .chain(sections.flat_map(|section| findings_of(section, &held)))
        .collect()
}

fn findings_of(section: &Section, held: &BTreeSet<Number>) -> Vec<String> {
    let missing = section.missing().map(|number| format!("{number} is missing"));
    let unheld = section.behaviours.keys().filter_map(|number| {
        match (held.contains(number), section.without_case.contains_key(number)) {
            (false, false) => Some(format!("{number} has neither a case nor a reason why there is none")),
            (true, true) => Some(format!("{number} has a case, and a reason why there is none")),
            _ => None,
        }
    });
    let reasons = section.without_case.keys();
    let stray = reasons
        .filter(|number| !section.behaviours.contains_key(number))
        .map(|number| format!("{number} has a reason, but no statement"));
    missing.chain(unheld).chain(stray).collect()
}

fn repeated(catalogue: &Catalogue) -> impl Iterator<Item = String> {
    let mut seen = BTreeSet::new();
    let numbers = catalogue.sections.iter().flat_map(|section| section.behaviours.keys());
    numbers
        .filter(move |number| !seen.insert(**number))
        .map(|number| format!("{number} is in two sections"))
}

fn unknown(catalogue: &Catalogue, annotations: &[Annotation]) -> impl Iterator<Item = String> {
    annotations.iter().flat_map(move |annotation| {
        let unknown = annotation
            .numbers
            .iter()
            .filter(move |number| !catalogue.knows(**number));
        unknown.map(move |number| format!("{}: there is no {number}", annotation.name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CATALOGUE: &str = r#"
        [[section]]
        title = "Streams"
        complete_to = "R1.4"
        behaviours."R1.1" = "It is held."
        behaviours."R1.2" = "It is not."
        behaviours."R1.3" = "It cannot be."
        without_case."R1.3" = "It is a type."
        [[section]]
        title = "Traps"
        behaviours."T1" = "It is avoided."
        without_case."T1" = "It is avoided by types."
        without_case."T2" = "It has gone."
        [[section]]
        title = "More"
        behaviours."R1.1" = "Again."
    "#;

    fn annotation(numbers: &[&str]) -> Annotation {
        Annotation {
            suite: "conformance".to_owned(),
            name: "append::works".to_owned(),
            numbers: numbers.iter().map(|number| number.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn everything_that_does_not_fit_is_found() {
        let catalogue = Catalogue::parse(CATALOGUE).unwrap();
        let found = findings(&catalogue, &[annotation(&["R1.1", "R9.9"]), annotation(&["T1"])]);
        let expected = [
            "R1.1 is in two sections",
            "append::works: there is no R9.9",
            "R1.4 is missing",
            "R1.2 has neither a case nor a reason why there is none",
            "T1 has a case, and a reason why there is none",
            "T2 has a reason, but no statement",
        ];
        assert_eq!(found, expected);
    }
}
