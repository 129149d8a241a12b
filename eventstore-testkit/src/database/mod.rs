//! Databases that last as long as a test.

mod administrator;
mod database_url;
mod leftovers;
mod template;
mod test_database;

pub use test_database::TestDatabase;
