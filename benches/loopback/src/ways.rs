//! The ways to call.

use std::error::Error;

use bench_ours::{KEY, cloud};
use bench_payloads::instances::Output;
use callsheet::{Credentials, Service};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::Runtime;

/// One way to call.
pub struct Way(Box<dyn FnMut() -> usize>);

impl Way {
    /// Makes one call, and counts the instances in the answer.
    pub fn call(&mut self) -> usize {
        (self.0)()
    }

    pub fn ours_ureq(url: &str) -> Result<Self, Box<dyn Error>> {
        let client = callsheet_ureq::Client::builder(service(url)).build()?;
        Ok(Self(Box::new(move || client.send(&action()).expect("an answer").instance_set.len())))
    }

    pub fn ours_hyper(url: &str) -> Result<Self, Box<dyn Error>> {
        let client = callsheet_hyper::Client::builder(service(url)).build()?;
        let runtime = runtime()?;
        Ok(Self(Box::new(move || {
            runtime.block_on(async { client.send(&action()).await.expect("an answer").instance_set.len() })
        })))
    }

    pub fn bare_ureq(url: &str) -> Self {
        let (agent, url) = (ureq::Agent::new_with_defaults(), url.to_owned());
        Self(Box::new(move || {
            let request = agent.get(&url).query("action", "DescribeInstances");
            let mut response = request.call().expect("an answer");
            // by slice: reading JSON from a stream is slower
            let body = response.body_mut().read_to_vec().expect("a body");
            serde_json::from_slice::<Output>(&body).expect("JSON").instance_set.len()
        }))
    }

    pub fn bare_hyper(url: &str) -> Result<Self, Box<dyn Error>> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
        let (runtime, url) = (runtime()?, url.to_owned());
        Ok(Self(Box::new(move || {
            runtime.block_on(async {
                let url = format!("{url}?action=DescribeInstances").parse().expect("a URL");
                let response = client.get(url).await.expect("an answer");
                let body = response.into_body().collect().await.expect("a body").to_bytes();
                serde_json::from_slice::<Output>(&body).expect("JSON").instance_set.len()
            })
        })))
    }
}

fn service(url: &str) -> Service {
    cloud::service().credentials(Credentials::new(KEY.0, KEY.1)).endpoint(url)
}

fn action() -> cloud::DescribeInstances {
    cloud::DescribeInstances::new()
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
