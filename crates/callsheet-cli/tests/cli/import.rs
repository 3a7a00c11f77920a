//! `callsheet import`

use std::fs;

use crate::support::{Scratch, code, output, stderr, stdout};

/// A service of one action, in the form of botocore.
const MODEL: &str = r#"{
    "metadata": {"protocol": "query", "apiVersion": "2011-06-15", "endpointPrefix": "sts", "serviceId": "STS",
                 "signatureVersion": "v4"},
    "operations": {"GetCallerIdentity": {"name": "GetCallerIdentity", "http": {"method": "POST", "requestUri": "/"},
                   "output": {"shape": "Who", "resultWrapper": "GetCallerIdentityResult"}}},
    "shapes": {"Who": {"type": "structure", "members": {"Arn": {"shape": "Text"}}}, "Text": {"type": "string"}}
}"#;

#[test]
fn an_imported_service_can_be_called_at_once() {
    let scratch = Scratch::new();
    fs::write(scratch.path("service-2.json"), MODEL).expect("written");
    let (model, out) = (scratch.text("service-2.json"), scratch.text("specs"));
    let imported = output(&["import", "botocore", &model, "--out", &out]);
    assert_eq!(code(&imported), 0, "{}", stderr(&imported));
    assert!(stdout(&imported).ends_with("sts: 2 files written\n"), "{}", stdout(&imported));
    let checked = output(&["check", &out]);
    assert_eq!(code(&checked), 0, "{}", stderr(&checked));
    let called = output(&["call", "sts", "GetCallerIdentity", "--specs", &out, "--mock", "--output", "json"]);
    assert_eq!(code(&called), 0, "{}", stderr(&called));
    // models name no regions: any is taken
    let call = ["call", "sts", "GetCallerIdentity", "--specs", &out, "--mock", "--region", "eu-central-1"];
    let elsewhere = output(&call);
    assert_eq!(code(&elsewhere), 0, "{}", stderr(&elsewhere));
    assert!(!stderr(&elsewhere).contains("warning"), "{}", stderr(&elsewhere));
}

#[test]
fn what_cannot_be_imported_is_told() {
    let scratch = Scratch::new();
    let out = scratch.text("specs");
    let import = |name: &str, text: &[u8]| {
        fs::write(scratch.path(name), text).expect("written");
        let result = output(&["import", "botocore", &scratch.text(name), "--out", &out]);
        (code(&result), stderr(&result).to_owned())
    };
    let (code, text) = import("service-2.json.gz", &[0x1f, 0x8b, 8, 0]);
    assert!(code == 7 && text.contains("packed with gzip") && text.contains("gunzip"), "{text}");
    let (code, text) = import(
        "service-2.json",
        MODEL
            .replace("\"protocol\": \"query\"", "\"protocol\": \"rest-xml\", \"protocols\": [\"rest-xml\"]")
            .as_bytes(),
    );
    assert!(code == 6 && text.contains("service-2.json") && text.contains("the service speaks rest-xml;"), "{text}");
    let (code, text) = import("waiters-2.json", b"{}");
    assert!(code == 2 && text.contains("service-*.json"), "{text}");
    assert!(!scratch.path("specs").exists(), "nothing is written");
}
