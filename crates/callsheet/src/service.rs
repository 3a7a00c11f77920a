//! A service as one caller uses it: where it is, who calls, and how an action becomes a request and an answer a record.

use std::borrow::Cow;
use std::ptr;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use http::{Request, Response, Uri};

use crate::check;
use crate::credentials::{Credentials, Settings};
use crate::decode::{self, Answer, Limits};
use crate::draft::{Body, Draft};
use crate::encode::{Encoding, JsonBody, encode};
use crate::error::{Error, Violation};
use crate::pairs::Pairs;
use crate::schema::{Api, Method, NamePlace, Operation, Place};
use crate::sign::{self, Explanation, KeyCache, Words};
use crate::value::{Action, Output, Record, Ref};

/// A group of actions with everything that a caller sets once: region, credentials, common parameters.
///
/// It does no I/O: [`Service::request`] makes a request, [`Service::response`] reads the answer, what happens between is the caller's.
#[derive(Clone, Debug)]
pub struct Service {
    api: &'static Api,
    region: String,
    endpoint: Option<String>,
    credentials: Option<Credentials>,
    common: Vec<(String, String)>,
    limits: Limits,
    /// Where requests go, once it was asked for.
    target: OnceLock<Target>,
}

/// Where the parameters of a request go.
enum Parameters<'a> {
    Pairs(&'a mut Pairs),
    Json(JsonBody<'a>),
}

impl Parameters<'_> {
    fn push(&mut self, name: &str, value: &str) {
        match self {
            Self::Pairs(pairs) => pairs.push(name, value),
            Self::Json(body) => body.member(name, value),
        }
    }
}

/// The parts of an endpoint.
#[derive(Clone, Debug)]
struct Target {
    scheme: &'static str,
    host: String,
    path: String,
}

/// Headers that say where a request goes, where it ends, and what becomes of the connection: no caller sets them.
pub const OF_TRANSPORTS: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What one call may change.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Parameters that the spec does not know, sent after those of the action.
    pub parameters: Vec<(String, String)>,
    /// Further headers. They are signed if the scheme signs headers. Those of the transport ([`OF_TRANSPORTS`]), of the signature, and
    /// those that the service has in every request are refused.
    pub headers: Vec<(String, String)>,
    /// What absent idempotency tokens are filled with: a new random text for each call, the same for each of its tries.
    pub token: Option<String>,
    /// Send even what breaks a rule of the spec: the service is to judge.
    pub unchecked: bool,
}

impl Options {
    /// No change.
    pub fn none() -> &'static Self {
        static NONE: Options = Options { parameters: Vec::new(), headers: Vec::new(), token: None, unchecked: false };
        &NONE
    }
}

impl Service {
    /// A service of a region. `region` counts for nothing where the endpoint has none; empty takes the usual one.
    pub fn new(api: &'static Api, region: &str) -> Self {
        let usual = api.regions.first().copied().unwrap_or_default();
        let region = if region.is_empty() { usual } else { region };
        Self {
            api,
            region: region.to_owned(),
            endpoint: None,
            credentials: None,
            common: Vec::new(),
            limits: Limits::default(),
            target: OnceLock::new(),
        }
    }

