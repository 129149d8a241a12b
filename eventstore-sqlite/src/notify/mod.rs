//! Tells listeners of new events: those of this process at once, those of other processes by a watch over the file.

mod feed;
mod file_events;
mod hub;
mod pace;
mod watch;
mod watcher;

pub(crate) use hub::Hub;

use feed::Feed;
use file_events::FileEvents;
use pace::Pace;
use watch::Watch;
use watcher::Watcher;
