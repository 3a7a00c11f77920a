//! What is signed verifies, and what was changed on the way does not. Known signatures are in `tests/tests/signatures.rs`.

use std::time::Duration;

use chrono::TimeDelta;
use http::{HeaderValue, Method};

use super::*;
use crate::draft::Body;
use crate::pairs::Pairs;

const SECRET: &str = "s3cret/key+";
const TOKEN: &str = "t0ken/with+signs==";
const MINUTE: Duration = Duration::from_secs(60);
const WORDS: Words<'_> = Words { region: "cn" };

const PARAMETERS: ParameterHmac = ParameterHmac {
    algorithm: Algorithm::HmacSha256,
    alphabet: Alphabet::Standard,
    key_id: "key",
    time_stamp: "at",
    time_format: "%Y-%m-%dT%H:%M:%SZ",
    constants: &[("how", "1")],
    signature: "signature",
    temporary: Some(Temporary { token: "token", path: Some(("/a/", "/b/")), constants: &[("how", "2")] }),
};
const V4: SigV4 = SigV4 { content_sha256: ContentSha256::Hash, ..SigV4::new("s3") };
const V2: AwsV2 = AwsV2 { date: DateHeader::AmzDate, sub_resources: &["acl", "versionId"] };

const SCHEMES: [Scheme; 9] = [
    Scheme::ParameterHmac(PARAMETERS),
    Scheme::ParameterHmac(ParameterHmac { algorithm: Algorithm::HmacSha1, alphabet: Alphabet::UrlSafe, ..PARAMETERS }),
    Scheme::SigV4(V4),
    Scheme::SigV4(SigV4 { content_sha256: ContentSha256::Unsigned, ..V4 }),
    Scheme::SigV4(SigV4 { content_sha256: ContentSha256::Omit, ..V4 }),
    Scheme::SigV4(SigV4 { omit_session_token: true, presign_unsigned: false, ..V4 }),
    Scheme::SigV4(SigV4 { region: Some("elsewhere"), normalize_path: true, ..V4 }),
    Scheme::AwsV2(V2),
    Scheme::AwsV2(AwsV2 { date: DateHeader::Date, ..V2 }),
];

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_545_814_500, 0).unwrap()
}

fn permanent() -> Credentials {
    Credentials::new("AKID", SECRET)
}

fn temporary() -> Credentials {
    permanent().with_token(TOKEN)
}

fn draft(query: &[(&str, &str)], body: Body) -> Draft {
    let mut pairs = Pairs::new();
    for (name, value) in query {
        pairs.push(name, value);
    }
    Draft {
        method: if matches!(body, Body::Empty) { Method::GET } else { Method::POST },
        scheme: "https".to_owned(),
        host: "example.com:8443".to_owned(),
        path: "/a/".to_owned(),
        query: pairs,
        headers: [("content-type", "text/plain;  charset=utf-8 ")].into_iter().collect(),
        body,
    }
}

fn get() -> Draft {
    draft(&[("z", "1"), ("action", "Get")], Body::Empty)
}

fn signed(scheme: &Scheme, draft: Draft, credentials: &Credentials) -> Request<Vec<u8>> {
    sign(scheme, draft, credentials, &WORDS, now()).unwrap().into_request().unwrap()
}

fn check(
    scheme: &Scheme,
    request: &Request<Vec<u8>>,
    known: &Credentials,
    now: DateTime<Utc>,
) -> Result<String, VerifyError> {
    verify(scheme, request, |id| (id == "AKID").then(|| known.clone()), &WORDS, now, MINUTE)
}

/// Replaces a part of the target.
fn edit(request: &mut Request<Vec<u8>>, from: &str, to: &str) {
    let target = request.uri().to_string();
    assert!(target.contains(from), "{target}");
    *request.uri_mut() = target.replace(from, to).parse().unwrap();
}

