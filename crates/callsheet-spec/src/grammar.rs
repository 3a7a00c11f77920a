//! The keys of spec files: one table of keys per TOML table.
//!
//! What is unknown, what has the wrong type, and the JSON Schema that editors complete from are all taken from here.

/// A TOML table with fixed keys.
#[derive(Debug)]
pub(crate) struct Table {
    /// As in messages: `[request]`, `a field`.
    pub(crate) title: &'static str,
    /// Name in the JSON Schema.
    pub(crate) id: &'static str,
    pub(crate) keys: &'static [Key],
}

/// A key of a table.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Settings that only the merged table must have are not marked here.
    pub(crate) required: bool,
    pub(crate) doc: &'static str,
}

/// What a key may hold.
#[derive(Debug)]
pub(crate) enum Kind {
    Text,
    /// A text with a syntax of its own, checked where it is read. The words are the usual ones, the pattern covers all.
    Syntax {
        words: &'static [&'static str],
        pattern: &'static str,
    },
    /// One of these texts, each with its meaning.
    OneOf(&'static [(&'static str, &'static str)]),
    Boolean,
    Integer {
        min: i64,
        max: i64,
    },
    /// A text, integer, number or boolean; taken as text.
    Scalar,
    /// An instant: a TOML date-time with a zone, or the same as text.
    Instant,
    /// `[least]` or `[least, most]`.
    Bounds,
    List(&'static Kind),
    Table(&'static Table),
    /// A table whose keys are names of the author's choice.
    Names(&'static Kind),
    /// A table of anything.
    Anything,
    Either(&'static [Kind]),
}

const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, required: false, doc }
}

const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, required: true, doc }
}

/// One text or several.
const TEXTS: Kind = Kind::Either(&[Kind::Text, Kind::List(&Kind::Text)]);
const DURATION: Kind = Kind::Syntax { words: &[], pattern: "^[0-9]+(s|m|h|d)$" };
const ZONE: Kind = Kind::Syntax { words: &["UTC", "+08:00"], pattern: "^(UTC|Z|[+-][0-9]{2}:[0-9]{2})$" };

/// Formats of timestamps that have a name.
const TIME_NAMES: &[(&str, &str)] = &[
    ("iso8601", "`2015-01-25T08:00:00Z`, with milliseconds when there are any"),
    ("rfc822", "`Sun, 25 Jan 2015 08:00:00 GMT`"),
    ("unix", "seconds since 1970, with a fraction when there is one"),
    ("unix-ms", "milliseconds since 1970"),
];

const TIMESTAMPS: Kind = Kind::Either(&[Kind::OneOf(TIME_NAMES), Kind::Table(&TIME_PATTERN)]);

pub(crate) const LISTS: Kind = Kind::Syntax {
    words: &["name.1", "name.0", "name.member.1", "name[0]", "name[1]", "name[]", "name", "a,b", "a|b", "a+b", "json"],
    pattern: r"^(name(\.[A-Za-z]+)?\.[0-9]+|name\[[0-9]*\]|name|a[^A-Za-z0-9]b|json)$",
};

const METHODS: &[(&str, &str)] =
    &[("GET", "parameters go into the query"), ("POST", "parameters go where `place` says")];

const PLACES: &[(&str, &str)] =
    &[("query", "in the query of the URL"), ("form", "in a form body"), ("json", "as members of a JSON body")];

static TIME_PATTERN: Table = Table {
    title: "a timestamp pattern",
    id: "time-pattern",
    keys: &[
        required("pattern", Kind::Text, "A strftime pattern as in chrono: `%Y-%m-%d-%H-%M`."),
        key("zone", ZONE, "Offset of the written time from UTC: `+08:00`."),
    ],
};

