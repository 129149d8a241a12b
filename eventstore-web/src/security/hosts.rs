use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::Uri;
use axum::http::header::HOST;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::page::ProblemPage;
use crate::problem::Problem;

/// The hosts whose requests are answered.
#[derive(Debug, Clone)]
pub(crate) struct Hosts(Arc<[String]>);

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

/// Refuses a request to a host that is not on the list: a foreign name may lead to this address.
pub(crate) async fn require_known_host(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    match host_of(request.headers(), request.uri()) {
        Some(host) if hosts.know(&host) => next.run(request).await,
        _ => {
            let message = "this host is not on the list of those that these pages are served for";
            ProblemPage(Problem::refused(message)).into_response()
        }
    }
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
    use super::*;

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
