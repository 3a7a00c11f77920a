//! service.toml and group.toml: the group's settings laid over those of the service, key by key.

use std::collections::HashMap;

use crate::context::Context;
use crate::document::{Layers, Node, TableNode};
use crate::fields::{self, Side, read_time_format};
use crate::grammar::{ANSWER, ERRORS, REQUEST, SERVICE, SIGN, Table};
use crate::model::{
    AddressKeys, Answer, Booleans, ContentSha256, CredentialFile, CredentialFormat, CredentialSources, EmptyList,
    EnvironmentNames, ErrorCode, Errors, Field, Format, HmacAlgorithm, ListForm, MapForm, Meaning, MetadataSource,
    Method, NamePlace, Names, Nested, ParameterHmac, Place as RequestPlace, Quota, Region, Request, Settings, Sign,
    Source, StructForm, TemporaryWords, TimeFormat,
};
use crate::problems::Place;
use crate::shape::is_misspelt;
use crate::syntax::{answer_maps, duration, is_header_name, list_form, path, request_maps, source, template_words};
use crate::types::{Scope, struct_hint};

/// The files that settings come from, the one that wins first.
#[derive(Debug)]
pub(crate) struct Origin<'a> {
    layers: Layers<'a>,
    /// The folder, for messages: `oos/statistics`.
    folder: &'a str,
}

impl<'a> Origin<'a> {
    pub(crate) fn new(layers: Layers<'a>, folder: &'a str) -> Self {
        Self { layers, folder }
    }

    /// Says that none of the files has a key.
    fn missing(&self, table: Option<&Table>, key: &str, cx: &mut Context<'a>) {
        let doc = key_doc(table.unwrap_or(&SERVICE), key);
        self.missing_because(table, key, doc, cx);
    }

    fn missing_because(&self, table: Option<&Table>, key: &str, why: &str, cx: &mut Context<'a>) {
        let files = self.layers.tables();
        if files.iter().any(|file| cx.is_broken(file.file())) {
            return;
        }
        let layers = match table {
            Some(table) => self.layers.layers(table.id),
            None => self.layers.clone(),
        };
        let grammar = table.unwrap_or(&SERVICE);
        let misspelt = grammar.keys.iter().find(|known| known.name == key);
        if misspelt.is_some_and(|key| {
            let mut tables = layers.tables().iter();
            tables.any(|table| is_misspelt(key, *table, grammar))
        }) {
            return;
        }
        // most settings belong to the service
        let service = files.last().map(|file| file.file());
        let place = layers
            .tables()
            .iter()
            .find(|table| Some(table.file()) == service)
            .or(files.last())
            .map(|table| table.place());
        if let Some(place) = place {
            let message = match table {
                Some(table) => format!("`{key}` is missing in {}", table.title),
                None => format!("`{key}` is missing"),
            };
            cx.missing_settings
                .entry((place, message))
                .or_insert_with(|| (why.to_owned(), Vec::new()))
                .1
                .push(self.folder);
        }
    }
}

/// Reports what groups lack: once, and with the names of the groups unless it is all of them.
pub(crate) fn report_missing(groups: usize, cx: &mut Context<'_>) {
    for ((place, message), (why, folders)) in std::mem::take(&mut cx.missing_settings) {
        let message = if folders.len() < groups { format!("{message}, for {}", folders.join(", ")) } else { message };
        cx.problems.error_with(place, message, why);
    }
}

/// Reads the settings of a group. What is missing or wrong is reported, and replaced by something that allows to go on.
pub(crate) fn read<'a>(origin: &Origin<'a>, scope: &Scope<'_, 'a>, cx: &mut Context<'a>) -> Settings {
    let layers = &origin.layers;
    let endpoint = read_endpoint(origin, cx);
    let regions: Vec<Region> = layers
        .uppermost("regions")
        .into_iter()
        .flat_map(TableNode::entries)
        .map(|entry| Region { id: entry.name.to_owned(), doc: entry.node.text().unwrap_or_default().to_owned() })
        .collect();
    if endpoint.contains("{region}")
        && regions.is_empty()
        && let Some(node) = layers.get("endpoint")
    {
        cx.problems.warning(
            node.place(),
            "the endpoint has a region, but no region is documented",
            "list them: `[regions]`, then `cn = \"the national network\"`, the usual one first",
        );
    }
    let request = read_request(origin, cx);
    let sign = read_sign(origin, &endpoint, &regions, cx);
    let answer = read_answer(origin, request.place, cx);
    let errors = read_errors(origin, answer.format, scope, cx);
    let common = layers.layers("common").entries();
    let common = fields::read_entries(common, Side::Common, scope, request.names, cx);
    let credentials = read_credentials(layers, &common, cx);
    Settings {
        endpoint,
        regions,
        link: layers.text("link").map(str::to_owned),
        request,
        sign,
        answer,
        errors,
        common,
        // once the actions of all groups are known
        jobs: None,
        quota: read_quota(layers, cx),
        credentials,
    }
}

