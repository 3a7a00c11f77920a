//! What stands beside credentials: where they count.

use http::Uri;
use http::uri::{Authority, PathAndQuery};

use super::files::Said;
use super::printable;
use crate::schema::{AddressKeys, CredentialFile};

/// What the places where a [`Provider`](super::Provider) looked say beside credentials: the endpoint of a private cloud, a zone.
///
/// The place where the credentials were found counts, and those where they were looked for before: variables that name a zone go
/// with a file that has the keys, and what a file says goes with the role of an instance. Of two that say the same, the first counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub(super) endpoint: Option<Address>,
    pub(super) metadata: Option<Address>,
    pub(super) common: Vec<(&'static str, String)>,
}

impl Settings {
    /// The endpoint with the parts that were said, in place of those of `usual`; `None` if nothing was said.
    pub fn endpoint(&self, usual: &str) -> Option<String> {
        self.endpoint.as_ref().map(|address| address.over(usual))
    }

    /// Where the endpoint was said: `the file ~/.cloud/config`. Empty if it was not.
    pub fn endpoint_from(&self) -> &str {
        self.endpoint.as_ref().map_or("", |address| &address.from)
    }

    /// Common parameters by name, with their values.
    pub fn common(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.common.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Adds what another place says, where nothing was said yet.
    pub(super) fn add(&mut self, other: Self) {
        self.endpoint = self.endpoint.take().or(other.endpoint);
        self.metadata = self.metadata.take().or(other.metadata);
        for (name, value) in other.common {
            if !self.common.iter().any(|(known, _)| *known == name) {
                self.common.push((name, value));
            }
        }
    }

    /// What a file says. `from` is how messages begin, and so do those of errors.
    pub(super) fn of_file(file: &CredentialFile, said: &Said, from: &str) -> Result<Self, String> {
        let address = |keys: Option<&AddressKeys>| match keys {
            Some(keys) => Address::of_file(keys, said, from),
            None => Ok(None),
        };
        let mut settings =
            Self { endpoint: address(file.endpoint)?, metadata: address(file.metadata)?, common: Vec::new() };
        for (name, key) in file.common {
            if let Some(value) = said.get(key) {
                if let Some(flaw) = printable::flaw(&value.text) {
                    return Err(format!("{from}, line {}: {key} {flaw}", value.line));
                }
                settings.common.push((name, value.text.as_str().to_owned()));
            }
        }
        Ok(settings)
    }
}

/// What is said of an address: parts of it, or all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    scheme: Option<&'static str>,
    host: Option<String>,
    port: Option<u16>,
    path: Option<String>,
    /// Who says so.
    from: String,
}

impl Address {
    /// A whole address, `https://host:443/path`, as `from` says it.
    pub(super) fn parse(text: &str, from: &str) -> Result<Self, String> {
        let wrong = || format!("{from}: expected an address such as https://host/path");
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(wrong)?;
        if uri.query().is_some() {
            return Err(wrong());
        }
        Ok(Self {
            scheme: Some(scheme(uri.scheme_str().unwrap_or_default()).ok_or_else(wrong)?),
            host: Some(authority.host().to_owned()),
            port: port_of(authority).map_err(|()| wrong())?,
            path: Some(uri.path().to_owned()).filter(|path| !path.is_empty() && path != "/"),
            from: from.to_owned(),
        })
    }

    fn of_file(keys: &AddressKeys, said: &Said, from: &str) -> Result<Option<Self>, String> {
        let mut address = Self { from: from.to_owned(), ..Self::default() };
        let value = |key: &str| said.get(key).map(|value| (value.line, value.text.as_str()));
        let wrong = |key: &str, line: usize, what: &str| format!("{from}, line {line}: {key}: expected {what}");
        if let Some((line, text)) = value(keys.scheme) {
            let scheme = scheme(text).ok_or_else(|| wrong(keys.scheme, line, "https or http"))?;
            address.scheme = Some(scheme);
        }
        if let Some((line, text)) = value(keys.host) {
            // an IPv6 address may come without its brackets
            let host = if text.contains(':') && !text.starts_with('[') { format!("[{text}]") } else { text.to_owned() };
            if !host.parse::<Authority>().is_ok_and(|authority| authority.host() == host) {
                return Err(wrong(keys.host, line, "the name or the address of a host, and nothing else"));
            }
            address.host = Some(host);
        }
        if let Some((line, text)) = value(keys.port) {
            let port = text.parse().ok().filter(|port| *port > 0);
            address.port = Some(port.ok_or_else(|| wrong(keys.port, line, "a number from 1 to 65535"))?);
        }
        if let Some((line, text)) = value(keys.path) {
            let path = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
            if !path.parse::<PathAndQuery>().is_ok_and(|parsed| parsed.as_str() == path && parsed.query().is_none()) {
                return Err(wrong(keys.path, line, "a path such as /api/"));
            }
            address.path = Some(path);
        }
        let nothing = Self { from: from.to_owned(), ..Self::default() };
        Ok(Some(address).filter(|address| *address != nothing))
    }

