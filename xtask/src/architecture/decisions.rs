use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::workspace;

const DECISIONS: &str = "docs/adr";
const LIST: &str = "docs/adr/README.md";

/// Where decisions are mentioned beside their list.
const PLACES: [(&str, &str); 2] = [("docs/guide", "md"), ("docs", "md")];

pub(super) fn findings() -> anyhow::Result<Vec<String>> {
    let root = workspace::root();
    let (mut names, mut places) = (Vec::new(), read(&root.join("ARCHITECTURE.md"))?);
    for file in workspace::files(&root.join(DECISIONS), "md")? {
        names.extend(file.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.retain(|name| name != "README");
    for member in workspace::members()? {
        for file in [workspace::files(&member, "rs")?, workspace::files(&member, "sql")?].concat() {
            places.push_str(&read(&file)?);
        }
    }
    for (directory, extension) in PLACES {
        for file in workspace::files(&root.join(directory), extension)? {
            if !file.starts_with(root.join(DECISIONS)) {
                places.push_str(&read(&file)?);
            }
        }
    }
    // A mention may go on in the next line.
    let places: Vec<_> = places.split_whitespace().collect();
    Ok(unmentioned(&names, &read(&root.join(LIST))?, &places.join(" ")))
}

fn read(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// The decisions that the list does not link, and those that nothing else names, by file or as `ADR 17`.
fn unmentioned(names: &[String], list: &str, places: &str) -> Vec<String> {
    let missing = |name: &String| {
        let place = if !list.contains(&format!("({name}.md)")) {
            "docs/adr/README.md"
        } else if !places.contains(name.as_str()) && !names_number(places, name) {
            "ARCHITECTURE.md, a guide or the code"
        } else {
            return None;
        };
        Some(format!("{DECISIONS}/{name}.md is not named by {place}"))
    };
    names.iter().filter_map(missing).collect()
}

fn names_number(text: &str, name: &str) -> bool {
    let number = name.split('-').next().unwrap_or_default().trim_start_matches('0');
    let mention = format!("ADR {number}");
    text.match_indices(&mention)
        .any(|(at, _)| !text[at + mention.len()..].starts_with(|next: char| next.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_that_is_not_in_the_list_or_that_nothing_names_is_found() {
        let names = ["0001-one", "0011-eleven", "0012-twelve", "0013-thirteen"].map(str::to_owned);
        let list = "[1](0001-one.md) [11](0011-eleven.md) [12](0012-twelve.md)";
        let places = "As ADR 11 says; see docs/adr/0012-twelve.md, and ADR 13.";
        let findings = unmentioned(&names, list, places);
        assert_eq!(
            findings,
            [
                "docs/adr/0001-one.md is not named by ARCHITECTURE.md, a guide or the code",
                "docs/adr/0013-thirteen.md is not named by docs/adr/README.md",
            ]
        );
    }
}
