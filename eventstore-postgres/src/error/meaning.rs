/// What an answer of the server means to a caller, by its SQLSTATE (the `PostgreSQL` manual, appendix A) and its severity.
///
/// Every code that this library reacts to is classified here, and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The credentials are refused, or a privilege is missing.
    AccessDenied,
    NoDatabase,
    NoTables,
    /// Something else has the name of one of our tables or functions.
    NameTaken,
    /// An event, or another unique row, already exists.
    Duplicate,
    /// The database to create already exists.
    DatabaseExists,
    /// Other objects depend on what was to be dropped.
    StillNeeded,
    /// The server preferred another transaction; the same statement can succeed later.
    Aborted,
    /// The same as `Aborted`: a stricter isolation than read committed met a change of another transaction.
    NotSerializable,
    /// The same as `Aborted`: the lock did not become free in time.
    Locked,
    /// The statement was canceled, and the session goes on.
    Cancelled,
    /// The server ended the session because of this server setting, before it saw the statement.
    Idle(&'static str),
    /// The server ended the session because of this server setting, perhaps after it had committed.
    Overdue(&'static str),
    /// The server ended the session: the statement under way may have been carried out.
    Lost,
    /// The same as `Lost`: the message violated the protocol, or a pooler had no session to take it.
    Protocol,
    /// The server has no room for another connection.
    TooManyConnections,
    /// The server has no room for the statement.
    Exhausted,
    ReadOnly,
    NoTransaction,
    FailedTransaction,
    /// A prepared statement is missing, or exists although it was not prepared: this is another session than before.
    OtherSession,
    /// A statement was prepared before a table was changed.
    Stale,
    /// The argument holds a value that the server does not accept.
    Value(&'static str),
    Other,
}

impl Meaning {
    pub(super) fn of(code: &str, is_fatal: bool) -> Self {
        match Self::of_code(code) {
            // Whatever the code, the session has ended.
            Self::Other if is_fatal => Self::Lost,
            meaning => meaning,
        }
    }

    fn of_code(code: &str) -> Self {
        match code {
            "08P01" => Self::Protocol,
            "0A000" => Self::Stale,
            "22021" | "22P05" => Self::Value("text"),
            "22P02" => Self::Value("payload"),
            "22003" => Self::Value("version"),
            "23505" => Self::Duplicate,
            "25006" => Self::ReadOnly,
            "25P01" => Self::NoTransaction,
            "25P02" => Self::FailedTransaction,
            "25P03" => Self::Idle("idle_in_transaction_session_timeout"),
            "25P04" => Self::Overdue("transaction_timeout"),
            "26000" | "42P05" => Self::OtherSession,
            "2BP01" => Self::StillNeeded,
            "3D000" => Self::NoDatabase,
            "3F000" | "42P01" => Self::NoTables,
            "40001" => Self::NotSerializable,
            "40003" => Self::Lost,
            // A foreign key is violated only if the caller linked or appended to a stream or event that was deleted meanwhile.
            "23503" | "40P01" => Self::Aborted,
            "42501" => Self::AccessDenied,
            "42P04" => Self::DatabaseExists,
            "42P07" | "42723" => Self::NameTaken,
            "53300" => Self::TooManyConnections,
            "54000" => Self::Value("length"),
            "55P03" => Self::Locked,
            "57014" => Self::Cancelled,
            "57P05" => Self::Idle("idle_session_timeout"),
            code => Self::of_class(code.get(..2).unwrap_or_default()),
        }
    }

    fn of_class(class: &str) -> Self {
        match class {
            "08" | "57" => Self::Lost,
            "28" => Self::AccessDenied,
            "40" => Self::Aborted,
            "53" => Self::Exhausted,
            _ => Self::Other,
        }
    }

    /// Whether the connection can carry another statement, if the session goes on.
    pub(super) fn leaves_connection_usable(self) -> bool {
        match self {
            // After a failover, the same name may lead to a server that accepts writes.
            Self::ReadOnly
            | Self::Lost
            | Self::Protocol
            | Self::Idle(_)
            | Self::Overdue(_)
            | Self::OtherSession
            | Self::Stale => false,
            _ => true,
        }
    }

    /// Whether nothing was done although the session ended.
    pub(super) fn is_before_the_statement(self) -> bool {
        matches!(self, Self::Idle(_))
    }
}

/// Whether the code is of a class about values: one is malformed, or beyond a limit.
pub(super) fn is_about_values(code: &str) -> bool {
    code.starts_with("22") || code.starts_with("54")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERROR: bool = false;
    const FATAL: bool = true;

    #[test]
    fn every_code_has_one_meaning() {
        for (code, is_fatal, meaning) in [
            ("08006", ERROR, Meaning::Lost),
            ("08P01", FATAL, Meaning::Protocol),
            ("0A000", ERROR, Meaning::Stale),
            ("22003", ERROR, Meaning::Value("version")),
            ("22021", ERROR, Meaning::Value("text")),
            ("22P02", ERROR, Meaning::Value("payload")),
            ("22P05", ERROR, Meaning::Value("text")),
            ("23503", ERROR, Meaning::Aborted),
            ("23505", ERROR, Meaning::Duplicate),
            ("25006", ERROR, Meaning::ReadOnly),
            ("25P01", ERROR, Meaning::NoTransaction),
            ("25P02", ERROR, Meaning::FailedTransaction),
            ("25P03", FATAL, Meaning::Idle("idle_in_transaction_session_timeout")),
            ("25P04", FATAL, Meaning::Overdue("transaction_timeout")),
            ("26000", ERROR, Meaning::OtherSession),
            ("28000", FATAL, Meaning::AccessDenied),
            ("28P01", FATAL, Meaning::AccessDenied),
            ("2BP01", ERROR, Meaning::StillNeeded),
            ("3D000", FATAL, Meaning::NoDatabase),
            ("3F000", ERROR, Meaning::NoTables),
            ("40000", ERROR, Meaning::Aborted),
            ("40001", ERROR, Meaning::NotSerializable),
            ("40001", FATAL, Meaning::NotSerializable),
            ("40003", ERROR, Meaning::Lost),
            ("40P01", ERROR, Meaning::Aborted),
            ("42501", ERROR, Meaning::AccessDenied),
            ("42723", ERROR, Meaning::NameTaken),
            ("42P01", ERROR, Meaning::NoTables),
            ("42P04", ERROR, Meaning::DatabaseExists),
            ("42P05", ERROR, Meaning::OtherSession),
            ("42P07", ERROR, Meaning::NameTaken),
            ("53100", ERROR, Meaning::Exhausted),
            ("53200", ERROR, Meaning::Exhausted),
            ("53300", FATAL, Meaning::TooManyConnections),
            ("54000", ERROR, Meaning::Value("length")),
            ("55P03", ERROR, Meaning::Locked),
            ("57014", ERROR, Meaning::Cancelled),
            ("57P01", FATAL, Meaning::Lost),
            ("57P02", FATAL, Meaning::Lost),
            ("57P03", FATAL, Meaning::Lost),
            ("57P04", FATAL, Meaning::Lost),
            ("57P05", FATAL, Meaning::Idle("idle_session_timeout")),
            ("58030", ERROR, Meaning::Other),
            ("58030", FATAL, Meaning::Lost),
            ("P0001", ERROR, Meaning::Other),
            ("XX000", FATAL, Meaning::Lost),
            ("", ERROR, Meaning::Other),
            ("ä", FATAL, Meaning::Lost),
        ] {
            assert_eq!(Meaning::of(code, is_fatal), meaning, "{code}, fatal: {is_fatal}");
        }
    }

    #[test]
    fn a_connection_is_given_up_for_what_another_one_may_not_meet() {
        for code in ["08P01", "0A000", "25006", "26000", "42P05", "08006", "57P01", "25P03"] {
            assert!(!Meaning::of(code, ERROR).leaves_connection_usable(), "{code}");
        }
        for code in ["23505", "40001", "40P01", "53200", "55P03", "57014", "P0001"] {
            assert!(Meaning::of(code, ERROR).leaves_connection_usable(), "{code}");
        }
    }
}
