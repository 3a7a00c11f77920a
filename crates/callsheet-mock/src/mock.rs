//! The whole of a service's behaviour, without I/O.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use callsheet::check;
use callsheet::schema::{Api, NamePlace, Operation, Place, TimeFormat};
use callsheet::sign::{self, Scheme, VerifyError, Words};
use callsheet::time;
use callsheet_dynamic::{Catalog, DynRecord, Entry, ParameterError};
use callsheet_spec::model::Group;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};

use crate::delivery::{Delivery, MockResponse};
use crate::failure::{self, Matter, respond, set_header};
use crate::fault::FaultKind;
use crate::log::{Log, Recorded};
use crate::params::{decode_pairs, problem, wire_reading};
use crate::route::{Parts, Route, route};
use crate::{Config, Fault, answer, dice};

/// A server without a socket: requests in, answers out.
pub struct Mock {
    catalog: Arc<Catalog>,
    config: Config,
    /// Those of the configuration, until others are set.
    faults: RwLock<Vec<Fault>>,
    log: Log,
    served: AtomicU64,
}

/// A request that is turned away: why, and in which words.
struct Refusal {
    matter: Matter,
    detail: String,
}

impl Mock {
    /// A server for all actions of a catalog.
    pub fn new(catalog: Arc<Catalog>, config: Config) -> Self {
        let faults = RwLock::new(config.faults.clone());
        Self { catalog, config, faults, log: Log::default(), served: AtomicU64::new(0) }
    }

    /// What it was told.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The actions that it knows.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The last ten thousand requests, oldest first.
    pub fn requests(&self) -> Vec<Recorded> {
        self.log.requests()
    }

    /// How often an action was asked for, faults included.
    pub fn count(&self, action: &str) -> u64 {
        self.log.count(action)
    }

    /// How many requests there were.
    pub fn total(&self) -> u64 {
        self.log.total()
    }

    /// Forgets all requests.
    pub fn clear(&self) {
        self.log.clear();
    }

    /// Misbehaves by these rules from now on, and no others. Whether they can strike is not looked at.
    pub fn set_faults(&self, faults: impl IntoIterator<Item = Fault>) {
        *self.faults.write().unwrap_or_else(PoisonError::into_inner) = faults.into_iter().collect();
    }

    /// Answers a request as of `now`. The target may have scheme and host, or begin with the path.
    pub fn handle(&self, request: &Request<Vec<u8>>, now: DateTime<Utc>) -> MockResponse {
        let parts = Parts::new(request);
        let served = self.served.fetch_add(1, Ordering::Relaxed);
        let request_id = format!("{:016x}", dice::mix(0x0C41_15EE, served));
        let route = route(&self.catalog, &parts);
        let (service, action) = match &route {
            Route::Action(entry) => (entry.operation.api.service, entry.operation.name.to_owned()),
            Route::Unknown(entry, said) => (entry.operation.api.service, said.clone()),
            Route::Nowhere => ("", String::new()),
        };
        let mut recorded = Recorded {
            at: now,
            service: service.to_owned(),
            action,
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            body: request.body().clone(),
            input: None,
            unknown: Vec::new(),
            status: 0,
            code: None,
            problem: None,
            fault: None,
        };
        let fault = self.strike(&recorded.action);
        recorded.fault = fault.as_ref().map(ToString::to_string);
        let clock = match &fault {
            Some(FaultKind::Skew(millis)) => now.checked_add_signed(TimeDelta::milliseconds(*millis)).unwrap_or(now),
            _ => now,
        };

        let mut response = match &route {
            Route::Nowhere => {
                recorded.problem = Some("no service is at this path".to_owned());
                respond(
                    404,
                    "text/plain; charset=utf-8",
                    format!("no service is at {}\n", request.uri().path()).into_bytes(),
                )
            }
            Route::Unknown(entry, said) => {
                let result = self.verify(entry.operation.api, &parts, clock).and_then(|()| Err(unknown_action(said)));
                self.conclude(entry, result, &request_id, &mut recorded)
            }
            Route::Action(entry) => {
                let result = self
                    .verify(entry.operation.api, &parts, clock)
                    .and_then(|()| self.input(entry, &parts, clock, &mut recorded));
                self.conclude(entry, result, &request_id, &mut recorded)
            }
        };
        let group = match &route {
            Route::Action(entry) | Route::Unknown(entry, _) => Some((entry.operation.api, entry.group)),
            Route::Nowhere => None,
        };
        let delivery = fault
            .map_or_else(Delivery::default, |fault| misbehave(fault, &mut response, group, &request_id, &mut recorded));
        let mut date = String::new();
        time::write(&mut date, clock, TimeFormat::Rfc822);
        set_header(&mut response, "date", &date);
        let unsent = delivery.drop || delivery.noise.is_some();
        recorded.status = if unsent { 0 } else { response.status().as_u16() };
        if let Some(observer) = &self.config.observer {
            observer(&recorded);
        }
        self.log.add(recorded);
        MockResponse { response, delivery }
    }

