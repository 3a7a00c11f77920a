//! Any text as spec files: a spec or a report, never a panic.
#![no_main]

use callsheet_spec::Files;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // the first byte says which file the rest is; the others are sound
    let Some((which, text)) = data.split_first() else { return };
    let mut files = Files::new();
    let sound = [
        ("oos/service.toml", include_str!("../../specs/oos/service.toml")),
        ("oos/statistics/group.toml", include_str!("../../specs/oos/statistics/group.toml")),
        ("oos/statistics/GetBandwidth.toml", include_str!("../../specs/oos/statistics/GetBandwidth.toml")),
    ];
    for (i, (path, sound)) in sound.into_iter().enumerate() {
        if usize::from(*which) % 3 == i {
            files.add_bytes(path, text);
        } else {
            files.add(path, sound);
        }
    }
    if let Err(report) = callsheet_spec::load(&files) {
        drop(report.to_string());
    }
});