#[test]
fn what_is_signed_verifies() {
    // names and values made of these: here encoders and sorters differ
    let odd = ["a", ":", " ", "+", "%2F", "=", "&", "~", "é", "\n", "."];
    let mut count = 0;
    for scheme in SCHEMES {
        for credentials in [permanent(), temporary()] {
            for (i, a) in odd.iter().enumerate() {
                for b in odd {
                    let (name, value) = (format!("{a}{b}"), format!("{b}{}{a}", odd[(i + 3) % odd.len()]));
                    let mut form = Pairs::new();
                    form.push(&value, &name);
                    form.push("action", a);
                    let query = [("z", *a), (name.as_str(), value.as_str()), ("action", b), ("a", "")];
                    for draft in [
                        draft(&query, Body::Empty),
                        draft(&[], Body::Form(form)),
                        draft(&query, Body::Bytes(value.clone().into_bytes())),
                    ] {
                        let request = signed(&scheme, draft.clone(), &credentials);
                        let id = check(&scheme, &request, &credentials, now());
                        assert_eq!(id.as_deref(), Ok("AKID"), "{scheme:?} {query:?}");
                        if let Scheme::SigV4(scheme) = &scheme {
                            let link = presign(scheme, draft, &credentials, &WORDS, now(), 5).unwrap();
                            let request = link.into_request().unwrap();
                            let id = check(&Scheme::SigV4(*scheme), &request, &credentials, now());
                            assert_eq!(id.as_deref(), Ok("AKID"), "{scheme:?} {query:?}");
                        }
                        count += 1;
                    }
                }
            }
        }
    }
    assert_eq!(count, 9 * 2 * 11 * 11 * 3);
    let nobody = check(&Scheme::None, &signed(&Scheme::None, get(), &permanent()), &permanent(), now());
    assert_eq!(nobody.as_deref(), Ok(""));
}

#[test]
fn a_changed_target_is_found() {
    for scheme in SCHEMES {
        let request = signed(&scheme, get(), &permanent());
        for (from, to) in [("action=Get", "action=Set"), ("z=1", "z=1&y=2"), ("/a/", "/c/")] {
            let mut request = request.clone();
            edit(&mut request, from, to);
            let result = check(&scheme, &request, &permanent(), now());
            match scheme {
                // as documented: it protects nothing but sub-resources
                Scheme::AwsV2(_) if from != "/a/" => assert!(result.is_ok(), "{scheme:?} {to}"),
                _ => assert!(matches!(result, Err(VerifyError::Mismatch { .. })), "{scheme:?} {to}: {result:?}"),
            }
        }
        let mut request = request.clone();
        *request.method_mut() = Method::DELETE;
        let result = check(&scheme, &request, &permanent(), now());
        assert!(matches!(result, Err(VerifyError::Mismatch { .. })), "{scheme:?}: {result:?}");
    }
}

#[test]
fn a_changed_body_is_found() {
    for scheme in SCHEMES {
        let mut form = Pairs::new();
        form.push("action", "Get");
        let mut request = signed(&scheme, draft(&[], Body::Form(form)), &permanent());
        let body = String::from_utf8(request.body().clone()).unwrap();
        *request.body_mut() = body.replace("action=Get", "action=Set").into_bytes();
        let result = check(&scheme, &request, &permanent(), now());
        match scheme {
            Scheme::SigV4(SigV4 { content_sha256: ContentSha256::Hash, .. }) => {
                assert_eq!(result, Err(VerifyError::PayloadMismatch), "{scheme:?}");
            }
            Scheme::SigV4(SigV4 { content_sha256: ContentSha256::Unsigned, .. }) | Scheme::AwsV2(_) => {
                assert!(result.is_ok(), "{scheme:?}");
            }
            _ => assert!(matches!(result, Err(VerifyError::Mismatch { .. })), "{scheme:?}: {result:?}"),
        }
    }
}

#[test]
fn a_changed_header_is_found() {
    for scheme in SCHEMES.into_iter().filter(|scheme| !matches!(scheme, Scheme::ParameterHmac(_))) {
        let request = signed(&scheme, get(), &permanent());

        let mut changed = request.clone();
        changed.headers_mut().insert("content-type", HeaderValue::from_static("text/html"));
        let result = check(&scheme, &changed, &permanent(), now());
        assert!(matches!(result, Err(VerifyError::Mismatch { .. })), "{scheme:?}: {result:?}");

        let mut added = request.clone();
        added.headers_mut().insert("x-amz-acl", HeaderValue::from_static("public-read"));
        match (scheme, check(&scheme, &added, &permanent(), now())) {
            (Scheme::SigV4(_), Err(VerifyError::HeaderNotSigned(name))) => assert_eq!(name, "x-amz-acl"),
            (Scheme::AwsV2(_), Err(VerifyError::Mismatch { .. })) => {}
            (_, result) => panic!("{scheme:?}: {result:?}"),
        }

        // what a proxy adds does no harm
        let mut passed_on = request.clone();
        passed_on.headers_mut().insert("via", HeaderValue::from_static("1.1 proxy"));
        assert!(check(&scheme, &passed_on, &permanent(), now()).is_ok(), "{scheme:?}");

        // the host header counts, and the V2 signature does not protect it
        let mut moved = request.clone();
        moved.headers_mut().insert("host", HeaderValue::from_static("example.org"));
        let result = check(&scheme, &moved, &permanent(), now());
        assert_eq!(result.is_ok(), matches!(scheme, Scheme::AwsV2(_)), "{scheme:?}: {result:?}");
    }
}