    /// What goes wrong with the next request of `action`.
    fn strike(&self, action: &str) -> Option<FaultKind> {
        let faults = self.faults.read().unwrap_or_else(PoisonError::into_inner);
        faults.iter().find_map(|fault| fault.strike(action)).cloned()
    }

    fn conclude(
        &self,
        entry: &Entry<'_>,
        result: Result<DynRecord, Refusal>,
        request_id: &str,
        recorded: &mut Recorded,
    ) -> Response<Vec<u8>> {
        match result {
            Ok(input) => {
                let (response, code) = answer::answer(entry, &input, request_id);
                recorded.input = Some(input);
                recorded.code = code;
                response
            }
            Err(Refusal { matter, detail }) => {
                recorded.problem = Some(detail.clone());
                let (response, code) = failure::answer(entry.operation.api, entry.group, &matter, &detail, request_id);
                recorded.code = Some(code);
                response
            }
        }
    }

    fn verify(&self, api: &'static Api, parts: &Parts<'_>, now: DateTime<Utc>) -> Result<(), Refusal> {
        if !self.config.verify {
            return Ok(());
        }
        let usual = match api.sign.scheme() {
            Scheme::None | Scheme::ParameterHmac(_) => Duration::from_secs(60),
            Scheme::SigV4(_) | Scheme::AwsV2(_) => Duration::from_secs(15 * 60),
        };
        let max_skew = self.config.max_skew.unwrap_or(usual);
        let region = match (&self.config.region, parts.scope()) {
            (Some(region), _) => region.as_str(),
            // the host would tell the region, and there is but one host here
            (None, Some((region, _))) if api.regions.is_empty() || api.regions.contains(&region) => region,
            (None, _) => api.regions.first().copied().unwrap_or_default(),
        };
        let lookup = |id: &str| self.config.credentials.iter().find(|known| known.id() == id).cloned();
        sign::verify(&api.sign.scheme(), parts.request, lookup, &Words { region }, now, max_skew).map(drop).map_err(
            |error| {
                Refusal {
                    matter: Matter::from(&error),
                    detail: match &error {
                        // the texts are long, and the first line of a comparison that people make by hand
                        VerifyError::Mismatch { canonical_request: Some(canonical), .. } => {
                            format!("{error}; the canonical request is {canonical:?}")
                        }
                        error => error.to_string(),
                    },
                }
            },
        )
    }

    /// The parameters of a request, checked.
    fn input(
        &self,
        entry: &Entry<'_>,
        parts: &Parts<'_>,
        now: DateTime<Utc>,
        recorded: &mut Recorded,
    ) -> Result<DynRecord, Refusal> {
        let operation = entry.operation;
        let bad = |error: ParameterError| Refusal { matter: Matter::BadParameter, detail: error.to_string() };
        let place = operation.place.unwrap_or(operation.api.request.place);
        let input = if place == Place::Json {
            let json = parts.json.as_ref().ok_or_else(|| bad(problem("", "the body is no JSON")))?;
            let mut input = DynRecord::new(operation.input);
            input.set_json(json, &wire_reading(&operation.api.request)).map_err(bad)?;
            input
        } else {
            let pairs = parts.pairs.iter().filter(|(name, _)| !belongs_to_protocol(operation, name)).cloned();
            let (input, unknown) = decode_pairs(operation.input, &operation.api.request, pairs).map_err(bad)?;
            recorded.unknown = unknown;
            input
        };
        if let (true, Some(name)) = (self.config.strict, recorded.unknown.first()) {
            return Err(bad(problem("", "is not a parameter of this action").within(name)));
        }
        let mut violations = check::check(&input, false, now);
        // rules about the clock would make examples fail from the day after they were written
        violations.retain(|violation| !violation.warning);
        let Some(first) = violations.first() else { return Ok(input) };
        let missing = first.value.is_empty() && first.rule == "is required";
        let matter = if missing { Matter::MissingParameter } else { Matter::BadParameter };
        Err(Refusal { matter, detail: first.to_string() })
    }
}

