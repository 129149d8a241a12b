use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::{Duration, Instant};

use axum::http::Method;
use fantoccini::elements::Element;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use futures_util::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::{ParseError, Url};

use crate::driver::Driver;

/// How long a page may take until it is as expected, on a machine that is busy.
const DEADLINE: Duration = Duration::from_secs(20);

/// A browser with a profile of its own.
pub(crate) struct Browser {
    pub(crate) client: Client,
    // Removed once the browser has ended.
    _profile: TempDir,
}

/// A color scheme that a person prefers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

/// Runs a test with a browser, which is closed also if the test fails.
pub(crate) async fn with_browser(test: impl AsyncFnOnce(&Browser)) {
    let driver = Driver::start().await;
    let browser = Browser::open(&driver).await;
    let outcome = AssertUnwindSafe(test(&browser)).catch_unwind().await;
    browser.client.clone().close().await.unwrap();
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}

impl Browser {
    pub(crate) async fn open(driver: &Driver) -> Self {
        let profile = TempDir::new().unwrap();
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
        ];
        let mut arguments = arguments.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
            "unhandledPromptBehavior": "ignore",
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("it is written as an object")
        };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(Capabilities::from_iter(capabilities));
        Self {
            client: client.connect(&driver.address).await.unwrap(),
            _profile: profile,
        }
    }

    pub(crate) async fn goto(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// Gives a command of the Chrome `DevTools` Protocol.
    pub(crate) async fn command(&self, name: &str, parameters: Value) {
        let body = json!({ "cmd": name, "params": parameters });
        let command = Extension("goog/cdp/execute", body);
        self.client.issue_cmd(command).await.unwrap();
    }

    pub(crate) async fn prefer(&self, scheme: Scheme) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme.name() }]);
        self.command("Emulation.setEmulatedMedia", json!({ "features": features }))
            .await;
    }

    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.command("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// What the browser has reported since it was last asked: errors of scripts, and what the policy of a page has refused.
    pub(crate) async fn reported(&self) -> Vec<String> {
        let entries = self
            .client
            .issue_cmd(Extension("se/log", json!({ "type": "browser" })))
            .await
            .unwrap();
        let is_grave = |entry: &&Value| entry["level"] == "SEVERE" || entry["level"] == "WARNING";
        let entries = entries.as_array().unwrap().iter().filter(is_grave);
        entries
            .map(|entry| entry["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The value of an expression.
    pub(crate) async fn value(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        self.client.execute(&script, Vec::new()).await.unwrap()
    }

    pub(crate) async fn number(&self, expression: &str) -> u64 {
        let value = self.value(expression).await;
        value
            .as_u64()
            .unwrap_or_else(|| panic!("{expression} is no number: {value}"))
    }

    /// Waits until an expression is true.
    pub(crate) async fn until(&self, expression: &str) {
        let began_at = Instant::now();
        while self.value(expression).await != json!(true) {
            if began_at.elapsed() > DEADLINE {
                let shown = self.text("body").await;
                panic!("it does not come true: {expression}\nthe page shows:\n{shown}");
            }
            tokio::task::yield_now().await;
        }
    }

    /// Waits until the page shows this text.
    pub(crate) async fn until_shown(&self, text: &str) {
        self.until(&format!("document.body.innerText.includes({})", json!(text)))
            .await;
    }

    /// The text of an element, as it is shown.
    pub(crate) async fn text(&self, selector: &str) -> String {
        self.find(selector).await.text().await.unwrap()
    }

    pub(crate) async fn find(&self, selector: &str) -> Element {
        self.client
            .find(Locator::Css(selector))
            .await
            .unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    pub(crate) async fn count(&self, selector: &str) -> usize {
        self.client.find_all(Locator::Css(selector)).await.unwrap().len()
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.find(selector).await.click().await.unwrap();
    }

    /// Follows a link or sends a form, and waits for the page that it leads to.
    pub(crate) async fn follow(&self, selector: &str) {
        let element = self.find(selector).await;
        self.value("window.isOld = true").await;
        element.click().await.unwrap();
        self.until("!window.isOld && document.readyState === 'complete'").await;
    }

    /// Opens another tab of the same browser, and works there from now on.
    pub(crate) async fn open_tab(&self) {
        let tab = self.client.new_window(true).await.unwrap();
        self.client.switch_to_window(tab.handle).await.unwrap();
    }
}

impl Scheme {
    pub(crate) const ALL: [Self; 2] = [Self::Light, Self::Dark];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A command that only this driver has: its address within the session, and its body.
#[derive(Debug)]
struct Extension(&'static str, Value);

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.0))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.1.to_string()))
    }
}
