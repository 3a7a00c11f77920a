//! A program that makes one blocking call by hand, unsigned.

#[derive(serde::Deserialize)]
struct Answer {
    ret_code: i64,
    total_count: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let request = ureq::get("https://api.cloud.test/iaas/").query("action", "DescribeInstances");
    let answer: Answer = request.call()?.body_mut().read_json()?;
    println!("{} {}", answer.ret_code, answer.total_count);
    Ok(())
}
