//! Several processes that share a subscription, and what befalls them. The second process is this program as well.
//!
//! Each case ends with the judgement of what was delivered against the log.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod cluster;
mod deletion;
mod member;
mod stopped;
mod straggler;
mod tail;
mod takeover;
mod trials;

use std::process::ExitCode;

use libtest_mimic::Arguments;

use crate::member::Member;
use crate::straggler::Straggler;

fn main() -> ExitCode {
    if let Some(member) = Member::of_environment() {
        return member.run();
    }
    if let Some(straggler) = Straggler::of_environment() {
        return straggler.run();
    }
    let trials = [deletion::trials(), stopped::trials(), takeover::trials()].into_iter().flatten();
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
