//! Paths: from plain text to what is sent, and to what is signed.

use percent_encoding::{percent_decode_str, percent_encode_byte};

use crate::pairs::push_encoded;

/// Makes a [`Draft::path`](crate::draft::Draft::path) from a plain one: everything but `A-Z a-z 0-9 - _ . ~ /` becomes
/// `%XX`. With `normalize`, empty and dot segments are removed first (RFC 3986, section 5.2.4).
///
/// ```
/// use callsheet::sign::encode_path;
///
/// assert_eq!(encode_path("/a b//../ሴ", false), "/a%20b//../%E1%88%B4");
/// assert_eq!(encode_path("/a b//../ሴ", true), "/%E1%88%B4");
/// ```
pub fn encode_path(raw: &str, normalize: bool) -> String {
    let mut path = String::with_capacity(raw.len());
    push_segments(&mut path, raw, normalize, push_encoded);
    path
}

/// Appends the path of a canonical request, made from one as it is sent: each segment in the one canonical spelling,
/// whichever the sender chose.
pub(super) fn push_canonical_path(out: &mut String, sent: &str, normalize: bool) {
    if sent == "/" {
        return out.push('/');
    }
    push_segments(out, sent, normalize, push_recoded);
}

fn push_segments(out: &mut String, path: &str, normalize: bool, push: fn(&mut String, &str)) {
    let start = out.len();
    if normalize {
        for segment in path.split('/') {
            let end = out[start..].strip_suffix('/').map_or(out.len(), |rest| start + rest.len());
            let parent = start + out[start..end].rfind('/').unwrap_or(0);
            out.truncate(if segment == ".." { parent } else { end });
            out.push('/');
            if !matches!(segment, "." | "..") {
                push(out, segment);
            }
        }
    } else {
        for (i, segment) in path.split('/').enumerate() {
            if i > 0 {
                out.push('/');
            }
            push(out, segment);
        }
        if out.len() == start {
            out.push('/');
        }
    }
}

/// Decodes and encodes anew, byte by byte: an encoded slash stays one.
fn push_recoded(out: &mut String, segment: &str) {
    for byte in percent_decode_str(segment) {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            byte => out.push_str(percent_encode_byte(byte)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_dot_segments() {
        for (raw, normal) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("/./", "/"),
            ("/..", "/"),
            ("/../..", "/"),
            ("/a/..", "/"),
            ("/a/b/../..", "/"),
            ("/a/b/..", "/a/"),
            ("/a/./b", "/a/b"),
            ("//a//b//", "/a/b/"),
            ("/a/../b", "/b"),
            ("/...", "/..."),
        ] {
            assert_eq!(encode_path(raw, true), normal, "{raw}");
        }
    }

    #[test]
    fn canonical_spelling_is_one() {
        for sent in ["/a%2Fb/%e1%88%b4$", "/%61%2fb/%E1%88%B4%24"] {
            let mut path = String::from("before/");
            push_canonical_path(&mut path, sent, false);
            assert_eq!(path, "before//a%2Fb/%E1%88%B4%24", "{sent}");
        }
    }
}
