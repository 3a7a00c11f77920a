//! Does one kind of work so many times: `bench-ours CASE TIMES`, for callgrind. Prints the bytes that one time reads.

use std::hint::black_box;

use bench_ours::{Caller, SMALL_ANSWER, bandwidth, get_bandwidth, get_wan_monitor, instances, monitor};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [case, times] = args.as_slice() else { panic!("bench-ours CASE TIMES") };
    let times: u32 = times.parse().expect("a number");
    match case.as_str() {
        "xml" => decode(times, &bench_payloads::bandwidth(4, 64), bandwidth),
        "series" => decode(times, &bench_payloads::monitor(2730), monitor),
        "objects" => decode(times, &bench_payloads::instances(83), instances),
        "call" => call(times),
        "parameters" => sign(times, Caller::qingcloud(), &get_wan_monitor()),
        "sigv4" => sign(times, Caller::oos(), &get_bandwidth()),
        other => panic!("unknown case: {other}"),
    }
}

fn decode<T>(times: u32, text: &str, read: fn(&[u8]) -> T) {
    // once before, so that what is done only once is not counted
    drop(read(text.as_bytes()));
    println!("{}", text.len());
    for _ in 0..times {
        drop(measured(|| read(text.as_bytes())));
    }
}

fn sign<A: callsheet::Action>(times: u32, mut caller: Caller, action: &A) {
    drop(caller.request(action));
    println!("0");
    for _ in 0..times {
        drop(measured(|| caller.request(action)));
    }
}

fn call(times: u32) {
    let mut caller = Caller::oos();
    let action = get_bandwidth();
    drop(caller.call(&action, SMALL_ANSWER));
    println!("0");
    for _ in 0..times {
        drop(measured(|| caller.call(&action, SMALL_ANSWER)));
    }
}

/// What callgrind counts.
#[inline(never)]
fn measured<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}
