//! Build and sign one request.

use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningParams, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use bench_ours::{Caller, KEY, get_bandwidth, get_wan_monitor, now};
use reqsign_aws_v4::{RequestSigner, StaticCredentialProvider};
use reqsign_core::{Context, Signer};

use crate::Row;

const HOST: &str = "oos-cn-mg.ctyunapi.cn";
const URL: &str = "https://oos-cn-mg.ctyunapi.cn/?Action=GetBandwidth&BeginDate=2018-12-26-16-45&BucketName=example-bucket&EndDate=2018-12-26-16-50";
/// SHA-256 of nothing.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// AWS Signature Version 4; the URL is given to the peers, ours makes it from the action.
pub fn row() -> Row {
    let mut caller = Caller::oos();
    let action = get_bandwidth();
    let identity = aws_credential_types::Credentials::new(KEY.0, KEY.1, None, None, "bench").into();
    let identity: &'static aws_smithy_runtime_api::client::identity::Identity = Box::leak(Box::new(identity));
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let params = v4::SigningParams::builder()
        .identity(identity)
        .region("cn")
        .name("s3")
        .time(UNIX_EPOCH + Duration::from_secs(now().timestamp() as u64))
        .settings(settings)
        .build()
        .expect("all is set");
    let params = SigningParams::from(params);
    let signer =
        Signer::new(Context::new(), StaticCredentialProvider::new(KEY.0, KEY.1), RequestSigner::new("s3", "cn"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    Row::new("sign sigv4", 0)
        .way("callsheet", move || caller.request(&action), |request| signed(request.headers()))
        .way(
            "aws-sigv4",
            move || {
                let mut request = http::Request::builder().method("GET").uri(URL).body(()).expect("a request");
                let body = SignableBody::Precomputed(EMPTY.to_owned());
                let signable = SignableRequest::new("GET", URL, [("host", HOST)].into_iter(), body).expect("a request");
                sign(signable, &params).expect("signed").into_parts().0.apply_to_request_http1x(&mut request);
                request
            },
            |request| signed(request.headers()),
        )
        .way(
            "reqsign",
            move || {
                let request = http::Request::builder().method("GET").uri(URL).header("x-amz-content-sha256", EMPTY);
                let mut parts = request.body(()).expect("a request").into_parts().0;
                runtime.block_on(signer.sign(&mut parts, None)).expect("signed");
                parts
            },
            |parts| signed(&parts.headers),
        )
}

/// An HMAC over the parameters: QingCloud. There is no peer but the official clients of other languages.
pub fn parameter_row() -> Row {
    let mut caller = Caller::qingcloud();
    let action = get_wan_monitor();
    Row::new("sign parameters", 0).way("callsheet", move || caller.request(&action), |_| 0)
}

fn signed(headers: &http::HeaderMap) -> u64 {
    u64::from(headers.contains_key("authorization"))
}
