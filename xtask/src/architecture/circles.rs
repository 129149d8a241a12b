use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::modules::{Edge, Modules};
use crate::workspace;

/// The circles that are left, each by the directory of its sources and one of its files.
const ALLOWED: [(&str, &str); 2] = [
    ("eventstore-core/src", "error.rs"),
    ("eventstore-serde/src", "aggregate/command.rs"),
];

/// Files in a circle, and the directory of their sources.
type Circle = (String, Vec<PathBuf>);

pub(super) fn findings() -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for sources in sources()? {
        let name = sources.strip_prefix(workspace::root())?.display().to_string();
        let circles = circles(&Modules::read(&sources)?.edges());
        found.extend(circles.into_iter().map(|circle| (name.clone(), circle)));
    }
    Ok(judged(&found, &ALLOWED))
}

/// The circles that are not allowed, and those that are allowed and gone.
fn judged(circles: &[Circle], allowed: &[(&str, &str)]) -> Vec<String> {
    let is_of = |(sources, files): &Circle, (known, file): &(&str, &str)| {
        sources == known && files.iter().any(|path| path == Path::new(file))
    };
    let refused = circles
        .iter()
        .filter(|circle| !allowed.iter().any(|known| is_of(circle, known)));
    let gone = allowed
        .iter()
        .filter(|known| !circles.iter().any(|circle| is_of(circle, known)));
    let gone = gone.map(|(sources, file)| format!("{sources}: {file} is in no circle any more: take it off the list"));
    refused.map(told).chain(gone).collect()
}

/// The directories of the sources of all crates.
fn sources() -> anyhow::Result<Vec<PathBuf>> {
    let examples = [workspace::root().join("examples/key-value-backend")];
    let members = workspace::members()?.into_iter().chain(examples);
    Ok(members.map(|member| member.join("src")).collect())
}

fn told((sources, files): &Circle) -> String {
    let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    format!(
        "{sources}: these files import each other in a circle: {}",
        files.join(", ")
    )
}

/// The largest sets of files in which each one imports, over others, each other one.
fn circles(edges: &BTreeSet<Edge>) -> Vec<Vec<PathBuf>> {
    let mut imports: BTreeMap<&Path, Vec<&Path>> = BTreeMap::new();
    for (from, to) in edges {
        imports.entry(from).or_default().push(to);
    }
    let reached: BTreeMap<_, _> = imports
        .keys()
        .map(|file| (*file, reached_from(file, &imports)))
        .collect();
    let mut circles = BTreeSet::new();
    for (file, others) in &reached {
        let is_mutual = |other: &&Path| reached.get(*other).is_some_and(|back| back.contains(file));
        let circle: Vec<_> = others.iter().copied().filter(is_mutual).map(Path::to_owned).collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

fn reached_from<'p>(file: &'p Path, imports: &BTreeMap<&'p Path, Vec<&'p Path>>) -> BTreeSet<&'p Path> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![file]);
    while let Some(file) = next.pop() {
        for imported in imports.get(file).into_iter().flatten() {
            if reached.insert(*imported) {
                next.push(imported);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::super::modules::tests::edges;
    use super::*;

    #[test]
    fn files_that_import_each_other_over_others_are_found() {
        let edges = edges(&[
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::c::C; pub struct B;"),
            ("c.rs", "use crate::a::A; use crate::d::D; pub struct C;"),
            ("d.rs", "pub struct D;"),
        ]);
        let circles = circles(&edges);
        assert_eq!(circles, [["a.rs", "b.rs", "c.rs"].map(PathBuf::from)]);
        let found = [("x/src".to_owned(), circles[0].clone())];
        assert_eq!(
            judged(&found, &[("x/src", "d.rs"), ("y/src", "a.rs")]),
            [
                "x/src: these files import each other in a circle: a.rs, b.rs, c.rs",
                "x/src: d.rs is in no circle any more: take it off the list",
                "y/src: a.rs is in no circle any more: take it off the list",
            ]
        );
        assert_eq!(judged(&found, &[("x/src", "b.rs")]), [""; 0]);
    }

    #[test]
    fn a_module_that_hands_on_what_it_holds_is_in_no_circle() {
        let edges = edges(&[
            ("lib.rs", "mod a;"),
            ("a/mod.rs", "mod b; mod c; pub use b::B; use c::C;"),
            ("a/b.rs", "use super::C; pub struct B;"),
            ("a/c.rs", "pub struct C;"),
        ]);
        assert!(circles(&edges).is_empty());
    }
}
