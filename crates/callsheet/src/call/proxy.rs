//! Which proxy the usual variables name for a request. The transport reads the variables; what they mean is decided here, so that
//! all transports go the same way.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Uri;
use percent_encoding::percent_decode_str;

use crate::error::Error;

/// The proxies of `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not.
///
/// A proxy is an `http://` URL, with a user and a password where it wants them. Requests are tunnelled through it (`CONNECT`),
/// those over plain `http` too, so that what was signed arrives as it was. This machine itself is never reached through one.
/// `NO_PROXY` is a list of domains (with all that is below them), addresses and networks (`10.0.0.0/8`), or `*`.
#[derive(Clone, Default)]
pub struct Proxies {
    https: Option<Setting>,
    http: Option<Setting>,
    except: Vec<String>,
}

/// A URL, and the variable that it is from.
#[derive(Clone)]
struct Setting {
    variable: String,
    url: String,
}

// by hand: the URL may hold a password
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |setting: &Option<Setting>| setting.as_ref().map(|setting| host(&setting.url).to_owned());
        f.debug_struct("Proxies")
            .field("https", &shown(&self.https))
            .field("http", &shown(&self.http))
            .field("except", &self.except)
            .finish()
    }
}

impl Proxies {
    /// Reads the variables by way of `variable`.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let read = |name: &str| {
            let found = |name: String| variable(&name).map(|value| (name, value));
            let (variable, value) = found(name.to_ascii_lowercase()).or_else(|| found(name.to_owned()))?;
            let url = value.trim().to_owned();
            (!url.is_empty()).then_some(Setting { variable, url })
        };
        // a CGI program gets the header `Proxy` of its caller as HTTP_PROXY
        let http = if variable("REQUEST_METHOD").is_some() { None } else { read("HTTP_PROXY") };
        let all = read("ALL_PROXY");
        let except = read("NO_PROXY").map(|setting| setting.url).unwrap_or_default();
        Self {
            https: read("HTTPS_PROXY").or_else(|| all.clone()),
            http: http.or(all),
            except: except
                .split(',')
                .map(|entry| entry.trim().to_ascii_lowercase())
                .filter(|entry| !entry.is_empty())
                .collect(),
        }
    }

    /// The proxy for a request, if there is one. Fails for one whose URL is none that can be used, and names its variable.
    pub fn choose(&self, uri: &Uri) -> Result<Option<Proxy>, Error> {
        let proxy = if uri.scheme_str() == Some("https") { &self.https } else { &self.http };
        let (Some(proxy), Some(host)) = (proxy, uri.host()) else { return Ok(None) };
        if super::guard::is_loopback(host) || self.except.iter().any(|entry| matches(entry, host)) {
            return Ok(None);
        }
        let url = match proxy.url.split_once("://") {
            None => format!("http://{}", proxy.url),
            Some(("http", _)) => proxy.url.clone(),
            Some((scheme, _)) => {
                let why = format!("a proxy that is spoken to in {scheme} is not supported, only http://");
                return Err(proxy.bad(&why));
            }
        };
        let parsed: Uri = url.parse().map_err(|_| {
            proxy.bad("is no URL of a proxy, http://user:password@host:port; odd characters in it are percent-encoded")
        })?;
        // what is no port would be taken for none
        if parsed.host().is_none_or(str::is_empty)
            || self::host(&url).rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']') && !port.is_empty())
                && parsed.port_u16().is_none_or(|port| port == 0)
        {
            return Err(proxy.bad("has no host, or a port that is no number from 1 to 65535"));
        }
        Ok(Some(Proxy { url }))
    }
}

impl Setting {
    fn bad(&self, why: &str) -> Error {
        let (scheme, rest) =
            self.url.split_once("://").map_or(("", self.url.as_str()), |(scheme, rest)| (scheme, rest));
        let separator = if scheme.is_empty() { "" } else { "://" };
        let user = if rest.contains('@') { "<redacted>@" } else { "" };
        Error::Setup(format!("{} = {scheme}{separator}{user}{}: {why}", self.variable, host(&self.url)))
    }
}

/// A proxy that requests are tunnelled through.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    url: String,
}

// by hand: the URL may hold a password
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proxy").field(&self.address()).finish()
    }
}

impl Proxy {
    /// Its URL, `http://user:password@host:port`: secret.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its address, `http://host:port`.
    pub fn address(&self) -> String {
        format!("http://{}", host(&self.url))
    }

    /// What is told of a failure on the way to it, or of what it makes of a request to connect.
    pub fn failed(&self, why: impl fmt::Display) -> String {
        format!("the proxy {}: {why}", self.address())
    }

    /// What is told when it answers a request to connect with this HTTP status.
    pub fn refused(&self, status: u16) -> String {
        let wants =
            if status == 407 { ": it wants a user and a password, or others than those of its URL" } else { "" };
        self.failed(format_args!("it refuses to connect, with HTTP status {status}{wants}"))
    }

    /// The value of its `Proxy-Authorization` header, if it wants one: secret.
    pub fn authorization(&self) -> Option<String> {
        let (user, _) = self.url.strip_prefix("http://")?.rsplit_once('@')?;
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        let mut pair: Vec<u8> = percent_decode_str(name).collect();
        pair.push(b':');
        pair.extend(percent_decode_str(password));
        Some(format!("Basic {}", BASE64_STANDARD.encode(pair)))
    }
}

/// What of a proxy's URL may be shown: host and port.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    host.split('/').next().unwrap_or(host)
}

