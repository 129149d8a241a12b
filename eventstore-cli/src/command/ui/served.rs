use std::net::SocketAddr;

use serde::Serialize;

use crate::output::TableRow;

/// Where the pages are.
#[derive(Serialize)]
pub(super) struct Served {
    address: String,
}

impl Served {
    pub(super) fn at(address: SocketAddr) -> Self {
        Self {
            address: format!("http://{address}/"),
        }
    }
}

impl TableRow for Served {
    const HEAD: &'static [&'static str] = &["ADDRESS"];

    fn cells(&self) -> Vec<String> {
        vec![self.address.clone()]
    }
}
