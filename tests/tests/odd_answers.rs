//! Answers that look odd and are right all the same: what the services were seen to send, read without loss.

use callsheet::Service;
use callsheet::oos::iam::{self, ListAccessKeys, ListUsers};
use callsheet::oos::statistics::{self, GetBandwidth, GetBilledStorageUsage};
use callsheet::qingcloud::instance::{self, DescribeInstances, DescribeInstancesOutput, RunInstances, StopInstances};
use callsheet::qingcloud::job::{self, DescribeJobs};
use callsheet::qingcloud::sdwan::{self, DescribeWanAccesss};
use callsheet::schema::Meaning;
use callsheet::{Action, Error};
use http::Response;

fn read<A: Action>(service: Service, content_type: &str, status: u16, body: &str) -> Result<A::Output, Error> {
    let response = Response::builder().status(status).header("content-type", content_type).body(body);
    service.response::<A>(&response.unwrap())
}

fn instances(body: &str) -> DescribeInstancesOutput {
    read::<DescribeInstances>(instance::service(), "application/json", 200, body).unwrap()
}

#[test]
fn times_and_texts_of_qingcloud_may_be_null() {
    let body = r#"{"action":"DescribeInstancesResponse","instance_set":[{"instance_id":"i-1","create_time":null,
        "status_time":null,"lastest_snapshot_time":null,"description":null,"instance_name":"","transition_status":"",
        "vxnets":null,"image":null}],"total_count":1,"ret_code":0}"#;
    let instance = &instances(body).instance_set[0];
    assert_eq!((instance.create_time, instance.status_time, instance.lastest_snapshot_time), (None, None, None));
    assert_eq!((instance.description.as_deref(), instance.instance_name.as_deref()), (None, Some("")));
    assert!(instance.vxnets.is_empty() && instance.image.is_none());
    // nothing is being done
    assert_eq!(instance.transition_status.as_ref().map(|state| state.as_str()), Some(""));

    let body = r#"{"job_set":[{"job_id":"j-1","status":"pending","create_time":null,"status_time":null,"error_codes":null}],"ret_code":0}"#;
    let job = &read::<DescribeJobs>(job::service(), "application/json", 200, body).unwrap().job_set[0];
    assert_eq!((job.create_time, job.status_time, job.error_codes.as_deref()), (None, None, None));

    let body =
        r#"{"wan_access_set":[{"wan_access_id":"w-1","billing_expire_time":null,"auto_renew":null}],"ret_code":0}"#;
    let access =
        &read::<DescribeWanAccesss>(sdwan::service(), "application/json", 200, body).unwrap().wan_access_set[0];
    assert_eq!((access.billing_expire_time, access.auto_renew), (None, None));
}

#[test]
fn numbers_of_qingcloud_may_be_texts_and_texts_numbers() {
    for (bandwidth, port) in [("\"50\"", "\"5954\""), ("50", "5954")] {
        let body = format!(
            "{{\"instance_set\":[{{\"instance_id\":\"i-1\",\"eip\":{{\"bandwidth\":{bandwidth}}},\"graphics_port\":{port}}}],\"ret_code\":0}}"
        );
        let instance = &instances(&body).instance_set[0];
        assert_eq!(instance.eip.as_ref().and_then(|eip| eip.bandwidth), Some(50));
        assert_eq!(instance.graphics_port.as_deref(), Some("5954"));
    }
}

/// A redirection with the body of a call that worked was "error 0".
#[test]
fn a_status_and_a_body_that_disagree_are_not_from_the_service() {
    let body = r#"{"job_set":[],"ret_code":0}"#;
    let error = read::<DescribeJobs>(job::service(), "application/json", 302, body).unwrap_err();
    assert!(matches!(&error, Error::Answer(answer) if answer.status == 302), "{error:?}");
    let text = error.to_string();
    assert!(text.starts_with("DescribeJobs: HTTP status 302: the body says that the call worked"), "{text}");
}

#[test]
fn how_long_to_wait_is_told() {
    let body = "<Error><Code>SlowDown</Code><Message>slow</Message></Error>";
    let response = Response::builder().status(503).header("retry-after", "61").body(body).unwrap();
    let error = iam::service("cn").response::<ListUsers>(&response).unwrap_err().to_string();
    assert!(error.ends_with("try again later; the service says to wait 61 s"), "{error}");
}

