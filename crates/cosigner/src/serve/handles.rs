//! File handles: as many as connections need, and fewer connections where there are not as many.

/// Handles that are no connection's: the database, its log and its readers, the mark, sockets that are being ended.
const OTHERS: u64 = 256;

/// Raises this process's limit of file handles, if it has to be, and gives the number of connections there are handles for.
pub(super) fn connections(wanted: u32) -> usize {
    let wanted_handles = u64::from(wanted) + OTHERS;
    let handles = raise(wanted_handles);
    if handles < wanted_handles {
        tracing::warn!(
            handles,
            wanted = wanted_handles,
            "connections.total: this process gets fewer file handles, and takes fewer connections; raise its hard limit (ulimit -Hn, or \
             LimitNOFILE of its unit)"
        );
    }
    let connections = handles.saturating_sub(OTHERS).clamp(1, u64::from(wanted));
    usize::try_from(connections).unwrap_or(usize::MAX)
}

/// Raises the soft limit to `wanted`, as far as the hard limit allows. Gives what it is then.
#[cfg(unix)]
fn raise(wanted: u64) -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // None is no limit.
    let soft = limit.current.unwrap_or(u64::MAX);
    if soft >= wanted {
        return soft;
    }
    let raised = limit.maximum.map_or(wanted, |hard| hard.min(wanted));
    let limit = Rlimit {
        current: Some(raised),
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, limit) {
        Ok(()) => raised,
        Err(_) => soft,
    }
}

#[cfg(not(unix))]
fn raise(wanted: u64) -> u64 {
    wanted
}
