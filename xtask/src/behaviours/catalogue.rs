use std::collections::BTreeMap;

use serde::Deserialize;

use super::number::Number;

/// What this store does about each numbered behavior.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Catalogue {
    #[serde(rename = "section")]
    pub(super) sections: Vec<Section>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    pub(super) title: String,
    pub(super) introduction: Option<String>,
    /// The last number of a section in which none may be left out.
    pub(super) complete_to: Option<Number>,
    /// What this store does, in one sentence each.
    pub(super) behaviours: BTreeMap<Number, String>,
    /// Why no case holds it.
    #[serde(default)]
    pub(super) without_case: BTreeMap<Number, String>,
}

impl Catalogue {
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        Ok(toml::from_str(text)?)
    }

    pub(super) fn knows(&self, number: Number) -> bool {
        self.sections
            .iter()
            .any(|section| section.behaviours.contains_key(&number))
    }
}

impl Section {
    /// The numbers up to the last one that have been left out.
    pub(super) fn missing(&self) -> impl Iterator<Item = Number> {
        let numbers = match self.complete_to {
            Some(Number::Behaviour { section, item }) => (1..=item)
                .map(|item| Number::Behaviour { section, item })
                .collect::<Vec<_>>(),
            Some(Number::Trap(last)) => (1..=last).map(Number::Trap).collect(),
            None => Vec::new(),
        };
        numbers
            .into_iter()
            .filter(|number| !self.behaviours.contains_key(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sections_and_tells_what_is_missing() {
        let catalogue = Catalogue::parse(
            r#"
            [[section]]
            title = "Streams"
            complete_to = "R1.3"
            behaviours."R1.1" = "One."
            behaviours."R1.3" = "Three."
            without_case."R1.3" = "It is so."
            "#,
        )
        .unwrap();
        let section = &catalogue.sections[0];
        assert_eq!(
            section.missing().map(|number| number.to_string()).collect::<Vec<_>>(),
            ["R1.2"]
        );
        assert_eq!(section.without_case.values().collect::<Vec<_>>(), ["It is so."]);
        assert!(catalogue.knows("R1.1".parse().unwrap()));
        assert!(!catalogue.knows("R1.2".parse().unwrap()));
    }

    #[test]
    fn refuses_what_is_no_number() {
        let error = Catalogue::parse("[[section]]\ntitle = \"x\"\nbehaviours.\"Q1\" = \"x\"").unwrap_err();
        assert!(error.to_string().contains("Q1"), "{error}");
    }
}
