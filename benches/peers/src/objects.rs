//! `DescribeInstances` of QingCloud: JSON objects to structs with texts of their own.

use bench_payloads::instances::Output;

use crate::{Row, mix};

pub fn row(name: &'static str, text: String) -> Row {
    let text: &'static str = text.leak();
    Row::new(name, text.len())
        .way(
            "callsheet",
            move || bench_ours::instances(text.as_bytes()),
            |output| {
                output.instance_set.iter().fold(output.total_count as u64, |sum, i| {
                    let texts =
                        [&i.instance_id, &i.instance_name, &i.status, &i.create_time, &i.image.image_name, &i.zone_id];
                    let sum = texts.into_iter().chain(&i.description).fold(sum, text_sum);
                    let sum = i.vxnets.iter().fold(sum, |sum, net| text_sum(sum, &net.nic_id));
                    let sum = i.keypair_ids.iter().chain(&i.volume_ids).fold(sum, text_sum);
                    let sum = i.eip.eip_addr.iter().fold(sum, text_sum);
                    [
                        i.vcpus_current,
                        i.memory_current,
                        i.instance_class,
                        i.image.image_size,
                        i.security_group.is_default,
                    ]
                    .into_iter()
                    .fold(sum, mix)
                })
            },
        )
        .way("serde_json", move || serde_json::from_slice::<Output>(text.as_bytes()).expect("JSON"), sum)
        .way("sonic-rs", move || sonic_rs::from_slice::<Output>(text.as_bytes()).expect("JSON"), sum)
}

fn text_sum(sum: u64, text: &String) -> u64 {
    text.bytes().fold(sum, |sum, byte| mix(sum, i64::from(byte)))
}

/// The same sum of a peer's answer.
fn sum(output: &Output) -> u64 {
    output.instance_set.iter().fold(output.total_count as u64, |sum, i| {
        let texts = [&i.instance_id, &i.instance_name, &i.status, &i.create_time, &i.image.image_name, &i.zone_id];
        let sum = texts.into_iter().chain(&i.description).fold(sum, text_sum);
        let sum = i.vxnets.iter().fold(sum, |sum, net| text_sum(sum, &net.nic_id));
        let sum = i.keypair_ids.iter().chain(&i.volume_ids).fold(sum, text_sum);
        let sum = i.eip.eip_addr.iter().fold(sum, text_sum);
        [i.vcpus_current, i.memory_current, i.instance_class, i.image.image_size, i.security_group.is_default]
            .into_iter()
            .fold(sum, mix)
    })
}
