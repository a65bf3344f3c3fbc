//! The root daemon: a small program that starts three others and waits. The reader answers whoever
//! connects and reads the kernel's tables; the mutator decides what is changed, and writes down that
//! it is; the helper starts the few fixed programs that this takes. None can do what another does
//! (docs/adr/0012-two-processes.md, docs/adr/0014-helper.md).
//!
//! It never runs a program that a caller names, opens a file that a caller names, or logs what a
//! caller sent.

#![forbid(unsafe_code)]

mod authorise;
mod bucket;
mod clock;
mod enrolment;
mod flags;
mod halt;
mod helper;
mod limits;
mod log;
mod mutator;
mod reader;
mod starter;

use std::process::ExitCode;

use vigil_proto::causes::Causes;

use self::flags::{Job, Usage};

fn main() -> ExitCode {
    let job = match flags::parse(std::env::args_os().skip(1)) {
        Ok(job) => job,
        Err(usage) => {
            log::say(format_args!("error: {usage}\n\n{}", Usage::TEXT));
            return ExitCode::from(2);
        }
    };
    vigil_platform::sealed::private_files();
    let done = match &job {
        Job::Start(setup) => starter::run(setup),
        Job::Undo(setup) => starter::undo(setup),
        Job::Read(setup) => reader::run(setup),
        Job::Mutate(setup) => mutator::run(setup),
        Job::Help(setup) => helper::run(setup),
        Job::Say(words) => log::answer(words),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::say(format_args!("{}: error: {}", job.name(), Causes(error.as_ref())));
            ExitCode::FAILURE
        }
    }
}