#[test]
fn the_clock_counts() {
    for scheme in SCHEMES {
        let request = signed(&scheme, get(), &permanent());
        for seconds in [-60, 60] {
            let result = check(&scheme, &request, &permanent(), now() + TimeDelta::seconds(seconds));
            assert!(result.is_ok(), "{scheme:?}: {result:?}");
        }
        for seconds in [-61, 61] {
            let now = now() + TimeDelta::seconds(seconds);
            let result = check(&scheme, &request, &permanent(), now);
            let skewed = VerifyError::Skewed { sent: self::now(), now, max_skew: MINUTE };
            assert_eq!(result, Err(skewed), "{scheme:?}");
        }
    }
}

#[test]
fn the_key_counts() {
    for scheme in SCHEMES {
        let request = signed(&scheme, get(), &permanent());
        let result = check(&scheme, &request, &Credentials::new("AKID", "another"), now());
        assert!(matches!(result, Err(VerifyError::Mismatch { .. })), "{scheme:?}: {result:?}");

        let nobody = verify(&scheme, &request, |_| None, &WORDS, now(), MINUTE);
        assert_eq!(nobody, Err(VerifyError::UnknownKey("AKID".to_owned())), "{scheme:?}");

        let unsigned = signed(&Scheme::None, get(), &permanent());
        let result = check(&scheme, &unsigned, &permanent(), now());
        assert_eq!(result, Err(VerifyError::MissingSignature), "{scheme:?}");
    }
}

#[test]
fn the_token_counts() {
    for scheme in SCHEMES {
        let request = signed(&scheme, get(), &temporary());
        assert!(check(&scheme, &request, &temporary(), now()).is_ok(), "{scheme:?}");
        for known in [permanent(), permanent().with_token("another")] {
            let result = check(&scheme, &request, &known, now());
            assert_eq!(result, Err(VerifyError::InvalidToken), "{scheme:?}");
        }
        let request = signed(&scheme, get(), &permanent());
        let result = check(&scheme, &request, &temporary(), now());
        assert_eq!(result, Err(VerifyError::InvalidToken), "{scheme:?}");
    }
}

#[test]
fn a_token_needs_a_place() {
    let scheme = Scheme::ParameterHmac(ParameterHmac { temporary: None, ..PARAMETERS });
    assert!(sign(&scheme, get(), &temporary(), &WORDS, now()).is_err());
}

#[test]
fn temporary_credentials_take_another_path() {
    let request = signed(&SCHEMES[0], get(), &temporary());
    assert_eq!(request.uri().path(), "/b/");
    assert!(request.uri().query().unwrap().contains("how=2"));
    // as some of the vendor's programs write it
    let path = get().path.trim_end_matches('/').to_owned();
    let request = signed(&SCHEMES[0], Draft { path, ..get() }, &temporary());
    assert_eq!(request.uri().path(), "/b/");
    let request = signed(&SCHEMES[0], Draft { path: "/other/".to_owned(), ..get() }, &temporary());
    assert_eq!(request.uri().path(), "/other/");
}

