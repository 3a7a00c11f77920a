//! `service.toml`

use std::fmt::Write as _;

use crate::model::Model;
use crate::shapes::Shapes;
use crate::{ImportError, Inputs, toml};

/// The region of services that are the same everywhere, and the usual one of the others.
const REGION: &str = "us-east-1";

pub(crate) fn text(model: &Model, shapes: &Shapes<'_>, inputs: &Inputs<'_>) -> Result<String, ImportError> {
    let metadata = &model.metadata;
    let profile = shapes.profile;
    let mut text = format!("# Imported from botocore's {}: names, types and traits.\n", inputs.service.name);
    for (name, why) in shapes.left_out() {
        let _ = writeln!(text, "# {name} is left out: {why}.");
    }
    let title = metadata.title.as_deref().or(metadata.service_id.as_deref()).or(inputs.id).unwrap_or("Service");
    let (endpoint, is_global) = endpoint(shapes, inputs)?;
    let _ = write!(text, "title = {}\nendpoint = {}\n", toml::quoted(title), toml::quoted(&endpoint));
    if let Some(uid) = &metadata.uid {
        let _ = writeln!(text, "link = {}", toml::quoted(&link(uid, "")));
    }
    if endpoint.contains("{region}") {
        let _ = writeln!(text, "\n[regions]\n{REGION} = \"the usual one\"");
    }

    let compatible = profile.compatible.filter(|_| metadata.query_compatible);
    let _ = write!(text, "\n[request]\n{}", profile.request);
    if let Some(version) = metadata.api_version.as_deref().filter(|_| profile.sends_version) {
        let _ = writeln!(text, "fixed = {{ Version = {} }}", toml::quoted(version));
    }
    if profile.has_target {
        let missing = |key: &str| ImportError::new(format!("`{key}` is missing")).within(&["metadata"]);
        let prefix = metadata.target_prefix.as_deref().ok_or_else(|| missing("targetPrefix"))?;
        let version = metadata.json_version.as_deref().unwrap_or("1.0");
        let content_type = toml::quoted(&format!("application/x-amz-json-{version}"));
        let _ =
            write!(text, "action_prefix = {}\ncontent_type = {content_type}\n", toml::quoted(&format!("{prefix}.")));
    }
    text.push_str(compatible.map_or("", |compatible| compatible.request));

    if metadata.is_signed {
        let name = metadata.signing_name.as_deref().or(metadata.endpoint_prefix.as_deref());
        let name = name.ok_or_else(|| {
            ImportError::new("neither `signingName` nor `endpointPrefix` is there").within(&["metadata"])
        })?;
        let _ = write!(text, "\n[sign]\nscheme = \"sigv4\"\nservice = {}\n", toml::quoted(name));
        if is_global {
            let _ = writeln!(text, "region = {}", toml::quoted(REGION));
        }
    } else {
        text.push_str("\n[sign]\nscheme = \"none\"\n");
    }

    let _ = write!(text, "\n[answer]\n{}", profile.answer);
    if profile.is_xml && shapes.item != "member" {
        let _ = writeln!(text, "item = {}", toml::quoted(shapes.item));
    }

    let _ = write!(text, "\n[errors]\n{}", compatible.map_or(profile.errors, |compatible| compatible.errors));
    text.push_str("\n[errors.codes]\n");
    for code in &shapes.codes {
        let _ = write!(text, "{} = {{ means = {}", toml::key(code.code), toml::quoted(code.means));
        if let Some(status) = code.status {
            let _ = write!(text, ", status = {status}");
        }
        if let Some(shape) = code.shape {
            let _ = write!(text, ", members = {}", toml::quoted(shapes.name(shape)));
        }
        text.push_str(" }\n");
    }
    if metadata.is_signed {
        text.push_str(CREDENTIALS);
    }
    Ok(text)
}

/// Where the programs of this vendor look.
const CREDENTIALS: &str = r#"
[credentials]
env = [{ id = "AWS_ACCESS_KEY_ID", secret = "AWS_SECRET_ACCESS_KEY", token = "AWS_SESSION_TOKEN" }]
files = [
    { path = "~/.aws/credentials", format = "ini", id = "aws_access_key_id", secret = "aws_secret_access_key", token = "aws_session_token" },
]
"#;

/// The endpoint, and whether it is one for all regions.
fn endpoint(shapes: &Shapes<'_>, inputs: &Inputs<'_>) -> Result<(String, bool), ImportError> {
    let metadata = &shapes.model.metadata;
    if let Some(endpoint) = inputs.endpoint {
        return Ok((endpoint.to_owned(), !endpoint.contains("{region}")));
    }
    if let Some(host) = &metadata.global_endpoint {
        return Ok((format!("https://{host}/"), true));
    }
    match &metadata.endpoint_prefix {
        Some(prefix) => Ok((format!("https://{prefix}.{{region}}.amazonaws.com/"), false)),
        None => Err(ImportError::new("`endpointPrefix` is missing, and no endpoint is given").within(&["metadata"])),
    }
}

/// The vendor's page about an operation; about the service if the operation is empty.
pub(crate) fn link(uid: &str, operation: &str) -> String {
    let page = format!("https://docs.aws.amazon.com/goto/WebAPI/{uid}");
    if operation.is_empty() { page } else { format!("{page}/{operation}") }
}
