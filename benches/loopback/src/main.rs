//! Whole calls over a kept connection to a server on this machine: ours, signed and checked, beside the same by hand, unsigned.
//!
//! `bench-loopback [ROUNDS]` prints a table. Ours and the other take turns in short batches, so that what disturbs one disturbs the
//! other; the ratio is the median of the ratios of neighbours. Time is that of the clock; CPU is that of the calling thread alone.
//! All of it runs on one processor: to wake another one takes longer than a call, and who has to is chance.
//!
//! `bench-loopback CASE CALLS` makes so many calls of one kind, for a profiler.

mod server;
mod ways;

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use ways::Way;

/// Instances in the answer, the name of the row, and calls in a batch.
const ROWS: [(usize, &str, usize); 2] = [(1, "1 KB", 100), (83, "100 KB", 20)];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    stay()?;
    match args.as_slice() {
        [] => table(301),
        [rounds] => table(rounds.parse()?),
        [case, calls] => profile(case, calls.parse()?),
        _ => Err("bench-loopback [ROUNDS] or bench-loopback CASE CALLS".into()),
    }
}

fn table(rounds: usize) -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "| answer | transport | ours µs | by hand µs | ratio | middle half | ours CPU µs | by hand CPU µs | CPU ratio |"
    );
    println!("| --- | --- | --: | --: | --: | --: | --: | --: | --: |");
    for (count, size, calls) in ROWS {
        let url = server::start(bench_payloads::instances(count))?;
        for (transport, mut ours, mut other) in [
            ("ureq", Way::ours_ureq(&url)?, Way::bare_ureq(&url)),
            ("hyper", Way::ours_hyper(&url)?, Way::bare_hyper(&url)?),
        ] {
            // connections are made, caches are warm
            for way in [&mut ours, &mut other] {
                assert_eq!(way.call(), count, "{transport}: the answer is read");
                batch(way, calls);
            }
            let mut pairs = Vec::new();
            for round in 0..rounds {
                // each goes first as often as the other
                pairs.push(if round % 2 == 0 {
                    let first = batch(&mut ours, calls);
                    (first, batch(&mut other, calls))
                } else {
                    let first = batch(&mut other, calls);
                    (batch(&mut ours, calls), first)
                });
            }
            let micros = |time: Duration| time.as_secs_f64() * 1e6 / calls as f64;
            let of =
                |part: &dyn Fn(&(Took, Took)) -> f64, place: f64| quantile(pairs.iter().map(part).collect(), place);
            let time = |pair: &(Took, Took)| pair.0.time.as_secs_f64() / pair.1.time.as_secs_f64();
            let cpu = |pair: &(Took, Took)| pair.0.cpu.as_secs_f64() / pair.1.cpu.as_secs_f64();
            println!(
                "| {size} | {transport} | {:.1} | {:.1} | {:.3} | {:.3} to {:.3} | {:.1} | {:.1} | {:.3} |",
                of(&|pair| micros(pair.0.time), 0.5),
                of(&|pair| micros(pair.1.time), 0.5),
                of(&time, 0.5),
                of(&time, 0.25),
                of(&time, 0.75),
                of(&|pair| micros(pair.0.cpu), 0.5),
                of(&|pair| micros(pair.1.cpu), 0.5),
                of(&cpu, 0.5),
            );
        }
    }
    Ok(())
}

/// `ours-ureq-1`, with the number of instances last.
fn profile(case: &str, calls: usize) -> Result<(), Box<dyn std::error::Error>> {
    let (way, count) = case.rsplit_once('-').ok_or("ours-ureq-1")?;
    let url = server::start(bench_payloads::instances(count.parse()?))?;
    let mut way = match way {
        "ours-ureq" => Way::ours_ureq(&url)?,
        "bare-ureq" => Way::bare_ureq(&url),
        "ours-hyper" => Way::ours_hyper(&url)?,
        "bare-hyper" => Way::bare_hyper(&url)?,
        other => return Err(format!("unknown case: {other}").into()),
    };
    batch(&mut way, calls);
    Ok(())
}

/// Keeps this thread, and those that it starts, on the processor that it is on.
#[cfg(target_os = "linux")]
fn stay() -> std::io::Result<()> {
    let mut here = rustix::thread::CpuSet::new();
    here.set(rustix::thread::sched_getcpu());
    Ok(rustix::thread::sched_setaffinity(None, &here)?)
}

#[cfg(not(target_os = "linux"))]
fn stay() -> std::io::Result<()> {
    Ok(())
}

/// What a batch of calls took.
struct Took {
    time: Duration,
    cpu: Duration,
}

fn batch(way: &mut Way, calls: usize) -> Took {
    let (start, before) = (Instant::now(), cpu());
    for _ in 0..calls {
        std::hint::black_box(way.call());
    }
    Took { cpu: cpu() - before, time: start.elapsed() }
}

/// Of this thread: a loaded machine changes it little.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn quantile(mut values: Vec<f64>, place: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * place).round() as usize]
}
