use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::program::Program;
use crate::step::step;
use crate::{account, workspace};

const RELEASE: &str = "bookworm";
const MIRROR: &str = "http://deb.debian.org/debian";

/// What has to be there apart from Rust.
const PACKAGES: &str = "gcc,libc6-dev,git,ca-certificates";

/// The commands of the README.
const COMMANDS: [&str; 2] = ["cargo run --example quickstart", "cargo xtask test"];

/// Where in the root the repository is.
const REPOSITORY: &str = "repository";

const ORDINARY_USER: &str = "someone";

const SCRIPT: &str = include_str!("run.sh");

/// Runs the commands of the README in a bare Debian, as root and as an ordinary user, and reports which of them failed.
///
/// What is committed is run, with the toolchain that runs this program. The user takes over what root has built: how the
/// programs run is what there is to see, and not how they are compiled again. To keep the root of an earlier run saves
/// that time too.
pub(crate) fn run(keep: bool) -> anyhow::Result<()> {
    require_tools()?;
    let root = workspace::target_directory().join("bare-root");
    if keep && root.join(REPOSITORY).is_dir() {
        step("the repository", || update_repository(&root))?;
    } else {
        step("a bare Debian", || make(&root))?;
    }
    let toolchain = Program::new("rustc").args(["--print", "sysroot"]).read()?;
    let failures = run_commands(&root, toolchain.trim())?;
    if !failures.is_empty() {
        bail!("{}", failures.join("\n"));
    }
    println!("both commands work in a bare Debian, as root and as an ordinary user");
    Ok(())
}

/// Runs each command as each user, and returns which of them failed.
fn run_commands(root: &Path, toolchain: &str) -> anyhow::Result<Vec<String>> {
    let mut failures = Vec::new();
    for user in ["root", ORDINARY_USER] {
        give_to(root, user)?;
        for command in COMMANDS {
            let name = format!("{command} (as {user})");
            // Its error would hold the script; what the command has to say was printed before it.
            if step(&name, || run_within(root, toolchain, user, command)).is_err() {
                failures.push(format!("failed: {name}"));
            }
        }
    }
    Ok(failures)
}

fn require_tools() -> anyhow::Result<()> {
    if !account::is_root() {
        bail!("a bare Debian is made and entered by root only");
    }
    for (program, package) in [("debootstrap", "debootstrap"), ("unshare", "util-linux")] {
        if !Program::new(program).args(["--version"]).succeeds_quietly() {
            bail!("{program} is missing: apt-get install {package}");
        }
    }
    Ok(())
}

/// Makes a new root, with an ordinary user, the repository, and the crates that this machine has downloaded already.
fn make(root: &Path) -> anyhow::Result<()> {
    if root.exists() {
        fs::remove_dir_all(root).with_context(|| format!("cannot remove {}", root.display()))?;
    }
    Program::new("debootstrap")
        .args(["--variant=minbase", &format!("--include={PACKAGES}"), RELEASE])
        .args([root])
        .args([MIRROR])
        .run_quietly()?;
    within(root, &["useradd", "--create-home", ORDINARY_USER]).run()?;
    fs::create_dir_all(root.join("opt/rust"))?;
    Program::new("git")
        .args(["clone", "--quiet"])
        .args([workspace::root(), root.join(REPOSITORY)])
        .run()?;
    copy_registry(&root.join("cargo/registry"))
}

/// Leaves what was built there.
fn update_repository(root: &Path) -> anyhow::Result<()> {
    give_to(root, "root")?;
    let repository = root.join(REPOSITORY);
    let git = || Program::new("git").args(["-C"]).args([&repository]);
    // Else git takes files with another owner for changed ones and writes them again, and all is built again.
    git().args(["update-index", "-q", "--refresh"]).run()?;
    git().args(["fetch", "--quiet", "origin", "HEAD"]).run()?;
    git().args(["reset", "--quiet", "--hard", "FETCH_HEAD"]).run()
}

fn copy_registry(copy: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(copy).with_context(|| format!("cannot create {}", copy.display()))?;
    let Some(registry) = registry() else {
        return Ok(());
    };
    for part in ["index", "cache"]
        .map(|part| registry.join(part))
        .iter()
        .filter(|part| part.is_dir())
    {
        Program::new("cp")
            .args(["--archive"])
            .args([part.as_path(), copy])
            .run()?;
    }
    Ok(())
}

/// Where this machine's cargo keeps what it has downloaded.
fn registry() -> Option<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    home.map(|home| home.join("registry"))
}

fn give_to(root: &Path, user: &str) -> anyhow::Result<()> {
    let owner = format!("{user}:{user}");
    within(root, &["chown", "--recursive", &owner, "/repository", "/cargo"]).run()
}

fn within(root: &Path, command: &[&str]) -> Program {
    Program::new("chroot").args([root]).args(command)
}

fn run_within(root: &Path, toolchain: &str, user: &str, command: &str) -> anyhow::Result<()> {
    Program::new("unshare")
        .args([
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "/bin/sh",
            "-c",
            SCRIPT,
            "bare-root",
        ])
        .args([root])
        .args([toolchain, user, command])
        .run()
}
