//! Who is answered, and who may change something.

mod headers;
mod hosts;
mod sessions;
mod writes;

pub(crate) use headers::set_headers;
pub(crate) use hosts::{Hosts, require_known_host};
pub(crate) use sessions::{Session, Sessions, require_same_origin};
pub use writes::Writes;
