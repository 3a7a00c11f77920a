//! Every row by criterion, in CPU time of the thread: `cargo xtask bench` makes one table of what it finds.

use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rustix::time::{ClockId, clock_gettime};

fn rows(criterion: &mut Criterion<CpuTime>) {
    for (_, row) in bench_peers::ROWS {
        let row = row();
        let mut group = criterion.benchmark_group(row.name);
        if row.bytes > 0 {
            group.throughput(Throughput::BytesDecimal(row.bytes as u64));
        }
        for way in row.ways {
            let mut work = way.work;
            group.bench_function(way.name, |bencher| bencher.iter(&mut work));
        }
        group.finish();
    }
}

/// Time of this thread on a processor: other work on the machine does not count, though it still costs caches.
struct CpuTime;

impl CpuTime {
    fn now() -> Duration {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
    }
}

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        Self::now()
    }

    fn end(&self, start: Duration) -> Duration {
        Self::now() - start
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_nanos() as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .with_measurement(CpuTime)
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .without_plots();
    targets = rows
}
criterion_main!(benches);
