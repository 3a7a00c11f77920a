//! What a `service-2.json` says, as far as it is needed. References are known to lead to a shape.

use indexmap::IndexMap;
use serde_json::Value;

use crate::json::{self, Object};
use crate::{ImportError, Source};

#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) metadata: Metadata,
    pub(crate) operations: IndexMap<String, Operation>,
    pub(crate) shapes: IndexMap<String, Shape>,
}

#[derive(Debug, Default)]
pub(crate) struct Metadata {
    /// The usual protocol first, then the others that the service speaks.
    pub(crate) protocols: Vec<String>,
    pub(crate) api_version: Option<String>,
    pub(crate) json_version: Option<String>,
    pub(crate) target_prefix: Option<String>,
    pub(crate) query_compatible: bool,
    pub(crate) endpoint_prefix: Option<String>,
    pub(crate) global_endpoint: Option<String>,
    pub(crate) signing_name: Option<String>,
    pub(crate) is_signed: bool,
    pub(crate) service_id: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) uid: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) input: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) result_wrapper: Option<String>,
    pub(crate) errors: Vec<String>,
    pub(crate) host_prefix: Option<String>,
    pub(crate) deprecated: bool,
    /// Said to be safe to repeat.
    pub(crate) idempotent: bool,
}

#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    /// What the shape says where the reference says nothing.
    pub(crate) traits: Traits,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) exception: Option<Exception>,
    pub(crate) is_event_stream: bool,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Structure {
        members: IndexMap<String, Reference>,
        required: Vec<String>,
        is_union: bool,
    },
    List(Reference),
    Map(Reference, Reference),
    /// With its values, if it is an enum.
    Text(Vec<String>),
    Integer,
    Float,
    Boolean,
    Blob,
    Timestamp,
    Document,
}

#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) shape: String,
    pub(crate) traits: Traits,
}

/// What both a reference and its shape may say; the reference wins.
#[derive(Debug, Default)]
pub(crate) struct Traits {
    pub(crate) location_name: Option<String>,
    pub(crate) query_name: Option<String>,
    pub(crate) flattened: Option<bool>,
    pub(crate) attribute: Option<bool>,
    pub(crate) timestamp_format: Option<String>,
    pub(crate) token: Option<bool>,
    pub(crate) host_label: Option<bool>,
    pub(crate) json_value: Option<bool>,
    pub(crate) sensitive: Option<bool>,
    pub(crate) deprecated: Option<bool>,
}

#[derive(Debug)]
pub(crate) struct Exception {
    pub(crate) code: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) is_sender_fault: bool,
    pub(crate) is_server_fault: bool,
    /// `Some(true)`: repeat later; `Some(false)`: repeat.
    pub(crate) retryable: Option<bool>,
}

pub(crate) fn read(source: Source<'_>) -> Result<Model, ImportError> {
    let root = json::root(source)?;
    let read = || {
        let metadata =
            json::optional_object(&root, "metadata")?.ok_or_else(|| ImportError::new("`metadata` is missing"))?;
        let model = Model {
            metadata: self::metadata(metadata).map_err(|e| e.within(&["metadata"]))?,
            operations: each(&root, "operations", operation)?,
            shapes: each(&root, "shapes", shape)?,
        };
        model.check()?;
        Ok(model)
    };
    read().map_err(|e: ImportError| e.in_file(source.name))
}

fn each<T>(
    root: &Object,
    key: &str,
    read: impl Fn(&Object) -> Result<T, ImportError>,
) -> Result<IndexMap<String, T>, ImportError> {
    let entries = json::objects(root, key)?;
    entries
        .into_iter()
        .map(|(name, value)| Ok((name.to_owned(), read(value).map_err(|e| e.within(&[key, name]))?)))
        .collect()
}

fn metadata(node: &Object) -> Result<Metadata, ImportError> {
    let mut protocols: Vec<String> = json::text(node, "protocol")?.into_iter().collect();
    let others = json::texts(node, "protocols")?;
    protocols.extend(
        others.into_iter().filter(|other| node.get("protocol").and_then(|usual| usual.as_str()) != Some(other)),
    );
    let signature = json::text(node, "signatureVersion")?;
    let auth = json::texts(node, "auth")?;
    Ok(Metadata {
        protocols,
        api_version: json::text(node, "apiVersion")?,
        json_version: json::text(node, "jsonVersion")?,
        target_prefix: json::text(node, "targetPrefix")?,
        query_compatible: node.contains_key("awsQueryCompatible"),
        endpoint_prefix: json::text(node, "endpointPrefix")?,
        global_endpoint: json::text(node, "globalEndpoint")?,
        signing_name: json::text(node, "signingName")?,
        is_signed: signature.as_deref() == Some("v4") || auth.iter().any(|scheme| scheme == "aws.auth#sigv4"),
        service_id: json::text(node, "serviceId")?,
        title: json::text(node, "serviceFullName")?,
        uid: json::text(node, "uid")?,
    })
}

