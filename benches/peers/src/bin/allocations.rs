//! What each way asks of the allocator: `row <tab> way <tab> allocations <tab> peak bytes`.

fn main() {
    for (_, row) in bench_peers::ROWS {
        let row = row();
        for mut way in row.ways {
            (way.work)();
            let count = allocation_counter::measure(|| (way.work)());
            println!("{}\t{}\t{}\t{}", row.name, way.name, count.count_total, count.bytes_max);
        }
    }
}
