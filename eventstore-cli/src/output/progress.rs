use std::fmt::Write;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

const WITH_TOTAL: &str = "{bar:30} {human_pos}/{human_len} {msg}, {rate}, {eta} left";
const WITHOUT_TOTAL: &str = "{spinner} {human_pos} {msg}, {rate}";

/// Shows on stderr how far a long task has come, if that is a terminal; it is gone when the task ends.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(unit: &'static str, total: Option<u64>, is_quiet: bool) -> Self {
        let target = if is_quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(total, target).with_message(unit);
        let template = if total.is_some() { WITH_TOTAL } else { WITHOUT_TOTAL };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.with_key("rate", write_rate));
        }
        Self(bar)
    }

    /// This much more was done.
    pub(crate) fn advance(&self, by: u64) {
        self.0.inc(by);
    }
}

/// A number with fractions jumps about more than it tells.
fn write_rate(state: &ProgressState, text: &mut dyn Write) {
    let rate = format!("{:.0}", state.per_sec()).parse().unwrap_or(0);
    let _ = write!(text, "{}/s", HumanCount(rate));
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
