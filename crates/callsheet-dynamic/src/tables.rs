//! From the model of spec files to the tables of the core.
//!
//! The core wants plain `'static` data, so what is built here is leaked on purpose: specs are loaded once per process, an action costs
//! a few kilobytes, and equal texts and field tables are not built twice. A program that reloaded specs without end would grow without end.

use std::collections::HashMap;

use callsheet::decode::{JSON, XML};
use callsheet::schema::{
    AddressKeys, AnswerStyle, Api, CallQuota, CredentialFile, CredentialFormat, CredentialSources, EnvironmentNames,
    ErrorCode, ErrorShape, ErrorStyle, Field, Job, Kind, List, ListForm, Map, MapForm, Meaning, MetadataSource, Method,
    NOTHING, NamePlace, Operation, Order, Place, RequestStyle, Rule, SeriesInfo, Shape, Source, StructForm, TimeFormat,
};
use callsheet::sign::{Algorithm, Alphabet, AwsV2, ContentSha256, DateHeader, ParameterHmac, Scheme, SigV4, Temporary};
use callsheet_spec::model;

/// Builds tables and keeps the texts that it has leaked already.
#[derive(Default)]
pub(crate) struct Builder {
    texts: HashMap<String, &'static str>,
    /// Actions that tell how jobs are going, by service, group and name.
    polls: HashMap<(String, (String, String)), &'static Operation>,
}

