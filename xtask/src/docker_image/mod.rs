use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::Context;

use crate::program::Program;
use crate::workspace;

/// What the image is called. Tests take it if `EVENTSTORE_TEST_IMAGE` says so.
const IMAGE: &str = "eventstore-postgres:15";

const RELEASE: &str = "bookworm";
const PACKAGE: &str = "postgresql-15";
const MIRROR: &str = "http://deb.debian.org/debian";

const ENTRYPOINT: &str = include_str!("docker-entrypoint.sh");
const ENTRYPOINT_PATH: &str = "usr/local/bin/docker-entrypoint.sh";

/// What an image is told by `docker import`, in which nothing remembers how its files came about.
const CHANGES: [&str; 6] = [
    "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/15/bin",
    "ENV LANG=C.UTF-8",
    "ENV PGDATA=/var/lib/postgresql/data",
    r#"ENTRYPOINT ["docker-entrypoint.sh"]"#,
    "EXPOSE 5432",
    r#"CMD ["postgres"]"#,
];

/// Makes an image with PostgreSQL from packages of Debian, without any registry of images. Needs root and `debootstrap`.
pub(crate) fn build() -> anyhow::Result<()> {
    let directory = workspace::target_directory().join("docker-image");
    let files = directory.join("files");
    // Left over by a build that failed.
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    install(&files)?;
    import(&files, &directory.join("files.tar"))?;
    fs::remove_dir_all(&directory).with_context(|| format!("cannot remove {}", directory.display()))?;
    println!("for tests in it: EVENTSTORE_TEST_IMAGE={IMAGE} cargo xtask test --docker");
    Ok(())
}

fn install(files: &Path) -> anyhow::Result<()> {
    Program::new("debootstrap")
        .args(["--variant=minbase", &format!("--include={PACKAGE}"), RELEASE])
        .args([files])
        .args([MIRROR])
        .run()
        .context("the image is made by debootstrap, as root (Debian: apt-get install debootstrap)")?;
    // The package makes a cluster, the entrypoint another one.
    for unneeded in ["var/lib/postgresql/15", "var/cache/apt/archives"] {
        let path = files.join(unneeded);
        fs::remove_dir_all(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    let entrypoint = files.join(ENTRYPOINT_PATH);
    fs::write(&entrypoint, ENTRYPOINT)
        .and_then(|()| fs::set_permissions(&entrypoint, Permissions::from_mode(0o755)))
        .with_context(|| format!("cannot write {}", entrypoint.display()))
}

fn import(files: &Path, archive: &Path) -> anyhow::Result<()> {
    Program::new("tar")
        .args(["-C"])
        .args([files])
        .args(["-cf"])
        .args([archive])
        .args(["."])
        .run()?;
    let changes = CHANGES.iter().flat_map(|change| ["--change", change]);
    Program::new("docker")
        .args(["import"])
        .args(changes)
        .args([archive])
        .args([IMAGE])
        .run()
}
