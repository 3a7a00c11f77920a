//! Two small services, written by hand: signed parameters and JSON, signed headers and XML. Each has an action that may be repeated,
//! one that may not, and one that may by virtue of its token.

use callsheet::schema::{
    AnswerStyle, Api, CredentialSources, ErrorCode, ErrorStyle, Field, Kind, ListForm, MapForm, Meaning, Method,
    NamePlace, Operation, Place, RequestStyle, Shape, Source, StructForm, TimeFormat,
};
use callsheet::sign::{Algorithm, Alphabet, ContentSha256, ParameterHmac, SigV4};
use callsheet::value::{Action, Record, Ref, Slot};
use callsheet::{Credentials, Service};

pub(crate) const KEY: &str = "AKID";
const SECRET: &str = "hunter2";

pub(crate) fn credentials() -> Credentials {
    Credentials::new(KEY, SECRET)
}

pub(crate) fn service(api: &'static Api) -> Service {
    Service::new(api, "cn").credentials(credentials())
}

const MAPS: MapForm = MapForm { entry: "entry", key: "key", value: "value" };
const REQUEST: RequestStyle = RequestStyle {
    method: Method::Get,
    place: Place::Query,
    content_type: "",
    action: NamePlace::Parameter("action"),
    action_prefix: "",
    fixed: &[],
    headers: &[],
    lists: ListForm::Indexed { base: 1 },
    empty_lists: false,
    structs: StructForm::Dotted,
    nested_json: false,
    maps: MAPS,
    booleans: ["false", "true"],
    timestamps: TimeFormat::Iso8601,
};
const ANSWER: AnswerStyle = AnswerStyle {
    reader: &callsheet::decode::JSON,
    root: "",
    result: "",
    item: "member",
    trim: true,
    maps: MAPS,
    request_id: &[Source::Header("x-request-id")],
    timestamps: TimeFormat::Iso8601,
};
const ERRORS: ErrorStyle = ErrorStyle {
    unless: Some(("ret_code", "0")),
    at: &[],
    code: &[Source::Path(&["ret_code"])],
    kind: &[],
    trim: false,
    message: &[Source::Path(&["message"])],
    codes: &[
        ErrorCode { code: "1200", means: Meaning::Auth },
        ErrorCode { code: "1300", means: Meaning::Skewed },
        ErrorCode { code: "2100", means: Meaning::NotFound },
        ErrorCode { code: "5000", means: Meaning::Transient },
        ErrorCode { code: "5900", means: Meaning::Throttled },
    ],
};

static JSON: Api = Api {
    service: "jay",
    group: "",
    title: "Jay",
    endpoint: "https://jay.test/",
    regions: &[],
    request: REQUEST,
    sign: &ParameterHmac {
        algorithm: Algorithm::HmacSha256,
        alphabet: Alphabet::Standard,
        key_id: "access_key_id",
        time_stamp: "time_stamp",
        time_format: "%Y-%m-%dT%H:%M:%SZ",
        constants: &[("signature_method", "HmacSHA256")],
        signature: "signature",
        temporary: None,
    },
    answer: ANSWER,
    errors: ERRORS,
    common: &[],
    quota: None,
    credentials: CredentialSources::NONE,
};

static XML: Api = Api {
    service: "ex",
    group: "",
    title: "Ex",
    endpoint: "https://ex.test/",
    regions: &["cn"],
    request: RequestStyle { method: Method::Post, place: Place::Form, ..REQUEST },
    sign: &SigV4 { content_sha256: ContentSha256::Hash, ..SigV4::new("s3") },
    answer: AnswerStyle { reader: &callsheet::decode::XML, ..ANSWER },
    errors: ErrorStyle {
        unless: None,
        at: &[&["Error"]],
        code: &[Source::Path(&["Code"])],
        message: &[Source::Path(&["Message"])],
        ..ERRORS
    },
    common: &[],
    quota: None,
    credentials: CredentialSources::NONE,
};

static PLAIN: Shape = Shape::new("Plain", &[Field::new("name", Kind::Text).required()]);
static TOKENED: Shape =
    Shape::new("Tokened", &[Field::new("name", Kind::Text).required(), Field::new("token", Kind::Text).token()]);
static OUTPUT: Shape =
    Shape::new("Output", &[Field::new("value", Kind::Int).required(), Field::new("more", Kind::Text)]);

/// The actions, by service; in each the safe one, the unsafe one and the one with a token.
pub(crate) static ACTIONS: [[Operation; 3]; 2] = [
    [
        Operation { safe: true, ..Operation::new("Read", &JSON, &PLAIN, &OUTPUT) },
        Operation::new("Create", &JSON, &PLAIN, &OUTPUT),
        Operation::new("CreateOnce", &JSON, &TOKENED, &OUTPUT),
    ],
    [
        Operation { safe: true, ..Operation::new("Read", &XML, &PLAIN, &OUTPUT) },
        Operation::new("Create", &XML, &PLAIN, &OUTPUT),
        Operation::new("CreateOnce", &XML, &TOKENED, &OUTPUT),
    ],
];

#[derive(Clone, Default, PartialEq)]
pub(crate) struct Plain {
    pub(crate) name: String,
}
callsheet::record!(Plain: PLAIN; 0 name);

#[derive(Clone, Default, PartialEq)]
pub(crate) struct Tokened {
    pub(crate) name: String,
    pub(crate) token: Option<String>,
}
callsheet::record!(Tokened: TOKENED; 0 name, 1 token);

#[derive(Clone, Default, PartialEq)]
pub(crate) struct Output {
    pub(crate) value: i64,
    pub(crate) more: Option<String>,
}
callsheet::record!(Output: OUTPUT; 0 value, 1 more);

/// The action of the first service that may not be repeated, as a typed one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Create(pub(crate) Plain);

impl Record for Create {
    fn shape(&self) -> &'static Shape {
        self.0.shape()
    }
    fn get(&self, index: usize) -> Ref<'_> {
        self.0.get(index)
    }
    fn slot(&mut self, index: usize) -> Slot<'_> {
        self.0.slot(index)
    }
}

impl Action for Create {
    type Output = Output;
    const OPERATION: &'static Operation = &ACTIONS[0][1];
}
