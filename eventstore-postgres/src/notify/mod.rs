mod feed;
mod feeds;
mod hub;
mod payload;
mod receiver;
mod shared_listener;

pub(crate) use hub::Hub;
pub(crate) use shared_listener::SharedListener;

use feed::Feed;
use payload::Payload;
use receiver::Receiver;
