use clap::Args;

use crate::program::Program;
use crate::workspace;

/// Which benchmarks are run, and what with.
#[derive(Debug, Args)]
pub(crate) struct Benches {
    /// Which of `machines`, `serializers` and `store`; all unless some are named
    names: Vec<String>,
    /// Keeps the figures under this name, to compare others with
    #[arg(long, value_name = "NAME", conflicts_with = "against")]
    save: Option<String>,
    /// Compares with the figures that were kept under this name, instead of those of the last run
    #[arg(long, value_name = "NAME")]
    against: Option<String>,
}

/// Runs the benchmarks, and tells where their report is.
pub(crate) fn run(benches: &Benches) -> anyhow::Result<()> {
    Program::cargo().args(arguments(benches)).run()?;
    let report = workspace::target_directory().join("criterion/report/index.html");
    println!("\nreport: {}", report.display());
    Ok(())
}

fn arguments(benches: &Benches) -> Vec<&str> {
    let mut arguments = vec!["bench", "--package", "eventstore-benches"];
    if benches.names.is_empty() {
        arguments.push("--benches");
    }
    for name in &benches.names {
        arguments.extend(["--bench", name]);
    }
    arguments.push("--");
    if let Some(name) = &benches.save {
        arguments.extend(["--save-baseline", name]);
    }
    if let Some(name) = &benches.against {
        arguments.extend(["--baseline-lenient", name]);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(names: &[&str], save: Option<&str>, against: Option<&str>) -> String {
        let benches = Benches {
            names: names.iter().map(ToString::to_string).collect(),
            save: save.map(str::to_owned),
            against: against.map(str::to_owned),
        };
        arguments(&benches).join(" ")
    }

    #[test]
    fn all_are_run_unless_some_are_named() {
        assert_eq!(
            words(&[], None, None),
            "bench --package eventstore-benches --benches --"
        );
        assert_eq!(
            words(&["store"], None, None),
            "bench --package eventstore-benches --bench store --"
        );
    }

    #[test]
    fn figures_are_kept_and_compared_by_name() {
        assert!(words(&[], Some("before"), None).ends_with("-- --save-baseline before"));
        assert!(words(&[], None, Some("before")).ends_with("-- --baseline-lenient before"));
    }
}
