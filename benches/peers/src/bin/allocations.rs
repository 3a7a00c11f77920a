//! What each way asks of the allocator: `row <tab> way <tab> allocations <tab> peak bytes`.

fn main() {
    for row in bench_peers::rows() {
        for mut way in row.ways {
            (way.work)();
            let count = allocation_counter::measure(|| (way.work)());
            println!("{}\t{}\t{}\t{}", row.name, way.name, count.count_total, count.bytes_max);
        }
    }
}