impl std::fmt::Debug for Mock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mock").field("config", &self.config).field("requests", &self.total()).finish_non_exhaustive()
    }
}

fn unknown_action(said: &str) -> Refusal {
    let detail =
        if said.is_empty() { "No action is named.".to_owned() } else { format!("There is no action {said:?}.") };
    Refusal { matter: Matter::UnknownAction, detail }
}

/// Whether a parameter is no parameter of an action but of the way of calling it.
fn belongs_to_protocol(operation: &'static Operation, name: &str) -> bool {
    let api = operation.api;
    // an action may have a parameter of that name itself
    if operation.input.fields().iter().any(|field| field.send == name) {
        return false;
    }
    if api.request.action == NamePlace::Parameter(name_of(api)) && name == name_of(api) {
        return true;
    }
    if api.request.fixed.iter().any(|(fixed, _)| *fixed == name) {
        return true;
    }
    match api.sign.scheme() {
        Scheme::ParameterHmac(words) => {
            let own = [words.key_id, words.time_stamp, words.signature];
            own.contains(&name)
                || words.constants.iter().any(|(constant, _)| *constant == name)
                || words.temporary.is_some_and(|temporary| temporary.token == name)
        }
        Scheme::SigV4(_) => name.starts_with("X-Amz-"),
        Scheme::None | Scheme::AwsV2(_) => false,
    }
}

fn name_of(api: &'static Api) -> &'static str {
    match api.request.action {
        NamePlace::Parameter(name) => name,
        NamePlace::Header(_) => "",
    }
}

/// Changes an answer, or says what is to become of it on the way.
fn misbehave(
    fault: FaultKind,
    response: &mut Response<Vec<u8>>,
    group: Option<(&'static Api, &Group)>,
    request_id: &str,
    recorded: &mut Recorded,
) -> Delivery {
    let mut delivery = Delivery::default();
    let mut refuse = |matter: Matter| {
        if let Some((api, group)) = group {
            let (answer, code) = failure::answer(api, group, &matter, "", request_id);
            (*response, recorded.code) = (answer, Some(code));
        }
        // what was refused did not happen
        recorded.input = None;
    };
    match fault {
        FaultKind::Drop => {
            delivery.drop = true;
            recorded.code = None;
        }
        FaultKind::Cut => delivery.cut = Some(response.body().len() / 2),
        FaultKind::Status(status) => {
            let page = format!("<html><body><h1>{status}</h1><p>mock gateway</p></body></html>\n");
            *response = respond(status, "text/html", page.into_bytes());
            (recorded.input, recorded.code) = (None, None);
        }
        FaultKind::Code(code) => refuse(Matter::Code(code)),
        FaultKind::Throttle(seconds) => {
            refuse(Matter::TooMany);
            set_header(response, "retry-after", &seconds.to_string());
        }
        FaultKind::Later(seconds) => {
            refuse(Matter::Code("ComeBackLater".to_owned()));
            set_header(response, "retry-after", &seconds.to_string());
        }
        FaultKind::Delay(delay) => delivery.delay = delay,
        FaultKind::Slow(pace) => delivery.pace = pace,
        FaultKind::Garbage => {
            *response.body_mut() = b"\x00\xFF<{[garbage".to_vec();
            recorded.code = None;
        }
        FaultKind::Noise => {
            delivery.noise = Some(b"\x16\x03\x01 this is not HTTP\r\n\r\n".to_vec());
            recorded.code = None;
        }
        FaultKind::Length(difference) => {
            let length = i64::try_from(response.body().len()).unwrap_or(i64::MAX).saturating_add(difference);
            delivery.length = Some(usize::try_from(length.max(0)).unwrap_or(usize::MAX));
        }
        // done before: the clock was off already when the signature was checked
        FaultKind::Skew(_) => {}
    }
    delivery
}
