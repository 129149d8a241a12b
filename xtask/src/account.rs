use crate::program::Program;

/// Whether this process runs as root.
pub(crate) fn is_root() -> bool {
    Program::new("id")
        .args(["-u"])
        .read()
        .is_ok_and(|uid| uid.trim() == "0")
}