/// What capitalization applies, before the rest of the settings is read: types need it.
pub(crate) fn names(layers: &Layers<'_>) -> Names {
    match layers.layers("request").text("names") {
        Some("capitalized") => Names::Capitalized,
        _ => Names::AsIs,
    }
}

/// What a key is for.
pub(crate) fn key_doc(table: &Table, key: &str) -> &'static str {
    table.keys.iter().find(|known| known.name == key).map_or("", |key| key.doc)
}

/// The text of a key that must be there.
fn required_text<'a>(origin: &Origin<'a>, table: &Table, key: &str, cx: &mut Context<'a>) -> Option<&'a str> {
    let node = origin.layers.layers(table.id).get(key);
    if node.is_none() {
        origin.missing(Some(table), key, cx);
    }
    node?.text()
}

fn read_endpoint<'a>(origin: &Origin<'a>, cx: &mut Context<'a>) -> String {
    let Some(node) = origin.layers.get("endpoint") else {
        origin.missing(None, "endpoint", cx);
        return String::new();
    };
    let Some(text) = node.text() else {
        return String::new();
    };
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest else {
        cx.problems.error_with(
            node.place(),
            "the endpoint is no http or https URL",
            "write it like `https://api.example.com/path/`",
        );
        return String::new();
    };
    let (host, path) = match rest.split_once('/') {
        Some((host, path)) => (host, Some(path)),
        None => (rest, None),
    };
    if host.is_empty() || host.starts_with(':') || host.contains(['@', '?', '#']) {
        cx.problems.error(node.place(), "the endpoint has no plain host");
    } else if host
        .rsplit_once(':')
        // the colons of an IPv6 address are none of a port
        .is_some_and(|(_, port)| !port.ends_with(']') && !port.parse::<u16>().is_ok_and(|port| port > 0))
    {
        cx.problems.error(node.place(), "the port of the endpoint is no number from 1 to 65535");
    } else if text.contains(['?', '#', '\\']) || text.chars().any(char::is_whitespace) {
        cx.problems.error_with(
            node.place(),
            "the endpoint has more than scheme, host and path",
            "parameters with one value for every action are `fixed` in [request]",
        );
    }
    check_template(node, text, &["region"], cx);
    match path {
        Some(_) => text.to_owned(),
        None => format!("{text}/"),
    }
}

/// Reports words of a template that mean nothing.
pub(crate) fn check_template(node: Node<'_>, text: &str, known: &[&str], cx: &mut Context<'_>) {
    /// More than any server takes.
    const LONGEST: usize = 8192;

    if text.len() > LONGEST {
        cx.problems.error(node.place(), "the template is too long");
        return;
    }
    for word in cx.accept(node.place(), template_words(text)).unwrap_or_default() {
        if !known.contains(&word) {
            let at = text.find(&format!("{{{word}}}")).unwrap_or_default();
            let place = node.place_in(cx.files, at, at + word.len() + 2);
            cx.problems.error_with(
                place,
                format!("the template has no word `{{{word}}}`"),
                cx.suggest.did_you_mean_or_list(word, known.iter().copied()),
            );
        }
    }
}

