use std::path::Path;

/// Warns of a file that other machines may have open as well: its locks and its shared memory hold within one machine only.
pub(super) fn warn_of_network(path: &Path) {
    if let Some(kind) = network_file_system(path) {
        tracing::warn!(
            file = %path.display(),
            kind,
            "the file is on a network file system, on which SQLite may damage it: keep it on a disk of this machine"
        );
    }
}

/// What kind of network file system the file is on, if it is on one.
#[cfg(target_os = "linux")]
fn network_file_system(path: &Path) -> Option<&'static str> {
    let file_system = rustix::fs::statfs(path).ok()?;
    // The type of `f_type` differs between machines; the numbers have 32 bits.
    let bits = u64::try_from(file_system.f_type).ok()? & 0xffff_ffff;
    name_of(bits)
}

#[cfg(not(target_os = "linux"))]
fn network_file_system(_: &Path) -> Option<&'static str> {
    None
}

/// The numbers are those of the manual page `statfs(2)`.
#[cfg(target_os = "linux")]
fn name_of(magic: u64) -> Option<&'static str> {
    Some(match magic {
        0x6969 => "NFS",
        0x517b | 0xfe53_4d42 => "SMB",
        0xff53_4d42 => "CIFS",
        0x0102_1997 => "9P",
        0x00c3_6400 => "Ceph",
        0x5346_414f => "AFS",
        _ => return None,
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_is_known_by_its_number() {
        assert_eq!(name_of(0x6969), Some("NFS"));
        assert_eq!(name_of(0xef53), None, "ext4");
        let folder = tempfile::tempdir().unwrap();
        assert!(rustix::fs::statfs(folder.path()).is_ok());
    }
}
