//! Databases that last as long as a test.

mod database_url;
mod server_url;
mod statement;
mod test_database;

pub use test_database::TestDatabase;