fn read_request<'a>(origin: &Origin<'a>, cx: &mut Context<'a>) -> Request {
    let layers = origin.layers.layers("request");
    let method = required_text(origin, &REQUEST, "method", cx);
    let place = required_text(origin, &REQUEST, "place", cx);
    required_text(origin, &REQUEST, "action", cx);
    let place = place.and_then(place_word).unwrap_or(RequestPlace::Query);
    let method = method.and_then(method_word).unwrap_or(Method::Get);
    check_body(method, place, &layers, cx);

    let action = layers.get("action").and_then(|node| {
        let text = node.text()?;
        match text.strip_prefix("header:") {
            Some(name) if is_header_name(name) => Some(NamePlace::Header(name.to_owned())),
            Some(_) => {
                cx.problems.error(node.place(), "`action` names no valid header");
                None
            }
            None if text.is_empty() => {
                cx.problems.error(node.place(), "the parameter of the action has no name");
                None
            }
            None => Some(NamePlace::Parameter(text.to_owned())),
        }
    });
    let default_time = if place == RequestPlace::Json { TimeFormat::Unix } else { TimeFormat::Iso8601 };
    Request {
        method,
        place,
        content_type: layers.text("content_type").map(str::to_owned),
        action: action.unwrap_or_else(|| NamePlace::Parameter("Action".to_owned())),
        action_prefix: layers.text("action_prefix").unwrap_or_default().to_owned(),
        fixed: pairs(layers.uppermost("fixed")),
        headers: read_headers(layers.uppermost("headers"), cx),
        lists: accept_text(&layers, "lists", list_form, cx).unwrap_or(ListForm::Indexed { base: 1 }),
        empty_lists: match layers.text("empty_lists") {
            Some("name=") => EmptyList::Empty,
            _ => EmptyList::Omit,
        },
        structs: match layers.text("structs") {
            Some("name[key]") => StructForm::Bracketed,
            Some("json") => StructForm::Json,
            _ => StructForm::Dotted,
        },
        nested: match layers.text("nested") {
            Some("json") => Nested::Json,
            _ => Nested::Same,
        },
        maps: accept_text(&layers, "maps", request_maps, cx).unwrap_or_else(usual_maps),
        booleans: match layers.text("booleans") {
            Some("1/0") => Booleans::Digits,
            _ => Booleans::Words,
        },
        timestamps: timestamps(&layers, cx).unwrap_or(default_time),
        names: names(&origin.layers),
    }
}

fn check_body(method: Method, place: RequestPlace, layers: &Layers<'_>, cx: &mut Context<'_>) {
    if method == Method::Get
        && place != RequestPlace::Query
        && let Some(node) = layers.get("place")
    {
        cx.problems.error_with(
            node.place(),
            "a GET request has no body",
            "write `place = \"query\"` or `method = \"POST\"`",
        );
    }
}

fn usual_maps() -> MapForm {
    MapForm { entry: "entry".to_owned(), key: "key".to_owned(), value: "value".to_owned() }
}

/// Reads a text with a syntax of its own, or reports what is wrong with it.
fn accept_text<T>(
    layers: &Layers<'_>,
    key: &str,
    read: impl FnOnce(&str) -> Result<T, crate::syntax::Refused>,
    cx: &mut Context<'_>,
) -> Option<T> {
    let node = layers.get(key)?;
    let result = read(node.text()?);
    cx.accept(node.place(), result)
}

fn timestamps(layers: &Layers<'_>, cx: &mut Context<'_>) -> Option<TimeFormat> {
    let node = layers.get("timestamps")?;
    match node.table() {
        Some(table) => read_time_format(table.get("pattern")?, table.get("zone"), cx),
        None => crate::syntax::time_name(node.text()?),
    }
}

fn pairs(table: Option<TableNode<'_>>) -> Vec<(String, String)> {
    table
        .into_iter()
        .flat_map(TableNode::entries)
        .filter_map(|entry| Some((entry.name.to_owned(), entry.node.scalar()?)))
        .collect()
}

/// Headers and their values, as long as HTTP allows them.
pub(crate) fn read_headers(table: Option<TableNode<'_>>, cx: &mut Context<'_>) -> Vec<(String, String)> {
    for entry in table.into_iter().flat_map(TableNode::entries) {
        if !is_header_name(entry.name) {
            cx.problems.error(entry.place, format!("`{}` is no name of a header", entry.name));
        }
        let value = entry.node.scalar().unwrap_or_default();
        if value.chars().any(|c| c.is_control() && c != '\t') {
            cx.problems.error(entry.node.place(), "the value of a header is on one line");
        }
    }
    pairs(table)
}

/// The words of `method`.
pub(crate) fn method_word(text: &str) -> Option<Method> {
    match text {
        "GET" => Some(Method::Get),
        "POST" => Some(Method::Post),
        _ => None,
    }
}

/// The words of `place`.
pub(crate) fn place_word(text: &str) -> Option<RequestPlace> {
    match text {
        "query" => Some(RequestPlace::Query),
        "form" => Some(RequestPlace::Form),
        "json" => Some(RequestPlace::Json),
        _ => None,
    }
}

