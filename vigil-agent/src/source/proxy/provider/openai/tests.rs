//! Conversations as a client and its provider hold them.

mod chat;
mod responses;
