mod machine;
mod package_manager;
mod way;

use anyhow::bail;

use crate::test_server::TestServer;

use self::machine::Machine;
use self::way::Way;

/// The search for the server that the tests use.
#[derive(Debug)]
pub(crate) struct ServerSearch {
    machine: Machine,
    installs: bool,
}

impl ServerSearch {
    /// Looks at what this machine has. Whether packages may be installed is for the caller to say.
    pub(crate) fn new(installs: bool) -> Self {
        Self {
            machine: Machine::look(),
            installs,
        }
    }

    /// Goes through the ways to a server in their order, prints what becomes of each, and returns the first server that
    /// starts; none if there is no such server.
    pub(crate) fn find(&self) -> anyhow::Result<Option<TestServer>> {
        println!("== a PostgreSQL server, by the first of these ways that works:");
        for (number, way) in (1..).zip(Way::ORDER) {
            let outcome = self.follow(way)?;
            match &outcome {
                Ok(_) => println!("{number}. {way}: taken"),
                Err(obstacle) => println!("{number}. {way}: {obstacle}"),
            }
            if let Ok(server) = outcome {
                return Ok(Some(server));
            }
        }
        Ok(None)
    }

    /// As [`find`](Self::find), where the tests are not to be run without a server.
    pub(crate) fn require(&self) -> anyhow::Result<TestServer> {
        match self.find()? {
            Some(server) => Ok(server),
            None => bail!("there is no PostgreSQL server; to get one: {}", self.remedy()),
        }
    }

    /// The command that finds a server and then runs `cargo xtask test`.
    pub(crate) fn remedy(&self) -> &'static str {
        self.machine.remedy()
    }

    /// The server at the end of this way, or what is in the way.
    fn follow(&self, way: Way) -> anyhow::Result<Result<TestServer, String>> {
        if let Some(obstacle) = way.obstacle(&self.machine, self.installs) {
            return Ok(Err(obstacle.to_owned()));
        }
        TestServer::build()?;
        let checked = way.server().and_then(|server| server.check().map(|()| server));
        Ok(checked.map_err(|error| reason(&format!("{error:#}")).to_owned()))
    }
}

/// The part of a failure that is about the one way that was allowed. Before it, the test kit tells what could be done.
fn reason(failure: &str) -> &str {
    failure.split_once("\n- ").map_or(failure, |(_, reason)| reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_failure_only_the_reason_is_told() {
        assert_eq!(
            reason("error: no server: set a variable\n- no engine: refused"),
            "no engine: refused"
        );
        assert_eq!(reason("cannot start `npm`"), "cannot start `npm`");
    }
}