fn read_sign<'a>(origin: &Origin<'a>, endpoint: &str, regions: &[Region], cx: &mut Context<'a>) -> Sign {
    // the words of one scheme mean nothing to another, so a scheme of its own starts afresh
    let mut tables = Vec::new();
    for table in origin.layers.layers("sign").tables() {
        tables.push(*table);
        if table.get("scheme").is_some() {
            break;
        }
    }
    let layers = Layers::new(tables);
    let Some(scheme) = required_text(origin, &SIGN, "scheme", cx) else {
        return Sign::None;
    };
    let known: &[&str] = match scheme {
        "parameter-hmac" => &["key_id", "time", "method", "algorithm", "version", "signature", "encoding", "temporary"],
        "sigv4" => &["service", "region", "content_sha256"],
        _ => &[],
    };
    for entry in layers.entries() {
        let in_grammar = SIGN.keys.iter().any(|key| key.name == entry.name);
        if in_grammar && entry.name != "scheme" && !known.contains(&entry.name) {
            cx.problems.error(entry.place, format!("`{}` means nothing to the scheme `{scheme}`", entry.name));
        }
    }
    match scheme {
        "parameter-hmac" => Sign::ParameterHmac(read_parameter_hmac(origin, &layers, cx)),
        "sigv4" => {
            let service = sign_text(origin, &layers, "service", cx);
            let region = layers.text("region").map(str::to_owned);
            if region.is_none() && !endpoint.is_empty() && !endpoint.contains("{region}") && regions.is_empty() {
                origin.missing_because(
                    Some(&SIGN),
                    "region",
                    "the signature names a region, and neither the endpoint nor [regions] has one",
                    cx,
                );
            }
            Sign::SigV4 {
                service,
                region,
                content_sha256: match layers.text("content_sha256") {
                    Some("hash") => ContentSha256::Hash,
                    Some("unsigned") => ContentSha256::Unsigned,
                    _ => ContentSha256::Omit,
                },
            }
        }
        "aws-v2" => Sign::AwsV2,
        _ => Sign::None,
    }
}

fn sign_text<'a>(origin: &Origin<'a>, layers: &Layers<'a>, key: &str, cx: &mut Context<'a>) -> String {
    match layers.get(key) {
        Some(node) => {
            if node.text() == Some("") {
                cx.problems.error(node.place(), format!("`{key}` is empty"));
            }
            node.text().unwrap_or_default().to_owned()
        }
        None => {
            origin.missing(Some(&SIGN), key, cx);
            String::new()
        }
    }
}

fn read_parameter_hmac<'a>(origin: &Origin<'a>, layers: &Layers<'a>, cx: &mut Context<'a>) -> ParameterHmac {
    let version = match layers.uppermost("version") {
        Some(table) => one_pair(table, "the version is one parameter with its value", cx),
        None => {
            if layers.get("version").is_none() {
                origin.missing(Some(&SIGN), "version", cx);
            }
            None
        }
    };
    let temporary = layers.uppermost("temporary").and_then(|table| {
        let path = table.get("path");
        if let Some(node) = path
            && node.text().is_some_and(|path| !path.starts_with('/'))
        {
            cx.problems.error(node.place(), "a path starts with a slash");
        }
        Some(TemporaryWords {
            token: table.text("token")?.to_owned(),
            path: path.and_then(Node::text).map(str::to_owned),
            version: table.get("version").and_then(Node::scalar),
        })
    });
    ParameterHmac {
        key_id: sign_text(origin, layers, "key_id", cx),
        time: sign_text(origin, layers, "time", cx),
        method: sign_text(origin, layers, "method", cx),
        algorithm: match layers.text("algorithm") {
            Some("HmacSHA1") => HmacAlgorithm::Sha1,
            _ => HmacAlgorithm::Sha256,
        },
        version: version.unwrap_or_default(),
        signature: sign_text(origin, layers, "signature", cx),
        url_safe: layers.text("encoding") == Some("base64url"),
        temporary,
    }
}

fn one_pair(table: TableNode<'_>, message: &str, cx: &mut Context<'_>) -> Option<(String, String)> {
    let mut all = pairs(Some(table));
    match (all.pop(), all.is_empty()) {
        (Some(pair), true) => Some(pair),
        _ => {
            cx.problems.error_with(table.place(), message, "write it like `{ name = \"value\" }`");
            None
        }
    }
}

