//! What the metadata address of an instance answers.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use zeroize::Zeroize as _;

use super::{Credentials, printable};
use crate::schema::{MetadataSource, TimeFormat};
use crate::time;

/// A temporary credential, and until when it is good.
pub(super) fn read(source: &MetadataSource, body: &[u8]) -> Result<(Credentials, Option<DateTime<Utc>>), String> {
    // nothing of the body goes into messages: it holds the secret
    let no_json = |_| "the answer is no JSON".to_owned();
    let mut json: Json = serde_json::from_slice(body).map_err(no_json)?;
    // documented is a text that holds the object; two of the vendor's clients read the object itself
    if let Json::String(text) = &mut json {
        let inner = serde_json::from_str(text).map_err(no_json);
        text.zeroize();
        json = inner?;
    }
    let Json::Object(mut members) = json else { return Err("the answer is no JSON object".to_owned()) };
    let expires = match members.get(source.expires) {
        Some(Json::Number(number)) => time::parse(&number.to_string(), TimeFormat::Unix),
        Some(Json::String(text)) => time::parse(text, TimeFormat::Unix),
        _ => None,
    };
    let mut take = |name: &str| match members.remove(name) {
        Some(Json::String(mut text)) if !text.is_empty() => match printable::flaw(&text) {
            None => Ok(text),
            Some(flaw) => {
                text.zeroize();
                Err(format!("the {name} of the answer {flaw}"))
            }
        },
        _ => Err(format!("the answer has no {name}")),
    };
    let credentials = Credentials::new(take(source.id)?, take(source.secret)?).with_token(take(source.token)?);
    Ok((credentials, expires))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: MetadataSource =
        MetadataSource { url: "", id: "access_key", secret: "secret_key", token: "id_token", expires: "expiration" };

    #[test]
    fn reads_the_documented_answer_in_both_forms() {
        // as the vendor's page has it, but for the token
        let documented = br#""{\"jti\":\"0z7dO3oN03byx1CepBDTyl\",\"id_token\":\"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzdHMifQ.c2ln\",\"access_key\":\"0z7dO3oN03byx1CepBDTyl\",\"secret_key\":\"5qlKnUc3esKJp3G\",\"expiration\":1590319523}""#;
        let plain = br#"{"id_token": "t", "access_key": "a", "secret_key": "s", "expiration": "1590319523"}"#;
        let (credentials, expires) = read(&SOURCE, documented).unwrap();
        assert_eq!((credentials.id(), credentials.secret()), ("0z7dO3oN03byx1CepBDTyl", "5qlKnUc3esKJp3G"));
        assert_eq!(credentials.token(), Some("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzdHMifQ.c2ln"));
        assert_eq!(expires, DateTime::from_timestamp(1_590_319_523, 0));
        let (credentials, expires) = read(&SOURCE, plain).unwrap();
        assert_eq!((credentials.id(), credentials.token()), ("a", Some("t")));
        assert_eq!(expires, DateTime::from_timestamp(1_590_319_523, 0));
    }

    #[test]
    fn says_what_is_wrong_without_the_secret() {
        for (body, message) in [
            ("", "no JSON"),
            ("<html>hunter2", "no JSON"),
            ("[\"hunter2\"]", "no JSON object"),
            ("\"hunter2\"", "no JSON"),
            ("{\"secret_key\": \"hunter2\"}", "no access_key"),
            ("{\"access_key\": \"a\", \"secret_key\": \"hunter2\", \"id_token\": 5}", "no id_token"),
            ("{\"access_key\": \"a\", \"secret_key\": \"hunter2\\n\"}", "secret_key of the answer has a line break"),
        ] {
            let error = read(&SOURCE, body.as_bytes()).unwrap_err();
            assert!(error.contains(message) && !error.contains("hunter2"), "{error}");
        }
    }
}
