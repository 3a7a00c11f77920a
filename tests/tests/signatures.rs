//! Every published or computed signature that we know, made anew, and verified as a server would.
//!
//! The vectors of QingCloud and OOS lie in `tests/data`. The public suites for AWS Signature Version 4 are read from the
//! folder that `CALLSHEET_SHARED` names.
//!
//! An [`Explanation`] shows `<redacted>` where a session token was; the expected texts are compared with the same put in.
//! The signature beside them, which is made from the true text, proves that nothing else was lost.

#![allow(clippy::unwrap_used, clippy::panic, reason = "that is how a test fails, also in its helpers")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsheet::Credentials;
use callsheet::draft::{Body, Draft};
use callsheet::pairs::Pairs;
use callsheet::sign::{
    Algorithm, Alphabet, AwsV2, ContentSha256, DateHeader, Explanation, ParameterHmac, Scheme, SigV4, Signed,
    Temporary, Words, encode_path, explain, explain_presigned, presign, sign, verify,
};
use chrono::{DateTime, NaiveDateTime, Utc};
use http::Method;
use serde_json::Value;

// ---- QingCloud ----

const QINGCLOUD: ParameterHmac = ParameterHmac {
    algorithm: Algorithm::HmacSha256,
    alphabet: Alphabet::Standard,
    key_id: "access_key_id",
    time_stamp: "time_stamp",
    time_format: "%Y-%m-%dT%H:%M:%SZ",
    constants: &[("signature_method", "HmacSHA256"), ("signature_version", "1")],
    signature: "signature",
    temporary: Some(Temporary {
        token: "token",
        path: Some(("/iaas/", "/iam/")),
        constants: &[("signature_method", "HmacSHA256"), ("signature_version", "2")],
    }),
};

const QINGCLOUD_SHA1: ParameterHmac = ParameterHmac {
    algorithm: Algorithm::HmacSha1,
    constants: &[("signature_method", "HmacSHA1"), ("signature_version", "1")],
    ..QINGCLOUD
};

const APP_CENTER: ParameterHmac = ParameterHmac {
    alphabet: Alphabet::UrlSafe,
    key_id: "app_id",
    temporary: Some(Temporary { token: "access_token", path: None, constants: QINGCLOUD.constants }),
    ..QINGCLOUD
};

#[test]
fn qingcloud() {
    let vectors = own_vectors("qingcloud-signatures.json");
    let cases = list(&vectors["vectors"]);
    assert_eq!(cases.len(), 18);
    for case in cases {
        let scheme = match text(&case["algorithm"]) {
            "HmacSHA1" => QINGCLOUD_SHA1,
            _ => QINGCLOUD,
        };
        let credentials = Credentials::new(text(&case["access_key_id"]), text(&case["secret_access_key"]));
        check_parameters(case, scheme, with_token(credentials, &case["params"]["token"]));
    }
}

#[test]
fn qingcloud_app_center() {
    let vectors = own_vectors("qingcloud-signatures.json");
    let cases = list(&vectors["app_center_vectors"]);
    assert_eq!(cases.len(), 3);
    for case in cases {
        let credentials = Credentials::new(case["app_id"].as_str().unwrap_or("app"), text(&case["secret_app_key"]));
        match text(&case["name"]) {
            "app-center-get" => {
                check_parameters(case, APP_CENTER, with_token(credentials, &case["access_token"]));
            }
            "app-center-sign-text" => {
                assert_eq!(APP_CENTER.sign_text(text(&case["text"]), &credentials), text(&case["signature"]));
            }
            "app-center-payload" => {
                // the payload wants its members sorted
                let members: std::collections::BTreeMap<_, _> =
                    case["access_info"].as_object().unwrap().iter().collect();
                let payload = URL_SAFE_NO_PAD.encode(serde_json::to_string(&members).unwrap());
                assert_eq!(payload, text(&case["payload"]));
                assert_eq!(APP_CENTER.sign_text(&payload, &credentials), text(&case["signature"]));
            }
            name => panic!("{name} is new: say how to check it"),
        }
    }
}

