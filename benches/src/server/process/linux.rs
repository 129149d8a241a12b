use std::path::Path;
use std::time::Duration;

use procfs::process::{Process, Stat, all_processes};
use sqlx::{PgConnection, Row};

use crate::error::Result;
use crate::measure::float;

/// Time on processors, in the ticks of the operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CpuTime(u64);

impl CpuTime {
    pub(crate) fn of_this_process() -> Option<Self> {
        Process::myself().ok()?.stat().ok().map(|stat| Self::own(&stat))
    }

    pub(crate) fn since(self, earlier: Self) -> Duration {
        let ticks = self.0.saturating_sub(earlier.0);
        Duration::from_secs_f64(float(ticks) / float(procfs::ticks_per_second().max(1)))
    }

    fn own(stat: &Stat) -> Self {
        Self(stat.utime + stat.stime)
    }

    /// Of children that have ended and were waited for.
    fn of_ended_children(stat: &Stat) -> Self {
        Self(stat.cutime.unsigned_abs() + stat.cstime.unsigned_abs())
    }
}

/// The processes of a server on this machine.
#[derive(Debug)]
pub(in crate::server) struct ServerProcesses {
    postmaster: i32,
}

impl ServerProcesses {
    /// Those of the server behind the connection; `None` if they cannot be seen from here.
    pub(in crate::server) async fn find(connection: &mut PgConnection) -> Result<Option<Self>> {
        let row = sqlx::query(include_str!("../../sql/shared/backend.sql"))
            .fetch_one(connection)
            .await?;
        let (pid, port): (i32, Option<i32>) = (row.try_get("pid")?, row.try_get("client_port")?);
        let is_local: bool = row.try_get("is_local")?;
        let postmaster = is_local.then(|| parent_of_backend(pid, port)).flatten();
        Ok(postmaster.map(|postmaster| Self { postmaster }))
    }

    pub(in crate::server) fn cpu_time(&self) -> Option<CpuTime> {
        let postmaster = Process::new(self.postmaster).ok()?.stat().ok()?;
        let ended = CpuTime::own(&postmaster).0 + CpuTime::of_ended_children(&postmaster).0;
        let children = all_processes().ok()?.filter_map(|process| process.ok()?.stat().ok());
        let running: u64 = children
            .filter(|stat| stat.ppid == self.postmaster)
            .map(|stat| CpuTime::own(&stat).0)
            .sum();
        Some(CpuTime(ended + running))
    }
}

/// A number may be that of another process here if the server is behind a tunnel: the title of a backend tells the
/// port of its client.
fn parent_of_backend(pid: i32, client_port: Option<i32>) -> Option<i32> {
    let process = Process::new(pid).ok()?;
    let title = process.cmdline().ok()?.join(" ");
    let client = client_port.map_or_else(|| "[local]".to_owned(), |port| format!("({port})"));
    (title.starts_with("postgres") && title.contains(&client))
        .then(|| process.stat().ok().map(|stat| stat.ppid))
        .flatten()
}

/// The most memory that this process has held so far, in MB of 1,000,000 bytes.
pub(crate) fn peak_rss_mb() -> Option<f64> {
    let peak_kib = Process::myself().ok()?.status().ok()?.vmhwm?;
    Some(float(peak_kib * 1_024) / 1e6)
}

/// How much memory this process holds now, in MB of 1,000,000 bytes.
pub(crate) fn rss_mb() -> Option<f64> {
    let kib = Process::myself().ok()?.status().ok()?.vmrss?;
    Some(float(kib * 1_024) / 1e6)
}

/// Whether the directory is on a file system without a disk.
pub(crate) fn stands_in_memory(directory: &Path) -> Option<bool> {
    let directory = directory.canonicalize().ok()?;
    let mounts = Process::myself().ok()?.mountinfo().ok()?;
    let mount = mounts
        .into_iter()
        .filter(|mount| directory.starts_with(&mount.mount_point))
        .max_by_key(|mount| mount.mount_point.as_os_str().len())?;
    Some(["tmpfs", "ramfs"].contains(&&*mount.fs_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_on_processors_grows_with_work() {
        let start = CpuTime::of_this_process().unwrap();
        let mut sum = 0_u64;
        while CpuTime::of_this_process().unwrap() == start {
            sum = (0..100_000_u64).fold(sum, |sum, number| sum.wrapping_mul(31) ^ number);
        }
        let spent = CpuTime::of_this_process().unwrap().since(start);
        assert!(spent > Duration::ZERO, "{spent:?} {sum}");
    }

    #[test]
    fn memory_and_its_peak_are_known() {
        let now = rss_mb().unwrap();
        assert!(now > 0.1 && peak_rss_mb().unwrap() >= now);
    }

    #[test]
    fn file_systems_in_memory_are_known() {
        assert_eq!(stands_in_memory(Path::new("/proc")), Some(false));
        assert_eq!(stands_in_memory(Path::new("/nowhere/at/all")), None);
    }

    #[test]
    fn a_process_that_is_no_backend_has_no_server() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert_eq!(parent_of_backend(own, Some(1)), None);
    }
}
