//! A program that makes one async call by hand, unsigned.

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

#[derive(serde::Deserialize)]
struct Answer {
    ret_code: i64,
    total_count: u64,
}

async fn call() -> Result<Answer, Box<dyn std::error::Error>> {
    let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_only().enable_http1().build();
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let response = client.get("https://api.cloud.test/iaas/?action=DescribeInstances".parse()?).await?;
    let body = response.into_body().collect().await?.to_bytes();
    Ok(serde_json::from_slice(&body)?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(call())?;
    println!("{} {}", answer.ret_code, answer.total_count);
    Ok(())
}