/// Signs the parameters of the caller, and expects the rest of the vector.
fn check_parameters(case: &Value, scheme: ParameterHmac, credentials: Credentials) {
    let name = text(&case["name"]);
    let time: DateTime<Utc> = text(&case["time_stamp"]).parse().unwrap();
    let temporary = scheme.temporary.unwrap();
    let of_signer = |name: &str| {
        [scheme.key_id, scheme.time_stamp, temporary.token].contains(&name)
            || scheme.constants.iter().any(|(constant, _)| *constant == name)
    };
    let mut pairs = Pairs::new();
    // backwards, so that something is left to sort
    for (name, value) in case["params"].as_object().unwrap().iter().rev().filter(|(name, _)| !of_signer(name)) {
        pairs.push(name, text(value));
    }
    let sent_to = if text(&case["path"]) == "/iam/" { "/iaas/" } else { text(&case["path"]) };
    let post = case["method"] == "POST";
    let draft = Draft {
        method: text(&case["method"]).parse().unwrap(),
        scheme: "https".to_owned(),
        host: "api.qingcloud.com".to_owned(),
        path: sent_to.to_owned(),
        query: if post { Pairs::new() } else { pairs.clone() },
        headers: Default::default(),
        body: if post { Body::Form(pairs) } else { Body::Empty },
    };

    let scheme = Scheme::ParameterHmac(scheme);
    let words = Words::default();
    let explanation = explain(&scheme, draft.clone(), &credentials, &words, time).unwrap();
    assert_eq!(explanation.canonical_request, None, "{name}");
    assert_eq!(explanation.string_to_sign, redacted(&case["string_to_sign"], &credentials), "{name}");
    assert_eq!(explanation.signature, text(&case["signature"]), "{name}");

    let signed = sign(&scheme, draft, &credentials, &words, time).unwrap();
    let request = signed.into_request().unwrap();
    assert_eq!(request.uri().path_and_query().unwrap().as_str(), text(&case["request_target"]), "{name}");
    if post {
        assert_eq!(std::str::from_utf8(request.body()).unwrap(), text(&case["body_sorted"]), "{name}");
        let python = request.clone().map(|_| text(&case["body_as_sent_by_python_sdk"]).as_bytes().to_vec());
        check_verified(name, &scheme, &python, &credentials, &words, time);
    }
    check_verified(name, &scheme, &request, &credentials, &words, time);
}

// ---- CTYUN OOS ----

#[test]
fn oos_v4() {
    let vectors = own_vectors("oos-signatures.json");
    let cases = list(&vectors["v4"]);
    assert_eq!(cases.len(), 12);
    for case in cases {
        let name = text(&case["id"]);
        let credentials = with_token(oos_credentials(&vectors), &case["headers"]["x-amz-security-token"]);
        let content_sha256 = match case["headers"]["x-amz-content-sha256"].as_str() {
            Some("UNSIGNED-PAYLOAD") => ContentSha256::Unsigned,
            _ => ContentSha256::Hash,
        };
        // services of the vectors become words of a static table
        let service = if case["service"] == "sts" { "sts" } else { "s3" };
        let scheme = SigV4 { content_sha256, ..SigV4::new(service) };
        let words = Words { region: text(&case["region"]) };
        let time = stamp(text(&case["timestamp"]));
        let mut draft = oos_draft(case);
        for pair in list(&case["params"]) {
            draft.query.push(text(&pair[0]), text(&pair[1]));
        }

        let (explanation, signed) = if case["authorization"].is_null() {
            let expires = 3600;
            let explanation = explain_presigned(&scheme, draft.clone(), &credentials, &words, time, expires).unwrap();
            let signed = presign(&scheme, draft, &credentials, &words, time, expires).unwrap();
            // the service reads the parameters in any order: facts/oos.md, section 2
            assert_eq!(sorted(signed.draft().query.as_str()), sorted(text(&case["query_on_wire"])), "{name}");
            (explanation, signed)
        } else {
            let with = Scheme::SigV4(scheme);
            let explanation = explain(&with, draft.clone(), &credentials, &words, time).unwrap();
            let signed = sign(&with, draft, &credentials, &words, time).unwrap();
            assert_eq!(signed.draft().header("authorization"), case["authorization"].as_str(), "{name}");
            assert_eq!(sorted(signed.draft().query.as_str()), sorted(text(&case["query_on_wire"])), "{name}");
            (explanation, signed)
        };
        let canonical_request = redacted(&case["canonical_request"], &credentials);
        assert_eq!(explanation.canonical_request, Some(canonical_request), "{name}");
        assert_eq!(explanation.string_to_sign, text(&case["string_to_sign"]), "{name}");
        for (header, value) in case["headers"].as_object().unwrap().iter().filter(|(header, _)| *header != "host") {
            assert_eq!(signed.draft().header(header), value.as_str(), "{name}: {header}");
        }
        let request = signed.into_request().unwrap();
        check_verified(name, &Scheme::SigV4(scheme), &request, &credentials, &words, time);
    }
}

