//! Every row by criterion: `cargo xtask bench` makes one table of what it finds.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn rows(criterion: &mut Criterion) {
    for row in bench_peers::rows() {
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

criterion_group!(benches, rows);
criterion_main!(benches);
