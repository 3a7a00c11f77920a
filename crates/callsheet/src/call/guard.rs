//! Whether a request may leave the machine unencrypted.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;

use crate::error::Error;

/// Refuses what would send a signed request, and its answer, in the clear: a URI that is neither `https` nor on this machine,
/// unless `allow_http` says that it is meant so.
pub fn guard(uri: &Uri, allow_http: bool) -> Result<(), Error> {
    let host = uri.host().unwrap_or_default();
    if allow_http || uri.scheme_str() == Some("https") || is_loopback(host) {
        return Ok(());
    }
    Err(Error::Setup(format!(
        "http://{host} is not encrypted: use https, or allow http explicitly (only this machine itself is reached without)"
    )))
}

/// The same for the metadata address of an instance, which is plain http by design: link-local addresses are reached by nobody
/// but the instance and its host.
pub fn guard_metadata(uri: &Uri, allow_http: bool) -> Result<(), Error> {
    let host = uri.host().unwrap_or_default();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let link_local = bare.parse::<Ipv4Addr>().is_ok_and(|address| address.is_link_local())
        || bare.parse::<Ipv6Addr>().is_ok_and(|address| address.is_unicast_link_local());
    if link_local { Ok(()) } else { guard(uri, allow_http) }
}

pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let name = host.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || bare.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || bare.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_reached_in_the_clear() {
        let refused = |uri: &'static str| guard(&Uri::from_static(uri), false).is_err();
        for fine in [
            "https://example.com/",
            "http://127.0.0.1:80/",
            "http://127.8.8.8/",
            "http://[::1]:8080/",
            "http://LOCALHOST/",
            "http://api.localhost:1/",
        ] {
            assert!(!refused(fine), "{fine}");
        }
        for bad in [
            "http://example.com/",
            "http://localhost.example.com/",
            "http://127.0.0.1.example.com/",
            "http://10.0.0.1/",
            "http://[::2]/",
        ] {
            assert!(refused(bad), "{bad}");
            assert!(guard(&Uri::from_static(bad), true).is_ok(), "{bad}");
        }
    }

    #[test]
    fn the_metadata_address_is_reached_in_the_clear() {
        for (uri, fine) in [
            ("http://169.254.169.254/latest/meta-data", true),
            ("http://[fe80::1]/", true),
            ("http://127.0.0.1/", true),
            ("https://metadata.example.com/", true),
            ("http://metadata.example.com/", false),
            ("http://170.254.169.254/", false),
        ] {
            assert_eq!(guard_metadata(&Uri::from_static(uri), false).is_ok(), fine, "{uri}");
        }
        assert!(guard(&Uri::from_static("http://169.254.169.254/"), false).is_err(), "only for metadata");
    }
}