#[test]
fn oos_v2() {
    let vectors = own_vectors("oos-signatures.json");
    let cases = list(&vectors["v2"]);
    assert_eq!(cases.len(), 2);
    for case in cases {
        let name = text(&case["id"]);
        let credentials = oos_credentials(&vectors);
        let (date, sent) = match case["headers"]["date"].as_str() {
            Some(sent) => (DateHeader::Date, sent),
            None => (DateHeader::AmzDate, text(&case["headers"]["x-amz-date"])),
        };
        let scheme = Scheme::AwsV2(AwsV2 { date, sub_resources: &["acl"] });
        let time = DateTime::parse_from_rfc2822(sent).unwrap().to_utc();
        let mut draft = oos_draft(case);
        // not a sub-resource, so that it stays out
        draft.query.push("Action", "GetBandwidth");

        let words = Words::default();
        let explanation = explain(&scheme, draft.clone(), &credentials, &words, time).unwrap();
        assert_eq!(explanation.string_to_sign, text(&case["string_to_sign"]), "{name}");
        let signed = sign(&scheme, draft, &credentials, &words, time).unwrap();
        assert_eq!(signed.draft().header("authorization"), case["authorization"].as_str(), "{name}");
        assert_eq!(signed.draft().header(date.name()), Some(sent), "{name}");
        check_verified(name, &scheme, &signed.into_request().unwrap(), &credentials, &words, time);
    }
}

