use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use axum::http::header::{COOKIE, HeaderName, ORIGIN};
use axum::http::{HeaderMap, Uri};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Writes;
use super::hosts::host_of;
use crate::hexadecimal::hexadecimal;
use crate::problem::Problem;

const NAME: &str = "eventstore_session";

/// How many sessions may be unlocked at the same time; an older one has to be unlocked again.
const UNLOCKED: usize = 1_000;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The browsers that may change something.
#[derive(Debug)]
pub(crate) struct Sessions {
    writes: Writes,
    /// Makes the token of a form from a session: a foreign page can neither read nor guess it.
    secret: Uuid,
    unlocked: Mutex<HashSet<Uuid>>,
}

/// What a browser may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Session {
    /// Nothing can be changed here.
    ReadOnly,
    /// It has to give the token first.
    Locked,
    /// It may change something with forms that carry this token.
    Writing { id: Uuid, form_token: String },
}

impl Sessions {
    pub(crate) fn new(writes: Writes) -> Self {
        Self {
            writes,
            secret: Uuid::new_v4(),
            unlocked: Mutex::default(),
        }
    }

    /// The session of a request; a new one where the application vouches for everyone.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Session {
        let id = cookie(headers);
        match &self.writes {
            Writes::Refused => Session::ReadOnly,
            Writes::ByApplication => self.writing(id.unwrap_or_else(Uuid::new_v4)),
            Writes::WithToken(_) => match id.filter(|id| self.is_unlocked(*id)) {
                Some(id) => self.writing(id),
                None => Session::Locked,
            },
        }
    }

    /// A session for a browser that knows the token; nothing if it does not.
    pub(crate) fn unlock(&self, given: &str) -> Option<Uuid> {
        let Writes::WithToken(token) = &self.writes else {
            return None;
        };
        // Digests are compared, so that the time that it takes tells nothing of the token.
        let is_right = Sha256::digest(given.as_bytes()) == Sha256::digest(token.as_bytes());
        is_right.then(|| {
            let id = Uuid::new_v4();
            let mut unlocked = self.unlocked.lock().unwrap_or_else(PoisonError::into_inner);
            if unlocked.len() >= UNLOCKED {
                unlocked.clear();
            }
            unlocked.insert(id);
            id
        })
    }

    /// Refuses a change unless this browser may make it and its form is one of ours.
    pub(crate) fn require_writing(&self, headers: &HeaderMap, form_token: &str) -> Result<(), Problem> {
        match self.of(headers) {
            Session::ReadOnly => Err(Problem::refused("these pages only show: nothing can be changed here")),
            Session::Writing {
                form_token: expected, ..
            } if Sha256::digest(expected.as_bytes()) == Sha256::digest(form_token.as_bytes()) => Ok(()),
            Session::Locked => Err(Problem::refused("changes are locked: give the token first")),
            Session::Writing { .. } => Err(Problem::refused("the form is outdated: load the page again")),
        }
    }

    fn writing(&self, id: Uuid) -> Session {
        let digest = Sha256::new().chain_update(self.secret).chain_update(id).finalize();
        let form_token = hexadecimal(&digest, "");
        Session::Writing { id, form_token }
    }

    fn is_unlocked(&self, id: Uuid) -> bool {
        self.unlocked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&id)
    }
}

impl Session {
    /// The header that makes a browser send the session with requests of these pages, and with no others.
    pub(crate) fn cookie(id: Uuid) -> String {
        format!("{NAME}={}; Path=/; HttpOnly; SameSite=Strict", id.simple())
    }
}

/// Refuses a form that does not come from a page of the same host: a foreign page must not change anything.
pub(crate) fn require_same_origin(headers: &HeaderMap, uri: &Uri) -> Result<(), Problem> {
    let foreign = || Problem::refused("the request does not come from these pages");
    let origin = headers
        .get(ORIGIN)
        .and_then(|origin| origin.to_str().ok())
        .ok_or_else(foreign)?;
    let host = host_of(headers, uri).ok_or_else(foreign)?;
    let is_same = ["http://", "https://"]
        .iter()
        .any(|scheme| origin.strip_prefix(scheme) == Some(host.as_str()));
    let is_cross_site = headers.get(FETCH_SITE).is_some_and(|site| site != "same-origin");
    if is_same && !is_cross_site {
        Ok(())
    } else {
        Err(foreign())
    }
}

fn cookie(headers: &HeaderMap) -> Option<Uuid> {
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok());
    let mut pairs = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(name, value)| (name == NAME).then(|| value.parse().ok()).flatten())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::HOST;

    use super::*;

    fn with_cookie(id: Uuid) -> HeaderMap {
        let cookie = format!("other=1; {NAME}={}", id.simple());
        HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(cookie).unwrap())])
    }

    fn form_token(session: Session) -> String {
        match session {
            Session::Writing { form_token, .. } => form_token,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_a_browser_that_gave_the_token_may_change_something() {
        let sessions = Sessions::new(Writes::WithToken("secret".to_owned()));
        assert_eq!(sessions.unlock("guess"), None);
        assert_eq!(sessions.of(&with_cookie(Uuid::new_v4())), Session::Locked);
        let id = sessions.unlock("secret").unwrap();
        let token = form_token(sessions.of(&with_cookie(id)));
        sessions.require_writing(&with_cookie(id), &token).unwrap();
        sessions.require_writing(&with_cookie(id), "guess").unwrap_err();
        sessions.require_writing(&HeaderMap::new(), &token).unwrap_err();
        let other = sessions.unlock("secret").unwrap();
        sessions.require_writing(&with_cookie(other), &token).unwrap_err();
    }

    #[test]
    fn nothing_can_be_changed_unless_it_is_allowed() {
        let sessions = Sessions::new(Writes::Refused);
        assert_eq!(sessions.unlock(""), None);
        sessions.require_writing(&HeaderMap::new(), "").unwrap_err();
    }

    #[test]
    fn a_form_of_another_origin_is_refused() {
        let outcome = |origin: Option<&'static str>, site: Option<&'static str>| {
            let mut headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("localhost:2113"))]);
            headers.extend(origin.map(|origin| (ORIGIN, HeaderValue::from_static(origin))));
            headers.extend(site.map(|site| (FETCH_SITE, HeaderValue::from_static(site))));
            require_same_origin(&headers, &Uri::from_static("/"))
        };
        outcome(Some("http://localhost:2113"), None).unwrap();
        outcome(Some("https://localhost:2113"), Some("same-origin")).unwrap();
        for (origin, site) in [
            (None, None),
            (Some("null"), None),
            (Some("http://evil.example"), None),
            (Some("http://localhost:2114"), None),
            (Some("http://localhost:2113"), Some("cross-site")),
        ] {
            outcome(origin, site).unwrap_err();
        }
    }
}
