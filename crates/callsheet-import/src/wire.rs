//! Protocols as settings: the only place that knows their names.

use crate::ImportError;
use crate::model::Metadata;

/// What a protocol says in `service.toml`, and what its names and types depend on.
#[derive(Debug)]
pub(crate) struct Profile {
    protocol: &'static str,
    /// Lines of `[request]`.
    pub(crate) request: &'static str,
    /// Lines of `[answer]`.
    pub(crate) answer: &'static str,
    /// Lines of `[errors]`.
    pub(crate) errors: &'static str,
    /// What is added for a service that was moved from the query protocol.
    pub(crate) compatible: Option<&'static Compatible>,
    /// Whether the version of the API is a parameter.
    pub(crate) sends_version: bool,
    /// Whether the action is named in a header, behind the target prefix of the service.
    pub(crate) has_target: bool,
    /// Whether names begin with an upper-case letter in requests.
    pub(crate) capitalized: bool,
    /// Whether list items have names in requests.
    pub(crate) names_items: bool,
    /// Whether answers are XML: list items, keys and values have names.
    pub(crate) is_xml: bool,
    /// The format of timestamps that do not say.
    pub(crate) timestamps: &'static str,
}

/// What `awsQueryCompatible` adds.
#[derive(Debug)]
pub(crate) struct Compatible {
    pub(crate) request: &'static str,
    pub(crate) errors: &'static str,
}

/// The protocols whose models can be imported.
pub const PROTOCOLS: [&str; 3] = [PROFILES[0].protocol, PROFILES[1].protocol, PROFILES[2].protocol];

const PROFILES: [Profile; 3] = [
    Profile {
        protocol: "query",
        request: r#"method = "POST"
place = "form"
action = "Action"
lists = "name.member.1"
empty_lists = "name="
"#,
        answer: r#"format = "xml"
root = "{action}Response"
result = "{action}Result"
request_id = ["header:x-amzn-requestid", "ResponseMetadata/RequestId", "RequestId", "RequestID"]
"#,
        errors: r#"at = ["ErrorResponse/Error", "Response/Errors/Error", "ErrorResponse/Errors/Error"]
code = "Code"
message = ["Message", "message"]
"#,
        compatible: None,
        sends_version: true,
        has_target: false,
        capitalized: false,
        names_items: true,
        is_xml: true,
        timestamps: "iso8601",
    },
    Profile {
        protocol: "ec2",
        request: r#"method = "POST"
place = "form"
action = "Action"
names = "capitalized"
lists = "name.1"
"#,
        answer: r#"format = "xml"
root = "{action}Response"
request_id = ["header:x-amzn-requestid", "requestId", "RequestID"]
"#,
        errors: r#"at = ["Response/Errors/Error", "ErrorResponse/Error", "ErrorResponse/Errors/Error"]
code = "Code"
message = ["Message", "message"]
"#,
        compatible: None,
        sends_version: true,
        has_target: false,
        capitalized: true,
        names_items: false,
        is_xml: true,
        timestamps: "iso8601",
    },
    Profile {
        protocol: "json",
        request: r#"method = "POST"
place = "json"
action = "header:X-Amz-Target"
"#,
        answer: r#"format = "json"
request_id = "header:x-amzn-requestid"
"#,
        errors: r#"code = ["header:x-amzn-errortype", "__type", "code"]
message = ["message", "Message", "errorMessage"]
trim = true
"#,
        compatible: Some(&Compatible {
            request: r#"headers = { x-amzn-query-mode = "true" }
"#,
            errors: r#"code = ["header:x-amzn-query-error", "header:x-amzn-errortype", "__type", "code"]
kind = ["header:x-amzn-errortype", "__type", "code"]
message = ["message", "Message", "errorMessage"]
trim = true
"#,
        }),
        sends_version: false,
        has_target: true,
        capitalized: false,
        names_items: false,
        is_xml: false,
        timestamps: "unix",
    },
];

impl Profile {
    /// The first protocol of a service that is known here.
    pub(crate) fn of(metadata: &Metadata) -> Result<&'static Self, ImportError> {
        let known = |name: &String| PROFILES.iter().find(|profile| profile.protocol == name);
        metadata.protocols.iter().find_map(known).ok_or_else(|| {
            let names: Vec<&str> = PROFILES.iter().map(|profile| profile.protocol).collect();
            let spoken =
                if metadata.protocols.is_empty() { "no protocol".to_owned() } else { metadata.protocols.join(", ") };
            let message = format!("the service speaks {spoken}; what can be imported is {}", names.join(", "));
            ImportError::new(message).within(&["metadata", "protocol"])
        })
    }

    /// The name that a field has in requests unless it says otherwise.
    pub(crate) fn sent(&self, name: &str) -> String {
        let mut chars = name.chars();
        match (self.capitalized, chars.next()) {
            (true, Some(first)) => std::iter::once(first.to_ascii_uppercase()).chain(chars).collect(),
            _ => name.to_owned(),
        }
    }
}

/// A timestamp format in the words of specs.
pub(crate) fn time_format(name: &str) -> Result<&'static str, ImportError> {
    match name {
        "iso8601" => Ok("iso8601"),
        "rfc822" => Ok("rfc822"),
        "unixTimestamp" | "unixtimestamp" => Ok("unix"),
        other => Err(ImportError::new(format!("there is no timestamp format `{other}`"))),
    }
}
