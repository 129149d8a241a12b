//! The pages in a real browser, as a person sees and uses them: Chromium without a window, on a store of each backend.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod accessibility;
mod browser;
mod driver;
mod hostile_texts;
mod keyboard;
mod live;
mod outage;
mod pages;
mod parked;
mod places;
mod requests;
mod samples;
mod served;
mod speed;
mod store;
mod without_scripts;
