mod hub;
mod payload;
mod topics;

pub(crate) use hub::Hub;
use payload::Payload;
use topics::Topics;
