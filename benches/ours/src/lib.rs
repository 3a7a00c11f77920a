//! What is measured of callsheet: one function for each kind of work.

use callsheet::call::{Call, ClientState, Step};
use callsheet::oos::statistics::{self, GetBandwidth};
use callsheet::qingcloud::sdwan::{self, GetWanMonitor};
use callsheet::sign::KeyCache;
use callsheet::{Action, Credentials, Options, Service};
use chrono::{DateTime, Utc};
use http::{Request, Response};

include!(concat!(env!("OUT_DIR"), "/callsheet.rs"));

/// Key id and secret in every request.
pub const KEY: (&str, &str) = ("AKIDEXAMPLE1234567890", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

/// 2018-12-26T09:01:30Z, when every request is signed.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_545_814_890, 0).unwrap_or_default()
}

/// The answer of `GetBandwidth` as records.
pub fn bandwidth(body: &[u8]) -> statistics::GetBandwidthOutput {
    output::<GetBandwidth>(&statistics::service("cn"), body)
}

/// The answer of `GetWanMonitor` as records.
pub fn monitor(body: &[u8]) -> sdwan::GetWanMonitorOutput {
    output::<GetWanMonitor>(&sdwan::service(), body)
}

/// The answer of `DescribeInstances` as records.
pub fn instances(body: &[u8]) -> cloud::DescribeInstancesOutput {
    output::<cloud::DescribeInstances>(&cloud::service(), body)
}

fn output<A: Action>(service: &Service, body: &[u8]) -> A::Output {
    service.response::<A>(&Response::new(body)).expect("the payload is an answer")
}

/// A client of one service, as transports have it.
pub struct Caller {
    service: Service,
    cache: KeyCache,
    state: ClientState,
}

impl Caller {
    /// Signs with AWS Signature Version 4.
    pub fn oos() -> Self {
        Self::of(statistics::service("cn"))
    }

    /// Signs with an HMAC over the sorted parameters.
    pub fn qingcloud() -> Self {
        Self::of(sdwan::service().common("zone", "pek3a"))
    }

    fn of(service: Service) -> Self {
        Self {
            service: service.credentials(Credentials::new(KEY.0, KEY.1)),
            cache: KeyCache::new(),
            state: ClientState::default(),
        }
    }

    /// A signed request.
    pub fn request<A: Action>(&mut self, action: &A) -> Request<Vec<u8>> {
        self.service
            .request_with(&mut self.cache, A::OPERATION, action, Options::none(), now())
            .expect("the action is right")
    }

    /// A whole call whose answer is there at once.
    pub fn call<A: Action>(&mut self, action: &A, body: &'static [u8]) -> A::Output {
        let mut call = Call::new(&self.service, action, 1, now());
        loop {
            match call.step(&mut self.state, now()) {
                Step::Send(request) => {
                    std::hint::black_box(request);
                    call.receive(&Response::new(body), now());
                }
                Step::Wait(_) => unreachable!("the answer is good"),
                Step::Done(result) => return result.expect("the answer is good"),
            }
        }
    }
}

/// The request that all signers of AWS requests are measured with.
pub fn get_bandwidth() -> GetBandwidth {
    let time = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    GetBandwidth::new(time(1_545_813_900), time(1_545_814_200)).bucket_name("example-bucket")
}

/// The request that parameters are signed with.
pub fn get_wan_monitor() -> GetWanMonitor {
    let time = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    let (start, end) = (time(1_589_001_300), time(1_589_022_900));
    GetWanMonitor::new("waif-6bm6mt85", "line", ["traffic", "flow", "pps"], "5m", start, end)
}

/// An answer of the size of that of `GetCallerIdentity`.
pub const SMALL_ANSWER: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<GetBandwidthResult>\n<UserName>ctyuntest@ctyun.cn</UserName>\n\
<BucketName>example-bucket</BucketName>\n<Region>\n<Name>ShenZhen</Name>\n<Data>\n<Date>2018-12-26 16:45</Date>\n<UploadBW>1</UploadBW>\n\
<DownloadBW>2</DownloadBW>\n<RoamUploadBW>0</RoamUploadBW>\n<RoamDownloadBW>0</RoamDownloadBW>\n<NonInternetUploadBW>0</NonInternetUploadBW>\n\
<NonInternetDownloadBW>0</NonInternetDownloadBW>\n<NonInternetRoamUploadBW>0</NonInternetRoamUploadBW>\n\
<NonInternetRoamDownloadBW>0</NonInternetRoamDownloadBW>\n</Data>\n</Region>\n</GetBandwidthResult>\n";