fn matches(entry: &str, host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    if entry == "*" {
        return true;
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        let (network, length) = entry.split_once('/').unwrap_or((entry, "128"));
        let network: Option<IpAddr> = network.parse().ok();
        return network.zip(length.parse().ok()).is_some_and(|(network, length)| contains(network, length, address));
    }
    let domain = entry.trim_start_matches('*').trim_start_matches('.');
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn contains(network: IpAddr, length: u32, address: IpAddr) -> bool {
    let (network, address, bits) = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (u128::from(network.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => (network.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    // a network of length 0 holds everything: nothing is left to compare
    (network ^ address).checked_shr(bits - length.min(bits)).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(variables: &[(&str, &str)], uri: &'static str) -> Result<Option<String>, String> {
        let find =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Proxies::from_variables(find)
            .choose(&Uri::from_static(uri))
            .map(|proxy| proxy.map(|proxy| proxy.url))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_scheme_decides() {
        let variables =
            [("HTTPS_PROXY", "http://u:p@secure:1"), ("http_proxy", "plain:2"), ("ALL_PROXY", "http://all:3")];
        assert_eq!(choose(&variables, "https://example.com/"), Ok(Some("http://u:p@secure:1".to_owned())));
        assert_eq!(choose(&variables, "http://example.com/"), Ok(Some("http://plain:2".to_owned())));
        assert_eq!(choose(&variables[2..], "https://example.com/"), Ok(Some("http://all:3".to_owned())));
        assert_eq!(choose(&[], "https://example.com/"), Ok(None));
        assert_eq!(choose(&variables, "http://127.0.0.1:80/"), Ok(None));
        assert_eq!(choose(&[("HTTP_PROXY", "x:1"), ("REQUEST_METHOD", "GET")], "http://example.com/"), Ok(None));
        assert!(choose(&[("ALL_PROXY", "socks5://x:1")], "https://example.com/").unwrap_err().contains("socks5"));
    }

    #[test]
    fn a_bad_url_names_its_variable_and_no_password() {
        let told = |name: &str, url: &str| choose(&[(name, url)], "https://example.com/").unwrap_err();
        assert_eq!(
            told("https_proxy", "http://user:hunter2@proxy:65536/"),
            "https_proxy = http://<redacted>@proxy:65536: has no host, or a port that is no number from 1 to 65535"
        );
        assert_eq!(
            told("ALL_PROXY", "socks5://user:hunter2@proxy:1"),
            "ALL_PROXY = socks5://<redacted>@proxy:1: a proxy that is spoken to in socks5 is not supported, only http://"
        );
        for bad in [
            "http://",
            "http://:8080",
            "http://proxy:0",
            "http://proxy:99999",
            "http://proxy:port",
            "http://user:hunter2@",
            "http://user:hunter 2@proxy:1",
            "http://user:hunter2@pro xy:1",
            "http:/user:hunter2@proxy:1",
            "proxy:99999",
        ] {
            let told = told("HTTPS_PROXY", bad);
            assert!(told.starts_with("HTTPS_PROXY = ") && !told.contains("hunter"), "{bad}: {told}");
        }
        for good in
            ["proxy", "proxy:1", "http://[::1]:8080/", "http://[::1]", "http://u:p@proxy:65535", "http://proxy:/"]
        {
            assert!(choose(&[("HTTPS_PROXY", good)], "https://example.com/").is_ok_and(|url| url.is_some()), "{good}");
        }
    }

    #[test]
    fn exceptions() {
        let direct = |entry: &str, uri| choose(&[("ALL_PROXY", "p:1"), ("NO_PROXY", entry)], uri) == Ok(None);
        for (entry, uri) in [
            ("a.org, EXAMPLE.com", "https://example.com/"),
            ("example.com", "https://api.Example.com:8443/"),
            (".example.com", "https://example.com/"),
            ("*.example.com", "https://x.example.com/"),
            ("*", "https://example.com/"),
            ("10.0.0.0/8", "https://10.1.2.3/"),
            ("10.1.2.3", "https://10.1.2.3/"),
            ("0.0.0.0/0", "https://10.1.2.3/"),
            ("fd00::/8", "https://[fd00::1]:8443/"),
            ("::/0", "https://[fd00::1]/"),
        ] {
            assert!(direct(entry, uri), "{entry} {uri}");
        }
        for (entry, uri) in [
            ("example.com", "https://notexample.com/"),
            ("10.0.0.0/8", "https://11.1.2.3/"),
            ("10.1.2.3", "https://10.1.2.4/"),
            ("1.2.3", "https://10.1.2.3/"),
            ("fd00::/8", "https://[fe00::1]/"),
        ] {
            assert!(!direct(entry, uri), "{entry} {uri}");
        }
    }

    #[test]
    fn users_of_proxies() {
        let proxy = Proxy { url: "http://user:p%40ss@proxy:8080/".to_owned() };
        assert_eq!(proxy.address(), "http://proxy:8080");
        assert_eq!(proxy.authorization(), Some(format!("Basic {}", BASE64_STANDARD.encode("user:p@ss"))));
        assert_eq!(Proxy { url: "http://proxy".to_owned() }.authorization(), None);
    }

    #[test]
    fn debug_shows_no_password() {
        let proxies =
            Proxies::from_variables(|name| (name == "ALL_PROXY").then(|| "http://user:hunter2@proxy:1".to_owned()));
        let text = format!("{proxies:?}");
        assert!(text.contains("proxy:1") && !text.contains("hunter2"), "{text}");
    }
}
