//! What a spec with every setting is resolved to.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod common;

use callsheet_spec::load;

#[test]
fn every_setting_is_read() {
    let files = common::files(include_str!("everything.txt"));
    let loaded = match load(&files) {
        Ok(loaded) => loaded,
        Err(report) => panic!("{report}"),
    };
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_debug_snapshot!("everything", loaded.spec);
    });
}

#[test]
fn loading_is_the_same_every_time() {
    let files = common::files(include_str!("everything.txt"));
    assert_eq!(load(&files), load(&files));
}

#[test]
fn a_folder_loads_as_its_files_do() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs");
    let files = callsheet_spec::Files::read(&folder).unwrap();
    assert!(files.paths().any(|path| path == "oos/service.toml"));
    assert_eq!(load(&files), callsheet_spec::load_dir(&folder));
}

#[test]
fn usual_settings_are_filled_in() {
    let files = common::files(
        "--- x/service.toml\n\
         title = 'X'\n\
         endpoint = 'https://x.example'\n\
         request = { method = 'POST', place = 'form', action = 'Action' }\n\
         sign = { scheme = 'none' }\n\
         answer = { format = 'json' }\n\
         errors = { code = 'code' }\n\
         --- x/Get.toml\n",
    );
    let spec = load(&files).unwrap().spec;
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_debug_snapshot!("usual", spec);
    });
}

#[test]
fn an_imported_api_of_usual_size_loads_in_seconds() {
    use std::fmt::Write as _;

    // as many actions, types and members as EC2 has
    let mut files = common::files(
        "--- big/service.toml\n\
         title = 'Big'\n\
         endpoint = 'https://x.example'\n\
         request = { method = 'POST', place = 'form', action = 'Action' }\n\
         sign = { scheme = 'none' }\n\
         answer = { format = 'json' }\n\
         errors = { code = 'code' }\n",
    );
    let mut types = String::new();
    for index in 0..4000 {
        writeln!(types, "[struct.Type{index}]").unwrap();
        for member in 0..8 {
            let next = (index * 7 + member * 13) % 4000;
            writeln!(
                types,
                "member_{member} = {{ type = \"[Type{next}]\", wire = \"member{member}\", doc = \"Some words about the member {member}, and a few more of them.\" }}"
            )
            .unwrap();
        }
    }
    files.add("big/types.toml", types);
    for index in 0..765 {
        let action = format!(
            "doc = 'Does {index}.'\n[input]\nid = 'string!'\nfilter = '[Type{index}]'\n[output]\nitems = '[Type{}]'\n",
            4 * index
        );
        files.add(format!("big/Action{index}.toml"), action);
    }
    let start = std::time::Instant::now();
    let loaded = load(&files).unwrap();
    let took = start.elapsed();
    println!("{took:?}");
    assert_eq!(loaded.spec.services[0].groups[0].actions.len(), 765);
    // many times what it takes, and far less than anything quadratic would
    assert!(took.as_secs() < 20, "{took:?}");
}
