use std::fs;

use crate::program::Program;

/// Whether this is a machine on which [`install`] can work for root.
pub(super) fn is_there() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|release| is_debian(&release))
        && Program::new("apt-get").args(["--version"]).succeeds_quietly()
}

/// Installs the server that the release of Debian or Ubuntu has.
pub(super) fn install() -> anyhow::Result<()> {
    apt_get(&["update", "-qq"])?;
    apt_get(&["install", "-qq", "--yes", "--no-install-recommends", "postgresql"])
}

fn apt_get(arguments: &[&str]) -> anyhow::Result<()> {
    Program::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .run_at_length()
}

/// Whether a file `os-release` names Debian, Ubuntu or what is made of one of them.
fn is_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or(line.strip_prefix("ID_LIKE=")))
        .flat_map(|names| names.trim_matches('"').split_whitespace())
        .any(|name| ["debian", "ubuntu"].contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_debian_and_its_children() {
        assert!(is_debian("NAME=\"Debian GNU/Linux\"\nID=debian\n"));
        assert!(is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian("ID=fedora\nVARIANT_ID=debian\n"));
        assert!(!is_debian(""));
    }
}
