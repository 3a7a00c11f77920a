//! Where credentials come from, step by step, without I/O.

use std::borrow::Cow;
use std::fmt;
use std::mem;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::header::DATE;
use http::{Request, Response, StatusCode};
use zeroize::Zeroizing;

use super::files::Trouble;
use super::settings::{Address, Settings};
use super::{Credentials, files, metadata, printable, trace};
use crate::call::random::Random;
use crate::call::{RetryPolicy, clock};
use crate::error::{Delivery, Error, TransportKind};
use crate::schema::{Api, CredentialFile, CredentialFormat, EnvironmentNames, MetadataSource};

/// Finds credentials and keeps them fresh: several sources, of which the first that has some counts.
///
/// It does no I/O: [`Provider::step`] says what it has to know, the caller finds out and tells it. The clients of the transports
/// do that before each try of a call.
///
/// ```
/// # use callsheet::credentials::{CredentialStep, Provider};
/// # use callsheet::{Credentials, Error};
/// # fn read(path: &str) -> std::io::Result<String> { std::fs::read_to_string(path) }
/// # fn over_the_wire(_: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, Error> { Ok(Default::default()) }
/// # fn variable(name: &str) -> Option<String> { None }
/// fn credentials(provider: &mut Provider, now: chrono::DateTime<chrono::Utc>) -> Result<Credentials, Error> {
///     loop {
///         match provider.step(now) {
///             CredentialStep::Variable(name) => provider.variable(variable(name)),
///             CredentialStep::File(path) => provider.file(read(&path)),
///             CredentialStep::Fetch { request, .. } => provider.fetched(over_the_wire(request), now),
///             CredentialStep::Wait(time) => std::thread::sleep(time),
///             CredentialStep::Ready(credentials) => return Ok(credentials.clone()),
///             CredentialStep::Failed(error) => return Err(error),
///         }
///     }
/// }
/// ```
pub struct Provider {
    title: String,
    sources: Vec<Source>,
    profile: Option<String>,
    policy: RetryPolicy,
    search: Search,
    asking: Asking,
    found: Option<Found>,
    settings: Settings,
    /// What was looked for in vain, for the message.
    looked_for: Vec<String>,
    /// Counts what was found: whoever keeps a copy can tell whether it is the newest.
    generation: u64,
    /// How often the metadata address was asked in this search.
    tries: u32,
    /// How far the clock of the service is ahead of ours, as the client has learnt it.
    skew: TimeDelta,
    /// The same as the answer of the metadata address had it.
    seen: TimeDelta,
}

/// One place where credentials may be.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source {
    /// Here.
    Static(Credentials),
    /// In environment variables.
    Environment(EnvironmentNames),
    /// In a file.
    File(CredentialFile),
    /// At the metadata address of an instance, under another address if one is given.
    Metadata(MetadataSource, Option<String>),
}

/// What a [`Provider`] has to know next.
#[derive(Debug)]
#[must_use = "a step that is not done leaves the provider where it is"]
// a request is large, but a step lives until it is matched
#[allow(clippy::large_enum_variant)]
pub enum CredentialStep<'a> {
    /// The value of this environment variable, for [`Provider::variable`].
    Variable(&'static str),
    /// The text of this file, for [`Provider::file`]. `~/` stands for the home folder.
    File(String),
    /// The answer to this request, for [`Provider::fetched`]. It must not go through a proxy: only the instance itself is answered.
    Fetch {
        /// The request, complete.
        request: Request<Vec<u8>>,
        /// How long it may take: elsewhere than on an instance nobody answers.
        timeout: Duration,
    },
    /// Nothing for so long; then the next step.
    Wait(Duration),
    /// These are good now.
    Ready(&'a Credentials),
    /// There are none.
    Failed(Error),
}

/// Where the search stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Search {
    /// None is under way.
    Idle,
    /// This source is asked.
    At(usize),
    /// There is none left.
    Over,
}

