use std::env;
use std::io::{IsTerminal, stdout};

use terminal_size::{Width, terminal_size_of};

/// How wide what is printed may be: as wide as the environment says in `COLUMNS`, or as the terminal is. A file has no width.
pub(super) fn width() -> Option<usize> {
    let told = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    told.filter(|columns| *columns > 0).or_else(of_terminal)
}

fn of_terminal() -> Option<usize> {
    let stdout = stdout();
    if !stdout.is_terminal() {
        return None;
    }
    let (Width(columns), _) = terminal_size_of(&stdout)?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}