/// The four worked examples of the developer document of OOS; facts/oos.md, section 2.
#[test]
fn oos_v4_documented() {
    struct Example {
        name: &'static str,
        method: Method,
        host: &'static str,
        path: &'static str,
        query: &'static [(&'static str, &'static str)],
        headers: &'static [(&'static str, &'static str)],
        body: &'static str,
        time: &'static str,
        expires: Option<u32>,
        canonical_hash: &'static str,
        signature: &'static str,
    }
    const EMPTY: Example = Example {
        name: "",
        method: Method::GET,
        host: "oos-cn.ctyunapi.cn",
        path: "/examplebucket/test.txt",
        query: &[],
        headers: &[],
        body: "",
        time: "",
        expires: None,
        canonical_hash: "",
        signature: "",
    };
    let examples = [
        Example {
            name: "get a range",
            host: "examplebucket.oos-cn.ctyunapi.cn",
            path: "/test.txt",
            headers: &[("range", "bytes=0-9")],
            time: "20190220T060724Z",
            canonical_hash: "bca722269a76aadb00dfe5a50fefdbd5712065267e1692cc596cefd2681f5d14",
            signature: "be3f55b78165716c51ce37f588048f858fc27f7449d8fe74f887d999e5fc9193",
            ..EMPTY
        },
        Example {
            name: "put",
            method: Method::PUT,
            headers: &[("content-length", "12"), ("x-amz-storage-class", "STANDARD")],
            body: "hello world!",
            time: "20190220T070722Z",
            canonical_hash: "66919f4f7f555dec8599c5894bbd5c104767bbf0180103d751653143f67a8d45",
            signature: "29407b3d2010ab3f86e313302a4d952d8ac0070364cd91ba3b113258a4d36b9b",
            ..EMPTY
        },
        Example {
            name: "list",
            host: "examplebucket.oos-cn.ctyunapi.cn",
            path: "/",
            query: &[("max-keys", "2"), ("prefix", "t")],
            time: "20190220T085955Z",
            canonical_hash: "bc2b6af0cbbe17679b2697f7239b02dc21d4b62fc30e197441cf900d35d3b103",
            signature: "ce5ef3764d4a34b4e3c81d37b9a310432e5c4bf8bb4722c14877adba882fc559",
            ..EMPTY
        },
        Example {
            name: "presigned get",
            time: "20190220T095256Z",
            expires: Some(604_800),
            canonical_hash: "023d2e0e5fba779afb9fe621e9413622e7f1aff9ffc7348e55d0805d97cb1571",
            signature: "f566134de06fb3daa22b9649baf82d15d6aa575e146b6ba9aff13a2bde63a1ec",
            ..EMPTY
        },
    ];
    assert_eq!(examples.len(), 4);
    let scheme = SigV4 { content_sha256: ContentSha256::Hash, ..SigV4::new("s3") };
    let words = Words { region: "cn" };
    let credentials = oos_credentials(&own_vectors("oos-signatures.json"));
    for example in examples {
        let name = example.name;
        let mut query = Pairs::new();
        for (name, value) in example.query {
            query.push(name, value);
        }
        let draft = Draft {
            method: example.method,
            scheme: "https".to_owned(),
            host: example.host.to_owned(),
            path: example.path.to_owned(),
            query,
            headers: example.headers.iter().copied().collect(),
            body: Body::Bytes(example.body.as_bytes().to_vec()),
        };
        let time = stamp(example.time);
        let with = Scheme::SigV4(scheme);
        let (explanation, signed) = match example.expires {
            Some(expires) => (
                explain_presigned(&scheme, draft.clone(), &credentials, &words, time, expires).unwrap(),
                presign(&scheme, draft, &credentials, &words, time, expires).unwrap(),
            ),
            None => (
                explain(&with, draft.clone(), &credentials, &words, time).unwrap(),
                sign(&with, draft, &credentials, &words, time).unwrap(),
            ),
        };
        let hash = explanation.string_to_sign.rsplit('\n').next();
        assert_eq!(hash, Some(example.canonical_hash), "{name}: {:?}", explanation.canonical_request);
        assert_eq!(explanation.signature, example.signature, "{name}");
        check_verified(name, &with, &signed.into_request().unwrap(), &credentials, &words, time);
    }
}

fn oos_credentials(vectors: &Value) -> Credentials {
    Credentials::new(text(&vectors["access_key"]), text(&vectors["secret_key"]))
}

/// Method, place, body and content type of a case; neither query nor the headers of the signer.
fn oos_draft(case: &Value) -> Draft {
    let content_type = case["headers"]["content-type"].as_str();
    Draft {
        method: text(&case["method"]).parse().unwrap(),
        scheme: "https".to_owned(),
        host: text(&case["host"]).to_owned(),
        path: text(&case["path"]).to_owned(),
        query: Pairs::new(),
        headers: content_type.map(|value| ("content-type".to_owned(), value.to_owned())).into_iter().collect(),
        body: Body::Bytes(text(&case["body"]).as_bytes().to_vec()),
    }
}

// ---- the public suites for Signature Version 4 ----

