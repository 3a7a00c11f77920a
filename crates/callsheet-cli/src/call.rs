//! `callsheet call`

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use callsheet::call::{Quota, RetryPolicy};
use callsheet::error::Violation;
use callsheet::schema::{Field, Kind, Operation, Shape};
use callsheet::sign::Scheme;
use callsheet::value::Record;
use callsheet::{Error, Options, Service};
use callsheet_dynamic::{Catalog, DynRecord, Entry, Reading};
use callsheet_mock::{Config, Server};
use callsheet_ureq::{Builder, Client};
use chrono::{DateTime, Utc};

use crate::args::{Call, Output};
use crate::exit::{Code, Failure, note, warn};
use crate::rows::{self, Context, Sheet};
use crate::{bulk, credentials, preview, render, series, specs, terminal};

pub(crate) fn run(args: &Call, folder: Option<&Path>) -> Result<(), Failure> {
    let catalog = Arc::new(specs::catalog(folder)?);
    let entry = catalog.find(&args.service, &args.action)?;
    let wants_chart = args.chart || args.svg.is_some() || args.png.is_some();
    if wants_chart && !series::possible(entry.group, &entry.action.output) {
        return Err(Failure::usage(format!(
            "the answer of {} is no time series: there is nothing to draw",
            entry.action.name
        )));
    }
    let preview = args.dry_run || args.curl || args.explain_signature;
    let now = args.at.unwrap_or_else(|| SystemTime::now().into());
    if let Some(path) = &args.each.file {
        return each(args, path, &catalog, entry, now);
    }
    let prepared = Prepared::new(args, entry, now)?;
    if preview {
        return preview::run(args, &prepared, now);
    }
    // dropped at the end of the call, and with it the server
    let (service, _server) = with_mock(args, &catalog, entry, prepared.service.clone())?;
    let client = client(args, service).build()?;
    if args.output == Some(Output::Raw) {
        return raw(&client, &prepared);
    }
    let answer = prepared.send(&client)?;
    show(args, &prepared, &answer)
}

/// One call for each line of a file.
fn each(args: &Call, path: &Path, catalog: &Arc<Catalog>, entry: Entry<'_>, now: DateTime<Utc>) -> Result<(), Failure> {
    let service = unsigned(args, entry);
    let is_signed = !matches!(entry.api().sign.scheme(), Scheme::None);
    // not looked up once but kept fresh: the run may take hours
    let mut provider = (is_signed && !args.mock).then(|| credentials::provider(entry, &args.profile));
    if let Some(provider) = &mut provider {
        callsheet_ureq::look_up(provider).map_err(|error| credentials::missing(error.into()))?;
    }
    let service = if args.mock { service.credentials(Config::test_credentials()) } else { service };
    let (service, _server) = with_mock(args, catalog, entry, service)?;
    let quota = match &args.each.quota {
        Some(quota) => quota.0.clone(),
        // the test server is not the account that is counted
        None if args.mock => None,
        None => Quota::of(entry.api()),
    };
    let mut builder = client(args, service);
    if let Some(quota) = &quota {
        // a line waits for its turn as long as it takes; each try has its time all the same
        builder = builder.overall_timeout(None).quota(quota.clone());
    } else {
        builder = builder.quota(None);
    }
    if let Some(provider) = provider {
        builder = builder.credentials(provider);
    }
    let client = builder.build()?;
    bulk::run(args, path, &client, &options(args)?, entry, now, quota.as_ref())
}

/// The service at the test server, if that is asked for.
fn with_mock(
    args: &Call,
    catalog: &Arc<Catalog>,
    entry: Entry<'_>,
    service: Service,
) -> Result<(Service, Option<Server>), Failure> {
    if !args.mock {
        return Ok((service, None));
    }
    let server = Server::start(Arc::clone(catalog), Config::default())
        .map_err(|error| Failure::new(Code::Network, format!("the test server cannot be started: {error}")))?;
    Ok((service.endpoint(endpoint_of(&server, entry)), Some(server)))
}

/// Where the test server answers in place of an action's documented endpoint.
fn endpoint_of(server: &Server, entry: Entry<'_>) -> String {
    format!("{}{}", server.url().trim_end_matches('/'), entry.endpoint_path())
}

fn client(args: &Call, service: Service) -> Builder {
    let policy =
        RetryPolicy::new().max_attempts(args.attempts).attempt_timeout(Some(args.timeout)).deadline(Some(args.timeout));
    Client::builder(service)
        .retry(policy)
        .connect_timeout(Some(args.timeout))
        .user_agent(concat!("callsheet/", env!("CARGO_PKG_VERSION")))
        .allow_http(args.allow_http)
}