#[test]
fn links_live_as_long_as_they_say() {
    let link = |seconds| presign(&V4, get(), &permanent(), &WORDS, now(), seconds);
    assert!(link(0).is_err());
    assert!(link(604_801).is_err());
    let request = link(604_800).unwrap().into_request().unwrap();
    // the name in the query has capitals, unlike that of the header
    let temporary = presign(&V4, get(), &temporary(), &WORDS, now(), 5).unwrap().into_request().unwrap();
    let query = temporary.uri().query().unwrap();
    assert!(query.contains("&X-Amz-Security-Token=t0ken%2Fwith%2Bsigns%3D%3D&"), "{query}");
    let scheme = Scheme::SigV4(V4);
    let at = |seconds| check(&scheme, &request, &permanent(), now() + TimeDelta::seconds(seconds));
    assert!(at(0).is_ok());
    assert!(at(604_800).is_ok());
    let end = now() + TimeDelta::seconds(604_800);
    assert_eq!(at(604_801), Err(VerifyError::Expired { at: end, now: end + TimeDelta::seconds(1) }));
    assert!(at(-60).is_ok());
    assert!(matches!(at(-61), Err(VerifyError::Skewed { .. })));

    for (from, to) in [
        ("Date=2018", "Date=%2B262142"),
        ("Date=2018", "Date=x"),
        ("=604800", "=604801"),
        ("=604800", "=-5"),
        ("=604800", "="),
        ("SHA256", "SHA1"),
    ] {
        let mut request = request.clone();
        edit(&mut request, from, to);
        let result = check(&scheme, &request, &permanent(), now());
        assert!(matches!(result, Err(VerifyError::Malformed(_))), "{to}: {result:?}");
    }
    for (from, to) in [("=604800", "=604799"), ("action=Get", "action=Set")] {
        let mut request = request.clone();
        edit(&mut request, from, to);
        let result = check(&scheme, &request, &permanent(), now());
        assert!(matches!(result, Err(VerifyError::Mismatch { .. })), "{to}: {result:?}");
    }
}

#[test]
fn a_scope_is_for_one_place() {
    let request = signed(&Scheme::SigV4(V4), get(), &permanent());
    for other in [SigV4 { region: Some("hk"), ..V4 }, SigV4 { service: "sts", ..V4 }] {
        let result = check(&Scheme::SigV4(other), &request, &permanent(), now());
        assert!(matches!(result, Err(VerifyError::Malformed(_))), "{result:?}");
    }
    let nowhere = sign(&Scheme::SigV4(V4), get(), &permanent(), &Words::default(), now());
    assert!(nowhere.is_err());
}

#[test]
fn what_cannot_be_read_is_malformed() {
    for (scheme, authorization) in [
        (Scheme::SigV4(V4), "Basic QQ=="),
        (Scheme::SigV4(V4), "AWS4-HMAC-SHA256"),
        (Scheme::SigV4(V4), "AWS4-HMAC-SHA256 Credential=AKID, SignedHeaders=host, Signature=00"),
        (Scheme::AwsV2(V2), "AWS"),
        (Scheme::AwsV2(V2), "AWS AKID"),
    ] {
        let mut request = signed(&scheme, get(), &permanent());
        request.headers_mut().insert("authorization", HeaderValue::from_static(authorization));
        let result = check(&scheme, &request, &permanent(), now());
        assert!(matches!(result, Err(VerifyError::Malformed(_))), "{authorization}: {result:?}");
    }
    for (from, to) in [("key=", "kex="), ("at=", "ax="), ("at=2018", "at=x"), ("how=1", "how=3"), ("how=1", "x=1")] {
        let mut request = signed(&SCHEMES[0], get(), &permanent());
        edit(&mut request, from, to);
        let result = check(&SCHEMES[0], &request, &permanent(), now());
        assert!(matches!(result, Err(VerifyError::Malformed(_))), "{to}: {result:?}");
    }
}

#[test]
fn text_that_is_no_signature_is_a_wrong_one() {
    for text in ["signature=", "signature=%00", "signature=AAAA"] {
        let mut request = signed(&SCHEMES[0], get(), &permanent());
        let target = request.uri().to_string();
        let (rest, _) = target.rsplit_once("signature=").unwrap();
        *request.uri_mut() = format!("{rest}{text}").parse().unwrap();
        let result = check(&SCHEMES[0], &request, &permanent(), now());
        assert!(matches!(result, Err(VerifyError::Mismatch { .. })), "{text}: {result:?}");
    }
}