/// service.toml and group.toml
pub(crate) static SERVICE: Table = Table {
    title: "a service or group",
    id: "service",
    keys: &[
        key("title", Kind::Text, "Short name for people."),
        key("doc", Kind::Text, "What it is, in a paragraph (Markdown)."),
        key("link", Kind::Text, "The vendor's page about it."),
        key("endpoint", Kind::Text, "URL template of the endpoint: `https://oos-{region}-mg.ctyunapi.cn/`."),
        key("regions", Kind::Names(&Kind::Text), "Documented regions and what they are; the first is the usual one."),
        key("request", Kind::Table(&REQUEST), "How an action goes on the wire."),
        key("sign", Kind::Table(&SIGN), "Who signs, and with which words."),
        key("answer", Kind::Table(&ANSWER), "How answers are read."),
        key("errors", Kind::Table(&ERRORS), "How errors are recognised, and what their codes mean."),
        key(
            "common",
            Kind::Names(&FIELD_KIND),
            "Parameters of every action that the caller sets once per client, such as a zone.",
        ),
        key("jobs", Kind::Table(&JOBS), "How to see what became of actions that answer before they are done."),
        key("quota", Kind::Table(&QUOTA), "How many calls the service takes of one caller."),
        key("credentials", Kind::Table(&CREDENTIALS), "Where programs look for credentials."),
    ],
};

pub(crate) static REQUEST: Table = Table {
    title: "[request]",
    id: "request",
    keys: &[
        key("method", Kind::OneOf(METHODS), "The HTTP method."),
        key("place", Kind::OneOf(PLACES), "Where parameters go."),
        key("content_type", Kind::Text, "Content type of the body, where it is not the usual one of the place."),
        key(
            "action",
            Kind::Syntax { words: &["action", "Action", "header:X-Amz-Target"], pattern: "^(header:)?[^ :]+$" },
            "The parameter that names the action, or `header:` and the name of a header.",
        ),
        key("action_prefix", Kind::Text, "What is put before the action's name: `AmazonSSM.`."),
        key("fixed", Kind::Names(&Kind::Scalar), "Parameters with one value for every action, such as a version."),
        key("headers", Kind::Names(&Kind::Scalar), "Headers with one value for every action."),
        key("lists", LISTS, "How lists are written, as the text that a list called `name` gives: `name.1`."),
        key(
            "empty_lists",
            Kind::OneOf(&[("omit", "nothing is sent"), ("name=", "the name with an empty value")]),
            "Whether the empty list is sent.",
        ),
        key(
            "structs",
            Kind::OneOf(&[
                ("name.key", "a dot between the names"),
                ("name[key]", "the key in brackets"),
                ("json", "one parameter that holds JSON text"),
            ]),
            "How structures are written.",
        ),
        key(
            "nested",
            Kind::OneOf(&[("same", "by the rules of lists and structs"), ("json", "as JSON text")]),
            "How a list or structure inside a list item is written.",
        ),
        key(
            "maps",
            Kind::Syntax { words: &["name.entry.1.key/value"], pattern: r"^name\.[^./]+\.1\.[^./]+/[^./]+$" },
            "How maps are written: `name.entry.1.key/value`.",
        ),
        key("booleans", Kind::OneOf(&[("true/false", "words"), ("1/0", "digits")]), "How booleans are written."),
        key("timestamps", TIMESTAMPS, "How timestamps are written where a field does not say otherwise."),
        key(
            "names",
            Kind::OneOf(&[("as-is", "as in the spec file"), ("capitalized", "the first letter in upper case")]),
            "What happens to names of fields that have no wire name of their own.",
        ),
    ],
};

