use std::time::Duration;

use super::CpuTime;
use super::process::ServerProcesses;

/// What this process and the server have spent until some moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    wal_bytes: i64,
    client_cpu: Option<CpuTime>,
    server_cpu: Option<CpuTime>,
}

/// What was spent between two readings; unknown is the time of a server elsewhere.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) wal_bytes: u64,
    pub(crate) client_cpu: Option<Duration>,
    pub(crate) server_cpu: Option<Duration>,
}

impl Reading {
    pub(super) fn take(wal_bytes: i64, server: Option<&ServerProcesses>) -> Self {
        Self {
            wal_bytes,
            client_cpu: CpuTime::of_this_process(),
            server_cpu: server.and_then(ServerProcesses::cpu_time),
        }
    }

    /// What is spent where there is no server.
    pub(crate) fn of_this_process(wal_bytes: i64) -> Self {
        Self::take(wal_bytes, None)
    }

    pub(crate) fn since(self, earlier: Self) -> Usage {
        let between = |late: Option<CpuTime>, early: Option<CpuTime>| Some(late?.since(early?));
        Usage {
            wal_bytes: u64::try_from(self.wal_bytes - earlier.wal_bytes).unwrap_or(0),
            client_cpu: between(self.client_cpu, earlier.client_cpu),
            server_cpu: between(self.server_cpu, earlier.server_cpu),
        }
    }
}