fn operation(node: &Object) -> Result<Operation, ImportError> {
    let http = json::optional_object(node, "http")?;
    let http_text = |key: &str, usual: &str| -> Result<String, ImportError> {
        let text = http.map(|http| json::text(http, key)).transpose().map_err(|e| e.within(&["http"]))?.flatten();
        Ok(text.unwrap_or_else(|| usual.to_owned()))
    };
    let shape_of = |key: &str| -> Result<Option<String>, ImportError> {
        json::optional_object(node, key)?
            .map(|node| json::required_text(node, "shape").map_err(|e| e.within(&[key])))
            .transpose()
    };
    let output = json::optional_object(node, "output")?;
    let mut errors = Vec::new();
    if let Some(list) = node.get("errors") {
        let list = list.as_array().ok_or_else(|| ImportError::new("expected a list").within(&["errors"]))?;
        for item in list {
            let name = json::object(item, "an error").and_then(|item| json::required_text(item, "shape"));
            errors.push(name.map_err(|e| e.within(&["errors"]))?);
        }
    }
    let endpoint = json::optional_object(node, "endpoint")?;
    Ok(Operation {
        method: http_text("method", "POST")?,
        uri: http_text("requestUri", "/")?,
        input: shape_of("input")?,
        output: shape_of("output")?,
        result_wrapper: output.map(|output| json::text(output, "resultWrapper")).transpose()?.flatten(),
        errors,
        host_prefix: endpoint.map(|endpoint| json::text(endpoint, "hostPrefix")).transpose()?.flatten(),
        deprecated: json::flag(node, "deprecated")?,
        idempotent: json::flag(node, "idempotent")? || json::flag(node, "readonly")?,
    })
}

fn shape(node: &Object) -> Result<Shape, ImportError> {
    let inner = |key: &str| -> Result<Reference, ImportError> {
        let node = json::optional_object(node, key)?.ok_or_else(|| ImportError::new(format!("`{key}` is missing")))?;
        reference(node).map_err(|e| e.within(&[key]))
    };
    let kind = match json::required_text(node, "type")?.as_str() {
        "structure" if json::flag(node, "document")? => Kind::Document,
        "structure" => Kind::Structure {
            members: each(node, "members", reference)?,
            required: json::texts(node, "required")?,
            is_union: json::flag(node, "union")?,
        },
        "list" | "set" => Kind::List(inner("member")?),
        "map" => Kind::Map(inner("key")?, inner("value")?),
        "string" | "character" => Kind::Text(json::texts(node, "enum")?),
        "byte" | "short" | "integer" | "long" | "bigInteger" => Kind::Integer,
        "float" | "double" | "bigDecimal" => Kind::Float,
        "boolean" => Kind::Boolean,
        "blob" => Kind::Blob,
        "timestamp" => Kind::Timestamp,
        "document" => Kind::Document,
        other => return Err(ImportError::new(format!("there is no type `{other}`")).within(&["type"])),
    };
    Ok(Shape {
        kind,
        traits: traits(node)?,
        min: json::number(node, "min")?,
        max: json::number(node, "max")?,
        exception: exception(node)?,
        is_event_stream: json::flag(node, "eventstream")?,
    })
}

fn reference(node: &Object) -> Result<Reference, ImportError> {
    Ok(Reference { shape: json::required_text(node, "shape")?, traits: traits(node)? })
}

fn traits(node: &Object) -> Result<Traits, ImportError> {
    Ok(Traits {
        location_name: json::text(node, "locationName")?,
        query_name: json::text(node, "queryName")?,
        flattened: json::tristate(node, "flattened")?,
        attribute: json::tristate(node, "xmlAttribute")?,
        timestamp_format: json::text(node, "timestampFormat")?,
        token: json::tristate(node, "idempotencyToken")?,
        host_label: json::tristate(node, "hostLabel")?,
        json_value: json::tristate(node, "jsonvalue")?,
        sensitive: json::tristate(node, "sensitive")?,
        deprecated: json::tristate(node, "deprecated")?,
    })
}

fn exception(node: &Object) -> Result<Option<Exception>, ImportError> {
    let error = json::optional_object(node, "error")?;
    if error.is_none() && !json::flag(node, "exception")? {
        return Ok(None);
    }
    let status = error.map(|error| json::number(error, "httpStatusCode")).transpose()?.flatten();
    let retryable = match node.get("retryable") {
        None | Some(Value::Bool(false)) => None,
        Some(Value::Object(how)) => Some(json::flag(how, "throttling")?),
        Some(_) => Some(false),
    };
    Ok(Some(Exception {
        code: error.map(|error| json::text(error, "code")).transpose()?.flatten(),
        // a status that is none says nothing
        status: status.filter(|status| (100.0..600.0).contains(status)).map(|status| status as u16),
        is_sender_fault: error.map(|error| json::flag(error, "senderFault")).transpose()?.unwrap_or_default(),
        is_server_fault: json::flag(node, "fault")?
            || error.map(|error| json::flag(error, "fault")).transpose()?.unwrap_or_default(),
        retryable,
    }))
}

impl Model {
    /// Every reference leads to a shape.
    fn check(&self) -> Result<(), ImportError> {
        let known = |name: &str| match self.shapes.contains_key(name) {
            true => Ok(()),
            false => Err(ImportError::new(format!("there is no shape `{name}`"))),
        };
        for (name, operation) in &self.operations {
            for (key, shape) in [("input", &operation.input), ("output", &operation.output)] {
                if let Some(shape) = shape {
                    known(shape).map_err(|e| e.within(&["operations", name, key]))?;
                }
            }
            for shape in &operation.errors {
                known(shape).map_err(|e| e.within(&["operations", name, "errors"]))?;
            }
        }
        for (name, shape) in &self.shapes {
            for (step, reference) in shape.references() {
                known(&reference.shape).map_err(|e| e.within(&["shapes", name, step]))?;
            }
        }
        Ok(())
    }
}

impl Shape {
    /// What it is made of: each reference with its name.
    pub(crate) fn references(&self) -> Vec<(&str, &Reference)> {
        match &self.kind {
            Kind::Structure { members, .. } => {
                members.iter().map(|(name, reference)| (name.as_str(), reference)).collect()
            }
            Kind::List(member) => vec![("member", member)],
            Kind::Map(key, value) => vec![("key", key), ("value", value)],
            _ => Vec::new(),
        }
    }
}
