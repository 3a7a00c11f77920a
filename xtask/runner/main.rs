//! Runs the cases of `jobs.json` and writes `outcomes.json`: per case null where it passed, or why it failed.
//!
//! Written by `cargo xtask conformance`, as is everything beside it. Each case is run twice: through the generated types, and
//! through records made from the same specs at run time.

mod blanks;
#[allow(dead_code, clippy::all)]
mod generated;
mod requests;
mod responses;
mod values;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use callsheet::decode::Answer;
use callsheet::error::ServiceError;
use callsheet::schema::Operation;
use callsheet::value::{ModeledError, Record};
use callsheet::{Action, Credentials, Error, Options, Service};
use callsheet_dynamic::{Catalog, DynRecord};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// What idempotency tokens are filled with.
const TOKEN: &str = "00000000-0000-4000-8000-000000000000";

/// A generated action.
pub struct TypedAction {
    id: &'static str,
    operation: &'static Operation,
    blank: Box<dyn Fn() -> Box<dyn Record>>,
    response: fn(&Service, &http::Response<Vec<u8>>) -> Result<Box<dyn Record>, Error>,
}

pub fn action<A: Action + 'static>(id: &'static str, blank: fn() -> A) -> TypedAction
where
    A::Output: 'static,
{
    TypedAction {
        id,
        operation: A::OPERATION,
        blank: Box::new(move || Box::new(blank())),
        response: |service, response| Ok(Box::new(service.response::<A>(response)?)),
    }
}

/// A generated modelled error.
pub struct TypedError {
    service: &'static str,
    name: &'static str,
    members: fn(&ServiceError) -> Option<Result<Box<dyn Record>, Error>>,
}

pub fn error<E: ModeledError + 'static>(service: &'static str, name: &'static str) -> TypedError {
    TypedError {
        service,
        name,
        members: |error| {
            error.members::<E>().map(|members| members.map(|members| Box::new(members) as Box<dyn Record>))
        },
    }
}

/// One action, one way.
trait Way {
    fn operation(&self) -> &'static Operation;
    fn blank(&self) -> Box<dyn Record>;
    fn response(&self, service: &Service, response: &http::Response<Vec<u8>>) -> Result<Box<dyn Record>, Error>;
    /// The members of the modelled error `name`, if the answer is that error.
    fn members(&self, error: &ServiceError, name: &str) -> Option<Result<Box<dyn Record>, Error>>;
}

struct Generated<'a> {
    action: &'a TypedAction,
    errors: &'a [TypedError],
}

impl Way for Generated<'_> {
    fn operation(&self) -> &'static Operation {
        self.action.operation
    }
    fn blank(&self) -> Box<dyn Record> {
        (self.action.blank)()
    }
    fn response(&self, service: &Service, response: &http::Response<Vec<u8>>) -> Result<Box<dyn Record>, Error> {
        (self.action.response)(service, response)
    }
    fn members(&self, error: &ServiceError, name: &str) -> Option<Result<Box<dyn Record>, Error>> {
        let service = self.action.id.split('/').next().unwrap_or_default();
        let known = self.errors.iter().find(|known| known.service == service && known.name == name)?;
        (known.members)(error)
    }
}

struct Interpreted {
    operation: &'static Operation,
}

impl Way for Interpreted {
    fn operation(&self) -> &'static Operation {
        self.operation
    }
    fn blank(&self) -> Box<dyn Record> {
        Box::new(DynRecord::new(self.operation.input))
    }
    fn response(&self, service: &Service, response: &http::Response<Vec<u8>>) -> Result<Box<dyn Record>, Error> {
        let mut output = DynRecord::new(self.operation.output);
        let answer = Answer { status: response.status().as_u16(), headers: response.headers(), body: response.body() };
        service.response_of(self.operation, answer, &mut output)?;
        Ok(Box::new(output))
    }
    fn members(&self, error: &ServiceError, name: &str) -> Option<Result<Box<dyn Record>, Error>> {
        let known = self.operation.errors.iter().find(|known| known.shape.name == name && error.is(known.code))?;
        let mut members = DynRecord::new(known.shape);
        Some(error.read_members(&mut members).map(|()| Box::new(members) as Box<dyn Record>))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("the folder is missing")?);
    let jobs: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(folder.join("jobs.json"))?)?;
    let outcomes = run(&folder, &jobs)?;
    std::fs::write(folder.join("outcomes.json"), Value::Array(outcomes).to_string())?;
    Ok(())
}

fn run(folder: &Path, jobs: &[Value]) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let specs = folder.join("specs");
    let catalog = if specs.exists() {
        Catalog::new(&callsheet_spec::load_dir(specs).map_err(|report| report.to_string())?.spec)
    } else {
        Catalog::new(&Default::default())
    };
    let actions: HashMap<&str, TypedAction> = blanks::actions().into_iter().map(|action| (action.id, action)).collect();
    let errors = blanks::errors();
    let mut outcomes = Vec::new();
    for job in jobs {
        if job.is_null() {
            outcomes.push(Value::Null);
            continue;
        }
        let (service, action) =
            (job["service"].as_str().unwrap_or_default(), job["action"].as_str().unwrap_or_default());
        let generated = match actions.get(format!("{service}/{action}").as_str()) {
            Some(action) => case(job, &Generated { action, errors: &errors }),
            None => Err("there is no such generated action".to_owned()),
        };
        let interpreted = match catalog.find(service, action) {
            Ok(entry) => case(job, &Interpreted { operation: entry.operation }),
            Err(e) => Err(e.to_string()),
        };
        outcomes.push(json!({ "generated": generated.err(), "interpreted": interpreted.err() }));
    }
    Ok(outcomes)
}

fn case(job: &Value, way: &dyn Way) -> Result<(), String> {
    let endpoint = job["endpoint"].as_str().unwrap_or_default();
    let service = Service::new(way.operation().api, "us-east-1")
        .endpoint(endpoint)
        .credentials(Credentials::new("AKIDEXAMPLE", "secret"));
    match (job.get("serialized"), job.get("response")) {
        (Some(serialized), _) => {
            let mut input = way.blank();
            values::fill(input.as_mut(), &job["params"])?;
            let options = Options { token: Some(TOKEN.to_owned()), ..Options::default() };
            let request =
                service.request_of(way.operation(), input.as_ref(), &options, now()).map_err(|e| e.to_string())?;
            requests::compare(&request, serialized)
        }
        (None, Some(response)) => responses::compare(job, way, &service, response),
        (None, None) => Err("the case has neither a request nor a response".to_owned()),
    }
}

/// Any instant will do: no case looks at a signature.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_440_938_160, 0).unwrap_or_default()
}
