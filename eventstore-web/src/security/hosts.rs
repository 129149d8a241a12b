use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, HeaderName};
use axum::http::{HeaderMap, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::page::ProblemPage;
use crate::problem::Problem;

/// The hosts whose requests are answered.
#[derive(Debug, Clone)]
pub(crate) struct Hosts(Arc<[String]>);

pub(super) const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

const FETCH_DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// The destinations of what is loaded into a part of a page, though that is a navigation.
const FRAMES: [&str; 5] = ["iframe", "frame", "embed", "object", "fencedframe"];

const OWN: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl Hosts {
    pub(crate) fn new(named: Vec<String>) -> Self {
        let own = OWN.map(str::to_owned).into_iter();
        Self(own.chain(named).map(|host| host.to_ascii_lowercase()).collect())
    }

    fn know(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let without_port = without_port(&host);
        self.0.iter().any(|known| *known == host || known == without_port)
    }
}

/// Refuses a request whose host is not on the list: a foreign name may lead to this address. Also refuses a page of another site that
/// loads something from here; it may only link here.
pub(crate) async fn require_known_host(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    let host = host_of(request.headers(), request.uri());
    if !host.is_some_and(|host| hosts.know(&host)) {
        let message = "these pages do not answer to this host: add it with --host or with_hosts";
        return ProblemPage(Problem::refused(message)).into_response();
    }
    if is_embedded_elsewhere(request.headers()) {
        return ProblemPage(Problem::refused("the request does not come from these pages")).into_response();
    }
    next.run(request).await
}

/// Whether a page of another site loads this as a part of itself, as browsers tell (Fetch Metadata Request Headers, W3C).
fn is_embedded_elsewhere(headers: &HeaderMap) -> bool {
    let is = |name: &HeaderName, value: &str| headers.get(name).is_some_and(|given| given == value);
    let is_framed = FRAMES.iter().any(|frame| is(&FETCH_DESTINATION, frame));
    is(&FETCH_SITE, "cross-site") && (!is(&FETCH_MODE, "navigate") || is_framed)
}

/// The host that a request is for; HTTP/2 has it in the address.
pub(super) fn host_of(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let header = headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = || uri.authority().map(ToString::to_string);
    header.map(str::to_owned).or_else(authority)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_foreign_page_may_link_to_a_page_and_load_none() {
        let request = |site: &'static str, mode: &'static str, destination: &'static str| {
            let headers = [(FETCH_SITE, site), (FETCH_MODE, mode), (FETCH_DESTINATION, destination)];
            HeaderMap::from_iter(headers.map(|(name, value)| (name, HeaderValue::from_static(value))))
        };
        for (mode, destination) in [("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe")] {
            assert!(
                is_embedded_elsewhere(&request("cross-site", mode, destination)),
                "{mode}"
            );
        }
        for (site, mode, destination) in [
            ("cross-site", "navigate", "document"),
            ("same-origin", "cors", "empty"),
            ("same-origin", "no-cors", "sharedworker"),
            ("none", "navigate", "document"),
        ] {
            assert!(
                !is_embedded_elsewhere(&request(site, mode, destination)),
                "{site} {mode}"
            );
        }
        assert!(!is_embedded_elsewhere(&HeaderMap::new()));
    }

    #[test]
    fn hosts_are_known_with_any_port_or_with_theirs() {
        let hosts = Hosts::new(vec!["Shop.example".to_owned(), "admin.example:8443".to_owned()]);
        for known in [
            "localhost:2113",
            "LOCALHOST",
            "127.0.0.1:1",
            "[::1]:2113",
            "[::1]",
            "shop.example:80",
            "admin.example:8443",
        ] {
            assert!(hosts.know(known), "{known}");
        }
        for unknown in [
            "evil.example",
            "admin.example",
            "admin.example:1",
            "localhost.evil.example",
            "127.0.0.1.evil",
            "",
            ":80",
        ] {
            assert!(!hosts.know(unknown), "{unknown}");
        }
    }
}