/// What is known of the source that is asked.
#[derive(Default)]
enum Asking {
    #[default]
    Begin,
    /// The values of variables so far.
    Variables(Vec<Option<Zeroizing<String>>>),
    Text,
    Answer,
    /// The answer was of no use, and the next may be.
    Pause(Duration),
}

struct Found {
    credentials: Credentials,
    source: usize,
    expires: Option<DateTime<Utc>>,
    /// From when on newer ones are asked for; later after a failure.
    refresh: Option<DateTime<Utc>>,
}

impl Provider {
    /// How long before their end credentials are replaced, unless they are good for a short time only.
    const EARLY: TimeDelta = TimeDelta::seconds(300);
    /// How long credentials that are still good are used before newer ones are asked for again.
    const AGAIN: TimeDelta = TimeDelta::seconds(15);
    /// How the metadata address is asked, which takes 3.6 seconds at most. The vendor's Python SDK waits a second for it.
    const POLICY: RetryPolicy = RetryPolicy::new()
        .max_attempts(3)
        .backoff(Duration::from_millis(200), Duration::from_secs(1))
        .attempt_timeout(Some(Duration::from_secs(1)));

    /// Looks nowhere; [`Provider::then`] adds places. `title` is for messages: for what credentials are looked.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            sources: Vec::new(),
            profile: None,
            policy: Self::POLICY,
            search: Search::Idle,
            asking: Asking::Begin,
            found: None,
            settings: Settings::default(),
            looked_for: Vec::new(),
            generation: 0,
            tries: 0,
            skew: TimeDelta::zero(),
            seen: TimeDelta::zero(),
        }
    }

    /// Looks where the spec of a service says: environment, files, metadata.
    pub fn of(api: &'static Api) -> Self {
        let sources = &api.credentials;
        let mut provider = Self::new(api.id());
        provider.sources.extend(sources.env.iter().copied().map(Source::Environment));
        provider.sources.extend(sources.files.iter().copied().map(Source::File));
        provider.sources.extend(sources.metadata.map(|metadata| Source::Metadata(metadata, None)));
        provider
    }

    /// For what credentials are looked, in messages.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Looks there too, after all others.
    #[must_use]
    pub fn then(mut self, source: Source) -> Self {
        self.sources.push(source);
        self
    }

    /// Leaves out places.
    #[must_use]
    pub fn without(mut self, unwanted: impl Fn(&Source) -> bool) -> Self {
        self.sources.retain(|source| !unwanted(source));
        self
    }

    /// This section of files that have several, and nothing else: no environment, no metadata, no other section. Without it, it is
    /// the section `default`, in its turn.
    #[must_use]
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.profile = Some(name.into());
        self
    }

    /// Another address of the metadata: a private cloud, a test.
    #[must_use]
    pub fn metadata_url(mut self, url: impl Into<String>) -> Self {
        let url = url.into();
        for source in &mut self.sources {
            if let Source::Metadata(_, other) = source {
                *other = Some(url.clone());
            }
        }
        self
    }

    /// How long the metadata address may take for one answer. The default is a second, since elsewhere than on an instance nobody
    /// answers at all.
    #[must_use]
    pub fn metadata_timeout(mut self, timeout: Duration) -> Self {
        self.policy.attempt_timeout = Some(timeout);
        self
    }

    /// How often the metadata address is asked before it is given up, the first time included. The default is 3, with waits of
    /// some tenths of a second. What is still good is not held up: it is asked for once, and again some seconds later.
    #[must_use]
    pub fn metadata_attempts(mut self, attempts: u32) -> Self {
        self.policy.max_attempts = attempts;
        self
    }

    /// How far the clock of the service is ahead of ours, as far as it is known: the end of a credential is a time of the
    /// service. [`ClientState::skew`](crate::call::ClientState::skew) has learnt it. As long as that is zero, the `Date` of the
    /// metadata's answer counts.
    pub fn set_skew(&mut self, skew: TimeDelta) {
        self.skew = skew;
    }

    /// Forgets what was found: the next step looks anew.
    pub fn forget(&mut self) {
        self.found = None;
        self.search = Search::Idle;
        self.asking = Asking::Begin;
    }

    /// What was found last, whether it is still good or not.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.found.as_ref().map(|found| &found.credentials)
    }

    /// What was said beside the credentials: where they count. Complete when they are found; [`Service::configured`] takes it.
    ///
    /// [`Service::configured`]: crate::Service::configured
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Grows with each credential that is found.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// What is to be done now. `now` is our own clock.
    pub fn step(&mut self, now: DateTime<Utc>) -> CredentialStep<'_> {
        let now = self.service_time(now);
        if self.found.as_ref().is_some_and(|found| found.refresh.is_none_or(|refresh| now < refresh)) {
            return self.ready();
        }
        if self.search == Search::Idle {
            // only the source that gave them is asked for newer ones: those of another would be another caller's
            self.search = Search::At(self.found.as_ref().map_or(0, |found| found.source));
            self.asking = Asking::Begin;
            self.tries = 0;
            self.looked_for.clear();
            if self.found.is_none() {
                self.settings = Settings::default();
            }
        }
        loop {
            let Some(source) = self.asked() else {
                return self.nothing(now);
            };
            match (source, &self.asking) {
                (source, _) if self.profile.is_some() && !matches!(source, Source::File(_)) => {
                    let why = format!("{}: not asked, since a profile is named", self.place(source));
                    self.pass(why);
                }
                (Source::Static(credentials), _) => {
                    let credentials = credentials.clone();
                    self.keep(credentials, None, now);
                    return self.ready();
                }
                (Source::Environment(_), Asking::Begin) => self.asking = Asking::Variables(Vec::new()),
                (Source::Environment(names), Asking::Variables(values)) => {
                    if let Some(name) = variables(names).nth(values.len()) {
                        return CredentialStep::Variable(name);
                    }
                    let names = *names;
                    if let Asking::Variables(values) = mem::take(&mut self.asking) {
                        self.variables(names, &values);
                    }
                }
                (Source::File(file), _) => {
                    let path = file.path.to_owned();
                    self.asking = Asking::Text;
                    return CredentialStep::File(path);
                }
                (Source::Metadata(..), &Asking::Pause(time)) => {
                    self.asking = Asking::Begin;
                    return CredentialStep::Wait(time);
                }
                (Source::Metadata(metadata, other), _) => {
                    let url = metadata_url(metadata, other.as_deref(), &self.settings);
                    let request =
                        Request::get(url.as_ref()).header(http::header::ACCEPT, "application/json").body(Vec::new());
                    match request {
                        Ok(request) => {
                            self.asking = Asking::Answer;
                            let timeout = self.policy.attempt_timeout.unwrap_or(Duration::MAX);
                            return CredentialStep::Fetch { request, timeout };
                        }
                        Err(error) => {
                            let why = format!("the metadata address {url}: {error}");
                            self.pass(why);
                        }
                    }
                }
                // what was asked before was of another source
                (Source::Environment(_), _) => self.asking = Asking::Begin,
            }
        }
    }

    /// Takes the value of the variable that was asked for. An empty one counts as none.
    pub fn variable(&mut self, value: Option<String>) {
        if let Asking::Variables(values) = &mut self.asking {
            values.push(value.filter(|value| !value.is_empty()).map(Zeroizing::new));
        }
    }

    /// All variables of a set are known.
    fn variables(&mut self, names: EnvironmentNames, values: &[Option<Zeroizing<String>>]) {
        let value = |name: &str| {
            let index = variables(&names).position(|other| other == name)?;
            values.get(index)?.as_ref()
        };
        let mut settings = Settings::default();
        if let Some(text) = value(names.endpoint) {
            match Address::parse(text, &format!("the environment variable {}", names.endpoint)) {
                Ok(address) => settings.endpoint = Some(address),
                Err(why) => return self.give_up(why),
            }
        }
        for (name, variable) in names.common {
            if let Some(text) = value(variable) {
                if let Some(flaw) = printable::flaw(text) {
                    return self.give_up(format!("the environment variable {variable}: {flaw}"));
                }
                settings.common.push((name, text.as_str().to_owned()));
            }
        }
        self.settings.add(settings);
        let both = self.place(&Source::Environment(names));
        let (id, secret) = match (value(names.id), value(names.secret)) {
            (Some(id), Some(secret)) => (id, secret),
            (Some(_), None) => return self.give_up(format!("{both}: only the first is set")),
            (None, Some(_)) => return self.give_up(format!("{both}: only the second is set")),
            (None, None) => return self.pass(format!("{both}: not set")),
        };
        let token = value(names.token);
        for (name, value) in [(names.id, Some(id)), (names.secret, Some(secret)), (names.token, token)] {
            if let Some(flaw) = value.and_then(|value| printable::flaw(value)) {
                return self.give_up(format!("the environment variable {name}: {flaw}"));
            }
        }
        let credentials = Credentials::new(id.as_str(), secret.as_str());
        self.keep_lasting(with_token(credentials, token.map(|token| token.as_str().to_owned())));
    }

    /// Takes the text of the file that was asked for. A file that is there and cannot be read ends the search: it was meant.
    pub fn file(&mut self, text: std::io::Result<String>) {
        let (Some(Source::File(file)), Asking::Text) = (self.asked(), &self.asking) else { return };
        let file = *file;
        let text = match text {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return self.pass(format!("the file {}: does not exist", file.path));
            }
            Err(error) => return self.give_up(format!("the file {}: {error}", file.path)),
        };
        let profile = self.profile.as_deref().unwrap_or("default");
        let mut keys = vec![file.id, file.secret, file.token];
        for address in [file.endpoint, file.metadata].into_iter().flatten() {
            keys.extend([address.scheme, address.host, address.port, address.path]);
        }
        keys.extend(file.common.iter().map(|(_, key)| key));
        let mut section = String::new();
        let said = match file.format {
            CredentialFormat::Yaml if self.profile.is_some() => {
                return self
                    .pass(format!("the file {}: has no profile [{profile}]; it is not made of profiles", file.path));
            }
            CredentialFormat::Yaml => files::yaml(&text, &keys).map(Ok),
            CredentialFormat::Ini => {
                section = format!(" [{profile}]");
                files::ini(&text, profile, &keys).map(|sections| sections.said.ok_or(sections.names))
            }
        };
        let said = match said {
            Ok(Ok(said)) => said,
            Ok(Err(names)) => {
                let names: Vec<String> = names.iter().map(|name| format!("[{name}]")).collect();
                let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                return self.pass(format!("the file {}: has no profile [{profile}]; it has {there}", file.path));
            }
            Err(Trouble { line, what }) => {
                return self.give_up(format!("the file {}, line {line}: {what}", file.path));
            }
        };
        match Settings::of_file(&file, &said, &format!("the file {}", file.path)) {
            Ok(settings) => self.settings.add(settings),
            Err(why) => return self.give_up(why),
        }
        let place = format!("the file {}{section}", file.path);
        let (id, secret) = match (said.get(file.id), said.get(file.secret)) {
            (Some(id), Some(secret)) => (id, secret),
            (Some(_), None) => return self.give_up(format!("{place}: says {}, but not {}", file.id, file.secret)),
            (None, Some(_)) => return self.give_up(format!("{place}: says {}, but not {}", file.secret, file.id)),
            (None, None) => return self.pass(format!("{place}: does not say {} and {}", file.id, file.secret)),
        };
        let token = said.get(file.token);
        for value in [Some(id), Some(secret), token].into_iter().flatten() {
            if let Some(flaw) = printable::flaw(&value.text) {
                return self.give_up(format!("the file {}, line {}: {} {flaw}", file.path, value.line, value.key));
            }
        }
        let credentials = Credentials::new(id.text.as_str(), secret.text.as_str());
        self.keep_lasting(with_token(credentials, token.map(|token| token.text.as_str().to_owned())));
    }

    /// Takes the answer to the request, or why there is none. `now` is our own clock.
    ///
    /// A failure that may pass is not the end: the next steps wait and ask again, unless there are credentials that are still good.
    pub fn fetched<B: Into<Vec<u8>>>(&mut self, answer: Result<Response<B>, Error>, now: DateTime<Utc>) {
        let (Some(source @ Source::Metadata(metadata, _)), Asking::Answer) = (self.asked(), &self.asking) else {
            return;
        };
        let (metadata, place) = (*metadata, self.place(source));
        self.tries += 1;
        let (why, may_pass) = match answer {
            Ok(answer) => {
                let date = answer.headers().get(DATE).and_then(|date| clock::http_date(date.to_str().ok()?));
                // whole seconds, and the way of the answer
                let is_off = |off: &TimeDelta| off.abs() > TimeDelta::seconds(5);
                self.seen = date.map(|date| date - now).filter(is_off).unwrap_or_default();
                let status = answer.status();
                let body = Zeroizing::new(answer.into_body().into());
                match status {
                    StatusCode::NOT_FOUND => ("the instance has no role".to_owned(), false),
                    status if !status.is_success() => (
                        format!("answers with HTTP status {}", status.as_u16()),
                        status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS,
                    ),
                    _ => match metadata::read(&metadata, &body) {
                        Ok((credentials, expires)) => {
                            let time = self.service_time(now);
                            match expires {
                                Some(expires) if expires <= time => (ended(expires, time), false),
                                _ => return self.keep(credentials, expires, time),
                            }
                        }
                        Err(why) => (why, false),
                    },
                }
            }
            // Elsewhere than in that cloud this is the usual case. Nobody at all is there then, which is not waited for twice.
            Err(Error::Transport(error)) => {
                let nobody = error.kind == TransportKind::Timeout && error.delivery == Delivery::Never;
                (format!("nobody answers there: {}", error.kind), !nobody || self.found.is_some())
            }
            Err(error) => (error.to_string(), false),
        };
        if may_pass && self.tries < self.policy.max_attempts && !self.is_good(self.service_time(now)) {
            // no two instances begin in the same microsecond: seed enough for spreading them
            let mut random = Random::new(u128::from(now.timestamp_micros().unsigned_abs()));
            self.asking = Asking::Pause(self.policy.wait(self.tries, &mut random));
            return;
        }
        let times = if self.tries > 1 { format!(", {} times", self.tries) } else { String::new() };
        self.pass(format!("{place}: {why}{times}"));
    }

    /// The time by the clock that the ends of credentials are times of.
    fn service_time(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let skew = if self.skew.is_zero() { self.seen } else { self.skew };
        now.checked_add_signed(skew).unwrap_or(now)
    }

    /// Whether there are credentials that have not ended.
    fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.found.as_ref().is_some_and(|found| found.expires.is_none_or(|expires| now < expires))
    }

    /// How messages about a source begin.
    fn place(&self, source: &Source) -> String {
        match source {
            Source::Static(_) => "credentials given by hand".to_owned(),
            Source::Environment(names) => format!("the environment variables {} and {}", names.id, names.secret),
            Source::File(file) => format!("the file {}", file.path),
            Source::Metadata(metadata, other) => {
                format!("the metadata address {}", metadata_url(metadata, other.as_deref(), &self.settings))
            }
        }
    }

    fn asked(&self) -> Option<&Source> {
        match self.search {
            Search::At(index) => self.sources.get(index),
            Search::Idle | Search::Over => None,
        }
    }

    /// The source has none.
    fn pass(&mut self, why: String) {
        self.looked_for.push(why);
        self.search = match self.search {
            Search::At(index) if self.found.is_none() => Search::At(index + 1),
            _ => Search::Over,
        };
        self.asking = Asking::Begin;
    }

    /// The source was meant to have some, and is of no use, or has one half of them: others would be another caller's.
    fn give_up(&mut self, why: String) {
        self.looked_for.push(why);
        self.search = Search::Over;
        self.asking = Asking::Begin;
    }

    fn keep_lasting(&mut self, credentials: Credentials) {
        self.keep(credentials, None, DateTime::<Utc>::MIN_UTC);
    }

    fn keep(&mut self, credentials: Credentials, expires: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        let refresh = expires.map(|expires| {
            let early = Self::EARLY.min((expires - now) / 4);
            expires - early
        });
        let source = if let Search::At(index) = self.search { index } else { 0 };
        let place = || self.sources.get(source).map(|source| self.place(source)).unwrap_or_default();
        trace::found(&self.title, place, expires);
        self.found = Some(Found { credentials, source, expires, refresh });
        self.generation += 1;
        self.search = Search::Idle;
        self.asking = Asking::Begin;
        self.looked_for.clear();
    }

    fn ready(&self) -> CredentialStep<'_> {
        match &self.found {
            Some(found) => CredentialStep::Ready(&found.credentials),
            None => CredentialStep::Failed(Error::Setup("no credentials are kept".to_owned())),
        }
    }

    /// No source has any. What is still good goes on; otherwise the next step looks anew.
    fn nothing(&mut self, now: DateTime<Utc>) -> CredentialStep<'_> {
        self.search = Search::Idle;
        if self.is_good(now)
            && let Some(found) = &mut self.found
        {
            // not beyond their end
            found.refresh = Some(now + Self::AGAIN).min(found.expires.or(Some(DateTime::<Utc>::MAX_UTC)));
            return self.ready();
        }
        let error = self.failure();
        trace::missing(&self.title, &self.looked_for);
        self.forget();
        CredentialStep::Failed(error)
    }

    fn failure(&self) -> Error {
        let mut message = match &self.found {
            Some(_) => format!("the credentials for {} expired, and there are no newer ones", self.title),
            None => format!("no credentials for {}", self.title),
        };
        if let Some(profile) = &self.profile {
            message.push_str(&format!(" in the profile [{profile}]"));
        }
        if self.looked_for.is_empty() {
            message.push_str("; the spec names no place to look for them");
        } else {
            message.push_str("; looked for");
        }
        for why in &self.looked_for {
            message.push_str("\n  ");
            message.push_str(why);
        }
        Error::Setup(message)
    }
}

