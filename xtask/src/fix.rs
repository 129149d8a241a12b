use crate::behaviours;
use crate::program::Program;
use crate::public_api;
use crate::step::step;

/// Repairs what can be repaired without thinking.
pub(crate) fn run() -> anyhow::Result<()> {
    step("clippy", || {
        let arguments = ["clippy", "--fix", "--allow-dirty", "--allow-staged"];
        Program::cargo()
            .args(arguments)
            .args(["--workspace", "--all-targets", "--all-features"])
            .run()
    })?;
    step("behaviours", behaviours::write)?;
    step("public-api", public_api::write)?;
    step("format", || Program::cargo().args(["fmt", "--all"]).run())?;
    step("typos", || Program::new("typos").args(["--write-changes"]).run())
}
