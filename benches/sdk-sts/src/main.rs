//! A program that makes one call with the AWS SDK.

use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "here"))
        .build();
    let client = aws_sdk_sts::Client::from_conf(config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let identity = runtime.block_on(client.get_caller_identity().send())?;
    println!("{:?}", identity.account());
    Ok(())
}
