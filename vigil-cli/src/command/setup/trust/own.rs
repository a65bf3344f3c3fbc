//! Trust where it is each user's own (macOS): this user's programs, beside the clients on the command
//! line that are told one by one. Only when it is asked for, because the system asks the person.

use std::{fs, io};

use vigil_platform::trust::{pem, user};

use crate::{
    command::setup::{Context, step::Look, undo::Undone},
    failure::Failure,
};

pub(super) fn find(context: &Context<'_>) -> Result<Look, Failure> {
    let Some(present) = certificates(context)?.into_iter().next() else {
        return Ok(Look::done());
    };
    Ok(match user::is_trusted(&present) {
        Ok(true) => Look::done().with("your own programs trust it"),
        Ok(false) if context.args.system_trust => {
            Look::to_do(user::CALLS.iter().map(|call| format!("call {call}")).collect())
        }
        Ok(false) => Look::done().with(
            "your own programs do not trust it, which clients on the command line do not need; \
             `vigil setup --system-trust` asks macOS for that",
        ),
        Err(why) => Look::done().with(format!("whether your programs trust it: {why}")),
    })
}

pub(super) fn act(context: &Context<'_>) -> Result<Vec<String>, Failure> {
    let hint = "run `vigil setup --only trust --system-trust` again; without it clients on the \
                command line are trusted one by one all the same";
    for present in certificates(context)?.into_iter().take(1) {
        user::trust(&present).map_err(|error| Failure::new(error.to_string(), hint))?;
    }
    Ok(Vec::new())
}

pub(super) fn undo(
    mut undone: Undone,
    context: &Context<'_>,
    does: bool,
) -> Result<Undone, Failure> {
    for certificate in certificates(context)? {
        match user::is_trusted(&certificate) {
            Ok(false) => {}
            Ok(true) if !does => {
                undone = user::UNDOING_CALLS
                    .iter()
                    .fold(undone, |undone, call| undone.would(format!("call {call}")));
            }
            Ok(true) => {
                undone = match user::distrust(&certificate) {
                    Ok(()) => undone.did(vec!["your own programs no longer trust it".to_owned()]),
                    Err(why) => undone.leaves(format!("your own programs trust it still: {why}")),
                };
            }
            Err(why) => undone = undone.leaves(format!("whether your programs trust it: {why}")),
        }
    }
    Ok(undone)
}

/// Those that the authority has: the present one first, then those that are leaving.
fn certificates(context: &Context<'_>) -> Result<Vec<Vec<u8>>, Failure> {
    let path = context.paths.ca().join("ca.pem");
    match fs::read(&path) {
        Ok(text) => Ok(pem::read(&text).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(Failure::File { operation: "read", path, source }),
    }
}
