use std::time::Instant;

use anyhow::Context;

/// Runs one step, printing its name before and its duration after; an error names the step.
pub(crate) fn step(name: &str, run: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    println!("== {name}");
    let start = Instant::now();
    run().with_context(|| format!("step failed: {name}"))?;
    println!("== {name}: {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_failed_step_is_named() {
        let error = step("formatting", || Err(anyhow!("untidy"))).unwrap_err();
        assert_eq!(format!("{error:#}"), "step failed: formatting: untidy");
    }
}
