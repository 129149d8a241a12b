mod hub;
mod payload;
mod recipients;
mod topics;

pub(crate) use hub::Hub;
use payload::Payload;
use recipients::Recipients;
use topics::Topics;
