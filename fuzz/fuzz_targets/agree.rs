//! Any bytes as an answer: the fast path of the decoder and the readers over quick-xml and serde_json agree.
#![no_main]

use callsheet::decode::{Answer, Limits, decode, decode_without_shortcut};
use callsheet::oos::statistics::GetBandwidth;
use callsheet::qingcloud::instance::DescribeInstances;
use callsheet::qingcloud::sdwan::GetWanMonitor;
use callsheet::{Action, Error};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((which, body)) = data.split_first() else { return };
    match which % 3 {
        0 => compare::<GetBandwidth>(body),
        1 => compare::<GetWanMonitor>(body),
        _ => compare::<DescribeInstances>(body),
    }
});

fn compare<A: Action>(body: &[u8])
where
    A::Output: std::fmt::Debug,
{
    let headers = http::HeaderMap::new();
    let answer = Answer { status: 200, headers: &headers, body };
    let read = |decode: fn(_, Answer<'_>, _, &mut dyn callsheet::value::Output) -> Result<(), Error>| {
        let mut output = A::Output::default();
        decode(A::OPERATION, answer, Limits::default(), &mut output).map(|()| format!("{output:?}"))
    };
    let (with, without) = (read(decode), read(decode_without_shortcut));
    assert_eq!(format!("{with:?}"), format!("{without:?}"));
}
