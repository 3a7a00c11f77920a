//! The spec files that this project ships.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use std::path::Path;

use callsheet_spec::load_dir;
use callsheet_spec::model::{Meaning, NamedKind, Rule, Spec, TimeFormat, Type};

fn shipped() -> Spec {
    let loaded = match load_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs")) {
        Ok(loaded) => loaded,
        Err(report) => panic!("{report}"),
    };
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    loaded.spec
}

#[test]
fn load_without_problems() {
    let spec = shipped();
    for id in ["oos", "qingcloud"] {
        assert!(spec.services.iter().any(|service| service.id == id), "{id}");
    }
}

#[test]
fn everything_has_words() {
    for service in shipped().services {
        assert!(!service.doc.is_empty(), "{}", service.id);
        for group in service.groups {
            for code in &group.settings.errors.codes {
                assert!(code.doc.ends_with('.'), "{}: code {}", group.path, code.code);
            }
            for (name, named) in &group.types {
                assert!(named.doc.ends_with('.'), "{}: {name}", group.path);
                match &named.kind {
                    NamedKind::Struct(fields) | NamedKind::Union(fields) => {
                        for field in fields {
                            assert!(field.doc.ends_with(['.', '`']), "{name}.{}", field.name);
                        }
                    }
                    NamedKind::Enum(values) => {
                        for value in values {
                            assert!(value.doc.ends_with('.'), "{name} = {}", value.wire);
                        }
                    }
                }
            }
            for action in &group.actions {
                assert!(action.doc.contains('.'), "{}", action.file);
                for field in action.input.iter().chain(&action.output) {
                    assert!(!field.doc.is_empty(), "{}: {}", action.file, field.name);
                }
                assert!(!action.examples.is_empty(), "{}", action.file);
            }
        }
    }
}

/// What the two documents of the task say, word by word.
#[test]
fn the_seeds_are_complete() {
    let spec = shipped();
    let find = |service: &str, group: &str, action: &str| {
        let service = spec.services.iter().find(|s| s.id == service).unwrap();
        let group = service.groups.iter().find(|g| g.id == group).unwrap();
        let action = group.actions.iter().find(|a| a.name == action).unwrap();
        (group, action)
    };
    let names = |fields: &[callsheet_spec::model::Field]| -> Vec<String> {
        let mark = |required| if required { "!" } else { "" };
        fields.iter().map(|field| format!("{}{}", field.name, mark(field.required))).collect()
    };

    let (sdwan, monitor) = find("qingcloud", "sdwan", "GetWanMonitor");
    assert_eq!(
        names(&monitor.input),
        [
            "resource!",
            "access_type!",
            "meters!",
            "step!",
            "start_time!",
            "end_time!",
            "interface_name",
            "monitor_type",
            "ha_member_index"
        ]
    );
    assert_eq!(names(&monitor.output), ["action", "meter_set", "resource_id", "ret_code"]);
    assert_eq!(names(&sdwan.settings.common), ["zone"]);
    let values = |group: &callsheet_spec::model::Group, name: &str| -> Vec<String> {
        match &group.types[name].kind {
            NamedKind::Enum(values) => values.iter().map(|value| value.wire.clone()).collect(),
            kind => panic!("{kind:?}"),
        }
    };
    assert_eq!(values(sdwan, "AccessType"), ["vpc", "cpe", "connect"]);
    assert_eq!(values(sdwan, "Meter"), ["traffic", "flow", "pps"]);
    assert_eq!(values(sdwan, "Step"), ["1m", "5m", "15m", "30m", "1h", "2h", "1d"]);
    assert_eq!(values(sdwan, "MonitorType"), ["internet", "pop"]);
    let codes = &sdwan.settings.errors.codes;
    assert_eq!(codes.len(), 43);
    let meaning = |code: &str| codes.iter().find(|c| c.code == code).unwrap().means;
    assert_eq!(meaning("1300"), Meaning::Skewed);
    assert_eq!(meaning("5100"), Meaning::Transient);

    let (statistics, bandwidth) = find("oos", "statistics", "GetBandwidth");
    assert_eq!(names(&bandwidth.input), ["BeginDate!", "EndDate!", "BucketName", "NetType"]);
    assert_eq!(names(&bandwidth.output), ["UserName", "BucketName", "NetType", "Region"]);
    assert_eq!(values(statistics, "NetType"), ["all", "highqualitynet", "normalqualitynet"]);
    let NamedKind::Struct(sample) = &statistics.types["BandwidthSample"].kind else { panic!("a structure") };
    assert_eq!(
        names(sample),
        [
            "Date!",
            "UploadBW!",
            "DownloadBW!",
            "RoamUploadBW!",
            "RoamDownloadBW!",
            "NonInternetUploadBW!",
            "NonInternetDownloadBW!",
            "NonInternetRoamUploadBW!",
            "NonInternetRoamDownloadBW!"
        ]
    );
    assert!(sample[1..].iter().all(|field| field.unit.as_deref() == Some("B/s")));
    let format =
        |pattern: &str| Type::Timestamp(Some(TimeFormat::Pattern { pattern: pattern.to_owned(), offset: 8 * 3600 }));
    assert_eq!(sample[0].ty, format("%Y-%m-%d %H:%M"));
    let [begin, end, bucket, net] = bandwidth.input.as_slice() else { panic!("four parameters") };
    assert_eq!(begin.ty, format("%Y-%m-%d-%H-%M"));
    assert_eq!(begin.rules, [Rule::Tick { seconds: 300 }, Rule::MaxAge { seconds: 31 * 86_400 }]);
    assert_eq!(end.ty, begin.ty);
    assert_eq!(end.rules, [Rule::Tick { seconds: 300 }, Rule::NotAfterNow]);
    assert_eq!(bucket.rules, [Rule::Length { min: 3, max: Some(63) }, Rule::Chars("a-z0-9.-".to_owned())]);
    assert_eq!(net.default.as_deref(), Some("all"));
    assert_eq!(bandwidth.rules[0].before, "BeginDate");
    assert!(bandwidth.rules[0].or_equal);
}