impl Builder {
    /// The table of a group and those of its actions, in order.
    pub(crate) fn group(&mut self, service: &model::Service, group: &model::Group) -> Vec<&'static Operation> {
        let names = Names::new(self, &group.types);
        let api: &'static Api = leak(self.api(service, group, &names));
        let mut operations = Vec::with_capacity(group.actions.len());
        for action in &group.actions {
            let job = action.job.as_ref().and_then(|id| self.job(id, service, group));
            operations.push(self.operation(action, group, api, &names, job));
        }
        operations
    }

    /// How to see what became of a job.
    fn job(&mut self, id: &model::FieldPath, service: &model::Service, group: &model::Group) -> Option<&'static Job> {
        let jobs = group.settings.jobs.as_ref()?;
        let key = (service.id.clone(), jobs.poll.clone());
        let poll = match self.polls.get(&key) {
            Some(poll) => *poll,
            None => {
                let polled = service.groups.iter().find(|known| known.id == jobs.poll.0)?;
                let action = polled.actions.iter().find(|action| action.name == jobs.poll.1)?;
                // a table of its own: that of its group may not be there yet
                let names = Names::new(self, &polled.types);
                let api: &'static Api = leak(self.api(service, polled, &names));
                let poll = self.operation(action, polled, api, &names, None);
                self.polls.insert(key, poll);
                poll
            }
        };
        let waiter = poll.waiters.iter().find(|waiter| waiter.name == jobs.waiter)?;
        Some(leak(Job {
            id: self.path(id),
            poll,
            parameter: self.text(&jobs.parameter),
            key: jobs.key.as_ref().map(|path| self.path(path)),
            reason: jobs.reason.as_ref().map(|path| self.path(path)),
            waiter,
        }))
    }

    pub(crate) fn text(&mut self, text: &str) -> &'static str {
        if text.is_empty() {
            return "";
        }
        if let Some(known) = self.texts.get(text) {
            return known;
        }
        let leaked: &'static str = text.to_owned().leak();
        self.texts.insert(text.to_owned(), leaked);
        leaked
    }

    pub(crate) fn option(&mut self, text: Option<&String>) -> &'static str {
        text.map_or("", |text| self.text(text))
    }

    fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a String>) -> &'static [&'static str] {
        texts.into_iter().map(|text| self.text(text)).collect::<Vec<_>>().leak()
    }

    fn pairs(&mut self, pairs: &[(String, String)]) -> &'static [(&'static str, &'static str)] {
        pairs.iter().map(|(name, value)| (self.text(name), self.text(value))).collect::<Vec<_>>().leak()
    }

    fn api(&mut self, service: &model::Service, group: &model::Group, names: &Names) -> Api {
        let settings = &group.settings;
        let title = if group.title.is_empty() { &service.title } else { &group.title };
        // common parameters are set once per client and so can be left out of any call
        let common = settings
            .common
            .iter()
            .map(|field| Field { required: false, ..self.field(field, names) })
            .collect::<Vec<_>>();
        Api {
            service: self.text(&service.id),
            group: self.text(&group.id),
            title: self.text(title),
            endpoint: self.text(&settings.endpoint),
            regions: self.texts(settings.regions.iter().map(|region| &region.id)),
            request: self.request(&settings.request),
            sign: leak(self.scheme(&settings.sign, &settings.endpoint)),
            answer: self.answer(&settings.answer),
            errors: self.errors(&settings.errors),
            common: common.leak(),
            quota: settings.quota.map(|quota| CallQuota { calls: quota.calls, seconds: quota.seconds }),
            credentials: self.credentials(&settings.credentials),
        }
    }

    fn credentials(&mut self, sources: &model::CredentialSources) -> CredentialSources {
        let mut env = Vec::with_capacity(sources.env.len());
        for names in &sources.env {
            let token = self.option(names.token.as_ref());
            env.push(EnvironmentNames {
                id: self.text(&names.id),
                secret: self.text(&names.secret),
                token,
                endpoint: self.option(names.endpoint.as_ref()),
                common: self.pairs(&names.common),
            });
        }
        let mut files = Vec::with_capacity(sources.files.len());
        for file in &sources.files {
            files.push(CredentialFile {
                path: self.text(&file.path),
                format: match file.format {
                    model::CredentialFormat::Yaml => CredentialFormat::Yaml,
                    model::CredentialFormat::Ini => CredentialFormat::Ini,
                },
                id: self.text(&file.id),
                secret: self.text(&file.secret),
                token: self.option(file.token.as_ref()),
                endpoint: file.endpoint.as_ref().map(|keys| self.address_keys(keys)),
                metadata: file.metadata.as_ref().map(|keys| self.address_keys(keys)),
                common: self.pairs(&file.common),
            });
        }
        let metadata = sources.metadata.as_ref().map(|metadata| MetadataSource {
            url: self.text(&metadata.url),
            id: self.text(&metadata.id),
            secret: self.text(&metadata.secret),
            token: self.text(&metadata.token),
            expires: self.text(&metadata.expires),
        });
        CredentialSources { env: env.leak(), files: files.leak(), metadata }
    }

    fn address_keys(&mut self, keys: &model::AddressKeys) -> &'static AddressKeys {
        Box::leak(Box::new(AddressKeys {
            scheme: self.option(keys.scheme.as_ref()),
            host: self.option(keys.host.as_ref()),
            port: self.option(keys.port.as_ref()),
            path: self.option(keys.path.as_ref()),
        }))
    }

    fn request(&mut self, request: &model::Request) -> RequestStyle {
        let headers: Vec<(String, String)> =
            request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        RequestStyle {
            method: method(request.method),
            place: place(request.place),
            content_type: self.option(request.content_type.as_ref()),
            action: match &request.action {
                model::NamePlace::Parameter(name) => NamePlace::Parameter(self.text(name)),
                model::NamePlace::Header(name) => NamePlace::Header(self.text(&name.to_ascii_lowercase())),
            },
            action_prefix: self.text(&request.action_prefix),
            fixed: self.pairs(&request.fixed),
            headers: self.pairs(&headers),
            lists: self.list_form(&request.lists),
            empty_lists: request.empty_lists == model::EmptyList::Empty,
            structs: match request.structs {
                model::StructForm::Dotted => StructForm::Dotted,
                model::StructForm::Bracketed => StructForm::Bracketed,
                model::StructForm::Json => StructForm::Json,
            },
            nested_json: request.nested == model::Nested::Json,
            maps: self.map_form(&request.maps),
            booleans: match request.booleans {
                model::Booleans::Words => ["false", "true"],
                model::Booleans::Digits => ["0", "1"],
            },
            timestamps: self.time(&request.timestamps),
        }
    }

    fn list_form(&mut self, form: &model::ListForm) -> ListForm {
        match form {
            model::ListForm::Indexed { base } => ListForm::Indexed { base: *base },
            model::ListForm::Member { word, base } => ListForm::Member { word: self.text(word), base: *base },
            model::ListForm::Bracketed { base } => ListForm::Bracketed { base: *base },
            model::ListForm::EmptyBrackets => ListForm::EmptyBrackets,
            model::ListForm::Repeated => ListForm::Repeated,
            model::ListForm::Delimited(separator) => ListForm::Delimited(*separator),
            model::ListForm::Json => ListForm::Json,
        }
    }

    fn map_form(&mut self, form: &model::MapForm) -> MapForm {
        MapForm { entry: self.text(&form.entry), key: self.text(&form.key), value: self.text(&form.value) }
    }

    fn time(&mut self, format: &model::TimeFormat) -> TimeFormat {
        match format {
            model::TimeFormat::Iso8601 => TimeFormat::Iso8601,
            model::TimeFormat::Rfc822 => TimeFormat::Rfc822,
            model::TimeFormat::Unix => TimeFormat::Unix,
            model::TimeFormat::UnixMillis => TimeFormat::UnixMillis,
            model::TimeFormat::Pattern { pattern, offset } => TimeFormat::pattern(self.text(pattern), *offset),
        }
    }

    fn scheme(&mut self, sign: &model::Sign, endpoint: &str) -> Scheme {
        match sign {
            model::Sign::None => Scheme::None,
            model::Sign::ParameterHmac(words) => Scheme::ParameterHmac(self.parameter_hmac(words, endpoint)),
            model::Sign::SigV4 { service, region, content_sha256 } => Scheme::SigV4(SigV4 {
                region: region.as_ref().map(|region| self.text(region)),
                content_sha256: match content_sha256 {
                    model::ContentSha256::Omit => ContentSha256::Omit,
                    model::ContentSha256::Hash => ContentSha256::Hash,
                    model::ContentSha256::Unsigned => ContentSha256::Unsigned,
                },
                ..SigV4::new(self.text(service))
            }),
            model::Sign::AwsV2 => Scheme::AwsV2(AwsV2 { date: DateHeader::AmzDate, sub_resources: &[] }),
        }
    }

    fn parameter_hmac(&mut self, words: &model::ParameterHmac, endpoint: &str) -> ParameterHmac {
        let (algorithm, algorithm_name) = match words.algorithm {
            model::HmacAlgorithm::Sha256 => (Algorithm::HmacSha256, "HmacSHA256"),
            model::HmacAlgorithm::Sha1 => (Algorithm::HmacSha1, "HmacSHA1"),
        };
        let method = self.text(&words.method);
        let version = self.text(&words.version.0);
        let usual = self.text(&words.version.1);
        let temporary = words.temporary.as_ref().map(|temporary| {
            let other = temporary.version.as_ref().map_or(usual, |version| self.text(version));
            Temporary {
                token: self.text(&temporary.token),
                path: temporary.path.as_ref().map(|path| (self.text(path_of(endpoint)), self.text(path))),
                constants: vec![(method, algorithm_name), (version, other)].leak(),
            }
        });
        ParameterHmac {
            algorithm,
            alphabet: if words.url_safe { Alphabet::UrlSafe } else { Alphabet::Standard },
            key_id: self.text(&words.key_id),
            time_stamp: self.text(&words.time),
            time_format: "%Y-%m-%dT%H:%M:%SZ",
            constants: vec![(method, algorithm_name), (version, usual)].leak(),
            signature: self.text(&words.signature),
            temporary,
        }
    }

    fn answer(&mut self, answer: &model::Answer) -> AnswerStyle {
        AnswerStyle {
            reader: match answer.format {
                model::Format::Json => &JSON,
                model::Format::Xml => &XML,
            },
            root: self.option(answer.root.as_ref()),
            result: self.option(answer.result.as_ref()),
            item: self.text(&answer.item),
            trim: answer.trim,
            maps: self.map_form(&answer.maps),
            request_id: self.sources(&answer.request_id),
            timestamps: self.time(&answer.timestamps),
        }
    }

    fn sources(&mut self, sources: &[model::Source]) -> &'static [Source] {
        let source = |source: &model::Source| match source {
            model::Source::Header(name) => Source::Header(self.text(&name.to_ascii_lowercase())),
            model::Source::Path(path) => Source::Path(self.texts(path)),
        };
        sources.iter().map(source).collect::<Vec<_>>().leak()
    }

    fn errors(&mut self, errors: &model::Errors) -> ErrorStyle {
        let mut codes: Vec<ErrorCode> = errors
            .codes
            .iter()
            .map(|code| ErrorCode { code: self.text(&code.code), means: meaning(code.means) })
            .collect();
        // the core searches them by halves
        codes.sort_by(|a, b| a.code.cmp(b.code));
        codes.dedup_by(|a, b| a.code == b.code);
        ErrorStyle {
            unless: errors.unless.as_ref().map(|(name, good)| (self.text(name), self.text(good))),
            at: errors.at.iter().map(|path| self.texts(path)).collect::<Vec<_>>().leak(),
            code: self.sources(&errors.code),
            kind: self.sources(&errors.kind),
            trim: errors.trim,
            message: self.sources(&errors.message),
            codes: codes.leak(),
        }
    }

    fn operation(
        &mut self,
        action: &model::Action,
        group: &model::Group,
        api: &'static Api,
        names: &Names,
        job: Option<&'static Job>,
    ) -> &'static Operation {
        let mut input: Vec<Field> = action.input.iter().map(|field| self.field(field, names)).collect();
        // a call may set a common parameter itself; last, where a client's own value for it would be sent
        for field in api.common {
            if !input.iter().any(|own| own.send == field.send || own.name == field.name) {
                input.push(Field { rules: field.rules, ..*field });
            }
        }
        let orders = action.rules.iter().map(|order| Order {
            before: self.text(&order.before),
            after: self.text(&order.after),
            or_equal: order.or_equal,
        });
        let orders: &'static [Order] = orders.collect::<Vec<_>>().leak();
        let reach = action.reach.as_ref().map(|reach| self.reach(reach));
        let input = Shape { reach, ..Shape::new(self.text(&action.name), input.leak()).orders(orders) };
        let output = if action.output.is_empty() {
            &NOTHING
        } else {
            let fields = action.output.iter().map(|field| self.field(field, names)).collect::<Vec<_>>();
            leak(Shape::new(self.text(&format!("{}Output", action.name)), fields.leak()))
        };
        let members = |code: &String| {
            let known = group.settings.errors.codes.iter().find(|known| known.code == *code)?;
            names.shapes.get(known.members.as_deref()?).map(|shape| ErrorShape { code: self.text(code), shape })
        };
        let errors: Vec<ErrorShape> = action.errors.iter().filter_map(members).collect();
        leak(Operation {
            whole_body: action.whole_body,
            safe: action.safe,
            method: action.method.map(method),
            place: action.place.map(place),
            root: action.root.as_ref().map(|root| self.text(root)),
            result: action.result.as_ref().map(|result| self.text(result)),
            host_prefix: self.option(action.host_prefix.as_ref()),
            errors: errors.leak(),
            pages: action.pages.as_ref().map(|pages| self.pages(pages)),
            window: action.window.as_ref().map(|window| self.window(window)),
            waiters: self.waiters(&action.waiters),
            job,
            ..Operation::new(self.text(&action.name), api, leak(input), output)
        })
    }

    fn field(&mut self, field: &model::Field, names: &Names) -> Field {
        Field {
            name: self.text(&field.name),
            send: self.text(&field.send),
            read: self.text(&field.read),
            kind: self.kind(&field.ty, names),
            required: field.required,
            expected: field.expected,
            sensitive: field.sensitive,
            token: field.idempotency_token,
            attribute: field.attribute,
            rules: field.rules.iter().map(|rule| self.rule(rule)).collect::<Vec<_>>().leak(),
        }
    }

    fn rule(&mut self, rule: &model::Rule) -> Rule {
        match rule {
            model::Rule::Length { min, max } => Rule::Length(*min, max.unwrap_or(u64::MAX)),
            model::Rule::Range { min, max } => {
                Rule::Range(min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY))
            }
            model::Rule::Chars(set) => Rule::Chars(self.text(set)),
            model::Rule::Items { min, max } => Rule::Items(*min, max.unwrap_or(u64::MAX)),
            model::Rule::Tick { seconds } => Rule::Tick(*seconds),
            model::Rule::NotAfterNow => Rule::NotAfterNow,
            model::Rule::MaxAge { seconds } => Rule::MaxAge(*seconds),
        }
    }

    fn kind(&mut self, ty: &model::Type, names: &Names) -> Kind {
        match ty {
            model::Type::Text => Kind::Text,
            model::Type::Integer => Kind::Int,
            model::Type::Float => Kind::Float,
            model::Type::Boolean => Kind::Bool,
            model::Type::Blob => Kind::Blob,
            model::Type::Timestamp(format) => {
                Kind::Time(format.as_ref().map_or(TimeFormat::Inherit, |format| self.time(format)))
            }
            model::Type::Document => Kind::Document,
            model::Type::JsonText => Kind::JsonText,
            model::Type::Series(info) => Kind::Series(leak(SeriesInfo {
                step: self.option(info.step.as_ref()),
                start: self.option(info.start.as_ref()),
            })),
            // the loader has checked that every name is known
            model::Type::Struct(name) => Kind::Record(names.shapes.get(name.as_str()).copied().unwrap_or(&NOTHING)),
            model::Type::Enum(name) => Kind::Enum(names.enums.get(name.as_str()).copied().unwrap_or_default()),
            model::Type::List(list) => Kind::List(leak(List {
                item: self.kind(&list.item, names),
                name: self.option(list.item_name.as_ref()),
                flat: list.flat,
                form: list.form.as_ref().map(|form| self.list_form(form)),
            })),
            model::Type::Map(map) => Kind::Map(leak(Map {
                value: self.kind(&map.value, names),
                key_name: self.option(map.key_name.as_ref()),
                value_name: self.option(map.value_name.as_ref()),
                flat: map.flat,
            })),
        }
    }
}

