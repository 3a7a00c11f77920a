//! callsheet beside its peers: each case does the same work on the same input, and is checked to come to the same result first.

mod call;
mod objects;
mod series;
mod sign;
mod xml;

/// One way to do a work.
pub struct Way {
    /// Who does it.
    pub name: &'static str,
    /// Does it once, and drops what came of it.
    pub work: Box<dyn FnMut()>,
}

/// One row of the table.
pub struct Row {
    /// What is done.
    pub name: &'static str,
    /// Bytes of the input; 0 if it is no decoding.
    pub bytes: usize,
    /// Ours first.
    pub ways: Vec<Way>,
    /// What all ways come to.
    result: Option<u64>,
}

impl Row {
    fn new(name: &'static str, bytes: usize) -> Self {
        Self { name, bytes, ways: Vec::new(), result: None }
    }

    /// A way to do it, and what `sum` makes of it: the same number as with the others.
    fn way<T>(mut self, name: &'static str, mut work: impl FnMut() -> T + 'static, sum: impl Fn(&T) -> u64) -> Self {
        let result = sum(&work());
        assert_eq!(result, *self.result.get_or_insert(result), "{}: {name} comes to something else", self.name);
        self.ways.push(Way { name, work: Box::new(move || drop(std::hint::black_box(work()))) });
        self
    }
}

/// All rows, by name.
pub const ROWS: [(&str, fn() -> Row); 7] = [
    ("xml 1 MB", || xml::row("xml 1 MB", bench_payloads::bandwidth(20, 127))),
    ("xml 10 MB", || xml::row("xml 10 MB", bench_payloads::bandwidth(20, 1270))),
    ("series 1 MB", || series::row("series 1 MB", bench_payloads::monitor(27_300))),
    ("objects 1 MB", || objects::row("objects 1 MB", bench_payloads::instances(830))),
    ("sign sigv4", sign::row),
    ("sign parameters", sign::parameter_row),
    ("whole call", call::row),
];

/// Mixes a number into a sum.
fn mix(sum: u64, value: i64) -> u64 {
    sum.wrapping_mul(31).wrapping_add(value as u64)
}
