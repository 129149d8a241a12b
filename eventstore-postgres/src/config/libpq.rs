use eventstore_core::{Error, Result};

/// A parameter that libpq takes, and the driver does not.
struct Parameter {
    name: &'static str,
    /// The values that ask for what is done anyway.
    taken: &'static [&'static str],
    refusal: &'static str,
}

const ONE_HOST: &str = "the store connects to one host: name the primary server, or an address that follows it";
const NOT_ENCRYPTED_SO: &str = "the driver encrypts by TLS alone";
const NOT_BOUND: &str = "the driver does not bind passwords to the TLS channel: use `sslmode=verify-full`";
const SOCKET: &str = "the driver does not set it; the server's own keep-alives are set by the store";
const ALONE: &str = "the driver cannot do this";

const fn parameter(name: &'static str, taken: &'static [&'static str], refusal: &'static str) -> Parameter {
    Parameter { name, taken, refusal }
}

const PARAMETERS: [Parameter; 32] = [
    parameter("channel_binding", &["disable", "prefer"], NOT_BOUND),
    parameter("client_encoding", &["UTF8", "utf8", "auto"], "the driver uses UTF8"),
    parameter("fallback_application_name", &[], "use `application_name`"),
    parameter("gssdelegation", &["0"], NOT_ENCRYPTED_SO),
    parameter("gssencmode", &["disable", "prefer"], NOT_ENCRYPTED_SO),
    parameter("gsslib", &[], NOT_ENCRYPTED_SO),
    parameter("keepalives", &[], SOCKET),
    parameter("keepalives_count", &[], SOCKET),
    parameter("keepalives_idle", &[], SOCKET),
    parameter("keepalives_interval", &[], SOCKET),
    parameter("krbsrvname", &[], NOT_ENCRYPTED_SO),
    parameter("load_balance_hosts", &["disable"], ONE_HOST),
    parameter("max_protocol_version", &["3.0"], "the driver speaks version 3.0"),
    parameter("min_protocol_version", &["3.0"], "the driver speaks version 3.0"),
    parameter(
        "passfile",
        &[],
        "the driver reads `~/.pgpass`, or what the variable `PGPASSFILE` names",
    ),
    parameter("replication", &["false", "off", "no", "0"], ALONE),
    parameter(
        "require_auth",
        &[],
        "the driver answers what the server asks for: use `sslmode=verify-full`",
    ),
    parameter("requirepeer", &[], ALONE),
    parameter("requiressl", &[], "use `sslmode`"),
    parameter("service", &[], "write what the service says into the URL"),
    parameter("servicefile", &[], "write what the service says into the URL"),
    parameter(
        "ssl_max_protocol_version",
        &[],
        "the driver chooses the version of TLS, 1.2 or later",
    ),
    parameter(
        "ssl_min_protocol_version",
        &["TLSv1", "TLSv1.1", "TLSv1.2"],
        "the driver chooses the version of TLS, 1.2 or later",
    ),
    parameter("sslcertmode", &["allow"], ALONE),
    parameter("sslcompression", &["0"], ALONE),
    parameter("sslcrl", &[], ALONE),
    parameter("sslcrldir", &[], ALONE),
    parameter("sslnegotiation", &["postgres"], ALONE),
    parameter("sslpassword", &[], "the driver reads keys that are not encrypted"),
    parameter("sslsni", &["1"], ALONE),
    parameter("target_session_attrs", &["any"], ONE_HOST),
    parameter("tcp_user_timeout", &[], SOCKET),
];

/// Whether this is a parameter of libpq that asks for what is done anyway.
///
/// Refuses, by its name, one that asks for anything else.
pub(super) fn is_done_anyway(name: &str, value: &str) -> Result<bool> {
    let Some(known) = PARAMETERS.iter().find(|parameter| parameter.name == name) else {
        return Ok(false);
    };
    if known.taken.contains(&value) {
        return Ok(true);
    }
    Err(Error::invalid_input(known.name, known.refusal))
}

/// Refuses the parts of several hosts, of which libpq takes the first that will do.
pub(super) fn refuse_several(argument: &'static str, hosts: &str) -> Result<()> {
    if hosts.contains(',') {
        return Err(Error::invalid_input(
            argument,
            &format!("it names several hosts: {ONE_HOST}"),
        ));
    }
    Ok(())
}