pub(crate) static SIGN: Table = Table {
    title: "[sign]",
    id: "sign",
    keys: &[
        key(
            "scheme",
            Kind::OneOf(&[
                ("none", "requests are not signed"),
                ("parameter-hmac", "an HMAC over method, path and sorted parameters, sent as one more parameter"),
                ("sigv4", "AWS4-HMAC-SHA256 in the `Authorization` header"),
                ("aws-v2", "`Authorization: AWS id:signature`, HMAC-SHA1"),
            ]),
            "How requests are signed.",
        ),
        key("key_id", Kind::Text, "parameter-hmac: the parameter with the access key id."),
        key("time", Kind::Text, "parameter-hmac: the parameter with the time stamp."),
        key("method", Kind::Text, "parameter-hmac: the parameter that names the algorithm."),
        key(
            "algorithm",
            Kind::OneOf(&[("HmacSHA256", "HMAC with SHA-256"), ("HmacSHA1", "HMAC with SHA-1")]),
            "parameter-hmac: the algorithm.",
        ),
        key(
            "version",
            Kind::Names(&Kind::Scalar),
            "parameter-hmac: the parameter with the signature's version, and its value.",
        ),
        key("signature", Kind::Text, "parameter-hmac: the parameter with the signature."),
        key(
            "encoding",
            Kind::OneOf(&[("base64", "with padding"), ("base64url", "the URL-safe letters, without padding")]),
            "parameter-hmac: how the signature is written.",
        ),
        key("temporary", Kind::Table(&TEMPORARY), "parameter-hmac: what a temporary credential changes."),
        key("service", Kind::Text, "sigv4: the service word of the scope."),
        key("region", Kind::Text, "sigv4: the region word of the scope, where it is not that of the endpoint."),
        key(
            "content_sha256",
            Kind::OneOf(&[
                ("omit", "the header is not sent"),
                ("hash", "the hex SHA-256 of the body"),
                ("unsigned", "the text `UNSIGNED-PAYLOAD`"),
            ]),
            "sigv4: what the header `x-amz-content-sha256` says.",
        ),
    ],
};

static TEMPORARY: Table = Table {
    title: "`temporary`",
    id: "temporary",
    keys: &[
        required("token", Kind::Text, "The parameter with the session token."),
        key("path", Kind::Text, "Path in place of that of the endpoint."),
        key("version", Kind::Scalar, "Value of the signature's version."),
    ],
};

pub(crate) static ANSWER: Table = Table {
    title: "[answer]",
    id: "answer",
    keys: &[
        key("format", Kind::OneOf(&[("json", "JSON"), ("xml", "XML")]), "The format of answers."),
        key(
            "root",
            Kind::Text,
            "What the root element of XML is called, with `{action}`: `{action}Response`. Another is no answer of the service. Absent: any that holds the result, or an element of the output.",
        ),
        key(
            "result",
            Kind::Text,
            "Element or member that holds the output, with `{action}`: `{action}Result`. Absent: the root.",
        ),
        key("item", Kind::Text, "Name of list items in XML."),
        key("trim", Kind::Boolean, "Whether white space at both ends of texts is dropped, in XML."),
        key(
            "maps",
            Kind::Syntax { words: &["entry.key/value"], pattern: r"^[^./]+\.[^./]+/[^./]+$" },
            "Names of map entries, keys and values in XML: `entry.key/value`.",
        ),
        key(
            "request_id",
            TEXTS,
            "Where the request id is found, best first: `header:x-request-id` or a path of names.",
        ),
        key("timestamps", TIMESTAMPS, "How timestamps are read where a field does not say otherwise."),
    ],
};

pub(crate) static ERRORS: Table = Table {
    title: "[errors]",
    id: "errors",
    keys: &[
        key(
            "unless",
            Kind::Names(&Kind::Scalar),
            "A member of the body that differs from this value makes the answer an error: `{ ret_code = 0 }`. Every answer has it, unless the value is empty.",
        ),
        key("at", TEXTS, "XML: paths, root element included, of the element that holds code and message."),
        key("code", TEXTS, "Where the code is found, best first: `header:x-error` or a path of names."),
        key("kind", TEXTS, "Where the name of the modelled error is found, if it is not the code."),
        key(
            "trim",
            Kind::Boolean,
            "Whether codes are cut: what follows the first `:` or `;` is dropped, then what comes before the last `#`.",
        ),
        key("message", TEXTS, "Where the message is found, best first."),
        key("codes", Kind::Names(&ERROR_KIND), "Documented codes: what each says, and what it means for the caller."),
    ],
};

const ERROR_KIND: Kind = Kind::Either(&[Kind::Text, Kind::Table(&ERROR)]);

