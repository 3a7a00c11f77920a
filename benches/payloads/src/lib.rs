//! Answers of the kind that services send, of any size, the same in every run.
//!
//! Their shapes are those of the documented examples: [`bandwidth`] of OOS `GetBandwidth`, [`monitor`] of QingCloud `GetWanMonitor`,
//! [`instances`] of QingCloud `DescribeInstances`, with the escapes that a Python service writes.

#[cfg(feature = "serde")]
pub mod instances;

use std::fmt::Write as _;

/// Numbers that look random: xorshift64*.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// From 0 up to below 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 33) % end
    }

    /// Ten to a power between: numbers of all lengths are alike.
    fn magnitude(&mut self, low: f64, high: f64) -> u64 {
        10_f64.powf(low + (high - low) * self.unit()) as u64
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }

    fn id(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(self.pick(b"0123456789abcdefghijklmnopqrstuvwxyz"))).collect()
    }
}

/// The answer of `GetBandwidth`: 393 bytes a point.
pub fn bandwidth(regions: usize, points: usize) -> String {
    const NAMES: [&str; 10] = [
        "ShenZhen",
        "QingDao",
        "HuHeHaoTe",
        "ZhengZhou",
        "ChengDu",
        "GuiYang",
        "WuHan",
        "LanZhou",
        "HangZhou",
        "WuLuMuQi",
    ];
    const FIELDS: [&str; 8] = [
        "UploadBW",
        "DownloadBW",
        "RoamUploadBW",
        "RoamDownloadBW",
        "NonInternetUploadBW",
        "NonInternetDownloadBW",
        "NonInternetRoamUploadBW",
        "NonInternetRoamDownloadBW",
    ];
    let mut numbers = Numbers(1);
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<GetBandwidthResult>\n<UserName>ctyuntest@ctyun.cn</UserName>\n\
         <BucketName>example-bucket</BucketName>\n",
    );
    for region in 0..regions {
        let number = if region < 10 { String::new() } else { region.to_string() };
        let _ = write!(text, "<Region>\n<Name>{}{number}</Name>\n", NAMES[region % 10]);
        for point in 0..points {
            let (minute, hour, day) = (point % 12 * 5, point / 12 % 24, point / 288 % 28 + 1);
            let _ = write!(text, "<Data>\n<Date>2018-12-{day:02} {hour:02}:{minute:02}</Date>\n");
            for field in FIELDS {
                let zero = field.contains("Roam") && numbers.unit() < 0.7;
                let value = if zero { 0 } else { numbers.magnitude(2.0, 9.5) };
                let _ = writeln!(text, "<{field}>{value}</{field}>");
            }
            text.push_str("</Data>\n");
        }
        text.push_str("</Region>\n");
    }
    text.push_str("</GetBandwidthResult>\n");
    text
}

/// The answer of `GetWanMonitor`: three meters, one point in a hundred with a time of its own.
pub fn monitor(points: usize) -> String {
    let mut numbers = Numbers(3);
    let meters = [("traffic", 2.0, 4.0), ("flow", 4.0, 8.0), ("pps", 0.0, 3.0)].map(|(meter, low, high)| {
        let items: Vec<String> = (0..points)
            .map(|point| {
                let value = format!("[{},{}]", numbers.magnitude(low, high), numbers.magnitude(low, high));
                let stamped = point == 0 || numbers.unit() < 0.01;
                if stamped { format!("[{},{value}]", 1_589_001_300 + 300 * point) } else { value }
            })
            .collect();
        format!("{{\"data\":[{}],\"meter_id\":\"{meter}\"}}", items.join(","))
    });
    let meters = meters.join(",");
    format!(
        "{{\"action\":\"GetWanMonitorResponse\",\"meter_set\":[{meters}],\"ret_code\":0,\"resource_id\":\"waif-6bm6mt85\"}}"
    )
}

/// The answer of `DescribeInstances`: 1,200 bytes an instance.
pub fn instances(count: usize) -> String {
    let mut numbers = Numbers(4);
    let mut text = format!("{{\"action\":\"DescribeInstancesResponse\",\"total_count\":{count},\"instance_set\":[");
    for number in 0..count {
        if number > 0 {
            text.push(',');
        }
        instance(&mut text, number, &mut numbers);
    }
    text.push_str("],\"ret_code\":0}");
    text
}

