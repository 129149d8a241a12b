use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Durability;

/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";

/// How much has to be free there: many databases for tests at once, and the server's log of changes.
const ROOM_KIB: u64 = 4 * 1024 * 1024;

/// The directory for a cluster. Making and removing databases is mostly making and removing files, which is several
/// times as fast in memory, also where nothing waits for a disk.
pub(super) fn place(durability: Durability) -> PathBuf {
    let memory = Path::new(MEMORY);
    if durability == Durability::Relaxed && free_kib(memory).is_some_and(|free| free >= ROOM_KIB) {
        return memory.to_owned();
    }
    env::temp_dir()
}

fn free_kib(directory: &Path) -> Option<u64> {
    if !directory.is_dir() {
        return None;
    }
    let df = Command::new("df")
        .arg("-Pk")
        .arg(directory)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    parse(&String::from_utf8_lossy(&df.stdout))
}

/// The fourth column of the line below the heading.
fn parse(df: &str) -> Option<u64> {
    df.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_available() {
        let df = "Filesystem     1024-blocks  Used Available Capacity Mounted on\n\
                  tmpfs             24731700  3264  24728436       1% /dev/shm\n";
        assert_eq!(parse(df), Some(24_728_436));
        assert_eq!(parse(""), None);
    }

    #[test]
    fn durable_data_do_not_stand_in_memory() {
        assert_eq!(place(Durability::Full), env::temp_dir());
    }

    #[test]
    fn a_directory_that_is_not_there_has_no_room() {
        assert_eq!(free_kib(Path::new("/nowhere/at/all")), None);
        assert!(free_kib(&env::temp_dir()).is_some());
    }
}