/// One call, ready to be signed.
pub(crate) struct Prepared<'a> {
    pub(crate) entry: Entry<'a>,
    pub(crate) service: Service,
    pub(crate) input: DynRecord,
    pub(crate) options: Options,
}

impl<'a> Prepared<'a> {
    fn new(args: &Call, entry: Entry<'a>, now: DateTime<Utc>) -> Result<Self, Failure> {
        let input = input(args, entry)?;
        let service = service(args, entry)?;
        let violations = service.check(&input, now);
        let (warnings, errors): (Vec<Violation>, Vec<Violation>) =
            violations.into_iter().partition(|violation| violation.warning || args.unchecked);
        if !errors.is_empty() {
            return Err(Failure::from(Error::Invalid(errors)).hint(see(entry)));
        }
        // the test server's examples are of any age: what depends on the clock means nothing to it
        for warning in warnings.iter().filter(|violation| !(args.mock && violation.warning)) {
            warn(warning.to_string());
        }
        let options = Options { token: token(entry.operation)?, ..options(args)? };
        Ok(Self { entry, service, input, options })
    }

    /// Calls and waits for the answer.
    fn send(&self, client: &Client) -> Result<DynRecord, Failure> {
        let mut answer = self.entry.output();
        let called = client.call_dynamic(self.entry.operation, &self.input, &self.options, &mut answer);
        if called.report.attempts > 1 {
            let waited = called.report.waited.as_secs_f64();
            note(format!("sent {} times, {waited:.1} s between them", called.report.attempts));
        }
        match called.result {
            Ok(()) => Ok(answer),
            Err(error @ (Error::Answer(_) | Error::Decode(_))) => {
                Err(Failure::from(error).hint("--output raw shows the body as it came"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What each call changes, but for its token.
fn options(args: &Call) -> Result<Options, Failure> {
    Ok(Options {
        parameters: pairs(&args.extra_parameters, "--param", '=')?,
        headers: pairs(&args.headers, "--header", ':')?,
        token: None,
        unchecked: args.unchecked,
    })
}

pub(crate) fn see(entry: Entry<'_>) -> String {
    format!("`callsheet show {} {}` shows the parameters and their rules", entry.service_model.id, entry.action.name)
}

/// The parameters; all that is wrong with them at once.
fn input(args: &Call, entry: Entry<'_>) -> Result<DynRecord, Failure> {
    let mut reading = Reading::of(entry.operation);
    if args.unchecked {
        reading = reading.unchecked();
    }
    let mut input = entry.input();
    let mut problems = Vec::new();
    for text in words(&args.parameters)? {
        let Some((name, value)) = text.split_once('=') else {
            problems.push(format!("{text:?}: expected NAME=VALUE"));
            continue;
        };
        if let Err(error) = input.set_text(name, value, &reading) {
            problems.push(error.to_string());
        }
    }
    if problems.is_empty() {
        return Ok(input);
    }
    let message = match problems.as_slice() {
        [problem] => problem.clone(),
        several => format!("{} parameters cannot be used\n  {}", several.len(), several.join("\n  ")),
    };
    Err(Failure::usage(message).hint(see(entry)))
}

/// `Name=value` words, with the contents of the files that `Name=@FILE` names in their place.
pub(crate) fn words(parameters: &[String]) -> Result<Vec<String>, Failure> {
    let word = |text: &String| match text.split_once('=') {
        Some((name, value)) => match value.strip_prefix('@') {
            Some(literal) if literal.starts_with('@') => Ok(format!("{name}={literal}")),
            Some(path) => {
                let path = Path::new(path);
                let value = fs::read_to_string(path).map_err(|error| {
                    Failure::file(path, &error).hint(format!("{name}=@@... stands for a value that begins with @"))
                })?;
                Ok(format!("{name}={value}"))
            }
            None => Ok(text.clone()),
        },
        None => Ok(text.clone()),
    };
    parameters.iter().map(word).collect()
}

/// The service with region and endpoint, without credentials.
fn unsigned(args: &Call, entry: Entry<'_>) -> Service {
    let api = entry.operation.api;
    let region = args.region.as_deref().unwrap_or_default();
    if !region.is_empty() && !api.regions.is_empty() && !api.regions.contains(&region) {
        warn(format!("{} documents no region {region:?}; it documents {}", api.title, api.regions.join(", ")));
    }
    let service = entry.service(region);
    match &args.endpoint {
        Some(endpoint) => service.endpoint(endpoint),
        None => service,
    }
}

/// The service with region, endpoint and credentials.
fn service(args: &Call, entry: Entry<'_>) -> Result<Service, Failure> {
    let service = unsigned(args, entry);
    if args.mock {
        return Ok(service.credentials(Config::test_credentials()));
    }
    if matches!(entry.api().sign.scheme(), Scheme::None) {
        return Ok(service);
    }
    Ok(service.credentials(credentials::find(entry, &args.profile)?))
}

/// `--param k=v`, `--header 'k: v'`
fn pairs(texts: &[String], option: &str, separator: char) -> Result<Vec<(String, String)>, Failure> {
    let pair = |text: &String| match text.split_once(separator) {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.trim().to_owned())),
        _ => Err(Failure::usage(format!("{option} {text:?}: expected a name, {separator:?} and a value"))),
    };
    texts.iter().map(pair).collect()
}

/// A new idempotency token, if the action has a field for one.
pub(crate) fn token(operation: &Operation) -> Result<Option<String>, Failure> {
    if !operation.input.fields().iter().any(|field| field.token) {
        return Ok(None);
    }
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::new(Code::Setup, format!("no random numbers for an idempotency token: {error}")))?;
    Ok(Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// No answer has this member.
static UNREADABLE: Shape = Shape::new("Raw", &[Field::new("\0raw", Kind::Text).required()]);

/// Prints the body as it came, of an error too.
///
/// The transport keeps the body of what it could not read only, so the answer is read as something that no answer is. Errors of the
/// service are told apart before that.
fn raw(client: &Client, prepared: &Prepared<'_>) -> Result<(), Failure> {
    let Operation { name, api, input, safe, method, place, result, host_prefix, errors, .. } =
        *prepared.entry.operation;
    let operation =
        Operation { safe, method, place, result, host_prefix, errors, ..Operation::new(name, api, input, &UNREADABLE) };
    // once per run of the program
    let operation: &'static Operation = Box::leak(Box::new(operation));
    let called = client.call_dynamic(operation, &prepared.input, &prepared.options, &mut DynRecord::new(&UNREADABLE));
    match called.result {
        Ok(()) => Ok(()),
        Err(error) => {
            if let Some(body) = error.body() {
                terminal::print_bytes(body)?;
            }
            match error {
                Error::Decode(_) => Ok(()),
                error => Err(error.into()),
            }
        }
    }
}

/// What rows are made with.
pub(crate) fn context<'a>(entry: Entry<'a>, input: &'a dyn Record) -> Context<'a> {
    Context { group: entry.group, input, timestamps: entry.operation.api.answer.timestamps }
}

fn show(args: &Call, prepared: &Prepared<'_>, answer: &DynRecord) -> Result<(), Failure> {
    let entry = prepared.entry;
    let context = context(entry, &prepared.input);
    let mut sheet = rows::sheet(context, &entry.action.output, answer);
    select(&mut sheet, &args.columns);
    if !matches!(args.output, Some(Output::Json)) {
        sheet.notes.iter().for_each(note);
    }
    if args.chart || args.svg.is_some() || args.png.is_some() {
        draw(args, entry, &sheet)?;
    }
    let text = match args.output {
        None if args.chart => return Ok(()),
        None | Some(Output::Table) => render::table::render(&sheet, terminal::width()),
        Some(Output::Json) => format!("{}\n", render::json::pretty(context, answer)?),
        Some(Output::Csv) => {
            let (text, left_out) = render::csv::render(&sheet)?;
            if let Some(left_out) = left_out {
                note(left_out);
            }
            text
        }
        Some(Output::Raw) => return Ok(()),
    };
    Ok(terminal::print(&text)?)
}

fn select(sheet: &mut Sheet, names: &[String]) {
    let known = sheet.names().join(", ");
    let unknown = sheet.select(names);
    if !unknown.is_empty() {
        warn(format!("the answer has no column {}; it has: {known}", unknown.join(", ")));
    }
}

fn draw(args: &Call, entry: Entry<'_>, sheet: &Sheet) -> Result<(), Failure> {
    let panels = series::panels(sheet);
    if panels.is_empty() {
        return Err(Failure::new(Code::Answer, "the answer has no points to draw"));
    }
    let title = format!("{} {}", entry.service_model.id, entry.action.name);
    let pictures = args.svg.is_some() || args.png.is_some();
    if pictures && panels.len() > render::picture::MOST_PANELS {
        let most = render::picture::MOST_PANELS;
        warn(format!("the picture has the first {most} of {} charts; --columns draws fewer", panels.len()));
    }
    if let Some(path) = &args.svg {
        write(path, render::picture::svg(&panels, &title).as_bytes())?;
    }
    if let Some(path) = &args.png {
        write(path, &render::picture::png(&panels, &title)?)?;
    }
    if args.chart {
        terminal::print(&render::chart::render(panels, terminal::size(), terminal::has_colors()))?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| Failure::file(path, &error))?;
    note(format!("wrote {}", path.display()));
    Ok(())
}
