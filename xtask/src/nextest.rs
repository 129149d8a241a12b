use crate::program::Program;

/// Whether cargo can run tests by nextest.
pub(crate) fn is_installed() -> bool {
    Program::cargo().args(["nextest", "--version"]).succeeds_quietly()
}
