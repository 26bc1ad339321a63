//! The settings of the listeners.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

/// Where probes and metrics are: on a listener of their own, which takes no other request.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Admin {
    /// Where to listen.
    pub listen: SocketAddr,
}

impl Default for Admin {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8788).into(),
        }
    }
}

/// How many connections there may be, and how long each is waited for, in seconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Connections {
    /// Connections at once. A newcomer takes the place of the one that has been idle longest, of the address that has most.
    pub total: u32,
    /// Connections of one remote address at once, where [`Limits::address_header`](super::Limits::address_header) is not set: behind a proxy all come from it.
    pub per_address: u32,
    /// From the connection to the end of its first request's head.
    pub head: u64,
    /// From one request's end to the end of the next one's head. Longer than a proxy in front keeps idle connections.
    pub idle: u64,
    /// From a request's head to the end of its body.
    pub body: u64,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            total: 4_096,
            per_address: 512,
            head: 10,
            idle: 90,
            body: 15,
        }
    }
}
