//! From suite files to services, and to cases in the words of their specs.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use callsheet_import::{Inputs, Source, names};
use callsheet_spec::model::Spec;
use serde_json::{Map, Value, json};

/// A file of the manifest.
pub(crate) struct SuiteFile {
    pub(crate) path: String,
    /// Number of cases that the manifest promises.
    pub(crate) cases: usize,
    suites: Vec<Value>,
}

/// Everything to be run.
pub(crate) struct Plan {
    pub(crate) specs: Vec<(String, String)>,
    pub(crate) spec: Spec,
    pub(crate) cases: Vec<Case>,
}

/// A case.
pub(crate) struct Case {
    /// Index of its file.
    pub(crate) file: usize,
    pub(crate) id: String,
    /// Why it is left out.
    pub(crate) skip: Option<String>,
    /// Why it cannot be run, which is a failure.
    pub(crate) broken: Option<String>,
    /// What the runner gets: values are named as in the spec.
    pub(crate) job: Map<String, Value>,
}

/// Reads the manifest, and the suites that it lists.
pub(crate) fn read(folder: &Path, protocol: Option<&str>) -> Result<Vec<SuiteFile>, String> {
    let manifest = json(&folder.join("manifest.json"))?;
    let entries = manifest.as_array().ok_or("manifest.json: expected a list of files")?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry["file"].as_str().ok_or("manifest.json: an entry has no file")?;
        let suites = match json(&folder.join(path))? {
            Value::Array(suites) if suites.iter().all(is_suite) => suites,
            // other vectors: signatures
            _ if entry.get("suites").is_none() => continue,
            _ => return Err(format!("{path}: expected a list of suites")),
        };
        let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let wanted = protocol.is_none_or(|wanted| {
            wanted == stem || suites.iter().any(|suite| suite["metadata"]["protocol"].as_str() == Some(wanted))
        });
        if !wanted {
            continue;
        }
        if let Some(count) = entry["suites"].as_u64().filter(|count| suites.len() as u64 != *count) {
            return Err(format!("{path}: the manifest has {count} suites, the file {}", suites.len()));
        }
        let cases = entry["cases"].as_u64().and_then(|cases| usize::try_from(cases).ok());
        let cases = cases.ok_or_else(|| format!("manifest.json: {path} has no number of cases"))?;
        files.push(SuiteFile { path: path.to_owned(), cases, suites });
    }
    Ok(files)
}

fn is_suite(node: &Value) -> bool {
    node["metadata"].is_object() && node["cases"].is_array()
}

fn json(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}

impl Plan {
    pub(crate) fn new(files: &[SuiteFile]) -> Result<Self, String> {
        let mut plan = Self { specs: Vec::new(), spec: Spec::default(), cases: Vec::new() };
        for (index, file) in files.iter().enumerate() {
            for (number, suite) in file.suites.iter().enumerate() {
                let suite = Suite { file: index, path: &file.path, number, node: suite };
                suite.add_to(&mut plan).map_err(|e| format!("{}, suite {number}: {e}", file.path))?;
            }
        }
        Ok(plan)
    }
}

struct Suite<'a> {
    file: usize,
    path: &'a str,
    number: usize,
    node: &'a Value,
}

/// Operations that go into one service: none of them twice.
struct Service {
    id: String,
    operations: Map<String, Value>,
    cases: Vec<Case>,
}

impl Suite<'_> {
    fn add_to(&self, plan: &mut Plan) -> Result<(), String> {
        let cases = self.node["cases"].as_array().ok_or("there is no list of cases")?;
        let mut services: Vec<Service> = Vec::new();
        for case in cases {
            let (operation, case) = self.case(case)?;
            let name = operation["name"].as_str().ok_or("an operation has no name")?.to_owned();
            // a suite may describe one operation in several ways
            let fitting = services
                .iter_mut()
                .find(|service| service.operations.get(&name).is_none_or(|known| *known == operation));
            let service = match fitting {
                Some(service) => service,
                None => {
                    let id = self.id(services.len());
                    services.push(Service { id, operations: Map::new(), cases: Vec::new() });
                    services.last_mut().ok_or("no service")?
                }
            };
            service.operations.insert(name, operation);
            service.cases.push(case);
        }
        for service in services {
            self.add_service(service, plan);
        }
        Ok(())
    }

    /// `input_ec2_s3`
    fn id(&self, part: usize) -> String {
        let stem: String = self
            .path
            .trim_end_matches(".json")
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .collect();
        let part = if part == 0 { String::new() } else { format!("_{part}") };
        format!("f{}_{stem}_s{}{part}", self.file, self.number)
    }

    /// Imports and loads a service. If that fails, its cases fail; if its protocol is none of ours, they are left out.
    fn add_service(&self, service: Service, plan: &mut Plan) {
        let Service { id, operations, mut cases } = service;
        let metadata = &self.node["metadata"];
        let model = json!({ "metadata": metadata, "operations": operations, "shapes": self.node["shapes"] });
        let base = self.node["clientEndpoint"].as_str().unwrap_or("https://example.com");
        let source = Source { name: self.path, text: &model.to_string() };
        let inputs = Inputs { id: Some(&id), endpoint: Some(&endpoint(base)), ..Inputs::new(source) };
        let also = metadata["protocols"].as_array().into_iter().flatten();
        let mut spoken = std::iter::once(&metadata["protocol"]).chain(also).filter_map(Value::as_str);
        if !spoken.clone().any(|protocol| callsheet_import::PROTOCOLS.contains(&protocol)) {
            let protocol = spoken.next().unwrap_or("none");
            for case in &mut cases {
                case.skip = Some(format!("out of scope: {protocol} is no action protocol"));
            }
        } else {
            match load(inputs) {
                Ok((files, spec)) => {
                    plan.specs.extend(files);
                    plan.spec.services.extend(spec.services);
                    for case in &mut cases {
                        case.job.insert("service".to_owned(), id.clone().into());
                        case.job.insert("endpoint".to_owned(), endpoint(base).into());
                    }
                }
                Err(reason) => cases.iter_mut().for_each(|case| case.broken = Some(reason.clone())),
            }
        }
        plan.cases.extend(cases);
    }

    /// The operation of a case as a model has it, and the case.
    fn case(&self, node: &Value) -> Result<(Value, Case), String> {
        let shapes = Shapes { shapes: &self.node["shapes"] };
        let mut operation = node["given"].clone();
        let given = operation.as_object_mut().ok_or("a case has no operation")?;
        let skip =
            given.remove("requestcompression").map(|_| "requestcompression: bodies are not compressed".to_owned());
        given.remove("documentation");
        let is_error = node.get("errorCode").is_some() || node.get("error").is_some();
        if is_error && !given.contains_key("errors") {
            let errors: Vec<Value> = shapes.exceptions().map(|(name, _)| json!({ "shape": name })).collect();
            given.insert("errors".to_owned(), errors.into());
        }
        let name = given.get("name").cloned().unwrap_or_default();
        let mut job = Map::new();
        let mut put = |key: &str, value: Value| job.insert(key.to_owned(), value);
        put("action", name);
        for key in ["serialized", "response", "errorCode", "errorMessage"] {
            if let Some(value) = node.get(key) {
                put(key, value.clone());
            }
        }
        for (key, side) in [("params", "input"), ("result", "output")] {
            if let Some(value) = node.get(key) {
                let shape = operation[side]["shape"].as_str();
                put(key, shapes.named(shape, value));
            }
        }
        if is_error {
            let shape = shapes.error(&operation, node["errorCode"].as_str().unwrap_or_default());
            put("error", shapes.named(shape, node.get("error").unwrap_or(&Value::Null)));
            put("errorType", shape.map(|shape| shapes.type_name(shape)).into());
        }
        let id = node["id"].as_str().unwrap_or("(no id)").to_owned();
        Ok((operation, Case { file: self.file, id, skip, broken: None, job }))
    }
}

