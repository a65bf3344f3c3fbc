//! The selective HTTPS proxy.