/// The named types of a group.
struct Names {
    shapes: HashMap<String, &'static Shape>,
    enums: HashMap<String, &'static [&'static str]>,
}

impl Names {
    /// All shapes get their addresses first and their fields later, so that they can refer to each other in circles.
    fn new(builder: &mut Builder, types: &indexmap::IndexMap<String, model::NamedType>) -> Self {
        let mut names = Self { shapes: HashMap::new(), enums: HashMap::new() };
        for (name, named) in types {
            match &named.kind {
                model::NamedKind::Struct(_) => {
                    names.shapes.insert(name.clone(), leak(Shape::late(builder.text(name))));
                }
                model::NamedKind::Union(_) => {
                    names.shapes.insert(name.clone(), leak(Shape::late(builder.text(name)).union()));
                }
                model::NamedKind::Enum(values) => {
                    names.enums.insert(name.clone(), builder.texts(values.iter().map(|value| &value.wire)));
                }
            }
        }
        for (name, named) in types {
            if let (model::NamedKind::Struct(fields) | model::NamedKind::Union(fields), Some(shape)) =
                (&named.kind, names.shapes.get(name))
            {
                let fields = fields.iter().map(|field| builder.field(field, &names)).collect::<Vec<_>>();
                shape.fill(fields.leak());
            }
        }
        names
    }
}

pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn method(method: model::Method) -> Method {
    match method {
        model::Method::Get => Method::Get,
        model::Method::Post => Method::Post,
    }
}

fn place(place: model::Place) -> Place {
    match place {
        model::Place::Query => Place::Query,
        model::Place::Form => Place::Form,
        model::Place::Json => Place::Json,
    }
}

fn meaning(meaning: model::Meaning) -> Meaning {
    match meaning {
        model::Meaning::Invalid => Meaning::Invalid,
        model::Meaning::Auth => Meaning::Auth,
        model::Meaning::Denied => Meaning::Denied,
        model::Meaning::NotFound => Meaning::NotFound,
        model::Meaning::Conflict => Meaning::Conflict,
        model::Meaning::Quota => Meaning::Quota,
        model::Meaning::Throttled => Meaning::Throttled,
        model::Meaning::Skewed => Meaning::Skewed,
        model::Meaning::Transient => Meaning::Transient,
        model::Meaning::Other => Meaning::Other,
    }
}

/// The path of an endpoint: `/iaas/`; `/` when it has none.
pub(crate) fn path_of(endpoint: &str) -> &str {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}
