//! The address that a trusted proxy wrote: the last entry of the header that the settings name.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

/// The header of RFC 7239, whose entries are pairs.
const FORWARDED: &str = "forwarded";

/// The last address of a header. Nothing where the last entry holds none: an earlier one may be the caller's own invention.
pub(crate) fn last(headers: &HeaderMap, header: &str) -> Option<IpAddr> {
    let value = headers.get_all(header).iter().next_back()?.to_str().ok()?;
    let entries = split(value, ',');
    let entry = entries.last()?;
    if header.eq_ignore_ascii_case(FORWARDED) {
        return split(entry, ';').into_iter().find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then(|| node(value)).flatten()
        });
    }
    node(entry)
}

/// An address, with or without a port, brackets and quotes, as proxies write it.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = match text.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => text,
    };
    let bare = || {
        text.strip_prefix('[')?
            .strip_suffix(']')?
            .parse::<std::net::Ipv6Addr>()
            .ok()
    };
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(with_port).or_else(|| bare().map(IpAddr::V6))
}

/// The parts of a text between separators that stand outside quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut is_quoted, mut is_escaped) = (Vec::new(), 0, false, false);
    for (place, char) in text.char_indices() {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if char == separator && !is_quoted => {
                parts.extend(text.get(start..place));
                start = place + char.len_utf8();
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &'static str, values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header, value.parse().unwrap());
        }
        last(&headers, header).map(|address| address.to_string())
    }

    #[test]
    fn an_address_is_read_as_proxies_write_it() {
        for (value, address) in [
            ("203.0.113.7", "203.0.113.7"),
            (" 203.0.113.7 ", "203.0.113.7"),
            ("203.0.113.7:50001", "203.0.113.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:50001", "2001:db8::7"),
            ("\"203.0.113.7\"", "203.0.113.7"),
            ("\"[2001:db8::7]:50001\"", "2001:db8::7"),
            ("198.51.100.1, 203.0.113.7:80", "203.0.113.7"),
        ] {
            assert_eq!(read("x-forwarded-for", &[value]).as_deref(), Some(address), "{value}");
        }
        assert_eq!(
            read("x-real-ip", &["198.51.100.1", "203.0.113.7"]).as_deref(),
            Some("203.0.113.7")
        );
    }

    #[test]
    fn the_last_element_of_forwarded_is_read() {
        for (value, address) in [
            ("for=192.0.2.43", "192.0.2.43"),
            ("For=192.0.2.43;proto=https;by=203.0.113.43", "192.0.2.43"),
            ("for=198.51.100.1, for=\"192.0.2.43:47011\"", "192.0.2.43"),
            (
                "by=\"a,b;for=1.2.3.4\" ; for=\"[2001:db8:cafe::17]:4711\"",
                "2001:db8:cafe::17",
            ),
            ("for=\"[2001:db8:cafe::17]\"", "2001:db8:cafe::17"),
        ] {
            assert_eq!(read("forwarded", &[value]).as_deref(), Some(address), "{value}");
        }
    }

    #[test]
    fn an_entry_without_an_address_gives_none() {
        for value in [
            "",
            "unknown",
            "203.0.113.7,",
            "203.0.113.7, unknown",
            "203.0.113.7:x",
            "[::1",
            "\"203.0.113.7",
            "::1]:80",
        ] {
            assert_eq!(read("x-forwarded-for", &[value]), None, "{value}");
        }
        for value in [
            "192.0.2.43",
            "for=unknown",
            "for=_hidden",
            "for=192.0.2.43, by=192.0.2.44",
            "for=\"a\\\"b\"",
        ] {
            assert_eq!(read("forwarded", &[value]), None, "{value}");
        }
        assert_eq!(read("x-forwarded-for", &[]), None);
    }
}