// by hand: what is known of a source that is being asked may be secret
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.found.as_ref().map(|found| (&found.credentials, found.expires));
        f.debug_struct("Provider").field("sources", &self.sources).field("found", &found).finish_non_exhaustive()
    }
}

/// Says that credentials had ended when they came.
fn ended(expires: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!("the credentials that it gives ended at {}, and it is {} now", text(expires), text(now))
}

/// Where the metadata is: what the caller says counts most, then what a file says.
fn metadata_url<'a>(metadata: &MetadataSource, other: Option<&'a str>, settings: &Settings) -> Cow<'a, str> {
    match (other, &settings.metadata) {
        (Some(other), _) => Cow::Borrowed(other),
        (None, Some(address)) => Cow::Owned(address.over(metadata.url)),
        (None, None) => Cow::Borrowed(metadata.url),
    }
}

/// The variables of a set, in the order in which they are asked for.
fn variables(names: &EnvironmentNames) -> impl Iterator<Item = &'static str> + use<> {
    let common = names.common.iter().map(|(_, variable)| *variable);
    [names.id, names.secret, names.token, names.endpoint].into_iter().chain(common).filter(|name| !name.is_empty())
}

fn with_token(credentials: Credentials, token: Option<String>) -> Credentials {
    match token {
        Some(token) => credentials.with_token(token),
        None => credentials,
    }
}
