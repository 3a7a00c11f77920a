//! A program that makes one blocking call.

use callsheet::Credentials;
use callsheet::oos::statistics::{self, GetBandwidth};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = statistics::service("cn").credentials(Credentials::new("id", "secret"));
    let client = callsheet_ureq::Client::new(service);
    let action = GetBandwidth::new("2018-12-26T08:45:00Z".parse()?, "2018-12-26T08:50:00Z".parse()?);
    println!("{:?}", client.send(&action)?);
    Ok(())
}