#[test]
fn signing_again_replaces_the_signature() {
    for scheme in [Scheme::SigV4(V4), Scheme::AwsV2(V2)] {
        let later = now() + TimeDelta::days(1);
        let first = sign(&scheme, get(), &temporary(), &WORDS, now()).unwrap();
        let again = sign(&scheme, first.into_draft(), &temporary(), &WORDS, later).unwrap();
        let fresh = sign(&scheme, get(), &temporary(), &WORDS, later).unwrap();
        assert_eq!(again.draft().headers, fresh.draft().headers, "{scheme:?}");
    }
}

#[test]
fn a_cache_changes_nothing() {
    let mut cache = KeyCache::new();
    let other = Credentials::new("AKID", "another");
    let steps = [
        (permanent(), "cn", 0),
        (permanent(), "cn", 0),
        (other.clone(), "cn", 0),
        (permanent(), "cn", 0),
        (permanent(), "hk", 0),
        (permanent(), "hk", 1),
        (temporary(), "hk", 1),
        (other, "cn", 0),
    ];
    for scheme in SCHEMES {
        for (credentials, region, day) in &steps {
            let (words, now) = (Words { region }, now() + TimeDelta::days(*day));
            let cached = sign_with(&mut cache, &scheme, get(), credentials, &words, now).unwrap();
            let fresh = sign(&scheme, get(), credentials, &words, now).unwrap();
            assert_eq!(cached.draft().headers, fresh.draft().headers, "{scheme:?} {region} {day}");
            assert_eq!(cached.draft().query, fresh.draft().query, "{scheme:?} {region} {day}");
        }
    }
}

#[test]
fn sub_resources_are_signed_by_v2() {
    let draft = draft(&[("versionId", "a b"), ("Action", "x"), ("acl", "")], Body::Empty);
    let explanation = explain(&Scheme::AwsV2(V2), draft, &permanent(), &WORDS, now()).unwrap();
    assert!(explanation.string_to_sign.ends_with("GMT\n/a/?acl&versionId=a b"), "{explanation:?}");
}

#[test]
fn of_two_dates_v2_signs_its_own() {
    let mut draft = get();
    draft.set_header("date", "Tue, 01 Jan 2019 00:00:00 GMT");
    let explanation = explain(&Scheme::AwsV2(V2), draft, &permanent(), &WORDS, now()).unwrap();
    let lines: Vec<_> = explanation.string_to_sign.split('\n').collect();
    assert_eq!(lines[3..5], ["", "x-amz-date:Wed, 26 Dec 2018 08:55:00 GMT"]);
}

#[test]
fn nothing_shows_a_secret() {
    let mut cache = KeyCache::new();
    let mut texts = Vec::new();
    for scheme in SCHEMES {
        let signed = sign_with(&mut cache, &scheme, get(), &temporary(), &WORDS, now()).unwrap();
        texts.push(format!("{signed:?}"));
        let request = signed.into_request().unwrap();
        texts.push(format!("{:?}", request.headers()));
        let explanation = explain(&scheme, get(), &temporary(), &WORDS, now()).unwrap();
        texts.push(format!("{explanation:?}"));
        let other = Credentials::new("AKID", "another").with_token(TOKEN);
        let error = check(&scheme, &request, &other, now()).unwrap_err();
        texts.push(format!("{error:?} {error}"));
        if let Scheme::SigV4(scheme) = &scheme {
            let explanation = explain_presigned(scheme, get(), &temporary(), &WORDS, now(), 5).unwrap();
            texts.push(format!("{explanation:?}"));
            texts.push(format!("{:?}", presign(scheme, get(), &temporary(), &WORDS, now(), 5).unwrap()));
        }
    }
    texts.push(format!("{:?}", cache.key(&temporary(), now(), "cn", "s3")));
    texts.push(format!("{cache:?}"));
    let nowhere = explain(&Scheme::SigV4(V4), get(), &temporary(), &Words::default(), now());
    texts.push(format!("{nowhere:?}"));
    for text in texts {
        // encoded and plain spellings have the beginning in common
        assert!(!text.contains("s3cret") && !text.contains("t0ken"), "{text}");
    }
}

#[test]
fn more_can_be_hidden() {
    let draft = draft(&[("password", "p w")], Body::Empty);
    let mut explanation = explain(&SCHEMES[0], draft, &permanent(), &WORDS, now()).unwrap();
    explanation.hide("p w");
    assert!(explanation.string_to_sign.contains("password=<redacted>"), "{explanation:?}");
}
