//! What the types of the settings don't say.

use axum::http::{HeaderName, Uri};

use super::{Config, Connections, KeySource, Lifetimes, Limits, Policy, RelyingParty};
use crate::Error;

impl Config {
    /// Checks every setting.
    ///
    /// # Errors
    /// [`Error::Setting`] with a sentence for the first that is wrong.
    pub fn check(&self) -> Result<(), Error> {
        let checks = [
            relying_party(&self.relying_party),
            key_encryption(&self.key_encryption),
            lifetimes(&self.lifetimes),
            limits(&self.limits),
            policy(&self.policy),
            connections(&self.connections),
        ];
        for check in checks {
            check.map_err(Error::Setting)?;
        }
        if self.database.as_os_str().is_empty() || self.database.to_str() == Some(":memory:") {
            return Err(Error::Setting(
                "database: name a file; shares that live in memory would be lost".to_owned(),
            ));
        }
        let high_water = self.high_water_path();
        if high_water.as_os_str().is_empty() || high_water == self.database {
            return Err(Error::Setting(
                "high_water_mark: name a file of its own, best on another disk than the database's".to_owned(),
            ));
        }
        Ok(())
    }
}

fn relying_party(relying_party: &RelyingParty) -> Result<(), String> {
    let RelyingParty {
        id,
        name,
        origins,
        related_origins,
    } = relying_party;
    if !is_domain(id) {
        return Err(format!(
            "relying_party.id: must be a domain in lower case, such as example.com, without scheme and port; got {id:?}"
        ));
    }
    if name.trim().is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
        return Err("relying_party.name: must have 1 to 64 bytes and no control characters".to_owned());
    }
    if origins.is_empty() {
        return Err(
            "relying_party.origins: must name the origins of the pages, such as https://app.example.com".to_owned(),
        );
    }
    origins.iter().try_for_each(|text| origin_below(text, id))?;
    related_origins.iter().try_for_each(|text| related_origin(text, id))
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    // A name that ends in a number is an address, for which there are no passkeys.
    let ends_in_number = text
        .rsplit('.')
        .next()
        .is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    text.len() <= 253 && text.split('.').all(is_label) && !ends_in_number
}

fn origin_below(text: &str, rp_id: &str) -> Result<(), String> {
    let host = host_of_origin(text).map_err(|what| format!("relying_party.origins: {text:?} {what}"))?;
    if is_below(&host, rp_id) {
        return Ok(());
    }
    Err(format!(
        "relying_party.origins: {text:?} is not {rp_id} or a domain below it: passkeys of relying_party.id would not work there, unless \
         it is one of relying_party.related_origins"
    ))
}

fn related_origin(text: &str, rp_id: &str) -> Result<(), String> {
    let wrong = |what: &str| format!("relying_party.related_origins: {text:?} {what}");
    let host = host_of_origin(text).map_err(wrong)?;
    if is_below(&host, rp_id) {
        return Err(wrong(&format!(
            "is {rp_id} or below it: name it in relying_party.origins"
        )));
    }
    if !text.starts_with("https://") {
        return Err(wrong("must be https"));
    }
    Ok(())
}

fn is_below(host: &str, rp_id: &str) -> bool {
    host.strip_suffix(rp_id)
        .is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

/// The host of an origin, written as browsers write it; or what is wrong with it.
fn host_of_origin(text: &str) -> Result<String, &'static str> {
    let Ok(uri) = text.parse::<Uri>() else {
        return Err("is not an origin, such as https://app.example.com");
    };
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return Err("is not an origin, such as https://app.example.com");
    };
    let port = uri.port_u16().map_or_else(String::new, |port| format!(":{port}"));
    if text != format!("{scheme}://{host}{port}") || !is_domain(host) {
        return Err("must be scheme, domain in lower case and port alone: no user, path or slash at the end");
    }
    match (scheme, uri.port_u16()) {
        ("https", Some(443)) | ("http", Some(80)) => Err("must not name the default port: browsers leave it out"),
        ("https", _) => Ok(host.to_owned()),
        ("http", _) if host == "localhost" || host.ends_with(".localhost") => Ok(host.to_owned()),
        ("http", _) => Err("must be https; http is for localhost only"),
        _ => Err("must be https"),
    }
}

fn key_encryption(source: &KeySource) -> Result<(), String> {
    match source {
        KeySource::File { path, .. } if path.as_os_str().is_empty() => {
            Err("key_encryption.path: must name the file that holds the key".to_owned())
        }
        KeySource::Environment { variable } if variable.is_empty() || variable.contains(['=', '\0']) => {
            Err("key_encryption.variable: must name an environment variable".to_owned())
        }
        KeySource::File { .. } | KeySource::Environment { .. } => Ok(()),
    }
}

