//! Answers that are not what they should be: each gives an error that says what and where, keeps the body, and shows no secret.

use callsheet::decode::Limits;
use callsheet::oos::iam::ListUsers;
use callsheet::oos::statistics::{self, GetBandwidth, GetBandwidthOutput, GetBilledStorageUsage};
use callsheet::qingcloud::sdwan::{self, GetWanMonitor, GetWanMonitorOutput};
use callsheet::schema::Meaning;
use callsheet::{Credentials, Error, Service};
use http::Response;

const SECRET: &str = "S3CR3T-KEY";

fn oos() -> Service {
    statistics::service("cn").credentials(Credentials::new("AKID", SECRET))
}

fn xml(status: u16, body: impl Into<Vec<u8>>) -> Result<GetBandwidthOutput, Error> {
    answer_xml(status, "application/xml; charset=utf-8", body)
}

fn answer_xml(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Result<GetBandwidthOutput, Error> {
    let response = Response::builder().status(status).header("content-type", content_type).body(body.into());
    oos().response::<GetBandwidth>(&response.expect("a response"))
}

fn json(status: u16, body: &str) -> Result<GetWanMonitorOutput, Error> {
    let response = Response::builder().status(status).header("content-type", "application/json").body(body);
    sdwan::service().response::<GetWanMonitor>(&response.expect("a response"))
}

/// The message, after making sure that neither it nor `Debug` shows the secret.
#[track_caller]
fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    let error = result.expect_err("a bad answer");
    let text = error.to_string();
    assert!(!text.contains(SECRET) && !format!("{error:?}").contains(SECRET), "{text}");
    text
}

#[test]
fn truncated_xml() {
    let text = "<GetBandwidthResult><Region><Name>ShenZhen</Name><Data><Date>2018-12-26 16:45</Da";
    let error = xml(200, text).expect_err("truncated");
    assert_eq!(error.body(), Some(text.as_bytes()));
    assert_eq!(
        error.to_string(),
        "GetBandwidth: Region[0].Data[0].Date: malformed XML: syntax error: tag not closed: `>` not found before end of input (byte 77)"
    );
    let text = "<GetBandwidthResult><Region><Name>ShenZhen</Name>";
    assert_eq!(message(xml(200, text)), "GetBandwidth: Region[0]: the XML ends in the middle of an element (byte 49)");
}

#[test]
fn truncated_json() {
    let text = r#"{"ret_code":0,"meter_set":[{"meter_id":"traffic","data":[[1589001300,[300,291]],[125,"#;
    assert_eq!(
        message(json(200, text)),
        "GetWanMonitor: meter_set[0].data[1]: the JSON ends too early: EOF while parsing a value (byte 85)"
    );
}