fn read_answer<'a>(origin: &Origin<'a>, place: RequestPlace, cx: &mut Context<'a>) -> Answer {
    let layers = origin.layers.layers("answer");
    let format = match required_text(origin, &ANSWER, "format", cx) {
        Some("xml") => Format::Xml,
        _ => Format::Json,
    };
    let root = layers.get("root").and_then(|node| read_root(node, cx)).filter(|root| !root.is_empty());
    let result = layers.get("result").and_then(|node| read_result(node, cx)).filter(|result| !result.is_empty());
    let default_time = if place == RequestPlace::Json { TimeFormat::Unix } else { TimeFormat::Iso8601 };
    Answer {
        format,
        root,
        result,
        item: layers.text("item").unwrap_or("member").to_owned(),
        trim: layers.boolean("trim").unwrap_or_default(),
        maps: accept_text(&layers, "maps", answer_maps, cx).unwrap_or_else(usual_maps),
        request_id: sources(&layers, "request_id", cx),
        timestamps: timestamps(&layers, cx).unwrap_or(default_time),
    }
}

/// `{action}Response`
pub(crate) fn read_root(node: Node<'_>, cx: &mut Context<'_>) -> Option<String> {
    let text = node.text()?;
    check_template(node, text, &["action"], cx);
    if text.contains('/') {
        cx.problems.error_with(node.place(), "the root is one element", "what is below it is the `result`");
    }
    Some(text.to_owned())
}

/// `{action}Result`
pub(crate) fn read_result(node: Node<'_>, cx: &mut Context<'_>) -> Option<String> {
    let text = node.text()?;
    check_template(node, text, &["action"], cx);
    if !text.is_empty() {
        cx.accept(node.place(), path(text))?;
    }
    Some(text.to_owned())
}

/// A text or a list of texts, each with its node.
fn texts<'a>(layers: &Layers<'a>, key: &str) -> Vec<Node<'a>> {
    layers
        .get(key)
        .map(|node| match node.text() {
            Some(_) => vec![node],
            None => node.items().collect(),
        })
        .unwrap_or_default()
}

fn sources(layers: &Layers<'_>, key: &str, cx: &mut Context<'_>) -> Vec<Source> {
    texts(layers, key)
        .into_iter()
        .filter_map(|node| {
            let source = source(node.text()?);
            cx.accept(node.place(), source)
        })
        .collect()
}

fn read_errors<'a>(origin: &Origin<'a>, format: Format, scope: &Scope<'_, 'a>, cx: &mut Context<'a>) -> Errors {
    let layers = origin.layers.layers("errors");
    if layers.get("code").is_none() {
        origin.missing(Some(&ERRORS), "code", cx);
    }
    let at = texts(&layers, "at");
    if let Some(node) = at.first()
        && format == Format::Json
    {
        cx.problems.error_with(
            node.place(),
            "`at` is for XML",
            "a JSON error is the root; paths of `code` and `message` start there",
        );
    }
    let unless =
        layers.uppermost("unless").and_then(|table| one_pair(table, "`unless` is one member and its value", cx));
    Errors {
        unless,
        at: at
            .into_iter()
            .filter_map(|node| {
                let path = path(node.text()?);
                cx.accept(node.place(), path)
            })
            .collect(),
        code: sources(&layers, "code", cx),
        kind: sources(&layers, "kind", cx),
        trim: layers.boolean("trim").unwrap_or_default(),
        message: sources(&layers, "message", cx),
        codes: layers
            .layers("codes")
            .entries()
            .into_iter()
            .map(|entry| read_code(entry.name, entry.node, scope, cx))
            .collect(),
    }
}

fn read_code<'a>(code: &str, node: Node<'a>, scope: &Scope<'_, 'a>, cx: &mut Context<'a>) -> ErrorCode {
    let table = node.table();
    let get = |key: &str| table.and_then(|table| table.get(key));
    let members = get("members").and_then(|members| {
        let name = members.text()?;
        if !scope.find_struct(name, cx) {
            cx.problems.error_with(
                members.place(),
                format!("there is no structure `{name}`"),
                struct_hint(name, scope, cx),
            );
        }
        Some(name.to_owned())
    });
    let doc = node.text().or_else(|| get("doc")?.text());
    ErrorCode {
        code: code.to_owned(),
        means: get("means").and_then(Node::text).map_or(Meaning::Other, meaning),
        status: get("status").and_then(Node::integer).and_then(|status| u16::try_from(status).ok()),
        doc: doc.unwrap_or_default().to_owned(),
        members,
    }
}

