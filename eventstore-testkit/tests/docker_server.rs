//! A server in Docker serves, and its container is gone afterwards, however its owner ended.
//!
//! `cargo xtask test --docker` insists on Docker. Otherwise, where there is no engine or no image, it is tested that the
//! error says so.

mod owner;

use std::env;
use std::error::Error;
use std::net::TcpStream;
use std::process::Command;

use eventstore_testkit::server::{DockerServer, Durability, ServerError};

use owner::{Owner, TestResult, address_of, wait_until};

#[test]
fn serves_until_it_is_dropped() -> TestResult {
    let Some(server) = start()? else { return Ok(()) };
    let address = address_of(server.url())?;
    let name = server.name().to_owned();
    assert!(exists(&name)?);
    TcpStream::connect(address)?;

    drop(server);
    assert!(!exists(&name)?);
    assert!(TcpStream::connect(address).is_err());
    Ok(())
}

#[test]
fn is_cleaned_up_when_its_owner_is_killed() -> TestResult {
    if start()?.is_none() {
        return Ok(());
    }
    let owner = Owner::start("owning")?;
    let address = address_of(owner.url())?;
    let name = owner.place().to_owned();
    assert!(exists(&name)?);

    owner.kill()?;
    wait_until(|| !exists(&name).unwrap_or(true))?;
    assert!(TcpStream::connect(address).is_err());
    Ok(())
}

/// Not a test, but the process that the test above kills.
#[test]
fn owning() -> TestResult {
    owner::own(|| {
        let server = DockerServer::start(Durability::Relaxed)?;
        let (url, name) = (server.url().to_owned(), server.name().to_owned());
        Ok((server, url, name))
    })
}

/// A server; none if this machine has no Docker, and that has been said.
fn start() -> TestResult<Option<DockerServer>> {
    let is_insisted_on = env::var_os("EVENTSTORE_TEST_SERVER").is_some_and(|choice| choice == "docker");
    match DockerServer::start(Durability::Relaxed) {
        Ok(server) => Ok(Some(server)),
        Err(error @ (ServerError::NoEngine { .. } | ServerError::NoImage { .. })) if !is_insisted_on => {
            assert!(error.source().is_some(), "{error:?}");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn exists(name: &str) -> TestResult<bool> {
    let filter = format!("name={name}");
    let listed = Command::new("docker")
        .args(["ps", "--all", "--quiet", "--filter", &filter])
        .output()?;
    assert!(listed.status.success(), "{listed:?}");
    Ok(!listed.stdout.is_empty())
}
