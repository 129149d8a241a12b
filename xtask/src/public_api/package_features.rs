use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Manifest {
    #[serde(default)]
    features: BTreeMap<String, Vec<String>>,
}

/// A line for each feature, with the features of the same crate that it brings.
pub(super) fn lines(manifest: &str) -> anyhow::Result<Vec<String>> {
    let manifest: Manifest = toml::from_str(manifest)?;
    let line = |(name, brings): (String, Vec<String>)| {
        let own = brings.iter().filter(|other| !other.contains([':', '/']));
        let own: Vec<_> = own.map(String::as_str).collect();
        format!("feature {name} = [{}]", own.join(", "))
    };
    Ok(manifest.features.into_iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_is_told_without_its_dependencies() {
        let manifest = "[features]\njson = ['dep:serde_json', 'uuid/serde']\ndefault = ['json']\n";
        assert_eq!(
            lines(manifest).unwrap(),
            ["feature default = [json]", "feature json = []"]
        );
        assert_eq!(lines("[package]\nname = 'x'\n").unwrap(), [""; 0]);
    }
}
