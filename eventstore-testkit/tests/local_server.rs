//! A local server serves, and is gone without a trace afterwards, however its owner ended.

mod owner;

use std::net::TcpStream;
use std::path::Path;

use eventstore_testkit::server::{Durability, LocalServer};

use owner::{Owner, TestResult, address_of, wait_until};

#[test]
fn serves_until_it_is_dropped() -> TestResult {
    let server = LocalServer::start(Durability::Relaxed)?;
    let address = address_of(server.url())?;
    let directory = server.directory().to_owned();
    TcpStream::connect(address)?;

    drop(server);
    assert!(!directory.exists());
    assert!(TcpStream::connect(address).is_err());
    Ok(())
}

#[test]
fn is_cleaned_up_when_its_owner_is_killed() -> TestResult {
    let owner = Owner::start("owning")?;
    let address = address_of(owner.url())?;
    let directory = owner.place().to_owned();
    TcpStream::connect(address)?;

    owner.kill()?;
    wait_until(|| !Path::new(&directory).exists())?;
    assert!(TcpStream::connect(address).is_err());
    Ok(())
}

/// Not a test, but the process that the test above kills.
#[test]
fn owning() -> TestResult {
    owner::own(|| {
        let server = LocalServer::start(Durability::Relaxed)?;
        let (url, directory) = (server.url().to_owned(), server.directory().display().to_string());
        Ok((server, url, directory))
    })
}