/// The words of `means`.
pub(crate) const MEANINGS: &[(&str, &str)] = &[
    ("invalid", "the request is wrong; correct it"),
    ("auth", "key id, secret or signature is wrong"),
    ("denied", "the caller may not do this, or not in this state"),
    ("not-found", "what is asked for does not exist"),
    ("conflict", "it exists already, or something depends on it"),
    ("quota", "a quota or the balance is used up"),
    ("throttled", "too many requests; repeat later"),
    ("skewed", "the clock is wrong or the request came too late; sign anew"),
    ("transient", "a passing failure of the server; repeat"),
    ("other", "none of these"),
];

static ERROR: Table = Table {
    title: "an error code",
    id: "error",
    keys: &[
        key("means", Kind::OneOf(MEANINGS), "What the code means for the caller."),
        key("status", Kind::Integer { min: 100, max: 599 }, "The documented HTTP status."),
        key("doc", Kind::Text, "What the code says (Markdown)."),
        key("members", Kind::Text, "The structure with the error's own members."),
    ],
};

pub(crate) static JOBS: Table = Table {
    title: "[jobs]",
    id: "jobs",
    keys: &[
        required(
            "id",
            Kind::Text,
            "The field of an answer with the id of the job; an action that answers it starts one.",
        ),
        required(
            "poll",
            Kind::Text,
            "The action that tells how jobs are going: `DescribeJobs`, with its group: `job/DescribeJobs`.",
        ),
        required("parameter", Kind::Text, "The parameter of that action that takes the id."),
        required("waiter", Kind::Text, "The waiter of that action that is done when the job is."),
        key(
            "key",
            Kind::Text,
            "The field of that action's answer with the id of each job that it tells of: `jobs[]/id`.",
        ),
        key("reason", Kind::Text, "The field of that action's answer that says why a job failed: `jobs[]/error`."),
    ],
};

static QUOTA: Table = Table {
    title: "[quota]",
    id: "quota",
    keys: &[
        required("calls", Kind::Integer { min: 1, max: u32::MAX as i64 }, "So many calls, those in vain included."),
        required("per", DURATION, "In any time of this length: `1h`."),
    ],
};

pub(crate) static CREDENTIALS: Table = Table {
    title: "[credentials]",
    id: "credentials",
    keys: &[
        key("env", Kind::List(&Kind::Table(&ENVIRONMENT)), "Sets of environment variables, tried in order."),
        key("files", Kind::List(&Kind::Table(&CREDENTIAL_FILE)), "Files, tried in order."),
        key(
            "metadata",
            Kind::Table(&METADATA),
            "The address that tells an instance of the cloud a temporary credential.",
        ),
    ],
};

static METADATA: Table = Table {
    title: "[credentials.metadata]",
    id: "metadata",
    keys: &[
        required(
            "url",
            Kind::Text,
            "The address: `http://169.254.169.254/...`. It answers a JSON object, or a text with one in it.",
        ),
        required("id", Kind::Text, "Member with the access key id."),
        required("secret", Kind::Text, "Member with the secret."),
        required("token", Kind::Text, "Member with the session token."),
        required(
            "expires",
            Kind::Text,
            "Member with the time until which it is good: seconds since 1970, or ISO 8601.",
        ),
    ],
};

static ENVIRONMENT: Table = Table {
    title: "a set of environment variables",
    id: "environment",
    keys: &[
        required("id", Kind::Text, "Variable with the access key id."),
        required("secret", Kind::Text, "Variable with the secret."),
        key("token", Kind::Text, "Variable with the session token."),
        key("endpoint", Kind::Text, "Variable with the endpoint, a whole address: `https://host/path`."),
        key("common", Kind::Names(&Kind::Text), "Common parameters, each with the variable that has its value."),
    ],
};

static CREDENTIAL_FILE: Table = Table {
    title: "a credential file",
    id: "credential-file",
    keys: &[
        required("path", Kind::Text, "Where it lies; may begin with `~/`."),
        required(
            "format",
            Kind::OneOf(&[("yaml", "flat `key: value` lines"), ("ini", "sections (profiles) of `key = value` lines")]),
            "How it is written.",
        ),
        required("id", Kind::Text, "Key of the access key id."),
        required("secret", Kind::Text, "Key of the secret."),
        key("token", Kind::Text, "Key of the session token."),
        key(
            "endpoint",
            Kind::Table(&ADDRESS_KEYS),
            "Keys of the parts of the endpoint, for those that differ from the usual one.",
        ),
        key("metadata", Kind::Table(&ADDRESS_KEYS), "Keys of the parts of the metadata address."),
        key("common", Kind::Names(&Kind::Text), "Common parameters, each with the key that has its value."),
    ],
};

