//! Reading of shell text.
