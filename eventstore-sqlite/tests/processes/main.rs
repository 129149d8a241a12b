//! What befalls processes that share a file, the disk under it, and the power. The other process is this program as well.
//!
//! Everything random follows from a seed that is printed. `cargo xtask soak sqlite` does the same as these tests, at length.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod cluster;
mod contents;
mod deadly;
mod full_disk;
mod groups;
mod kills;
mod member;
mod power;
mod random;
mod request;
mod scale;
mod stopped;
mod straggler;
mod takeover;
mod trials;
mod victim;
mod writer;

use std::process::ExitCode;

use eventstore_testkit::group_trial::GroupChild;
use libtest_mimic::Arguments;

use crate::member::Member;
use crate::straggler::Straggler;
use crate::victim::Victim;
use crate::writer::Writer;

fn main() -> ExitCode {
    if let Some(writer) = Writer::of_environment() {
        return writer.run();
    }
    if let Some(member) = Member::of_environment() {
        return member.run();
    }
    if let Some(straggler) = Straggler::of_environment() {
        return straggler.run();
    }
    if let Some(victim) = Victim::of_environment() {
        return victim.run();
    }
    if let Some(child) = GroupChild::of_environment() {
        return child.run(groups::connect);
    }
    let trials = [
        deadly::trials(),
        full_disk::trials(),
        groups::trials(),
        kills::trials(),
        power::trials(),
        stopped::trials(),
        takeover::trials(),
    ];
    let trials = trials.into_iter().flatten();
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