static ADDRESS_KEYS: Table = Table {
    title: "a set of keys of an address",
    id: "address-keys",
    keys: &[
        key("scheme", Kind::Text, "Key of `https` or `http`."),
        key("host", Kind::Text, "Key of the host."),
        key("port", Kind::Text, "Key of the port."),
        key("path", Kind::Text, "Key of the path."),
    ],
};

/// An action file.
pub(crate) static ACTION: Table = Table {
    title: "an action",
    id: "action",
    keys: &[
        key("doc", Kind::Text, "What it does (Markdown); the first sentence is the summary."),
        key("link", Kind::Text, "The vendor's page about it."),
        key("safe", Kind::Boolean, "Whether repeating it does no harm: true for reads. Absent: false."),
        key("method", Kind::OneOf(METHODS), "The HTTP method, where it differs from that of the group."),
        key("place", Kind::OneOf(PLACES), "Where parameters go, where it differs from the group."),
        key("root", Kind::Text, "What the root element is called, where it differs from the group; empty for any."),
        key("result", Kind::Text, "What holds the output, where it differs from the group; empty for the root."),
        key("host_prefix", Kind::Text, "Put before the host; `{name}` is the value of the parameter `name`."),
        key("deprecated", Kind::Text, "Why it should not be used any more."),
        key("errors", Kind::List(&Kind::Text), "Codes of `[errors.codes]` that the vendor documents for this action."),
        key("order", Kind::List(&Kind::Text), "Rules about two parameters: `BeginDate <= EndDate`."),
        key("pages", Kind::Table(&PAGES), "How an answer that comes in pages goes on."),
        key("window", Kind::Table(&WINDOW), "How a span of time that is too long for one call is cut."),
        key(
            "waiter",
            Kind::Names(&Kind::Table(&WAITER)),
            "Conditions that can be waited for by calling the action again: `[waiter.InstanceRunning]`.",
        ),
        key("input", Kind::Names(&FIELD_KIND), "Parameters: name and type, or name and a table."),
        key("output", Kind::Names(&FIELD_KIND), "Fields of the answer: name and type, or name and a table."),
        ENUMS,
        STRUCTS,
        UNIONS,
        ALIASES,
        DOCS,
        key("example", Kind::List(&Kind::Table(&EXAMPLE)), "Examples: documentation, test and mock answer at once."),
    ],
};

static PAGES: Table = Table {
    title: "[pages]",
    id: "pages",
    keys: &[
        key("input", TEXTS, "The parameter with the mark of the page; several for a mark of several parts."),
        key("output", TEXTS, "The field of the answer with the mark of the next page, one for each of `input`."),
        key("offset", Kind::Text, "In place of marks: the parameter that says how many items to skip."),
        key("total", Kind::Text, "With `offset`: the field with the number of items in all."),
        key("more", Kind::Text, "The field that says whether there is a next page, if it is not the mark alone."),
        key("items", TEXTS, "The lists or maps with the items of a page."),
        key("limit", Kind::Text, "The parameter with the most items of a page."),
        key(
            "size",
            Kind::Integer { min: 1, max: 1_000_000 },
            "What `limit` is where the caller does not say: the largest page that the service gives.",
        ),
    ],
};

