//! Does one way of one row so many times, for callgrind: `once ROW WAY TIMES`; without arguments, tells what there is.

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [row, way, times] = args.as_slice() else {
        for (_, row) in bench_peers::ROWS {
            let row = row();
            for way in row.ways {
                println!("{}\t{}\t{}", row.name, way.name, row.bytes);
            }
        }
        return;
    };
    let (_, row) = bench_peers::ROWS.iter().find(|(name, _)| name == row).expect("a row");
    let mut row = row();
    let way = row.ways.iter_mut().find(|known| known.name == way).expect("a way");
    for _ in 0..times.parse().expect("a number") {
        measured(&mut way.work);
    }
}

/// What callgrind counts.
#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
}
