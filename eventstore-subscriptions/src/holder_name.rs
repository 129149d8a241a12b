use eventstore_core::StatusText;

/// The name of this process: that of its machine, and its number there.
pub(crate) fn holder_name() -> StatusText {
    let process = format!("process {}", std::process::id());
    match host_name() {
        Some(host) => StatusText::new(format!("{host}, {process}")),
        None => StatusText::new(process),
    }
}

#[cfg(unix)]
fn host_name() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(not(unix))]
fn host_name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_machine_and_the_process() {
        let name = holder_name();
        let process = format!("process {}", std::process::id());
        let machine = name.as_str().strip_suffix(&process).unwrap();
        assert!(machine.ends_with(", "), "{name}");
    }
}