fn meaning(word: &str) -> Meaning {
    match word {
        "invalid" => Meaning::Invalid,
        "auth" => Meaning::Auth,
        "denied" => Meaning::Denied,
        "not-found" => Meaning::NotFound,
        "conflict" => Meaning::Conflict,
        "quota" => Meaning::Quota,
        "throttled" => Meaning::Throttled,
        "skewed" => Meaning::Skewed,
        "transient" => Meaning::Transient,
        _ => Meaning::Other,
    }
}

fn read_quota<'a>(layers: &Layers<'a>, cx: &mut Context<'a>) -> Option<Quota> {
    let layers = layers.layers("quota");
    let calls = layers.get("calls")?.integer()?;
    let seconds = cx.read(layers.get("per")?, duration)?;
    Some(Quota { calls: u32::try_from(calls).ok()?, seconds: u32::try_from(seconds).ok()? })
}

fn read_credentials(layers: &Layers<'_>, known: &[Field], cx: &mut Context<'_>) -> CredentialSources {
    let layers = layers.layers("credentials");
    let tables = |key: &str| -> Vec<TableNode<'_>> {
        layers.get(key).into_iter().flat_map(Node::items).filter_map(Node::table).collect()
    };
    let optional = |table: TableNode<'_>, key: &str| table.text(key).map(str::to_owned);
    let token = |table: TableNode<'_>| optional(table, "token");
    let common = |table: TableNode<'_>| pairs(table.table("common"));
    let address = |table: TableNode<'_>, key: &str| {
        let table = table.table(key)?;
        let [scheme, host, port, path] = ["scheme", "host", "port", "path"].map(|key| optional(table, key));
        Some(AddressKeys { scheme, host, port, path })
    };
    for table in tables("env").into_iter().chain(tables("files")).filter_map(|table| table.table("common")) {
        for entry in table.entries().filter(|entry| !known.iter().any(|field| field.name == entry.name)) {
            cx.problems.error(entry.place, format!("`{}` is no common parameter", entry.name));
        }
    }
    CredentialSources {
        env: tables("env")
            .into_iter()
            .filter_map(|table| {
                Some(EnvironmentNames {
                    id: table.text("id")?.to_owned(),
                    secret: table.text("secret")?.to_owned(),
                    token: token(table),
                    endpoint: optional(table, "endpoint"),
                    common: common(table),
                })
            })
            .collect(),
        files: tables("files")
            .into_iter()
            .filter_map(|table| {
                Some(CredentialFile {
                    path: table.text("path")?.to_owned(),
                    format: match table.text("format")? {
                        "yaml" => CredentialFormat::Yaml,
                        _ => CredentialFormat::Ini,
                    },
                    id: table.text("id")?.to_owned(),
                    secret: table.text("secret")?.to_owned(),
                    token: token(table),
                    endpoint: address(table, "endpoint"),
                    metadata: address(table, "metadata"),
                    common: common(table),
                })
            })
            .collect(),
        metadata: layers.uppermost("metadata").and_then(|table| {
            let text = |key: &str| table.text(key).map(str::to_owned);
            Some(MetadataSource {
                url: text("url")?,
                id: text("id")?,
                secret: text("secret")?,
                token: text("token")?,
                expires: text("expires")?,
            })
        }),
    }
}

/// Names of parameters that the settings themselves send, each with what sends it.
pub(crate) fn reserved_parameters(settings: &Settings) -> Vec<(&str, &'static str)> {
    let request = &settings.request;
    let mut reserved = Vec::new();
    if let NamePlace::Parameter(name) = &request.action {
        reserved.push((name.as_str(), "the name of the action"));
    }
    for (name, _) in &request.fixed {
        reserved.push((name, "`fixed` in [request]"));
    }
    for field in &settings.common {
        reserved.push((&field.send, "a common parameter"));
    }
    if let Sign::ParameterHmac(words) = &settings.sign {
        for name in [&words.key_id, &words.time, &words.method, &words.version.0, &words.signature] {
            reserved.push((name, "part of the signature"));
        }
        if let Some(temporary) = &words.temporary {
            reserved.push((&temporary.token, "part of the signature"));
        }
    }
    reserved
}

/// Says that two of the settings send the same parameter.
pub(crate) fn check_reserved(settings: &Settings, place: Place, cx: &mut Context<'_>) {
    let mut seen = HashMap::new();
    for (name, what) in reserved_parameters(settings) {
        if !name.is_empty()
            && let Some(other) = seen.insert(name, what)
        {
            cx.problems.error(place, format!("the parameter `{name}` is sent twice, as {other} and as {what}"));
        }
    }
}
