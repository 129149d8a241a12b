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

/// Refuses a request to a host that is not on the list, as a foreign name may lead to this address, and one by which a foreign page
/// loads something, though it could not read it: a link from there may be followed.
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
    let is = |name, value: &str| headers.get(name).is_some_and(|given| given == value);
    is(FETCH_SITE, "cross-site") && !is(FETCH_MODE, "navigate")
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
        let request = |site: &'static str, mode: &'static str| {
            let headers = [(FETCH_SITE, site), (FETCH_MODE, mode)];
            HeaderMap::from_iter(headers.map(|(name, value)| (name, HeaderValue::from_static(value))))
        };
        assert!(is_embedded_elsewhere(&request("cross-site", "no-cors")));
        for (site, mode) in [
            ("cross-site", "navigate"),
            ("same-origin", "cors"),
            ("none", "navigate"),
        ] {
            assert!(!is_embedded_elsewhere(&request(site, mode)), "{site} {mode}");
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
