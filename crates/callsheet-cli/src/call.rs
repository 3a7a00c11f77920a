//! `callsheet call`: what is typed becomes a call that is checked, then one or several calls, then something to look at.

mod caller;
mod connect;
mod extra;
mod lines;
mod pages;
mod parameters;
mod prepared;
mod random;
mod raw;
mod show;
mod spans;
mod until;
mod wait;

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use callsheet::credentials::Provider;
use callsheet::schema::Waiter;
use callsheet::sequence::Spans;
use callsheet::{Options, Service};
use callsheet_dynamic::{Catalog, DynRecord, Entry, PagedList};
use callsheet_ureq::Client;
use chrono::{DateTime, Utc};

use self::caller::Caller;
pub(crate) use self::caller::too_large;
pub(crate) use self::parameters::{see, set, words};
use self::prepared::Prepared;
pub(crate) use self::random::token;
use self::show::{Outcome, Told, show};
pub(crate) use self::show::{context, unknown};
use crate::args::{Call, Output};
use crate::exit::{Failure, note};
use crate::{bulk, preview, series, specs};

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
    connect::check_region(args, entry)?;
    pages::refuse(args, entry)?;
    wait::refuse(args, entry)?;
    lines::refuse(args, entry)?;
    show::refuse_pictures(args)?;
    show::refuse_columns(args, entry, wait::told_by(args, &catalog, entry))?;
    let waiter = until::waiter(args, &catalog, entry)?;
    let now = args.at.unwrap_or_else(|| SystemTime::now().into());
    if let Some(path) = &args.each.file {
        return each(args, path, &catalog, entry, now);
    }
    let prepared = Prepared::new(args, folder, entry)?;
    let plan = Plan::new(args, &prepared, waiter)?;
    let ends = plan.ends(&prepared);
    // what is wrong is told before anybody looks for credentials; a zone that stands beside them is no longer missing
    prepared.check(args, &connect::unsigned(args, entry), &ends, now)?;
    let tell = |service: &Service| -> Result<(), Failure> {
        prepared::tell(&prepared.check(args, service, &ends, now)?);
        Ok(())
    };
    if args.dry_run || args.curl || args.explain_signature {
        let service = connect::signed(args, entry)?;
        tell(&service)?;
        return look(args, &prepared, &plan, &service, now);
    }
    if args.output == Some(Output::Raw) {
        plan.refuse_raw()?;
    }
    // the test server ends when it is dropped
    let (client, _server) = match plan {
        Plan::One => {
            let (client, server) = connect::once(args, &catalog, entry)?;
            tell(client.service())?;
            (client, server)
        }
        _ => {
            let provider = connect::provider(args, entry)?;
            let service = connect::unsigned(args, entry);
            tell(&provider.iter().fold(service, |service, provider| service.configured(provider.settings())))?;
            connect::many(args, &catalog, entry, provider, connect::quota(args, entry).as_ref())?
        }
    };
    if args.output == Some(Output::Raw) {
        return raw::run(args, &client, &prepared);
    }
    let outcome = carry_out(args, &catalog, &client, &prepared, plan)?;
    show(args, outcome)
}

/// How many calls there will be.
enum Plan {
    One,
    /// One, and those that ask how its job is going.
    AndWait,
    /// The same again, until what it waits for is so.
    Until(&'static Waiter),
    Pages(Box<PagedList>),
    Spans(Spans),
}

impl Plan {
    fn new(args: &Call, prepared: &Prepared<'_>, waiter: Option<&'static Waiter>) -> Result<Self, Failure> {
        let spans = spans::spans(args, prepared)?;
        Ok(match spans {
            Some(_) if args.sequence.all => {
                return Err(too_long(
                    "--all: the time is longer than one call covers; pages and spans do not go together",
                ));
            }
            Some(_) if waiter.is_some() => {
                return Err(too_long(
                    "--until: the time is longer than one call covers; it is one call that is made again",
                ));
            }
            Some(spans) => Self::Spans(spans),
            None if args.sequence.all => Self::Pages(Box::new(pages::list(args, prepared)?)),
            None if args.sequence.wait => Self::AndWait,
            None => waiter.map_or(Self::One, Self::Until),
        })
    }