#[test]
fn a_document_type_is_refused() {
    let text = r#"<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><GetBandwidthResult><UserName>&a;</UserName></GetBandwidthResult>"#;
    assert_eq!(message(xml(200, text)), "GetBandwidth: a document type declaration (DTD) is not allowed (byte 51)");
    let text = "<GetBandwidthResult><UserName>&a;</UserName></GetBandwidthResult>";
    assert_eq!(message(xml(200, text)), "GetBandwidth: UserName: unknown entity &a; (byte 33)");
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!("<GetBandwidthResult>{}", "<a>".repeat(10_000));
    assert_eq!(message(xml(200, deep)), "GetBandwidth: elements are nested deeper than 64 levels (byte 212)");
    let known = format!("<GetBandwidthResult>{}", "<Region><Data>".repeat(5_000));
    assert!(message(xml(200, known)).contains("nested deeper than 64 levels"));
    let deep = format!(r#"{{"ret_code":0,"meter_set":{}"#, "[".repeat(10_000));
    assert_eq!(message(json(200, &deep)), "GetWanMonitor: meter_set[0]: expected a structure, found a list (byte 28)");
    // what no table knows is skipped without recursion, however deep
    let closed = format!(r#"{{"ret_code":0,"unknown":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    assert!(json(200, &closed).is_ok());
}

#[test]
fn two_hundred_megabytes_of_one_token_are_refused() {
    let mut body = b"<GetBandwidthResult><UserName>".to_vec();
    body.resize(200 << 20, b'a');
    assert_eq!(
        message(xml(200, body)),
        "the answer is larger than the limit of 134217728 bytes; ask for less or raise the limit"
    );
    let small = oos().limits(Limits { body: 10, ..Limits::default() });
    let error = small.response::<GetBandwidth>(&Response::new("<GetBandwidthResult/>")).expect_err("too large");
    assert!(matches!(error, Error::TooLarge { limit: 10 }));
}

#[test]
fn ret_code_1200() {
    let body = r#"{"message":"AuthFailure, signature not matched","ret_code":1200}"#;
    let error = json(200, body).expect_err("an error");
    let service = error.as_service().expect("told by the service");
    assert_eq!((service.code.as_str(), service.meaning, service.status), ("1200", Meaning::Auth, 200));
    assert!(!error.is_retryable());
    assert_eq!(error.body(), Some(body.as_bytes()));
    assert_eq!(
        error.to_string(),
        "qingcloud GetWanMonitor: error 1200 (AuthFailure, signature not matched); check the access key id and the secret"
    );
    // whatever stands before it, fit or not
    let late = r#"{"meter_set":"nonsense","ret_code":5100,"message":null}"#;
    let error = json(200, late).expect_err("an error");
    assert_eq!(error.as_service().map(|e| e.meaning), Some(Meaning::Transient));
    assert!(error.is_retryable());
}

#[test]
fn xml_error_with_403() {
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SignatureDoesNotMatch</Code><Message>no &amp; never</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>";
    assert_eq!(
        message(xml(403, body)),
        "oos GetBandwidth: error SignatureDoesNotMatch (no & never), request id 4442587FB7D0A2F9; check the access key id and the secret"
    );
    // the root alone tells, whatever the status
    assert!(xml(200, body).expect_err("an error").as_service().is_some());
    // an undocumented code is still an error with its code
    let unknown = "<Error><Code>Nonesuch</Code></Error>";
    let error = xml(404, unknown).expect_err("an error");
    assert_eq!(error.as_service().map(|e| (e.code.as_str(), e.meaning)), Some(("Nonesuch", Meaning::NotFound)));
}

#[test]
fn slow_down_says_how_long_to_wait() {
    let body = include_str!("../../specs/oos/statistics/GetBandwidth.error-SlowDown.xml");
    let response =
        Response::builder().status(503).header("retry-after", "90").header("x-ctyun-request-id", "abc").body(body);
    let error = oos().response::<GetBandwidth>(&response.expect("a response")).expect_err("an error");
    let service = error.as_service().expect("told by the service");
    assert_eq!(
        (service.retry_after, service.meaning, service.request_id.as_deref()),
        (Some(90), Meaning::Throttled, Some("abc"))
    );
}

#[test]
fn a_gateways_page() {
    let page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
    for result in [answer_xml(502, "text/html", page).map(drop), json(502, page).map(drop)] {
        let error = result.expect_err("a page");
        assert!(matches!(error, Error::Answer(_)), "{error:?}");
        assert!(error.is_retryable());
        assert_eq!(error.body(), Some(page.as_bytes()));
        let text = error.to_string();
        assert!(text.contains("HTTP status 502") && text.contains("502 Bad Gateway"), "{text}");
    }
}

#[test]
fn wrong_content_type() {
    let text = message(answer_xml(200, "text/html; charset=utf-8", "<html><body>log in</body></html>"));
    assert_eq!(
        text,
        "GetBandwidth: HTTP status 200: expected XML, the answer's content type is \"text/html; charset=utf-8\"; \
         the body begins with \"<html><body>log in</body></html>\""
    );
}

#[test]
fn empty_body() {
    let text = message(json(200, " \n"));
    assert_eq!(text, "GetWanMonitor: HTTP status 200: the body is empty: expected JSON with the member ret_code");
    let text = message(xml(200, ""));
    assert_eq!(
        text,
        "GetBandwidth: HTTP status 200: the body is empty: expected XML with the element GetBandwidthResult"
    );
    let response = Response::new("");
    let text = message(statistics::service("cn").response::<GetBilledStorageUsage>(&response));
    assert_eq!(text, "GetBilledStorageUsage: HTTP status 200: the body is empty: expected XML");
    assert_eq!(message(xml(500, "")), "GetBandwidth: HTTP status 500: no body");
}

#[test]
fn an_empty_document() {
    for text in ["<?xml version=\"1.0\"?>", "<!-- nothing -->"] {
        let text = message(xml(200, text));
        assert!(text.starts_with("GetBandwidth: expected XML, found no element (byte "), "{text}");
    }
    for text in ["{}", "{ }", "\u{feff}{}"] {
        assert_eq!(
            message(json(200, text)),
            "GetWanMonitor: expected an object with the member ret_code, found an empty object"
        );
    }
}

/// What a proxy or a wrong endpoint answers with status 200 would be read as a success in which there is nothing.
#[test]
fn the_answer_of_somebody_else() {
    let page = "<html><body>log in</body></html>";
    let expected = "GetBandwidth: expected element GetBandwidthResult, found element html (byte 6)";
    assert_eq!(message(xml(200, page)), expected);
    assert_eq!(message(answer_xml(200, "", page)), expected);
    assert!(xml(200, "<GetBandwidthResult/>").is_ok(), "there is nothing to tell");
    assert!(message(xml(200, "<GetBilledStorageUsageResult/>")).contains("found element GetBilledStorageUsageResult"));
    let iam = |body: &'static str| callsheet::oos::iam::service("cn").response::<ListUsers>(&Response::new(body));
    assert_eq!(message(iam(page)), "ListUsers: expected element ListUsersResponse, found element html (byte 6)");
    assert!(iam("<ListUsersResponse><ResponseMetadata/></ListUsersResponse>").is_ok());

    // what its root is called is not documented: what is in it tells
    let billed = |body: &'static str| statistics::service("cn").response::<GetBilledStorageUsage>(&Response::new(body));
    assert_eq!(
        message(billed(page)),
        "GetBilledStorageUsage: expected an element of the output (Account, UserName, StorageClass, TimeZone or another that \
         the spec names), found none in element html (byte 32)"
    );
    assert!(billed("<Whatever><BucketName/></Whatever>").is_ok());

    let text = message(json(200, r#"{"error":{"code":3},"path":"/iaas"}"#));
    assert_eq!(text, "GetWanMonitor: expected an object with the member ret_code, found error, path");
    let text = message(json(200, r#"{"meter_set":[],"resource_id":"r"}"#));
    assert_eq!(text, "GetWanMonitor: expected an object with the member ret_code, found meter_set, resource_id");
    let text = message(json(200, r#"{"a":1,"b":2,"c":3,"d":4,"e":5,"meter_set":7}"#));
    assert_eq!(text, "GetWanMonitor: expected an object with the member ret_code, found a, b, c, d, e and others");
    // a member of the same name further down is not it
    assert!(json(200, r#"{"meter_set":[{"meter_id":"a","data":[],"ret_code":0}]}"#).is_err());
    assert!(message(json(200, "[]")).contains("expected a JSON object"));
}

#[test]
fn a_value_of_the_wrong_kind_has_a_path_and_a_place() {
    let text =
        include_str!("../../specs/oos/statistics/GetBandwidth.xml").replacen("<UploadBW>5000<", "<UploadBW>n/a<", 1);
    let text = message(xml(200, text));
    assert!(
        text.starts_with("GetBandwidth: Region[0].Data[1].UploadBW: expected an integer, found \"n/a\" (byte "),
        "{text}"
    );
    let text = include_str!("../../specs/oos/statistics/GetBandwidth.xml").replacen("<Name>QingDao</Name>", "", 1);
    let text = message(xml(200, text));
    assert!(text.starts_with("GetBandwidth: Region[1].Name: the element is missing (byte "), "{text}");
    let text =
        include_str!("../../specs/oos/statistics/GetBandwidth.xml").replacen("<UploadBW>1000<", "<UploadBW><", 1);
    let text = message(xml(200, text));
    let expected = "GetBandwidth: Region[0].Data[0].UploadBW: expected an integer, found an empty element (byte ";
    assert!(text.starts_with(expected), "{text}");
    let text =
        message(xml(200, "<GetBandwidthResult><UserName>a</UserName><UserName>b</UserName></GetBandwidthResult>"));
    assert!(text.starts_with("GetBandwidth: UserName: the element is there twice (byte "), "{text}");
}

#[test]
fn bytes_that_are_no_text() {
    assert_eq!(
        message(xml(200, b"<a>\xff</a>".to_vec())),
        "GetBandwidth: expected XML in UTF-8, found other bytes (byte 3)"
    );
    let text = "<?xml version=\"1.0\" encoding=\"GBK\"?><GetBandwidthResult/>";
    assert_eq!(message(xml(200, text)), "GetBandwidth: expected XML in UTF-8, found encoding \"GBK\" (byte 36)");
}

#[test]
fn lenient_where_nothing_is_lost() {
    // entities, CDATA, comments, attributes, unknown elements, prefixes, blanks around numbers, another order
    let text = "<x:GetBandwidthResult xmlns:x='u'><!-- c --><Region a='1'><Data><UploadBW> 1 </UploadBW><DownloadBW>2</DownloadBW>\
        <RoamUploadBW>3</RoamUploadBW><RoamDownloadBW>4</RoamDownloadBW><NonInternetUploadBW>5</NonInternetUploadBW>\
        <NonInternetDownloadBW>6</NonInternetDownloadBW><NonInternetRoamUploadBW>7</NonInternetRoamUploadBW>\
        <NonInternetRoamDownloadBW>8.0</NonInternetRoamDownloadBW><Date>2018-12-26 16:45</Date></Data><Odd><Odder/></Odd>\
        <Name>A<![CDATA[<&>]]>&#66;&amp;</Name></Region></x:GetBandwidthResult>";
    let output = xml(200, text).expect("a fair answer");
    let region = &output.region[0];
    assert_eq!(region.name, "A<&>B&");
    let sample = &region.data[0];
    assert_eq!((sample.upload_bw, sample.non_internet_roam_download_bw), (1, 8));
    assert_eq!(sample.date.to_rfc3339(), "2018-12-26T08:45:00+00:00");
    // text for number and number for text
    let output =
        json(200, r#"{"ret_code":"0","resource_id":17,"meter_set":[{"meter_id":1,"data":[]}],"new":{"a":[1]}}"#);
    let output = output.expect("a fair answer");
    assert_eq!(output.resource_id.as_deref(), Some("17"));
}
