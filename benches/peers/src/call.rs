//! A whole call without a network: typed parameters in, an answer that is there at once, typed output out.

use bench_ours::{Caller, SMALL_ANSWER, get_bandwidth};

use crate::Row;

pub fn row() -> Row {
    let mut caller = Caller::oos();
    let action = get_bandwidth();
    let row = Row::new("whole call", 0).way(
        "callsheet",
        move || caller.call(&action, SMALL_ANSWER),
        |output| output.region.len() as u64,
    );
    #[cfg(feature = "sdk")]
    let row = row.way("aws-sdk-sts", sdk::call(), |output| output.account().map_or(0, |_| 1));
    row
}

#[cfg(feature = "sdk")]
mod sdk {
    use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region};
    use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_types::body::SdkBody;
    use bench_ours::KEY;

    const ANSWER: &[u8] = b"<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
<Arn>arn:aws:iam::123456789012:user/Alice</Arn><UserId>AIDACKCEVSQ6C2EXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult>\
<ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata></GetCallerIdentityResponse>";

    /// Answers at once.
    #[derive(Debug)]
    struct Stub;

    impl HttpConnector for Stub {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            std::hint::black_box(&request);
            let answer = http::Response::builder()
                .header("content-type", "text/xml")
                .body(SdkBody::from(ANSWER))
                .expect("an answer");
            HttpConnectorFuture::ready(Ok(HttpResponse::try_from(answer).expect("an answer")))
        }
    }

    /// `GetCallerIdentity`.
    pub fn call() -> impl FnMut() -> GetCallerIdentityOutput {
        let connector = SharedHttpConnector::new(Stub);
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new(KEY.0, KEY.1, None, None, "bench"))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        let client = aws_sdk_sts::Client::from_conf(config);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        move || runtime.block_on(client.get_caller_identity().send()).expect("an output")
    }
}