fn instance(text: &mut String, number: usize, numbers: &mut Numbers) {
    let n = numbers;
    let name = n.pick(&["web", "db", "\\u6d4b\\u8bd5\\u4e3b\\u673a", "cache"]);
    let description = if n.unit() < 0.6 {
        "null"
    } else {
        n.pick(&["\"prod \\\"blue\\\" stack\"", "\"line one\\nline two\"", "\"plain words only here\""])
    };
    let vxnets: Vec<String> = (0..n.pick(&[1, 1, 1, 2]))
        .map(|_| {
            format!(
                "{{\"vxnet_name\":\"vxnet-0\",\"vxnet_type\":1,\"vxnet_id\":\"vxnet-{}\",\"nic_id\":\"52:54:{}:{}:{}:{}\",\"private_ip\":\"10.{}.{}.{}\"}}",
                n.id(7), n.id(2), n.id(2), n.id(2), n.id(2), n.below(256), n.below(256), n.below(256)
            )
        })
        .collect();
    let eip = if n.unit() < 0.4 {
        format!(
            "{{\"eip_name\":\"\",\"eip_id\":\"eip-{}\",\"eip_addr\":\"103.{}.{}.{}\",\"bandwidth\":\"{}\"}}",
            n.id(8),
            n.below(256),
            n.below(256),
            n.below(256),
            n.pick(&[1, 5, 10, 100])
        )
    } else {
        "{}".to_owned()
    };
    let mut ids = |prefix: &str, counts: &[usize]| {
        let ids: Vec<String> = (0..n.pick(counts)).map(|_| format!("\"{prefix}-{}\"", n.id(8))).collect();
        ids.join(",")
    };
    let (keys, volumes) = (ids("kp", &[0, 1, 2]), ids("vol", &[0, 1, 3]));
    let _ = write!(
        text,
        "{{\"vcpus_current\":{},\"instance_id\":\"i-{}\",\"instance_name\":\"{name}-{number:05}\",\"description\":{description},\
         \"vxnets\":[{}],\"eip\":{eip},\"memory_current\":{},\"status\":\"{}\",\"transition_status\":\"\",\"sub_code\":0,\
         \"instance_type\":\"c1m1\",\"instance_class\":{},\"create_time\":\"2020-0{}-1{}T0{}:23:4{}Z\",\
         \"status_time\":\"2020-05-1{}T0{}:13:2{}Z\",\"image\":{{\"ui_type\":\"tui\",\"processor_type\":\"64bit\",\
         \"image_id\":\"centos7x64d\",\"features_supported\":{{\"set_keypair\":1,\"disk_hot_plug\":1,\"user_data\":1,\"set_pwd\":1,\
         \"root_fs_rw_online\":1}},\"image_name\":\"CentOS 7.9 64bit\",\"image_size\":20,\"platform\":\"linux\",\
         \"provider\":\"system\",\"os_family\":\"centos\"}},\"keypair_ids\":[{keys}],\"volume_ids\":[{volumes}],\
         \"security_group\":{{\"is_default\":1,\"security_group_id\":\"sg-{}\",\"security_group_name\":\"default\"}},\"tags\":[],\
         \"zone_id\":\"pek3a\",\"graphics_protocol\":\"vnc\",\"repl\":\"rpp-00000002\",\"hypervisor\":\"kvm\",\"cpu_topology\":\"\",\
         \"fence\":null,\"gpu\":0,\"lastest_snapshot_time\":null,\"extra\":{{\"gpu\":0,\"nic_mqueue\":0,\"no_limit\":0,\
         \"cpu_model\":\"\",\"block_bus\":\"\"}}}}",
        n.pick(&[1, 2, 4, 8]),
        n.id(8),
        vxnets.join(","),
        n.pick(&[1024, 2048, 4096, 8192]),
        n.pick(&["running", "running", "stopped"]),
        n.pick(&[0, 1, 101]),
        n.below(8) + 1,
        n.below(9),
        n.below(9),
        n.below(9),
        n.below(9),
        n.below(9),
        n.below(9),
        n.id(8),
    );
}
