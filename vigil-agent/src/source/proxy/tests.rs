//! The proxy as clients meet it: real sockets, real TLS, a real upstream on loopback.

mod dial;
mod exchange;
mod tunnel;
mod websocket;
mod world;
