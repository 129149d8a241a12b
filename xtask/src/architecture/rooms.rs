use std::path::Path;

use super::modules::{Edge, Modules};
use crate::workspace;

/// The backends, which have the same rooms.
const SOURCES: [&str; 2] = ["eventstore-postgres/src", "eventstore-sqlite/src"];

/// The rooms of a backend, from the lowest to the highest: each one knows the rooms before it, and none behind it.
const ROOMS: [&str; 17] = [
    "values",
    "sql",
    "error",
    "config",
    "observe",
    "connection",
    "notify",
    "changes",
    "streams",
    "read",
    "append",
    "subscriptions",
    "verify",
    "schema",
    "key_vault",
    "admin",
    "store",
];

pub(super) fn findings() -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for sources in SOURCES {
        let edges = Modules::read(&workspace::root().join(sources))?.edges();
        findings.extend(edges.iter().filter_map(|edge| finding(sources, edge)));
    }
    Ok(findings)
}

fn finding(sources: &str, (from, to): &Edge) -> Option<String> {
    if [from, to].map(|file| is_root(file)).contains(&true) {
        return None;
    }
    let (Some(lower), Some(higher)) = (room(from), room(to)) else {
        return Some(format!(
            "{sources}: {} or {} is in no room",
            from.display(),
            to.display()
        ));
    };
    (lower < higher).then(|| {
        let rooms = (ROOMS[lower], ROOMS[higher]);
        let (from, to) = (from.display(), to.display());
        format!(
            "{sources}: {from} imports {to}, but the room {} is above {}",
            rooms.1, rooms.0
        )
    })
}

/// The root of the crate is in no room.
fn is_root(file: &Path) -> bool {
    file == Path::new("lib.rs")
}

/// The place of a file's room among all.
fn room(file: &Path) -> Option<usize> {
    let room = file.iter().next()?.to_string_lossy();
    let room = room.trim_end_matches(".rs");
    ROOMS.iter().position(|known| *known == room)
}

#[cfg(test)]
mod tests {
    use super::super::modules::tests::edges;
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        edges(files).iter().filter_map(|edge| finding("src", edge)).collect()
    }

    #[test]
    fn an_import_of_a_higher_room_is_found_and_one_of_a_lower_room_is_not() {
        let findings = found(&[
            ("lib.rs", "mod connection; mod store; pub use store::Store;"),
            ("connection/mod.rs", "mod pool; pub(crate) use pool::Pool;"),
            ("connection/pool.rs", "use crate::Store; pub(crate) struct Pool;"),
            ("store/mod.rs", "use crate::connection::Pool; pub struct Store;"),
        ]);
        assert_eq!(
            findings,
            ["src: connection/pool.rs imports store/mod.rs, but the room store is above connection"]
        );
    }

    #[test]
    fn a_file_outside_the_rooms_is_found() {
        let findings = found(&[
            ("lib.rs", "mod attic; mod store;"),
            ("attic.rs", "use crate::store::Store;"),
            ("store/mod.rs", "pub struct Store;"),
        ]);
        assert_eq!(findings, ["src: attic.rs or store/mod.rs is in no room"]);
    }
}
