use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::header::{COOKIE, ORIGIN};
use axum::http::{HeaderMap, Uri};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::Writes;
use super::hosts::{FETCH_SITE, host_of};
use crate::hexadecimal::hexadecimal;
use crate::problem::Problem;

/// What the names of all cookies begin with.
const NAME: &str = "eventstore_session";

/// How long a browser may change something until it has to give the token again.
const UNLOCKED_FOR: Duration = Duration::from_hours(12);

/// The delay after a wrong token. No other token is checked until it has passed.
const WRONG_TOKEN_COSTS: Duration = Duration::from_secs(1);

/// How many tokens may wait to be checked.
const WAITING_TOKENS: usize = 100;

/// The browsers that may change something.
#[derive(Debug)]
pub(crate) struct Sessions {
    writes: Writes,
    /// Makes the token of a form from a session: a foreign page can neither read nor guess it.
    secret: Uuid,
    /// The name of the cookie.
    cookie: String,
    /// When each session was unlocked.
    unlocked: Mutex<HashMap<Uuid, Instant>>,
    /// Held while a token is checked, and for a while after a wrong one.
    checking: Arc<tokio::sync::Mutex<()>>,
    waiting: Semaphore,
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
        // A browser sends a cookie to every port of a host: pages of another process must not replace what was unlocked here.
        let cookie = match &writes {
            Writes::WithToken(_) => format!("{NAME}_{}", Uuid::new_v4().simple()),
            Writes::Refused | Writes::ByApplication => NAME.to_owned(),
        };
        Self {
            writes,
            secret: Uuid::new_v4(),
            cookie,
            unlocked: Mutex::default(),
            checking: Arc::default(),
            waiting: Semaphore::new(WAITING_TOKENS),
        }
    }

    /// The session of a request; a new one where the application vouches for everyone.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Session {
        let id = self.id(headers);
        match &self.writes {
            Writes::Refused => Session::ReadOnly,
            Writes::ByApplication => self.writing(id.unwrap_or_else(Uuid::new_v4)),
            Writes::WithToken(_) => match id.filter(|id| self.is_unlocked(*id)) {
                Some(id) => self.writing(id),
                None => Session::Locked,
            },
        }
    }

    /// A session for a browser that knows the token; nothing, after a while, if it does not.
    pub(crate) async fn unlock(&self, given: &str) -> Result<Option<Uuid>, Problem> {
        let token = match &self.writes {
            Writes::WithToken(token) => token,
            Writes::Refused => return Err(Problem::refused("these pages are read-only")),
            Writes::ByApplication => return Err(Problem::refused("changes need no token here")),
        };
        let waiting = self.waiting.try_acquire();
        let _waiting = waiting.map_err(|_| Problem::too_many("too many tokens are being checked: try again later"))?;
        let checking = Arc::clone(&self.checking).lock_owned().await;
        // Digests are compared, so that the time that it takes tells nothing of the token.
        if Sha256::digest(given.as_bytes()) != Sha256::digest(token.as_bytes()) {
            tracing::warn!("a browser has given a wrong token");
            // A browser that does not wait for the answer must not shorten the delay.
            let delay = tokio::spawn(async move {
                sleep(WRONG_TOKEN_COSTS).await;
                drop(checking);
            });
            // It fails only if the runtime shuts down.
            let _ = delay.await;
            return Ok(None);
        }
        let id = Uuid::new_v4();
        let mut unlocked = lock(&self.unlocked);
        unlocked.retain(|_, at| at.elapsed() < UNLOCKED_FOR);
        unlocked.insert(id, Instant::now());
        Ok(Some(id))
    }

    /// The header that makes a browser send the session with requests of these pages, and with no others.
    pub(crate) fn cookie(&self, id: Uuid) -> String {
        let (name, id, seconds) = (&self.cookie, id.simple(), UNLOCKED_FOR.as_secs());
        format!("{name}={id}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict")
    }

    /// Refuses a change unless this browser may make it and its form is one of ours.
    pub(crate) fn require_writing(&self, headers: &HeaderMap, form_token: &str) -> Result<(), Problem> {
        match self.of(headers) {
            Session::ReadOnly => Err(Problem::refused("these pages are read-only")),
            Session::Writing {
                form_token: expected, ..
            } if Sha256::digest(expected.as_bytes()) == Sha256::digest(form_token.as_bytes()) => Ok(()),
            Session::Locked => Err(Problem::refused("changes are locked: unlock them with the token first")),
            Session::Writing { .. } => Err(Problem::refused("the form is outdated: load the page again")),
        }
    }

    fn writing(&self, id: Uuid) -> Session {
        let digest = Sha256::new().chain_update(self.secret).chain_update(id).finalize();
        let form_token = hexadecimal(&digest, "");
        Session::Writing { id, form_token }
    }

    fn is_unlocked(&self, id: Uuid) -> bool {
        lock(&self.unlocked)
            .get(&id)
            .is_some_and(|at| at.elapsed() < UNLOCKED_FOR)
    }

    fn id(&self, headers: &HeaderMap) -> Option<Uuid> {
        let cookies = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|cookies| cookies.to_str().ok());
        let mut pairs = cookies
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        pairs.find_map(|(name, value)| (name == self.cookie).then(|| value.parse().ok()).flatten())
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::HOST;

    use super::*;

    fn with_cookie(sessions: &Sessions, id: Uuid) -> HeaderMap {
        let cookie = format!("other=1; {}", sessions.cookie(id));
        HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(cookie).unwrap())])
    }

    fn form_token(session: Session) -> String {
        match session {
            Session::Writing { form_token, .. } => form_token,
            other => panic!("{other:?}"),
        }
    }

    fn with_token() -> Sessions {
        Sessions::new(Writes::WithToken("secret".to_owned()))
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_browser_that_gave_the_token_may_change_something() {
        let sessions = with_token();
        let cookie = |id| with_cookie(&sessions, id);
        assert_eq!(sessions.unlock("guess").await.unwrap(), None);
        assert_eq!(sessions.of(&cookie(Uuid::new_v4())), Session::Locked);
        let id = sessions.unlock("secret").await.unwrap().unwrap();
        let token = form_token(sessions.of(&cookie(id)));
        sessions.require_writing(&cookie(id), &token).unwrap();
        sessions.require_writing(&cookie(id), "guess").unwrap_err();
        sessions.require_writing(&HeaderMap::new(), &token).unwrap_err();
        let other = sessions.unlock("secret").await.unwrap().unwrap();
        sessions.require_writing(&cookie(other), &token).unwrap_err();
        // A cookie of the pages on another port.
        assert_eq!(sessions.of(&with_cookie(&with_token(), id)), Session::Locked);
        tokio::time::advance(UNLOCKED_FOR).await;
        assert_eq!(sessions.of(&cookie(id)), Session::Locked);
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_are_guessed_one_a_second_however_many_guess() {
        let (sessions, began_at) = (with_token(), Instant::now());
        let guesses = futures_util::future::join_all((0..20).map(|_| sessions.unlock("guess")));
        assert!(guesses.await.into_iter().all(|guess| guess.unwrap().is_none()));
        assert_eq!(began_at.elapsed(), 20 * WRONG_TOKEN_COSTS);
    }

    #[tokio::test(start_paused = true)]
    async fn a_browser_that_does_not_wait_for_the_answer_does_not_shorten_the_delay() {
        let (sessions, began_at) = (with_token(), Instant::now());
        for _ in 0..5 {
            let guess = sessions.unlock("guess");
            assert!(tokio::time::timeout(WRONG_TOKEN_COSTS / 2, guess).await.is_err());
        }
        sessions.unlock("secret").await.unwrap().unwrap();
        assert!(began_at.elapsed() >= 3 * WRONG_TOKEN_COSTS, "{:?}", began_at.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_tokens_is_refused() {
        let sessions = with_token();
        let guesses = futures_util::future::join_all((0..=WAITING_TOKENS).map(|_| sessions.unlock("guess")));
        let refused = guesses.await.into_iter().filter(Result::is_err).count();
        assert_eq!(refused, 1);
    }

    #[tokio::test]
    async fn nothing_can_be_changed_unless_it_is_allowed() {
        let sessions = Sessions::new(Writes::Refused);
        sessions.unlock("").await.unwrap_err();
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