#[test]
fn content_types_may_say_more() {
    let body = r#"{"instances":["i-1"],"job_id":"j-1","ret_code":0}"#;
    for content_type in ["application/json", "application/json;charset=UTF-8", "Application/JSON; charset=utf-8"] {
        let output = read::<RunInstances>(instance::service(), content_type, 200, body).unwrap();
        assert_eq!(output.job_id.as_deref(), Some("j-1"), "{content_type}");
    }
    let users = "<ListUsersResponse><ListUsersResult><Users/><IsTruncated>false</IsTruncated></ListUsersResult></ListUsersResponse>";
    for content_type in ["text/xml;charset=UTF-8", "application/xml; charset=utf-8"] {
        assert!(read::<ListUsers>(iam::service("cn"), content_type, 200, users).is_ok(), "{content_type}");
    }
}

#[test]
fn errors_of_qingcloud_need_no_more_than_their_code() {
    let stop = |body: &str| read::<StopInstances>(instance::service(), "application/json", 200, body);
    for body in [
        r#"{"ret_code":1400,"message":null}"#,
        r#"{"ret_code":1400}"#,
        r#"{"message":null,"ret_code":"1400","action":"X"}"#,
    ] {
        let error = stop(body).unwrap_err();
        let error = error.as_service().unwrap_or_else(|| panic!("{body}: {error}"));
        assert_eq!((error.code.as_str(), error.meaning, error.message.as_str()), ("1400", Meaning::Denied, ""));
    }
    // the name of the answer is that of another action: RecoverClusters was seen to do that
    assert!(stop(r#"{"action":"CreateClusterResponse","job_id":"j-1","ret_code":0}"#).is_ok());
}

#[test]
fn errors_of_oos_have_the_members_that_they_have() {
    let bandwidth = |header: &str, body: &str| {
        let response = Response::builder().status(503).header(header, "0A1B").header("retry-after", "90").body(body);
        statistics::service("cn").response::<GetBandwidth>(&response.unwrap()).unwrap_err()
    };
    for (header, body) in [
        // the answer to overload, with a declaration in single quotes
        (
            "x-ctyun-request-id",
            "<?xml version='1.0' encoding='UTF-8'?><Error><Code>SlowDown</Code><Message>m</Message></Error>",
        ),
        ("x-amz-request-id", "<Error><Message>m</Message><Code>SlowDown</Code></Error>"),
        // the Go SDK takes a HostId
        (
            "x-other",
            "<Error><Code>SlowDown</Code><Message>m</Message><Resource>/</Resource><RequestId>0A1B</RequestId><HostId>h</HostId></Error>",
        ),
    ] {
        let error = bandwidth(header, body);
        let error = error.as_service().unwrap_or_else(|| panic!("{body}: {error}"));
        assert_eq!((error.code.as_str(), error.message.as_str(), error.retry_after), ("SlowDown", "m", Some(90)));
        assert_eq!(error.request_id.as_deref(), Some("0A1B"), "{body}");
    }
    // printed with a blank
    for code in ["InternalError", "Internal Error"] {
        let error = bandwidth("x-other", &format!("<Error><Code>{code}</Code></Error>"));
        assert_eq!(error.as_service().map(|error| error.meaning), Some(Meaning::Transient), "{code}");
    }
}

#[test]
fn lists_of_oos_may_be_empty_and_filters_too() {
    let keys = "<ListAccessKeysResponse><ListAccessKeysResult><UserName>u</UserName><AccessKeyMetadata></AccessKeyMetadata>\
                <IsTruncated>false</IsTruncated></ListAccessKeysResult></ListAccessKeysResponse>";
    let keys = read::<ListAccessKeys>(iam::service("cn"), "text/xml", 200, keys).unwrap();
    assert!(keys.access_key_metadata.is_empty() && keys.marker.is_none() && keys.is_truncated == Some(false));

    let billed = "<GetBilledStorageUsageResult><Account>a</Account><BucketName></BucketName><RegionName/>\
                  </GetBilledStorageUsageResult>";
    let billed = read::<GetBilledStorageUsage>(statistics::service("cn"), "application/xml", 200, billed).unwrap();
    assert_eq!((billed.bucket_name.as_deref(), billed.region_name.as_deref()), (Some(""), Some("")));
    assert!(billed.statistics.is_empty());

    let one = "<GetBandwidthResult><Region><Name>ShenZhen</Name></Region></GetBandwidthResult>";
    let one = read::<GetBandwidth>(statistics::service("cn"), "application/xml", 200, one).unwrap();
    assert!(one.region.len() == 1 && one.region[0].data.is_empty());
}

#[test]
fn what_may_act_twice_is_marked_so() {
    // "Retrying a create action after 5000 or 5100 can create twice; no idempotency parameter is documented."
    let catalog = callsheet_tests::catalog();
    let mut safe = 0;
    for entry in catalog.entries() {
        let name = entry.operation.name;
        let reads = ["Get", "List", "Describe"].iter().any(|word| name.starts_with(word));
        assert_eq!(entry.operation.safe, reads, "{name}");
        safe += usize::from(reads);
    }
    assert_eq!(safe, 11);
}
