mod feed;
mod feeds;
mod hub;
mod payload;
mod receiver;
mod recipients;
mod shared_listener;
mod slot;
mod supervise;
mod topic;
mod topics;

pub(crate) use hub::Hub;
pub(crate) use shared_listener::SharedListener;

use feed::Feed;
use payload::Payload;
use receiver::Receiver;
use recipients::Recipients;
use slot::{Slot, SlotListener};
use supervise::supervise;
use topic::Topic;
use topics::Topics;