    /// Who calls. Without credentials only services that sign nothing can be called.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Another address than the documented one: a private cloud, a test server. `{region}` is filled in here too.
    #[must_use]
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self.target = OnceLock::new();
        self
    }

    /// Takes what was said beside credentials, but for what was set here before: an endpoint and common parameters.
    #[must_use]
    pub fn configured(mut self, settings: &Settings) -> Self {
        if self.endpoint.is_none()
            && let Some(endpoint) = settings.endpoint(self.api.endpoint)
        {
            self = self.endpoint(endpoint);
        }
        for (name, value) in settings.common() {
            if !self.common.iter().any(|(known, _)| known == name) {
                self = self.common(name, value);
            }
        }
        self
    }

    /// Sets a parameter of every call, such as `zone`. A name that the spec does not know is an error of the first call.
    #[must_use]
    pub fn common(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.common.retain(|(known, _)| *known != name);
        self.common.push((name, value.into()));
        self
    }

    /// Bounds against hostile answers.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The bounds in force: a transport stops reading a body there.
    pub fn current_limits(&self) -> Limits {
        self.limits
    }

    /// What is spoken.
    pub fn api(&self) -> &'static Api {
        self.api
    }

    /// The region in use.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The signed request of an action, as of `now`. Each try of a call needs a new one: signatures grow old.
    pub fn request<A: Action>(&self, action: &A, now: DateTime<Utc>) -> Result<Request<Vec<u8>>, Error> {
        self.request_of(A::OPERATION, action, &Options::default(), now)
    }

    /// The output of an action from its answer, or the error that the answer tells.
    pub fn response<A: Action>(&self, response: &Response<impl AsRef<[u8]>>) -> Result<A::Output, Error> {
        let mut output = A::Output::default();
        let answer =
            Answer { status: response.status().as_u16(), headers: response.headers(), body: response.body().as_ref() };
        self.response_of(A::OPERATION, answer, &mut output)?;
        Ok(output)
    }

    /// As [`Service::request`], for an action that is known by its tables, and with options.
    pub fn request_of(
        &self,
        operation: &'static Operation,
        input: &dyn Record,
        options: &Options,
        now: DateTime<Utc>,
    ) -> Result<Request<Vec<u8>>, Error> {
        self.request_with(&mut KeyCache::new(), operation, input, options, now)
    }

    /// As [`Service::request_of`], keeping the derived signing key for the next call.
    pub fn request_with(
        &self,
        cache: &mut KeyCache,
        operation: &'static Operation,
        input: &dyn Record,
        options: &Options,
        now: DateTime<Utc>,
    ) -> Result<Request<Vec<u8>>, Error> {
        let api = self.api_of(operation)?;
        if !options.unchecked {
            let violations = check::errors(input, options.token.is_some(), now);
            if !violations.is_empty() {
                return Err(Error::Invalid(violations));
            }
        }
        let mut draft = cache.draft();
        self.fill(&mut draft, api, operation, input, options)?;
        if let Some(credentials) = self.signer(api)? {
            api.sign.apply(&mut draft, credentials, &self.words(), now, cache, None)?;
        }
        let request = draft.take_request();
        cache.keep(draft);
        request
    }

    /// As [`Service::response`], for an action that is known by its tables.
    pub fn response_of(
        &self,
        operation: &'static Operation,
        answer: Answer<'_>,
        output: &mut dyn Output,
    ) -> Result<(), Error> {
        decode::decode(operation, answer, self.limits, output)
    }

    /// What the parameters of an action of this group break, warnings included.
    pub fn check(&self, input: &dyn Record, now: DateTime<Utc>) -> Vec<Violation> {
        check::check_call(input, self.api.common, &self.common, now)
    }

    /// The texts on the way to the signature; sensitive parameters are hidden.
    pub fn explain(
        &self,
        operation: &'static Operation,
        input: &dyn Record,
        options: &Options,
        now: DateTime<Utc>,
    ) -> Result<Explanation, Error> {
        let draft = self.draft(operation, input, options)?;
        let api = operation.api;
        let Some(credentials) = self.signer(api)? else { return Ok(Explanation::default()) };
        let mut explanation = sign::explain(api.sign, draft, credentials, &self.words(), now)?;
        check::visit_sensitive(input, &mut |text| explanation.hide(text));
        Ok(explanation)
    }

    fn words(&self) -> Words<'_> {
        Words { region: &self.region }
    }

    /// How an action is spoken: a group of the service at the same endpoint may have its own way, another service is somewhere else.
    fn api_of(&self, operation: &'static Operation) -> Result<&'static Api, Error> {
        let (own, api) = (self.api, operation.api);
        if ptr::eq(own, api) || (own.service == api.service && own.endpoint == api.endpoint) {
            return Ok(api);
        }
        Err(Error::Setup(format!(
            "{} is an action of {}, which has a service of its own; this one is {}",
            operation.name,
            api.id(),
            own.id()
        )))
    }

    fn signer(&self, api: &Api) -> Result<Option<&Credentials>, Error> {
        match (api.sign.scheme(), &self.credentials) {
            (sign::Scheme::None, _) => Ok(None),
            (_, Some(credentials)) => credentials.check().map(|()| Some(credentials)),
            (_, None) => Err(Error::Setup(format!("{} signs every request, and no credentials are set", api.id()))),
        }
    }

    /// The request before it is signed.
    pub fn draft(&self, operation: &'static Operation, input: &dyn Record, options: &Options) -> Result<Draft, Error> {
        let mut draft = Draft::default();
        self.fill(&mut draft, self.api_of(operation)?, operation, input, options)?;
        Ok(draft)
    }

    /// Makes an empty draft that of a request.
    fn fill(
        &self,
        draft: &mut Draft,
        api: &'static Api,
        operation: &'static Operation,
        input: &dyn Record,
        options: &Options,
    ) -> Result<(), Error> {
        let style = &api.request;
        let target = self.target()?;
        draft.method = match operation.method.unwrap_or(style.method) {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
        };
        draft.scheme.push_str(target.scheme);
        if !operation.host_prefix.is_empty() {
            push_host_prefix(&mut draft.host, operation, input)?;
        }
        draft.host.push_str(&target.host);
        draft.path.push_str(&target.path);
        let place = operation.place.unwrap_or(style.place);
        let content_type = match (style.content_type, place) {
            ("", Place::Form) => "application/x-www-form-urlencoded",
            ("", Place::Json) => "application/json",
            (content_type, _) => content_type,
        };
        if !content_type.is_empty() {
            draft.set_header("content-type", content_type);
        }
        let name = match style.action_prefix {
            "" => Cow::Borrowed(operation.name),
            prefix => Cow::Owned([prefix, operation.name].concat()),
        };
        if let NamePlace::Header(header) = style.action {
            draft.set_header(header, &name);
        }
        for (name, value) in style.headers {
            draft.set_header(*name, value);
        }
        let encoding = Encoding { style, token: options.token.as_deref() };
        let mut form = Pairs::new();
        let mut parameters = match place {
            Place::Query => Parameters::Pairs(&mut draft.query),
            Place::Form => Parameters::Pairs(&mut form),
            Place::Json => Parameters::Json(JsonBody::new(encoding)),
        };
        // those before the parameters of the action itself
        if let NamePlace::Parameter(parameter) = style.action {
            parameters.push(parameter, &name);
        }
        for (name, value) in style.fixed {
            parameters.push(name, value);
        }
        if let Parameters::Pairs(pairs) = &mut parameters {
            encode(input, encoding, pairs);
        }
        // and those behind them
        self.common_parameters(api, input, &mut parameters)?;
        for (name, value) in &options.parameters {
            parameters.push(name, value);
        }
        match parameters {
            Parameters::Json(body) => draft.body = Body::Bytes(body.finish(input)),
            Parameters::Pairs(_) if place == Place::Form => draft.body = Body::Form(form),
            Parameters::Pairs(_) => {}
        }
        for (name, value) in &options.headers {
            let name = name.to_ascii_lowercase();
            if OF_TRANSPORTS.contains(&name.as_str()) {
                return Err(Error::Setup(format!("the header {name} is the transport's: it cannot be set")));
            }
            if api.sign.headers().contains(&name.as_str()) {
                return Err(Error::Setup(format!("the header {name} is set when the request is signed")));
            }
            let names_action = matches!(style.action, NamePlace::Header(header) if header == name);
            if names_action || style.headers.iter().any(|(header, _)| *header == name) {
                return Err(Error::Setup(format!("the header {name} is set by what the spec says of the service")));
            }
            draft.set_header(name, value);
        }
        Ok(())
    }

    /// Pushes the common parameters that are set here and not by the action itself.
    fn common_parameters(&self, api: &Api, input: &dyn Record, parameters: &mut Parameters<'_>) -> Result<(), Error> {
        let known = |name: &str| api.common.iter().find(|field| field.name == name);
        if let Some((name, _)) = self.common.iter().find(|(name, _)| known(name).is_none()) {
            let known: Vec<&str> = api.common.iter().map(|field| field.name).collect();
            return Err(Error::Setup(format!(
                "{} has no common parameter {name:?}; it has: {}",
                api.id(),
                known.join(", ")
            )));
        }
        let own = input.shape().fields();
        for (name, value) in &self.common {
            let Some(field) = known(name) else { continue };
            let given =
                own.iter().position(|own| own.send == field.send).is_some_and(|i| !matches!(input.get(i), Ref::Absent));
            if !given {
                parameters.push(field.send, value);
            }
        }
        Ok(())
    }

    /// Scheme, host and path of calls.
    fn target(&self) -> Result<&Target, Error> {
        if let Some(target) = self.target.get() {
            return Ok(target);
        }
        let target = self.find_target()?;
        Ok(self.target.get_or_init(|| target))
    }

    fn find_target(&self) -> Result<Target, Error> {
        let template = self.endpoint.as_deref().unwrap_or(self.api.endpoint);
        if template.contains("{region}") && self.region.is_empty() {
            return Err(Error::Setup(format!("{} needs a region: its endpoint is {template}", self.api.id())));
        }
        let url = template.replace("{region}", &self.region);
        let bad = |why: &str| Error::Setup(format!("endpoint {url:?} {why}"));
        let uri: Uri = url.parse().map_err(|e| bad(&format!("is no URL: {e}")))?;
        let scheme = ["http", "https"].into_iter().find(|scheme| uri.scheme_str() == Some(scheme));
        let scheme = scheme.ok_or_else(|| bad("begins with neither https:// nor http://"))?;
        let authority = uri.authority().ok_or_else(|| bad("has no host"))?.as_str();
        if uri.query().is_some() || authority.contains('@') || url.contains('#') {
            return Err(bad("has a query, a fragment or a user name, which no endpoint has"));
        }
        // what is no port would be taken for none
        if authority != uri.host().unwrap_or_default() && uri.port_u16().is_none_or(|port| port == 0) {
            return Err(bad("has a port that is no number from 1 to 65535"));
        }
        // the port of the scheme itself is not sent in the host header, so it must not be signed
        let usual = if scheme == "https" { ":443" } else { ":80" };
        let host = authority.strip_suffix(usual).unwrap_or(authority);
        let path = if uri.path().is_empty() { "/" } else { uri.path() };
        Ok(Target { scheme, host: host.to_owned(), path: path.to_owned() })
    }
}

/// Appends the host prefix of an action with the values of its fields in it.
fn push_host_prefix(prefix: &mut String, operation: &'static Operation, input: &dyn Record) -> Result<(), Error> {
    let mut rest = operation.host_prefix;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        prefix.push_str(before);
        let index = input.shape().fields().iter().position(|field| field.name == name);
        let value = match index.map(|i| input.get(i)) {
            Some(Ref::Text(text)) => text,
            _ => return Err(Error::invalid(name, "", "is part of the host name and must be given")),
        };
        let label =
            !value.is_empty() && value.len() <= 63 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !label {
            return Err(Error::invalid(name, value, "is part of the host name: 1 to 63 letters, digits and dashes"));
        }
        prefix.push_str(value);
        rest = after;
    }
    prefix.push_str(rest);
    Ok(())
}
