//! What the pages load besides themselves: one style sheet, two scripts and an icon, all part of the program.

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::hexadecimal::hexadecimal;

/// A file that the pages load.
pub(crate) struct Asset {
    /// The last part of its address: it changes with its content, so a browser may keep the file for ever.
    pub(crate) address: String,
    content_type: &'static str,
    content: &'static str,
}

pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "style",
        "css",
        "text/css; charset=utf-8",
        include_str!("../assets/style.css"),
    )
});

pub(crate) static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("page", "js", JAVASCRIPT, include_str!("../assets/page.js")));

/// Browsers ask for one in any case.
pub(crate) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg")));

/// Runs once for all tabs of a browser, and holds its one stream of server-sent events.
pub(crate) static WORKER: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("worker", "js", JAVASCRIPT, include_str!("../assets/worker.js")));

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

impl Asset {
    fn new(name: &str, ending: &str, content_type: &'static str, content: &'static str) -> Self {
        let digest = Sha256::digest(content.as_bytes());
        let version = hexadecimal(&digest[..6], "");
        Self {
            address: format!("{name}-{version}.{ending}"),
            content_type,
            content,
        }
    }

    pub(crate) fn response(&self) -> Response {
        let headers = [
            (CONTENT_TYPE, self.content_type),
            (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ];
        (headers, self.content).into_response()
    }
}