fn lifetimes(lifetimes: &Lifetimes) -> Result<(), String> {
    let Lifetimes {
        claim,
        unlock,
        session,
        session_idle,
        session_maximum,
        epoch,
        request,
        failed_check,
        proof_key,
    } = *lifetimes;
    let bounds = [
        ("claim", claim, 60..=3600),
        ("unlock", unlock, 30..=3600),
        ("session", session, 60..=86_400),
        ("session_idle", session_idle, 60..=86_400),
        ("session_maximum", session_maximum, 60..=604_800),
        ("request", request, 1..=300),
        ("failed_check", failed_check, 60..=604_800),
        ("proof_key", proof_key, 3600..=31_536_000),
    ];
    for (name, seconds, bound) in bounds {
        if !bound.contains(&seconds) {
            return Err(format!(
                "lifetimes.{name}: must be {} to {} seconds; got {seconds}",
                bound.start(),
                bound.end()
            ));
        }
    }
    if epoch != 0 && !(3_600..=315_360_000).contains(&epoch) {
        return Err(format!(
            "lifetimes.epoch: must be 0, for ever, or 3600 to 315360000 seconds; got {epoch}"
        ));
    }
    if session_maximum < session {
        return Err(format!(
            "lifetimes.session_maximum: must be at least lifetimes.session, {session} seconds; got {session_maximum}"
        ));
    }
    Ok(())
}

fn policy(policy: &Policy) -> Result<(), String> {
    match policy.session_refreshes {
        0..=1000 => Ok(()),
        more => Err(format!("policy.session_refreshes: must be 0 to 1000; got {more}")),
    }
}

fn limits(limits: &Limits) -> Result<(), String> {
    let numbers = [
        ("api_key", limits.api_key),
        ("wallet", limits.wallet),
        ("session", limits.session),
        ("address", limits.address),
        ("pairing", limits.pairing),
        ("export", limits.export),
        ("rotations", limits.rotations),
        ("renewals", limits.renewals),
        ("failed_checks", limits.failed_checks),
        ("failed_confirmations", limits.failed_confirmations),
        ("wallets_per_claimant", limits.wallets_per_claimant),
        ("concurrent", limits.concurrent),
    ];
    if let Some((name, number)) = numbers
        .into_iter()
        .find(|(_, number)| !(1..=1_000_000).contains(number))
    {
        return Err(format!("limits.{name}: must be 1 to 1000000; got {number}"));
    }
    if limits.renewals < limits.rotations {
        return Err(format!(
            "limits.renewals: must be at least limits.rotations, {}, since after each the other devices pair anew; got {}",
            limits.rotations, limits.renewals
        ));
    }
    if limits.rotation_pause > 86_400 {
        return Err(format!(
            "limits.rotation_pause: must be 0 to 86400 seconds; got {}",
            limits.rotation_pause
        ));
    }
    match &limits.address_header {
        Some(header) => match header.parse::<HeaderName>() {
            Err(_) => Err(format!("limits.address_header: {header:?} is not a header's name")),
            Ok(name) if holds_no_address(&name) => Err(format!(
                "limits.address_header: {header:?} is no header that a proxy writes an address to; name x-forwarded-for, forwarded, or \
                 your proxy's own"
            )),
            Ok(_) => Ok(()),
        },
        None => Ok(()),
    }
}

/// Whether HTTP gives a request header another meaning: every caller would count as the proxy.
fn holds_no_address(name: &HeaderName) -> bool {
    let fixed = [
        "accept",
        "authorization",
        "connection",
        "content-digest",
        "content-length",
        "content-type",
        "cookie",
        "date",
        "expect",
        "host",
        "origin",
        "referer",
        "signature",
        "signature-input",
        "te",
        "traceparent",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "via",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-proto",
        "x-request-id",
    ];
    let families = ["accept-", "access-control-", "content-", "if-", "proxy-", "sec-"];
    let name = name.as_str();
    fixed.contains(&name) || families.iter().any(|family| name.starts_with(family))
}

fn connections(connections: &Connections) -> Result<(), String> {
    let Connections {
        total,
        per_address,
        head,
        idle,
        body,
    } = *connections;
    let bounds = [
        ("total", u64::from(total), 1..=1_000_000),
        ("per_address", u64::from(per_address), 1..=1_000_000),
        ("head", head, 1..=60),
        ("idle", idle, 1..=3600),
        ("body", body, 1..=300),
    ];
    bounds
        .into_iter()
        .find(|(_, number, bound)| !bound.contains(number))
        .map_or(Ok(()), |(name, number, bound)| {
            Err(format!(
                "connections.{name}: must be {} to {}; got {number}",
                bound.start(),
                bound.end()
            ))
        })
}
