//! Calls an action of a cloud whose spec files lie in this project.

use callsheet::Credentials;

include!(concat!(env!("OUT_DIR"), "/callsheet.rs"));

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = acme::service("north").credentials(Credentials::new("id", "secret"));
    let action = acme::ListQueues::new().prefix("mail").states(["open"]);

    let request = service.request(&action, "2026-01-01T00:00:00Z".parse()?)?;
    println!("{} {}", request.method(), request.uri());
    println!("{}", String::from_utf8_lossy(request.body()));

    // what a transport would have brought
    let response = http::Response::new(include_str!("../specs/acme/ListQueues.json"));
    for queue in service.response::<acme::ListQueues>(&response)?.queues {
        println!("{} ({}): {} messages", queue.name, queue.state, queue.messages);
    }
    Ok(())
}
