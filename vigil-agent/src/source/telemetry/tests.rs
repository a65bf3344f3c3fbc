//! The receiver on real sockets, and what is made of what real clients tell: the records here have
//! the names, types and order of those that Claude Code 2.1.197 and Codex 0.169.0 sent.

mod receiver;
mod telling;