/// A base URL with the request URI of all these operations behind it.
fn endpoint(base: &str) -> String {
    format!("{}/", base.trim_end_matches('/'))
}

type Files = Vec<(String, String)>;

fn load(inputs: Inputs<'_>) -> Result<(Files, Spec), String> {
    let files = callsheet_import::botocore(inputs).map_err(|e| e.to_string())?;
    let loaded = callsheet_spec::load(&files.iter().cloned().collect()).map_err(|report| report.to_string())?;
    Ok((files, loaded.spec))
}

/// The shapes of a suite.
struct Shapes<'a> {
    shapes: &'a Value,
}

impl<'a> Shapes<'a> {
    fn exceptions(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let all = self.shapes.as_object().into_iter().flatten().map(|(name, shape)| (name.as_str(), shape));
        all.filter(|(_, shape)| shape["exception"].as_bool() == Some(true) || shape.get("error").is_some())
    }

    /// The shape of a modelled error: among those of the operation, else among all; by its code, else by its name.
    fn error(&self, operation: &Value, code: &str) -> Option<&'a str> {
        let listed = operation["errors"].as_array().into_iter().flatten().filter_map(|error| error["shape"].as_str());
        let listed = listed.filter_map(|name| self.shapes.as_object()?.get_key_value(name));
        let own: Vec<(&str, &Value)> = listed.map(|(name, shape)| (name.as_str(), shape)).collect();
        let all: Vec<(&str, &Value)> = self.exceptions().collect();
        let by_code = |(_, shape): &&(&'a str, &Value)| shape["error"]["code"].as_str() == Some(code);
        let by_name = |(name, _): &&(&'a str, &Value)| *name == code;
        let found = own.iter().find(by_code).or_else(|| own.iter().find(by_name));
        let found = found.or_else(|| all.iter().find(by_code)).or_else(|| all.iter().find(by_name));
        found.map(|(name, _)| *name)
    }

    fn type_name(&self, shape: &str) -> Option<String> {
        let all: Vec<&str> = self.shapes.as_object()?.keys().map(String::as_str).collect();
        let index = all.iter().position(|name| *name == shape)?;
        names::types(all).into_iter().nth(index)
    }

    /// A value with the members of structures called as the spec calls their fields.
    fn named(&self, shape: Option<&str>, value: &Value) -> Value {
        let Some(shape) = shape.and_then(|name| self.shapes.get(name)) else { return value.clone() };
        let of = |key: &str| shape[key]["shape"].as_str();
        match (shape["type"].as_str(), value) {
            (Some("structure"), Value::Object(values)) if shape["document"].as_bool() != Some(true) => {
                let members = shape["members"].as_object();
                let names = names::fields(members.into_iter().flat_map(Map::keys).map(String::as_str));
                let fields: HashMap<&str, (String, Option<&str>)> = members
                    .into_iter()
                    .flatten()
                    .zip(names)
                    .map(|((member, reference), name)| (member.as_str(), (name, reference["shape"].as_str())))
                    .collect();
                let named = values.iter().map(|(member, value)| match fields.get(member.as_str()) {
                    Some((name, shape)) => (name.clone(), self.named(*shape, value)),
                    None => (member.clone(), value.clone()),
                });
                Value::Object(named.collect())
            }
            (Some("list"), Value::Array(items)) => items.iter().map(|item| self.named(of("member"), item)).collect(),
            (Some("map"), Value::Object(entries)) => Value::Object(
                entries.iter().map(|(key, value)| (key.clone(), self.named(of("value"), value))).collect(),
            ),
            _ => value.clone(),
        }
    }
}
