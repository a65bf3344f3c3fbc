//! The proxy as clients meet it: real sockets, real TLS, a real upstream on loopback.

mod dial;
mod exchange;
pub(super) mod frames;
mod h2;
mod tunnel;
mod websocket;
mod world;
