use crate::program::Program;

/// Lets the conformance suite judge backends with one broken rule each, and prints the table.
pub(crate) fn run() -> anyhow::Result<()> {
    let test = [
        "test",
        "--quiet",
        "--package",
        "eventstore-testkit",
        "--all-features",
        "--test",
        "mutants",
    ];
    Program::cargo().args(test).args(["--", "--nocapture"]).run()
}