#[test]
fn aws_c_auth() {
    let Some(cases) = shared_vectors("aws-c-auth-v4.json") else { return };
    let mut done = 0;
    for case in list(&cases) {
        let name = text(&case["name"]);
        let context = &case["context"];
        let key = &context["credentials"];
        let credentials = Credentials::new(text(&key["access_key_id"]), text(&key["secret_access_key"]));
        let credentials = with_token(credentials, &key["token"]);
        let sign_body = context["sign_body"] == true;
        let scheme = SigV4 {
            region: Some("us-east-1"),
            content_sha256: if sign_body { ContentSha256::Hash } else { ContentSha256::Omit },
            normalize_path: context["normalize"] == true,
            omit_session_token: context["omit_session_token"] == true,
            presign_unsigned: false,
            ..SigV4::new("service")
        };
        assert_eq!((&context["region"], &context["service"]), (&"us-east-1".into(), &"service".into()), "{name}");
        let time: DateTime<Utc> = text(&context["timestamp"]).parse().unwrap();
        let expires = u32::try_from(context["expiration_in_seconds"].as_u64().unwrap()).unwrap();
        let request = Message::parse(text(&case["request"]));
        let words = Words::default();
        let with = Scheme::SigV4(scheme);

        let explanation = explain(&with, request.draft(), &credentials, &words, time).unwrap();
        let signed = sign(&with, request.draft(), &credentials, &words, time).unwrap();
        check_suite(&format!("{name}, header"), &case["header"], &explanation, &signed, &credentials);
        let path = encode_path(&request.path, scheme.normalize_path);
        assert_eq!(explanation.canonical_request.unwrap().split('\n').nth(1), Some(path.as_str()), "{name}");
        check_verified(name, &with, &signed.into_request().unwrap(), &credentials, &words, time);
        done += 1;

        let explanation = explain_presigned(&scheme, request.draft(), &credentials, &words, time, expires).unwrap();
        let signed = presign(&scheme, request.draft(), &credentials, &words, time, expires).unwrap();
        check_suite(&format!("{name}, query"), &case["query"], &explanation, &signed, &credentials);
        check_verified(name, &with, &signed.into_request().unwrap(), &credentials, &words, time);
        done += 1;
    }
    assert_eq!(done, 38 * 2);
}

#[test]
fn botocore() {
    let Some(cases) = shared_vectors("botocore-aws4.json") else { return };
    let mut done = 0;
    for case in list(&cases) {
        let name = text(&case["name"]);
        let mut case = case.clone();
        if name == "get-vanilla-with-session-token" {
            // a misprint of the suite: the signed request has the signature of the case without a token
            let right = text(&case["authorization"]).rsplit_once('=').unwrap().1.to_owned();
            let (rest, _) = text(&case["signed_request"]).rsplit_once('=').unwrap();
            case["signed_request"] = format!("{rest}={right}").into();
        }
        let authorization = text(&case["authorization"]).to_owned();
        case["signature"] = authorization.rsplit_once('=').unwrap().1.into();
        let signed_request = Message::parse(text(&case["signed_request"]));
        let token = signed_request.headers.iter().find(|(name, _)| name == "x-amz-security-token");
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let credentials = match token {
            Some((_, token)) => credentials.with_token(token.as_str()),
            None => credentials,
        };
        let scheme = Scheme::SigV4(SigV4 {
            normalize_path: true,
            omit_session_token: !text(&case["canonical_request"]).contains("x-amz-security-token:"),
            ..SigV4::new("service")
        });
        let time = stamp("20150830T123600Z");
        let words = Words { region: "us-east-1" };
        let request = Message::parse(text(&case["request"]));

        let explanation = explain(&scheme, request.draft(), &credentials, &words, time).unwrap();
        let signed = sign(&scheme, request.draft(), &credentials, &words, time).unwrap();
        assert_eq!(signed.draft().header("authorization"), Some(authorization.as_str()), "{name}");
        check_suite(name, &case, &explanation, &signed, &credentials);
        check_verified(name, &scheme, &signed.into_request().unwrap(), &credentials, &words, time);
        done += 1;
    }
    assert_eq!(done, 34);
}

