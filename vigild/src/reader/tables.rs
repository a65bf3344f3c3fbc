//! Answers from the kernel's tables. What a caller may not know is left out before an answer is
//! made.

mod process;
mod socket;

pub(super) use self::{
    process::{details, processes},
    socket::{SOCKETS, owner, sockets},
};
