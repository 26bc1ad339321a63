//! Times the protocols.