fn check_suite(name: &str, expected: &Value, explanation: &Explanation, signed: &Signed, credentials: &Credentials) {
    let canonical_request = redacted(&expected["canonical_request"], credentials);
    assert_eq!(explanation.canonical_request.as_ref(), Some(&canonical_request), "{name}");
    assert_eq!(explanation.string_to_sign, text(&expected["string_to_sign"]), "{name}");
    assert_eq!(explanation.signature, text(&expected["signature"]), "{name}");
    let mut expected = Message::parse(text(&expected["signed_request"]));
    let mut made = Message::of(signed.draft());
    // the order of headers is free; a raw target cannot be sent, so the expected one is encoded first
    expected.headers.sort();
    made.headers.sort();
    expected.path = encode_path(&expected.path, false);
    expected.query = Pairs::parse(&expected.query, false).as_str().to_owned();
    assert_eq!(made, expected, "{name}");
}

/// A request as the suites write it.
#[derive(Debug, PartialEq)]
struct Message {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Message {
    fn parse(message: &str) -> Self {
        let (head, body) = message.split_once("\n\n").unwrap_or((message, ""));
        let mut lines = head.lines();
        // the target may contain blanks
        let (method, rest) = lines.next().unwrap().split_once(' ').unwrap();
        let (target, _) = rest.rsplit_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines {
            if line.starts_with([' ', '\t']) {
                let (_, value) = headers.last_mut().unwrap();
                value.push(' ');
                value.push_str(line.trim());
            } else {
                let (name, value) = line.split_once(':').unwrap();
                headers.push((name.to_lowercase(), value.trim().to_owned()));
            }
        }
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: body.to_owned(),
        }
    }

    fn of(draft: &Draft) -> Self {
        let host = ("host".to_owned(), draft.host.clone());
        Self {
            method: draft.method.to_string(),
            path: draft.path.clone(),
            query: draft.query.as_str().to_owned(),
            headers: draft
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.clone()))
                .chain([host])
                .collect(),
            body: String::from_utf8(draft.body.bytes().to_vec()).unwrap(),
        }
    }

    fn draft(&self) -> Draft {
        let (host, headers): (Vec<_>, Vec<_>) = self.headers.iter().cloned().partition(|(name, _)| name == "host");
        Draft {
            method: self.method.parse().unwrap(),
            scheme: "https".to_owned(),
            host: host[0].1.clone(),
            path: encode_path(&self.path, false),
            query: Pairs::parse(&self.query, false),
            headers: headers.into_iter().collect(),
            body: Body::Bytes(self.body.as_bytes().to_vec()),
        }
    }
}

// ---- for all ----

fn check_verified(
    name: &str,
    scheme: &Scheme,
    request: &http::Request<Vec<u8>>,
    credentials: &Credentials,
    words: &Words<'_>,
    now: DateTime<Utc>,
) {
    let lookup = |id: &str| (id == credentials.id()).then(|| credentials.clone());
    let id = verify(scheme, request, lookup, words, now, Duration::ZERO);
    assert_eq!(id.as_deref(), Ok(credentials.id()), "{name}");
}

fn with_token(credentials: Credentials, token: &Value) -> Credentials {
    match token.as_str() {
        Some(token) => credentials.with_token(token),
        None => credentials,
    }
}

/// An expected text with the token taken out, plain and as a parameter.
fn redacted(expected: &Value, credentials: &Credentials) -> String {
    let expected = text(expected).to_owned();
    let Some(token) = credentials.token() else { return expected };
    let mut pairs = Pairs::new();
    pairs.push("", token);
    expected.replace(&pairs.as_str()[1..], "<redacted>").replace(token, "<redacted>")
}

fn sorted(query: &str) -> Vec<&str> {
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.sort_unstable();
    pairs
}

fn stamp(text: &str) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ").unwrap().and_utc()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn own_vectors(file: &str) -> Value {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(file))
}

fn shared_vectors(file: &str) -> Option<Value> {
    Some(read(&callsheet_tests::shared_dir()?.join("vectors/sigv4").join(file)))
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}
