//! What is let through and what is not: certificates put together byte by byte, and others made by
//! the library that the agent uses.

mod made;
mod parts;
mod properties;
mod refused;
