use super::columns::padded;
use crate::message::on_one_line;

/// The name of something, and what it is.
pub(super) type Detail = (String, String);

/// One detail a line, nothing cut.
pub(super) fn lines(details: &[Detail]) -> Vec<String> {
    let width = details.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let line = |(name, value): &Detail| format!("{}  {}", padded(name, width), on_one_line(value));
    details.iter().map(line).collect()
}