static WINDOW: Table = Table {
    title: "[window]",
    id: "window",
    keys: &[
        required("begin", Kind::Text, "The parameter with the begin of the span of time."),
        required("end", Kind::Text, "The parameter with its end, which belongs to it."),
        required("step", DURATION, "The distance of samples, or what begin and end are rounded to: `5m`."),
        key("span", DURATION, "The most time that one call covers, the step at its end included: `31d`."),
        key("by", Kind::Text, "The parameter on which the span depends."),
        key("spans", Kind::Names(&DURATION), "The span for values of that parameter: `{ byHour = \"7d\" }`."),
        key(
            "limit",
            Kind::Boolean,
            "The spans are limits of the service: a call over a longer one is refused before it is sent. Otherwise they only say how to cut.",
        ),
        key(
            "doubt",
            DURATION,
            "A span that is longer by no more than this is only warned about, because sources disagree on it.",
        ),
        key(
            "join",
            Kind::Names(&Kind::Text),
            "Lists that are put together, and the field by which their items are the same: `{ Region = \"Name\", \"Region[]/Data\" = \"Date\" }`; empty for items that never are.",
        ),
    ],
};

static WAITER: Table = Table {
    title: "a waiter",
    id: "waiter",
    keys: &[
        required("every", DURATION, "Time between two calls: `15s`."),
        required("tries", Kind::Integer { min: 1, max: 100_000 }, "Number of calls after which it is given up."),
        required(
            "when",
            Kind::List(&Kind::Table(&WAIT_RULE)),
            "What an answer means: the first rule that fits decides.",
        ),
    ],
};

static WAIT_RULE: Table = Table {
    title: "a rule of a waiter",
    id: "wait-rule",
    keys: &[
        key("value", Kind::Text, "This field of the answer has the value of `is`: `Table/Status`."),
        key(
            "all",
            Kind::Text,
            "There is at least one of these fields, and all have the value of `is`: `Images[]/State`.",
        ),
        key("any", Kind::Text, "One of these fields has the value of `is`."),
        key("is", Kind::Scalar, "The value that a field is compared with."),
        key("some", Kind::Text, "There is such a field, and it is not empty."),
        key("none", Kind::Text, "There is no such field, or it is empty."),
        key(
            "error",
            Kind::Scalar,
            "The service answers with this error code; `true`: with any error, `false`: with none.",
        ),
        key("status", Kind::Integer { min: 100, max: 599 }, "The answer's HTTP status."),
        required("then", Kind::OneOf(WAIT_STATES), "What follows."),
    ],
};

/// The words of `then`.
const WAIT_STATES: &[(&str, &str)] = &[
    ("done", "what was waited for is so"),
    ("failed", "it will never be so"),
    ("again", "it is not so yet: call again"),
];

/// types.toml
pub(crate) static TYPES: Table =
    Table { title: "a types file", id: "types", keys: &[ENUMS, STRUCTS, UNIONS, ALIASES, DOCS] };

const ENUMS: Key = key(
    "enum",
    Kind::Names(&Kind::Either(&[Kind::List(&Kind::Text), Kind::Names(&Kind::Text)])),
    "Texts with documented values: a list of values, or values and what they mean. Other values are kept.",
);
const STRUCTS: Key = key("struct", Kind::Names(&Kind::Names(&FIELD_KIND)), "Structures: `[struct.Name]`.");
const UNIONS: Key = key(
    "union",
    Kind::Names(&Kind::Names(&FIELD_KIND)),
    "Structures of which exactly one field is there: `[union.Name]`.",
);
const ALIASES: Key = key(
    "type",
    Kind::Names(&FIELD_KIND),
    "Types with settings of their own, such as a time format; a field that uses one can override them.",
);
const DOCS: Key = key("docs", Kind::Names(&Kind::Text), "What structures, unions and enums are (Markdown), by name.");

/// Names of types that are always there, each with its meaning.
pub(crate) const BUILTIN_TYPES: &[(&str, &str)] = &[
    ("string", "text"),
    ("integer", "a whole number of 64 bits"),
    ("float", "a number"),
    ("boolean", "true or false"),
    ("timestamp", "an instant"),
    ("blob", "bytes, in base64"),
    ("document", "any JSON value"),
    ("json", "a text that holds a JSON value"),
    ("series", "a monitor series in QingCloud's encoding"),
];

pub(crate) const TYPE: Kind = Kind::Syntax {
    words: &[
        "string",
        "string!",
        "integer",
        "integer!",
        "float",
        "boolean",
        "timestamp",
        "blob",
        "document",
        "json",
        "series",
        "[string]",
    ],
    pattern: r"^[\[{]*[A-Za-z_][A-Za-z0-9_]*[\]}]*[!?]?$",
};

