//! A program that makes one async call. With an argument it tells the size of the call's future instead.

use callsheet::Credentials;
use callsheet::oos::statistics::{self, GetBandwidth};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = statistics::service("cn").credentials(Credentials::new("id", "secret"));
    let client = callsheet_hyper::Client::new(service);
    let action = GetBandwidth::new("2018-12-26T08:45:00Z".parse()?, "2018-12-26T08:50:00Z".parse()?);
    let call = client.send(&action);
    if std::env::args().len() > 1 {
        println!("{}", size_of_val(&call));
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("{:?}", runtime.block_on(call)?);
    Ok(())
}
