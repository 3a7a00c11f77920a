//! A service that signs nothing, with an action that may be repeated and one that may not.

use callsheet::Service;
use callsheet::schema::{
    AnswerStyle, Api, CredentialSources, ErrorCode, ErrorStyle, Field, Kind, ListForm, MapForm, Meaning, Method,
    NamePlace, Operation, Place, RequestStyle, Shape, Source, StructForm, TimeFormat,
};
use callsheet::sign::Unsigned;
use callsheet::value::Action;

const MAPS: MapForm = MapForm { entry: "entry", key: "key", value: "value" };

static API: Api = Api {
    service: "test",
    group: "",
    title: "Test",
    endpoint: "https://test.invalid/",
    regions: &[],
    request: RequestStyle {
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
    },
    sign: &Unsigned,
    answer: AnswerStyle {
        reader: &callsheet::decode::JSON,
        root: "",
        result: "",
        item: "",
        trim: true,
        maps: MAPS,
        request_id: &[Source::Header("x-request-id")],
        timestamps: TimeFormat::Iso8601,
    },
    errors: ErrorStyle {
        unless: Some(("code", "")),
        at: &[],
        code: &[Source::Path(&["code"])],
        kind: &[],
        trim: false,
        message: &[],
        codes: &[ErrorCode { code: "slow", means: Meaning::Throttled }],
    },
    common: &[],
    quota: None,
    credentials: CredentialSources::NONE,
};

static INPUT: Shape = Shape::new("Input", &[Field::new("name", Kind::Text)]);
static OUTPUT: Shape = Shape::new("Output", &[Field::new("value", Kind::Int).required()]);
static READ: Operation = Operation { safe: true, ..Operation::new("Read", &API, &INPUT, &OUTPUT) };
static WRITE: Operation = Operation {
    method: Some(Method::Post),
    place: Some(Place::Form),
    ..Operation::new("Write", &API, &INPUT, &OUTPUT)
};

/// A service at that address.
pub(crate) fn service(endpoint: &str) -> Service {
    Service::new(&API, "").endpoint(endpoint)
}

/// May be repeated; goes as GET.
#[derive(Default)]
pub(crate) struct Read {
    /// Any text.
    pub(crate) name: Option<String>,
}
callsheet::record!(Read: INPUT; 0 name);

impl Action for Read {
    type Output = Output;
    const OPERATION: &'static Operation = &READ;
}

/// May not be repeated; goes as POST.
#[derive(Default)]
pub(crate) struct Write {
    /// Any text.
    pub(crate) name: Option<String>,
}
callsheet::record!(Write: INPUT; 0 name);

impl Action for Write {
    type Output = Output;
    const OPERATION: &'static Operation = &WRITE;
}

/// What both answer.
#[derive(Default, PartialEq)]
pub(crate) struct Output {
    /// A number.
    pub(crate) value: i64,
}
callsheet::record!(Output: OUTPUT; 0 value);