/// A field: its type, or a table.
const FIELD_KIND: Kind = Kind::Either(&[TYPE, Kind::Table(&FIELD)]);

/// Keys of [`FIELD`] that a `[type]` must not have: they belong to one place of use.
pub(crate) const NOT_FOR_ALIASES: &[&str] =
    &["default", "wire", "send", "read", "token", "attribute", "from", "host_label", "deprecated"];

pub(crate) static FIELD: Table = Table {
    title: "a field",
    id: "field",
    keys: &[
        required(
            "type",
            TYPE,
            "`string`, `integer` ..., a name, `[T]` for a list, `{T}` for a map; `!` at the end: required; `?` at the end of a list or map: absent differs from empty.",
        ),
        key("doc", Kind::Text, "What it is (Markdown)."),
        key("unit", Kind::Text, "`B/s`, `per mille` ..."),
        key("default", Kind::Scalar, "What the server takes when it is absent."),
        key("wire", Kind::Text, "Name on the wire, where it is not that of the field."),
        key("send", Kind::Text, "Name in requests only."),
        key("read", Kind::Text, "Name in answers only."),
        key("length", Kind::Bounds, "Least and most number of characters: `[3, 63]`, or `[3]` for the least alone."),
        key("range", Kind::Bounds, "Least and most value."),
        key("chars", Kind::Text, "The characters that may occur: `a-z0-9.-`; a dash at either end is itself."),
        key("items", Kind::Bounds, "Least and most number of items."),
        key("tick", DURATION, "The time is a whole multiple of this since midnight: `5m`."),
        key("not_after_now", Kind::Boolean, "The time must not lie in the future."),
        key("max_age", DURATION, "The time must not lie further back: `31d`."),
        key(
            "expected",
            Kind::Boolean,
            "A parameter that sources disagree on, or that nearly every call needs: its absence is warned about.",
        ),
        key("sensitive", Kind::Boolean, "The value is never shown."),
        key("token", Kind::Boolean, "An idempotency token: filled in when absent."),
        key("attribute", Kind::Boolean, "An attribute of the element, in XML answers."),
        key(
            "from",
            Kind::OneOf(&[("body", "the whole body of the answer as it came, whatever is in it")]),
            "What the only field of `[output]` takes where the answer is not documented.",
        ),
        key("host_label", Kind::Boolean, "Part of the action's `host_prefix`."),
        key("deprecated", Kind::Text, "Why it should not be used any more."),
        key(
            "format",
            Kind::Syntax {
                words: &["iso8601", "rfc822", "unix", "unix-ms"],
                pattern: "^(iso8601|rfc822|unix|unix-ms|.*%.*)$",
            },
            "Format of a timestamp: a name, or a strftime pattern.",
        ),
        key("zone", ZONE, "Offset of a patterned timestamp from UTC."),
        key("lists", LISTS, "How this list is written."),
        key("flat", Kind::Boolean, "Items of the list or map stand directly in the parent."),
        key("item", Kind::Text, "Name of list items on the wire."),
        key("key", Kind::Text, "Name of map keys on the wire."),
        key("value", Kind::Text, "Name of map values on the wire."),
        key("step", Kind::Text, "series: the parameter with the step."),
        key("start", Kind::Text, "series: the parameter with the start."),
    ],
};

pub(crate) static EXAMPLE: Table = Table {
    title: "an example",
    id: "example",
    keys: &[
        required("title", Kind::Text, "What it shows."),
        key("now", Kind::Instant, "The clock of the example."),
        key("request", Kind::Anything, "Parameters by name."),
        key("documented", Kind::Text, "The file beside this one with the vendor's text of the request."),
        key("status", Kind::Integer { min: 100, max: 599 }, "The answer's status. Absent: 200."),
        key("headers", Kind::Names(&Kind::Scalar), "The answer's headers."),
        key("response", Kind::Text, "The file beside this one with the answer's body."),
    ],
};
