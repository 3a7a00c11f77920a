//! The answer of `DescribeInstances` as a user of serde writes it down.
#![allow(missing_docs, reason = "the names are those of the answer")]

use serde::Deserialize;

#[derive(Deserialize)]
pub struct Output {
    pub action: String,
    pub total_count: i64,
    pub instance_set: Vec<Instance>,
    pub ret_code: i64,
}

#[derive(Deserialize)]
pub struct Instance {
    pub instance_id: String,
    pub instance_name: String,
    pub description: Option<String>,
    pub vcpus_current: i64,
    pub memory_current: i64,
    pub status: String,
    pub transition_status: String,
    pub sub_code: i64,
    pub instance_type: String,
    pub instance_class: i64,
    pub create_time: String,
    pub status_time: String,
    pub zone_id: String,
    pub vxnets: Vec<Vxnet>,
    pub eip: Eip,
    pub image: Image,
    pub security_group: SecurityGroup,
    pub keypair_ids: Vec<String>,
    pub volume_ids: Vec<String>,
}

#[derive(Deserialize)]
pub struct Vxnet {
    pub vxnet_name: String,
    pub vxnet_type: i64,
    pub vxnet_id: String,
    pub nic_id: String,
    pub private_ip: Option<String>,
}

#[derive(Deserialize)]
pub struct Eip {
    pub eip_name: Option<String>,
    pub eip_id: Option<String>,
    pub eip_addr: Option<String>,
    pub bandwidth: Option<String>,
}

#[derive(Deserialize)]
pub struct Image {
    pub processor_type: String,
    pub image_id: String,
    pub image_name: String,
    pub image_size: i64,
    pub platform: String,
    pub provider: String,
    pub os_family: String,
}

#[derive(Deserialize)]
pub struct SecurityGroup {
    pub is_default: i64,
    pub security_group_id: String,
    pub security_group_name: String,
}
