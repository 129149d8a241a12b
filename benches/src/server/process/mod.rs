//! What the operating system knows about processes; nothing, unless it is Linux.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod unknown;

#[cfg(target_os = "linux")]
pub(super) use self::linux::ServerProcesses;
#[cfg(target_os = "linux")]
pub(crate) use self::linux::{CpuTime, peak_rss_mb, rss_mb, stands_in_memory};
#[cfg(not(target_os = "linux"))]
pub(super) use self::unknown::ServerProcesses;
#[cfg(not(target_os = "linux"))]
pub(crate) use self::unknown::{CpuTime, peak_rss_mb, rss_mb, stands_in_memory};
