//! `DescribeInstances` of QingCloud: JSON objects to structs with texts of their own.

use serde::Deserialize;

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
        .way("serde_json", move || serde_json::from_slice::<Output>(text.as_bytes()).expect("JSON"), Output::sum)
        .way("sonic-rs", move || sonic_rs::from_slice::<Output>(text.as_bytes()).expect("JSON"), Output::sum)
}

fn text_sum(sum: u64, text: &String) -> u64 {
    text.bytes().fold(sum, |sum, byte| mix(sum, i64::from(byte)))
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read, not used: as with ours")]
struct Output {
    action: String,
    total_count: i64,
    instance_set: Vec<Instance>,
    ret_code: i64,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read, not used: as with ours")]
struct Instance {
    instance_id: String,
    instance_name: String,
    description: Option<String>,
    vcpus_current: i64,
    memory_current: i64,
    status: String,
    transition_status: String,
    sub_code: i64,
    instance_type: String,
    instance_class: i64,
    create_time: String,
    status_time: String,
    zone_id: String,
    vxnets: Vec<Vxnet>,
    eip: Eip,
    image: Image,
    security_group: SecurityGroup,
    keypair_ids: Vec<String>,
    volume_ids: Vec<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read, not used: as with ours")]
struct Vxnet {
    vxnet_name: String,
    vxnet_type: i64,
    vxnet_id: String,
    nic_id: String,
    private_ip: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read, not used: as with ours")]
struct Eip {
    eip_name: Option<String>,
    eip_id: Option<String>,
    eip_addr: Option<String>,
    bandwidth: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read, not used: as with ours")]
struct Image {
    processor_type: String,
    image_id: String,
    image_name: String,
    image_size: i64,
    platform: String,
    provider: String,
    os_family: String,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read, not used: as with ours")]
struct SecurityGroup {
    is_default: i64,
    security_group_id: String,
    security_group_name: String,
}

impl Output {
    fn sum(&self) -> u64 {
        self.instance_set.iter().fold(self.total_count as u64, |sum, i| {
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
}