    /// The address with these parts in place of those of `usual`, which may be a template.
    pub(super) fn over(&self, usual: &str) -> String {
        let (usual_scheme, rest) = usual.split_once("://").unwrap_or(("https", usual));
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        // behind the brackets of an IPv6 address
        let (usual_host, usual_port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
            _ => (authority, None),
        };
        let scheme = self.scheme.unwrap_or(usual_scheme);
        // the usual port is one of the usual host
        let port = self.port.or(usual_port.filter(|_| self.scheme.is_none() && self.host.is_none()));
        let port = port.filter(|port| *port != if scheme == "http" { 80 } else { 443 });
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let host = self.host.as_deref().unwrap_or(usual_host);
        format!("{scheme}://{host}{port}{}", self.path.as_deref().unwrap_or(path))
    }
}

fn scheme(text: &str) -> Option<&'static str> {
    ["https", "http"].into_iter().find(|scheme| text.eq_ignore_ascii_case(scheme))
}

/// The port, if there is one. `http` reads numbers that are none.
fn port_of(authority: &Authority) -> Result<Option<u16>, ()> {
    match authority.as_str()[authority.host().len()..].strip_prefix(':') {
        None => Ok(None),
        Some(port) => port.parse().ok().filter(|port| *port > 0).map(Some).ok_or(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::files;
    use super::*;

    const KEYS: AddressKeys = AddressKeys { scheme: "protocol", host: "host", port: "port", path: "uri" };

    fn of_file(text: &str) -> Result<Option<String>, String> {
        let said = files::yaml(text, &["protocol", "host", "port", "uri"]).map_err(|trouble| trouble.what)?;
        let address = Address::of_file(&KEYS, &said, "the file f")?;
        Ok(address.map(|address| address.over("https://api.cloud.example/api/")))
    }

    #[test]
    fn parts_of_an_address_stand_in_for_the_usual_ones() {
        for (text, url) in [
            ("host: api.private.example", "https://api.private.example/api/"),
            ("port: 8443", "https://api.cloud.example:8443/api/"),
            ("protocol: http", "http://api.cloud.example/api/"),
            ("protocol: HTTP\nport: 443", "http://api.cloud.example:443/api/"),
            ("uri: /other", "https://api.cloud.example/other"),
            ("uri: other/", "https://api.cloud.example/other/"),
            ("host: fd00::1\nport: '7777'", "https://[fd00::1]:7777/api/"),
            ("host: '[fd00::1]'", "https://[fd00::1]/api/"),
            ("host: h\nport: 80\nprotocol: http\nuri: /x/", "http://h/x/"),
            ("host: h\nport: 443\nprotocol: https\nuri: /x/", "https://h/x/"),
        ] {
            assert_eq!(of_file(text), Ok(Some(url.to_owned())), "{text}");
        }
        assert_eq!(of_file("host: ''\nother: x"), Ok(None));
        for (text, message) in [
            ("a: b\nhost: 'h:1/x'", "the file f, line 2: host: expected the name"),
            ("host: u@h", "the file f, line 1: host: expected the name"),
            ("host: h/x", "the file f, line 1: host: expected the name"),
            ("host: https://h", "the file f, line 1: host: expected the name"),
            ("port: 0", "the file f, line 1: port: expected a number"),
            ("port: https", "the file f, line 1: port: expected a number"),
            ("protocol: ftp", "the file f, line 1: protocol: expected https or http"),
            ("uri: /x?y", "the file f, line 1: uri: expected a path"),
            ("uri: /x y", "the file f, line 1: uri: expected a path"),
        ] {
            let error = of_file(text).unwrap_err();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }

    #[test]
    fn templates_and_ports_are_kept() {
        let host = |host: &str| Address { host: Some(host.to_owned()), ..Address::default() };
        let path = Address { path: Some("/x".to_owned()), ..Address::default() };
        assert_eq!(path.over("https://oos-{region}-mg.example:8443/"), "https://oos-{region}-mg.example:8443/x");
        assert_eq!(path.over("http://[::1]:81"), "http://[::1]:81/x");
        assert_eq!(path.over("http://[::1]/y"), "http://[::1]/x");
        assert_eq!(host("h").over("http://a.example:81/y"), "http://h/y");
    }

    #[test]
    fn whole_addresses_are_read() {
        let over = |text: &str| {
            Address::parse(text, "the variable V").map(|address| address.over("https://api.cloud.example/api/"))
        };
        for (text, url) in [
            ("https://api.private.example:443/other", "https://api.private.example/other"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/api/"),
            ("HTTPS://h/", "https://h/api/"),
            ("https://[::1]:8443/x/", "https://[::1]:8443/x/"),
        ] {
            assert_eq!(over(text), Ok(url.to_owned()), "{text}");
        }
        for text in [
            "api.private.example",
            "ftp://h/",
            "https://",
            "https://u@h/",
            "https://h/?q",
            "https://h:0/",
            "https://h:x/",
            "/x",
            "a b",
        ] {
            assert_eq!(over(text), Err("the variable V: expected an address such as https://host/path".to_owned()));
        }
    }
}
