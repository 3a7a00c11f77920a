//! The tables of the engine, as Rust source.

use callsheet_spec::model::{
    Action, AddressKeys, Answer, Booleans, ContentSha256, CredentialFile, CredentialFormat, CredentialSources,
    EmptyList, EnvironmentNames, Errors, Field, Format, Group, HmacAlgorithm, ListForm, ListType, MapForm, Meaning,
    MetadataSource, Method, NamePlace, Nested, Order, ParameterHmac, Place, Reach, Request, Rule, Sign, Source,
    StructForm, TimeFormat, Type,
};
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens as _, quote};

use crate::module::Scope;
use crate::names::ident;
use crate::sequence;

/// The static `API` of a group. `parts` are the expressions of those that other groups may have as well.
pub(crate) fn api(service: &str, group: &Group, scope: &Scope<'_>, parts: &[(&str, TokenStream)]) -> TokenStream {
    let settings = &group.settings;
    let id = &group.id;
    let (title, endpoint) = (&group.title, &settings.endpoint);
    let regions = settings.regions.iter().map(|region| &region.id);
    let common = settings.common.iter().map(|field| table_field(field, scope));
    let quota = option(settings.quota.map(|quota| {
        let (calls, seconds) = (Literal::u32_unsuffixed(quota.calls), Literal::u32_unsuffixed(quota.seconds));
        quote!(rt::CallQuota { calls: #calls, seconds: #seconds })
    }));
    let fields = parts.iter().map(|(field, _)| ident(field));
    let values = parts.iter().map(|(_, value)| value);
    quote! {
        /// How the actions of this module are spoken.
        pub static API: rt::Api = rt::Api {
            service: #service,
            group: #id,
            title: #title,
            endpoint: #endpoint,
            regions: &[#(#regions),*],
            #(#fields: #values,)*
            common: &[#(#common),*],
            quota: #quota,
        };
    }
}

pub(crate) fn credentials(sources: &CredentialSources) -> TokenStream {
    let env = sources.env.iter().map(|names| {
        let EnvironmentNames { id, secret, token, endpoint, common } = names;
        let [token, endpoint] = [token, endpoint].map(|name| name.as_deref().unwrap_or_default());
        let common = pairs(common);
        quote! {
            rt::EnvironmentNames { id: #id, secret: #secret, token: #token, endpoint: #endpoint, common: #common }
        }
    });
    let files = sources.files.iter().map(|file| {
        let CredentialFile { path, id, secret, token, .. } = file;
        let token = token.as_deref().unwrap_or_default();
        let format = match file.format {
            CredentialFormat::Yaml => quote!(Yaml),
            CredentialFormat::Ini => quote!(Ini),
        };
        let [endpoint, metadata] = [&file.endpoint, &file.metadata].map(|keys| option(keys.as_ref().map(address_keys)));
        let common = pairs(&file.common);
        quote! {
            rt::CredentialFile {
                path: #path,
                format: rt::CredentialFormat::#format,
                id: #id,
                secret: #secret,
                token: #token,
                endpoint: #endpoint,
                metadata: #metadata,
                common: #common,
            }
        }
    });
    let metadata = option(sources.metadata.as_ref().map(|metadata| {
        let MetadataSource { url, id, secret, token, expires } = metadata;
        quote!(rt::MetadataSource { url: #url, id: #id, secret: #secret, token: #token, expires: #expires })
    }));
    quote!(rt::CredentialSources { env: &[#(#env),*], files: &[#(#files),*], metadata: #metadata })
}

fn address_keys(keys: &AddressKeys) -> TokenStream {
    let AddressKeys { scheme, host, port, path } = keys;
    let [scheme, host, port, path] = [scheme, host, port, path].map(|key| key.as_deref().unwrap_or_default());
    quote!(&rt::AddressKeys { scheme: #scheme, host: #host, port: #port, path: #path })
}

fn pairs(pairs: &[(String, String)]) -> TokenStream {
    let pairs = pairs.iter().map(|(name, value)| quote!((#name, #value)));
    quote!(&[#(#pairs),*])
}

pub(crate) fn request(request: &Request) -> TokenStream {
    let Request { action_prefix, fixed, headers, .. } = request;
    let method = method(request.method);
    let place = place(request.place);
    let content_type = request.content_type.as_deref().unwrap_or_default();
    let action = match &request.action {
        NamePlace::Parameter(name) => quote!(Parameter(#name)),
        NamePlace::Header(name) => {
            let name = name.to_ascii_lowercase();
            quote!(Header(#name))
        }
    };
    let fixed = fixed.iter().map(|(name, value)| quote!((#name, #value)));
    let headers = headers.iter().map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        quote!((#name, #value))
    });
    let lists = list_form(&request.lists);
    let empty_lists = request.empty_lists == EmptyList::Empty;
    let structs = match request.structs {
        StructForm::Dotted => quote!(Dotted),
        StructForm::Bracketed => quote!(Bracketed),
        StructForm::Json => quote!(Json),
    };
    let nested_json = request.nested == Nested::Json;
    let maps = map_form(&request.maps);
    let booleans = match request.booleans {
        Booleans::Words => quote!(["false", "true"]),
        Booleans::Digits => quote!(["0", "1"]),
    };
    let timestamps = time_format(&request.timestamps);
    quote! {
        rt::RequestStyle {
            method: #method,
            place: #place,
            content_type: #content_type,
            action: rt::NamePlace::#action,
            action_prefix: #action_prefix,
            fixed: &[#(#fixed),*],
            headers: &[#(#headers),*],
            lists: #lists,
            empty_lists: #empty_lists,
            structs: rt::StructForm::#structs,
            nested_json: #nested_json,
            maps: #maps,
            booleans: #booleans,
            timestamps: #timestamps,
        }
    }
}

pub(crate) fn method(method: Method) -> TokenStream {
    match method {
        Method::Get => quote!(rt::Method::Get),
        Method::Post => quote!(rt::Method::Post),
    }
}

pub(crate) fn place(place: Place) -> TokenStream {
    match place {
        Place::Query => quote!(rt::Place::Query),
        Place::Form => quote!(rt::Place::Form),
        Place::Json => quote!(rt::Place::Json),
    }
}

fn list_form(form: &ListForm) -> TokenStream {
    let form = match form {
        ListForm::Indexed { base } => {
            let base = number(*base);
            quote!(Indexed { base: #base })
        }
        ListForm::Member { word, base } => {
            let base = number(*base);
            quote!(Member { word: #word, base: #base })
        }
        ListForm::Bracketed { base } => {
            let base = number(*base);
            quote!(Bracketed { base: #base })
        }
        ListForm::EmptyBrackets => quote!(EmptyBrackets),
        ListForm::Repeated => quote!(Repeated),
        ListForm::Delimited(separator) => quote!(Delimited(#separator)),
        ListForm::Json => quote!(Json),
    };
    quote!(rt::ListForm::#form)
}

fn map_form(MapForm { entry, key, value }: &MapForm) -> TokenStream {
    quote!(rt::MapForm { entry: #entry, key: #key, value: #value })
}

pub(crate) fn time_format(format: &TimeFormat) -> TokenStream {
    let format = match format {
        TimeFormat::Iso8601 => quote!(Iso8601),
        TimeFormat::Rfc822 => quote!(Rfc822),
        TimeFormat::Unix => quote!(Unix),
        TimeFormat::UnixMillis => quote!(UnixMillis),
        TimeFormat::Pattern { pattern, offset } => {
            let offset = Literal::i32_unsuffixed(*offset);
            quote!(pattern(#pattern, #offset))
        }
    };
    quote!(rt::TimeFormat::#format)
}

pub(crate) fn sign(sign: &Sign, endpoint: &str) -> TokenStream {
    let scheme = match sign {
        Sign::None => quote!(Unsigned),
        Sign::ParameterHmac(words) => {
            let words = parameter_hmac(words, endpoint);
            quote!(ParameterHmac { #words })
        }
        Sign::SigV4 { service, region, content_sha256 } => {
            let region = option(region.as_ref().map(|region| quote!(#region)));
            let content_sha256 = match content_sha256 {
                ContentSha256::Omit => quote!(Omit),
                ContentSha256::Hash => quote!(Hash),
                ContentSha256::Unsigned => quote!(Unsigned),
            };
            quote! {
                SigV4 {
                    region: #region,
                    content_sha256: rt::sign::ContentSha256::#content_sha256,
                    ..rt::sign::SigV4::new(#service)
                }
            }
        }
        Sign::AwsV2 => quote! {
            AwsV2 { date: rt::sign::DateHeader::AmzDate, sub_resources: &[] }
        },
    };
    quote!(&rt::sign::#scheme)
}

fn parameter_hmac(words: &ParameterHmac, endpoint: &str) -> TokenStream {
    let ParameterHmac { key_id, time, method, version: (version, version_value), signature, .. } = words;
    let (algorithm, name) = match words.algorithm {
        HmacAlgorithm::Sha256 => (quote!(HmacSha256), "HmacSHA256"),
        HmacAlgorithm::Sha1 => (quote!(HmacSha1), "HmacSHA1"),
    };
    let alphabet = if words.url_safe { quote!(UrlSafe) } else { quote!(Standard) };
    let temporary = option(words.temporary.as_ref().map(|temporary| {
        let token = &temporary.token;
        let from = path_of(endpoint);
        let path = option(temporary.path.as_ref().map(|to| quote!((#from, #to))));
        let value = temporary.version.as_ref().unwrap_or(version_value);
        quote! {
            rt::sign::Temporary {
                token: #token,
                path: #path,
                constants: &[(#method, #name), (#version, #value)],
            }
        }
    }));
    quote! {
        algorithm: rt::sign::Algorithm::#algorithm,
        alphabet: rt::sign::Alphabet::#alphabet,
        key_id: #key_id,
        time_stamp: #time,
        time_format: "%Y-%m-%dT%H:%M:%SZ",
        constants: &[(#method, #name), (#version, #version_value)],
        signature: #signature,
        temporary: #temporary,
    }
}

/// The path of a URL template: `/iaas/`.
fn path_of(endpoint: &str) -> &str {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

pub(crate) fn answer(answer: &Answer) -> TokenStream {
    let Answer { item, trim, .. } = answer;
    let reader = match answer.format {
        Format::Json => quote!(JSON),
        Format::Xml => quote!(XML),
    };
    let root = answer.root.as_deref().unwrap_or_default();
    let result = answer.result.as_deref().unwrap_or_default();
    let maps = map_form(&answer.maps);
    let request_id = sources(&answer.request_id);
    let timestamps = time_format(&answer.timestamps);
    quote! {
        rt::AnswerStyle {
            reader: &rt::#reader,
            root: #root,
            result: #result,
            item: #item,
            trim: #trim,
            maps: #maps,
            request_id: #request_id,
            timestamps: #timestamps,
        }
    }
}

fn sources(sources: &[Source]) -> TokenStream {
    let sources = sources.iter().map(|source| match source {
        Source::Header(name) => {
            let name = name.to_ascii_lowercase();
            quote!(rt::Source::Header(#name))
        }
        Source::Path(path) => quote!(rt::Source::Path(&[#(#path),*])),
    });
    quote!(&[#(#sources),*])
}

pub(crate) fn errors(errors: &Errors) -> TokenStream {
    let Errors { trim, .. } = errors;
    let unless = option(errors.unless.as_ref().map(|(name, value)| quote!((#name, #value))));
    let at = errors.at.iter().map(|path| quote!(&[#(#path),*]));
    let (code, kind, message) = (sources(&errors.code), sources(&errors.kind), sources(&errors.message));
    // the engine searches by halves
    let mut codes: Vec<_> = errors.codes.iter().collect();
    codes.sort_by(|a, b| a.code.cmp(&b.code));
    codes.dedup_by(|a, b| a.code == b.code);
    let codes = codes.into_iter().map(|known| {
        let (code, means) = (&known.code, meaning(known.means));
        quote!(rt::code(#code, rt::Meaning::#means))
    });
    quote! {
        rt::ErrorStyle {
            unless: #unless,
            at: &[#(#at),*],
            code: #code,
            kind: #kind,
            trim: #trim,
            message: #message,
            codes: &[#(#codes),*],
        }
    }
}

fn meaning(means: Meaning) -> TokenStream {
    match means {
        Meaning::Invalid => quote!(Invalid),
        Meaning::Auth => quote!(Auth),
        Meaning::Denied => quote!(Denied),
        Meaning::NotFound => quote!(NotFound),
        Meaning::Conflict => quote!(Conflict),
        Meaning::Quota => quote!(Quota),
        Meaning::Throttled => quote!(Throttled),
        Meaning::Skewed => quote!(Skewed),
        Meaning::Transient => quote!(Transient),
        Meaning::Other => quote!(Other),
    }
}

/// Rules about several fields of a structure.
#[derive(Clone, Copy, Default)]
pub(crate) struct Rules<'a> {
    pub(crate) orders: &'a [Order],
    pub(crate) reach: Option<&'a Reach>,
}

/// The static of a structure.
pub(crate) fn shape(
    table: &str,
    name: &str,
    fields: &[Field],
    union: bool,
    rules: Rules<'_>,
    scope: &Scope<'_>,
) -> TokenStream {
    let table = ident(table);
    let fields = fields.iter().map(|field| table_field(field, scope));
    let fields = quote!(&[#(#fields),*]);
    let visibility = scope.table_visibility();
    let mut shape = quote!(rt::Shape::new(#name, #fields));
    if union {
        shape.extend(quote!(.union()));
    }
    if !rules.orders.is_empty() {
        let orders = rules.orders.iter().map(|Order { before, after, or_equal }| {
            quote!(rt::Order { before: #before, after: #after, or_equal: #or_equal })
        });
        shape.extend(quote!(.orders(&[#(#orders),*])));
    }
    if let Some(Reach { begin, end, by, most, usual, doubt }) = rules.reach {
        let by = by.as_deref().unwrap_or_default();
        let most = most.iter().map(|(value, most)| {
            let most = Literal::u32_unsuffixed(*most);
            quote!((#value, #most))
        });
        let (usual, doubt) = (Literal::u32_unsuffixed(*usual), Literal::u32_unsuffixed(*doubt));
        shape.extend(quote! {
            .reach(&rt::Reach {
                begin: #begin,
                end: #end,
                by: #by,
                most: &[#(#most),*],
                usual: #usual,
                doubt: #doubt,
            })
        });
    }
    quote!(#visibility static #table: rt::Shape = #shape;)
}

fn table_field(field: &Field, scope: &Scope<'_>) -> TokenStream {
    let Field { name, send, read, .. } = field;
    let mut tokens = match (plain(&field.ty), &field.ty) {
        (Some(constructor), _) => {
            let constructor = ident(constructor);
            quote!(rt::#constructor(#name))
        }
        (None, Type::Struct(shape)) => {
            let table = ident(&scope.named(shape).table);
            quote!(rt::record(#name, &#table))
        }
        (None, Type::Enum(values)) => {
            let rust = ident(&scope.named(values).rust);
            quote!(rt::one_of(#name, #rust::VALUES))
        }
        (None, Type::List(items)) => {
            let items = list(items, scope);
            quote!(rt::list(#name, &#items))
        }
        (None, ty) => {
            let kind = kind(ty, scope);
            quote!(rt::field(#name, #kind))
        }
    };
    if send != read {
        tokens.extend(quote!(.wire(#send, #read)));
    } else if send != name {
        tokens.extend(quote!(.named(#send)));
    }
    for (set, flag) in [
        (field.required, quote!(.required())),
        (field.expected, quote!(.expected())),
        (field.sensitive, quote!(.sensitive())),
        (field.idempotency_token, quote!(.token())),
        (field.attribute, quote!(.attribute())),
    ] {
        if set {
            tokens.extend(flag);
        }
    }
    if !field.rules.is_empty() {
        let rules = field.rules.iter().map(rule);
        tokens.extend(quote!(.rules(&[#(#rules),*])));
    }
    tokens
}

/// The function that makes a field of a type that needs no further words.
fn plain(ty: &Type) -> Option<&'static str> {
    Some(match ty {
        Type::Text => "text",
        Type::Integer => "int",
        Type::Float => "float",
        Type::Boolean => "boolean",
        Type::Blob => "blob",
        Type::Timestamp(None) => "time",
        _ => return None,
    })
}

fn rule(rule: &Rule) -> TokenStream {
    let rule = match rule {
        Rule::Length { min, max } => {
            let (min, max) = (number(*min), or_max(*max));
            quote!(Length(#min, #max))
        }
        Rule::Items { min, max } => {
            let (min, max) = (number(*min), or_max(*max));
            quote!(Items(#min, #max))
        }
        Rule::Range { min, max } => {
            let float = |v: f64| Literal::f64_unsuffixed(v).into_token_stream();
            let min = min.map_or(quote!(f64::NEG_INFINITY), float);
            let max = max.map_or(quote!(f64::INFINITY), float);
            quote!(Range(#min, #max))
        }
        Rule::Chars(set) => quote!(Chars(#set)),
        Rule::Tick { seconds } => {
            let seconds = number(*seconds);
            quote!(Tick(#seconds))
        }
        Rule::NotAfterNow => quote!(NotAfterNow),
        Rule::MaxAge { seconds } => {
            let seconds = number(*seconds);
            quote!(MaxAge(#seconds))
        }
    };
    quote!(rt::Rule::#rule)
}

fn or_max(max: Option<u64>) -> TokenStream {
    max.map_or(quote!(u64::MAX), |v| number(v).into_token_stream())
}

/// A number without the name of its type behind it.
fn number(v: impl Into<u64>) -> Literal {
    Literal::u64_unsuffixed(v.into())
}

fn list(list: &ListType, scope: &Scope<'_>) -> TokenStream {
    let item = kind(&list.item, scope);
    let mut tokens = quote!(rt::List::of(#item));
    if let Some(name) = &list.item_name {
        tokens.extend(quote!(.named(#name)));
    }
    if list.flat {
        tokens.extend(quote!(.flat()));
    }
    if let Some(form) = &list.form {
        let form = list_form(form);
        tokens.extend(quote!(.form(#form)));
    }
    tokens
}

fn kind(ty: &Type, scope: &Scope<'_>) -> TokenStream {
    let kind = match ty {
        Type::Text => quote!(Text),
        Type::Integer => quote!(Int),
        Type::Float => quote!(Float),
        Type::Boolean => quote!(Bool),
        Type::Blob => quote!(Blob),
        Type::Timestamp(format) => {
            let format = format.as_ref().map_or(quote!(rt::TimeFormat::Inherit), time_format);
            quote!(Time(#format))
        }
        Type::Document => quote!(Document),
        Type::JsonText => quote!(JsonText),
        Type::Series(info) => {
            let step = info.step.as_deref().unwrap_or_default();
            let start = info.start.as_deref().unwrap_or_default();
            quote!(Series(&rt::SeriesInfo { step: #step, start: #start }))
        }
        Type::Struct(name) => {
            let table = ident(&scope.named(name).table);
            quote!(Record(&#table))
        }
        Type::Enum(name) => {
            let rust = ident(&scope.named(name).rust);
            quote!(Enum(#rust::VALUES))
        }
        Type::List(items) => {
            let items = list(items, scope);
            quote!(List(&#items))
        }
        Type::Map(map) => {
            let value = kind(&map.value, scope);
            let mut tokens = quote!(rt::MapOf::of(#value));
            if map.key_name.is_some() || map.value_name.is_some() {
                let key_name = map.key_name.as_deref().unwrap_or_default();
                let value_name = map.value_name.as_deref().unwrap_or_default();
                tokens.extend(quote!(.named(#key_name, #value_name)));
            }
            if map.flat {
                tokens.extend(quote!(.flat()));
            }
            quote!(Map(&#tokens))
        }
    };
    quote!(rt::Kind::#kind)
}

/// The operation of an action, as a constant expression.
pub(crate) fn operation(action: &Action, input: &str, output: Option<&str>, scope: &Scope<'_>) -> TokenStream {
    let name = &action.name;
    let input = ident(input);
    let output = output.map_or(quote!(rt::NOTHING), |table| {
        let table = ident(table);
        quote!(#table)
    });
    let api = scope.api();
    let new = quote!(rt::Operation::new(#name, &#api, &#input, &#output));
    let mut fields = Vec::new();
    if action.whole_body {
        fields.push(quote!(whole_body: true));
    }
    if action.safe {
        fields.push(quote!(safe: true));
    }
    if let Some(own) = action.method {
        let own = method(own);
        fields.push(quote!(method: rt::Some(#own)));
    }
    if let Some(own) = action.place {
        let own = place(own);
        fields.push(quote!(place: rt::Some(#own)));
    }
    if let Some(own) = &action.root {
        fields.push(quote!(root: rt::Some(#own)));
    }
    if let Some(own) = &action.result {
        fields.push(quote!(result: rt::Some(#own)));
    }
    if let Some(prefix) = &action.host_prefix {
        fields.push(quote!(host_prefix: #prefix));
    }
    let errors: Vec<_> =
        action.errors.iter().filter_map(|code| scope.error_shape(code).map(|table| (code, ident(table)))).collect();
    if !errors.is_empty() {
        let errors = errors.iter().map(|(code, table)| quote!(rt::error(#code, &#table)));
        fields.push(quote!(errors: &[#(#errors),*]));
    }
    if let Some(names) = scope.names_of(&action.name) {
        fields.extend(sequence::members(action, &ident(&names.input), scope));
    }
    if fields.is_empty() { new } else { quote!(rt::Operation { #(#fields,)* ..#new }) }
}

fn option(tokens: Option<TokenStream>) -> TokenStream {
    match tokens {
        Some(tokens) => quote!(rt::Some(#tokens)),
        None => quote!(rt::None),
    }
}
