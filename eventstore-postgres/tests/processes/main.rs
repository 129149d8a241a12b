//! Several processes that share a subscription, and what befalls them; how much memory a process takes. The other process is
//! this program as well.
//!
//! Each case about a subscription ends with the judgement of what was delivered against the log.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod cluster;
mod consumer;
mod deadly;
mod deletion;
mod groups;
mod large_events;
mod member;
mod scale;
mod stopped;
mod straggler;
mod takeover;
mod trials;
mod victim;

use std::process::ExitCode;

use eventstore_testkit::group_trial::GroupChild;
use libtest_mimic::Arguments;

use crate::consumer::Consumer;
use crate::member::Member;
use crate::straggler::Straggler;
use crate::victim::Victim;

fn main() -> ExitCode {
    if let Some(member) = Member::of_environment() {
        return member.run();
    }
    if let Some(straggler) = Straggler::of_environment() {
        return straggler.run();
    }
    if let Some(consumer) = Consumer::of_environment() {
        return consumer.run();
    }
    if let Some(victim) = Victim::of_environment() {
        return victim.run();
    }
    if let Some(child) = GroupChild::of_environment() {
        return child.run(groups::connect);
    }
    let trials = [
        deadly::trials(),
        deletion::trials(),
        groups::trials(),
        large_events::trials(),
        stopped::trials(),
        takeover::trials(),
    ];
    let trials = trials.into_iter().flatten();
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
