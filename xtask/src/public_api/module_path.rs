/// The names of a module and those around it, from the root of its crate, which has none.
pub(super) type ModulePath = Vec<String>;

/// The path of a name within what has another path.
pub(super) fn joined(path: &[String], name: &str) -> Vec<String> {
    path.iter().cloned().chain([name.to_owned()]).collect()
}
