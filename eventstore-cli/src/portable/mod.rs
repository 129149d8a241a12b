//! How an export names a place in a stream, so that an import finds the same place in another store.

mod last_folded;
mod prefix;

pub(crate) use self::last_folded::LastFolded;
pub(crate) use self::prefix::{Prefix, PrefixBuilder};