    /// The parameters of the first call, and of the last one where they are known.
    fn ends(&self, prepared: &Prepared<'_>) -> Vec<DynRecord> {
        match self {
            Self::One | Self::AndWait | Self::Until(_) => vec![prepared.input.clone()],
            Self::Pages(list) => vec![list.asked().unwrap_or(&prepared.input).clone()],
            Self::Spans(spans) => spans::ends(prepared, spans),
        }
    }

    /// Bodies are shown as they came: one.
    fn refuse_raw(&self) -> Result<(), Failure> {
        let hint = match self {
            Self::One => return Ok(()),
            Self::AndWait | Self::Until(_) | Self::Pages(_) => "--output json has everything that the spec knows",
            Self::Spans(_) => "--split none sends one call; --output json has everything that the spec knows",
        };
        Err(Failure::usage("--output raw shows one body, and these are several calls; nothing was sent").hint(hint))
    }
}

fn too_long(message: &str) -> Failure {
    Failure::usage(message).hint("ask for a shorter time, or --split none sends it as it is")
}

/// Shows what would be sent first.
fn look(
    args: &Call,
    prepared: &Prepared<'_>,
    plan: &Plan,
    service: &Service,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let entry = prepared.entry;
    let options = Options { token: token(entry.operation)?, ..prepared.options.clone() };
    if let Some(first) = plan.ends(prepared).first() {
        preview::run(args, entry, service, first, &options, now)?;
    }
    match plan {
        Plan::One | Plan::AndWait => {}
        Plan::Until(waiter) => note(format!("this is sent again until {} is so", waiter.name)),
        Plan::Pages(_) => note("this asks for the first page"),
        Plan::Spans(spans) => note(format!("this is the first of {} calls", spans.left())),
    }
    Ok(())
}

/// Makes the calls.
fn carry_out<'a>(
    args: &Call,
    catalog: &'a Catalog,
    client: &Client,
    prepared: &Prepared<'a>,
    plan: Plan,
) -> Result<Outcome<'a>, Failure> {
    pages::tell_cap(args, prepared);
    let mut caller = Caller::new(args, matches!(plan, Plan::One), client, &prepared.options);
    let outcome = match plan {
        Plan::One => one(&mut caller, prepared),
        Plan::AndWait => wait::call_and_wait(args, &mut caller, catalog, prepared),
        Plan::Until(waiter) => until::call_until(args, &mut caller, prepared, waiter),
        Plan::Pages(list) => Ok(pages::read(args, &mut caller, prepared, *list)),
        Plan::Spans(spans) => Ok(spans::read(&mut caller, prepared, spans)),
    };
    // what came is shown: nothing is waited for any more
    caller.interrupt().over();
    caller.tell();
    outcome
}

fn one<'a>(caller: &mut Caller<'_>, prepared: &Prepared<'a>) -> Result<Outcome<'a>, Failure> {
    let mut answer = prepared.entry.output();
    let result = caller.call(prepared.entry.operation, &prepared.input, &mut answer);
    result.map_err(|error| caller.failure(error))?;
    pages::tell_rest(prepared, &answer);
    Ok(Outcome { answers: vec![Told::of(prepared, answer)], is_named: false, failure: None })
}

/// One call for each line of a file.
fn each(args: &Call, path: &Path, catalog: &Arc<Catalog>, entry: Entry<'_>, now: DateTime<Utc>) -> Result<(), Failure> {
    let quota = match &args.each.quota {
        Some(quota) => quota.0.clone(),
        None => connect::quota(args, entry),
    };
    let provider = connect::provider(args, entry)?;
    let account = provider.as_ref().and_then(Provider::credentials);
    let account = account.map(|found| bulk::account(found, args.profile.as_deref())).unwrap_or_default();
    let settings = provider.as_ref().map(|provider| provider.settings().clone()).unwrap_or_default();
    let (client, _server) = connect::many(args, catalog, entry, provider, quota.as_ref())?;
    let options = parameters::options(args, entry)?;
    let common = bulk::Common { client: &client, options: &options, entry, quota: quota.as_ref(), account, settings };
    bulk::run(args, path, common, now)
}
