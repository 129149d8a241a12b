use std::path::Path;
use std::time::Duration;

use sqlx::PgConnection;

use crate::error::Result;

/// There is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CpuTime {}

impl CpuTime {
    pub(crate) fn of_this_process() -> Option<Self> {
        None
    }

    pub(crate) fn since(self, _earlier: Self) -> Duration {
        match self {}
    }
}

/// There are none to be seen.
#[derive(Debug)]
pub(in crate::server) enum ServerProcesses {}

impl ServerProcesses {
    pub(in crate::server) async fn find(_connection: &mut PgConnection) -> Result<Option<Self>> {
        Ok(None)
    }

    pub(in crate::server) fn cpu_time(&self) -> Option<CpuTime> {
        match *self {}
    }
}

pub(crate) fn peak_rss_mb() -> Option<f64> {
    None
}

pub(crate) fn rss_mb() -> Option<f64> {
    None
}

pub(crate) fn stands_in_memory(_directory: &Path) -> Option<bool> {
    None
}
