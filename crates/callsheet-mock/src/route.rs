//! Which action a request is for.
//!
//! One server stands in for all hosts, so groups whose endpoints differ in nothing but the host are told apart by what they say:
//! the action's name, the fixed parameters, the words of the signature.

use callsheet::pairs::Pairs;
use callsheet::schema::{Api, NamePlace, Place};
use callsheet::sign::Scheme;
use callsheet_dynamic::{Catalog, Entry};
use http::Request;
use serde_json::Value as Json;

/// A request, taken apart.
pub(crate) struct Parts<'a> {
    pub(crate) request: &'a Request<Vec<u8>>,
    /// Parameters of the query and, behind them, of a form body.
    pub(crate) pairs: Vec<(String, String)>,
    /// A JSON body.
    pub(crate) json: Option<Json>,
}

impl<'a> Parts<'a> {
    pub(crate) fn new(request: &'a Request<Vec<u8>>) -> Self {
        let query = Pairs::parse(request.uri().query().unwrap_or_default(), true);
        let mut pairs: Vec<(String, String)> = query.decoded().collect();
        let header = request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let mut json = None;
        if media.contains("json") || media.is_empty() && request.body().starts_with(b"{") {
            json = serde_json::from_slice(request.body()).ok();
        } else if media == "application/x-www-form-urlencoded" || media.is_empty() {
            let text = String::from_utf8_lossy(request.body());
            pairs.extend(Pairs::parse(text.trim(), true).decoded());
        }
        Self { request, pairs, json }
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        found.or_else(|| self.json.as_ref()?.get(name)?.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// What the request names where `api` has the action's name, prefix included.
    fn action(&self, api: &'static Api) -> Option<&str> {
        match api.request.action {
            NamePlace::Parameter(name) => self.parameter(name),
            NamePlace::Header(name) => self.header(name),
        }
    }

    /// Region and service in the scope of an AWS signature.
    pub(crate) fn scope(&self) -> Option<(&str, &str)> {
        let authorization =
            self.header("authorization").and_then(|text| text.split_once("Credential=")).map(|(_, rest)| rest);
        let credential = match authorization {
            Some(rest) => rest.split([',', ' ']).next().unwrap_or_default(),
            None => self.parameter("X-Amz-Credential")?,
        };
        let mut words = credential.rsplit('/').skip(1);
        let service = words.next()?;
        Some((words.next()?, service))
    }
}

/// Where a request goes.
pub(crate) enum Route<'c> {
    /// To this action.
    Action(Entry<'c>),
    /// To the service of this action, which has no action of the name that the request says.
    Unknown(Entry<'c>, String),
    /// To no service.
    Nowhere,
}

/// Finds the action of a request.
pub(crate) fn route<'c>(catalog: &'c Catalog, parts: &Parts<'_>) -> Route<'c> {
    let mut best: Option<(i32, Entry<'c>)> = None;
    let mut service: Option<(i32, Entry<'c>, &str)> = None;
    let mut last: Option<(&'static Api, Option<Fit<'_>>)> = None;
    for entry in catalog.entries() {
        let api = entry.operation.api;
        // the actions of a group come one after the other
        let fit = match last {
            Some((known, fit)) if std::ptr::eq(known, api) => fit,
            _ => fits(api, &entry, parts),
        };
        last = Some((api, fit));
        let Some(Fit { fit, said }) = fit else { continue };
        if said.and_then(|said| said.strip_prefix(api.request.action_prefix)) == Some(entry.operation.name) {
            let fit = fit + i32::from(place_fits(&entry, parts));
            if best.as_ref().is_none_or(|(most, _)| fit > *most) {
                best = Some((fit, entry));
            }
        }
        // a service that finds a name where it looks for one is more likely meant
        let fit = fit + if said.is_some() { 4 } else { 0 };
        if service.as_ref().is_none_or(|(most, ..)| fit > *most) {
            service = Some((fit, entry, said.unwrap_or_default()));
        }
    }
    match (best, service) {
        (Some((_, entry)), _) => Route::Action(entry),
        (None, Some((_, entry, said))) => Route::Unknown(entry, said.to_owned()),
        (None, None) => Route::Nowhere,
    }
}

/// How well a request fits a group, and what it says where the group has the action's name.
#[derive(Clone, Copy)]
struct Fit<'a> {
    fit: i32,
    said: Option<&'a str>,
}

/// How well a request fits a group; `None` if it is at another path.
fn fits<'a>(api: &'static Api, entry: &Entry<'_>, parts: &'a Parts<'_>) -> Option<Fit<'a>> {
    let path = parts.request.uri().path();
    let temporary = match api.sign.scheme() {
        Scheme::ParameterHmac(words) => words.temporary.and_then(|temporary| temporary.path).map(|(_, path)| path),
        _ => None,
    };
    let same = |known: &str| known.trim_end_matches('/') == path.trim_end_matches('/');
    if !same(entry.endpoint_path()) && !temporary.is_some_and(same) {
        return None;
    }
    let mut fit = 0;
    for (name, value) in api.request.fixed {
        match parts.parameter(name) {
            Some(found) if found == *value => fit += 2,
            Some(_) => fit -= 2,
            None => {}
        }
    }
    if let (Scheme::SigV4(words), Some((region, service))) = (api.sign.scheme(), parts.scope()) {
        fit += if words.service == service { 2 } else { -2 };
        fit += i32::from(words.region == Some(region) || api.regions.contains(&region));
    }
    Some(Fit { fit, said: parts.action(api) })
}

/// Whether the parameters are where the action has them.
fn place_fits(entry: &Entry<'_>, parts: &Parts<'_>) -> bool {
    let place = entry.operation.place.unwrap_or(entry.operation.api.request.place);
    match place {
        Place::Query => parts.request.body().is_empty(),
        Place::Form => parts.json.is_none(),
        Place::Json => parts.json.is_some(),
    }
}
