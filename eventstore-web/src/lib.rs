#![doc = include_str!("../README.md")]

mod api;
mod assets;
mod hexadecimal;
mod live;
mod page;
mod params;
mod problem;
mod query;
mod replay;
mod router;
mod running_replays;
mod security;
mod site;
mod view;
mod web;

pub use query::{Check, Decoder, Verifier};
pub use replay::ParkedEventHandler;
pub use security::Writes;
pub use web::Web;

#[cfg(doctest)]
mod guide {
    #[doc = include_str!("../../docs/guide/web.md")]
    mod web {}
}
