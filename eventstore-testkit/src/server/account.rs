use std::fs;

use super::ServerError;

/// The user that the packages of a server create, and the one that every system has.
const NAMES: [&str; 2] = ["postgres", "nobody"];
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
        let account = Self::first_of(&NAMES, &passwd).ok_or(ServerError::NoAccount { name: NAMES[0] })?;
        Ok(Some(account))
    }

    fn first_of(names: &[&str], passwd: &str) -> Option<Self> {
        names.iter().find_map(|name| Self::parse(passwd, name))
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
    fn takes_another_account_only_where_there_is_no_postgres() {
        const NOBODY: &str = "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
        let nobody = Account { uid: 65534, gid: 65534 };
        assert_eq!(Account::first_of(&NAMES, NOBODY), Some(nobody));
        let both = format!("{NOBODY}{PASSWD}");
        assert_eq!(Account::first_of(&NAMES, &both), Some(Account { uid: 101, gid: 104 }));
        assert_eq!(Account::first_of(&NAMES, ""), None);
    }

    #[test]
    fn keeps_the_user_unless_it_is_root() {
        assert_eq!(Account::for_user(1000).unwrap(), None);
    }
}
