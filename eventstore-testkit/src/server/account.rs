use std::fs;

use super::ServerError;

const NAME: &str = "postgres";
const ROOT: u32 = 0;

/// The user that runs the server when this process is root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Account {
    /// The account to change to, given the user that this process runs as; none if it need not change.
    pub(super) fn for_user(uid: u32) -> Result<Option<Self>, ServerError> {
        if uid != ROOT {
            return Ok(None);
        }
        let passwd = fs::read_to_string("/etc/passwd").map_err(ServerError::io("read /etc/passwd"))?;
        let account = Self::parse(&passwd, NAME).ok_or(ServerError::NoAccount { name: NAME })?;
        Ok(Some(account))
    }

    fn parse(passwd: &str, name: &str) -> Option<Self> {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            if fields.next() != Some(name) {
                return None;
            }
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some(Self { uid, gid })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n";

    #[test]
    fn finds_an_account_by_its_whole_name() {
        assert_eq!(Account::parse(PASSWD, "postgres"), Some(Account { uid: 101, gid: 104 }));
        assert_eq!(Account::parse(PASSWD, "post"), None);
    }

    #[test]
    fn keeps_the_user_unless_it_is_root() {
        assert_eq!(Account::for_user(1000).unwrap(), None);
    }
}
