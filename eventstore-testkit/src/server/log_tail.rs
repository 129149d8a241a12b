use std::fs;
use std::path::Path;

const LINES: usize = 20;

/// The last lines of a log file, or why it could not be read.
pub(super) fn log_tail(file: &Path) -> String {
    match fs::read(file) {
        Ok(log) => last_lines(&String::from_utf8_lossy(&log)),
        Err(error) => format!("(no log: {error})"),
    }
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let start = lines.len().saturating_sub(LINES);
    lines.get(start..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_end_of_a_long_log() {
        let log: Vec<String> = (1..=30).map(|number| number.to_string()).collect();
        let tail = last_lines(&log.join("\n"));
        assert_eq!(tail.lines().count(), LINES);
        assert!(tail.starts_with("11\n") && tail.ends_with("\n30"));
    }
}
