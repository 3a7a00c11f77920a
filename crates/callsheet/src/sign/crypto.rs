//! Hashes, MACs and the two ways to write them as text.

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::hmac::Hmac;

/// The keyed hash of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-1.
    HmacSha1,
}

/// The Base64 that a signature is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// With `+` and `/`, padded with `=` (RFC 4648, section 4).
    Standard,
    /// With `-` and `_`, without padding (RFC 4648, section 5).
    UrlSafe,
}

impl Alphabet {
    fn engine(self) -> &'static GeneralPurpose {
        match self {
            Self::Standard => &STANDARD,
            Self::UrlSafe => &URL_SAFE_NO_PAD,
        }
    }

    /// The bytes that `text` stands for; none if it is not Base64, which no signature equals.
    pub(super) fn decode(self, text: &str) -> Vec<u8> {
        self.engine().decode(text).unwrap_or_default()
    }
}

/// A MAC of either algorithm. A copy of one that has taken in its key begins anew without hashing the key again.
#[derive(Clone)]
pub(super) enum Mac {
    Sha256(Hmac<Sha256>),
    Sha1(Hmac<Sha1>),
}

impl Mac {
    pub(super) fn new(algorithm: Algorithm, key: &[u8]) -> Self {
        match algorithm {
            Algorithm::HmacSha256 => Self::Sha256(Hmac::new(key)),
            Algorithm::HmacSha1 => Self::Sha1(Hmac::new(key)),
        }
    }

    pub(super) fn update(&mut self, data: &[u8]) {
        match self {
            Self::Sha256(mac) => mac.update(data),
            Self::Sha1(mac) => mac.update(data),
        }
    }

    /// Appends the tag in Base64.
    pub(super) fn push_base64(self, out: &mut String, alphabet: Alphabet) {
        match self {
            Self::Sha256(mac) => alphabet.engine().encode_string(mac.finalize(), out),
            Self::Sha1(mac) => alphabet.engine().encode_string(mac.finalize(), out),
        }
    }

    /// Whether `tag` is the right one, in constant time.
    pub(super) fn verify(self, tag: &[u8]) -> bool {
        match self {
            Self::Sha256(mac) => same(&mac.finalize(), tag),
            Self::Sha1(mac) => same(&mac.finalize(), tag),
        }
    }
}

/// The MAC of the last secret, which has taken it in: the memory of both is overwritten on drop.
pub(super) struct Keyed {
    algorithm: Algorithm,
    secret: Zeroizing<String>,
    mac: Mac,
}

impl Keyed {
    /// A MAC that waits for the text: that in `slot` if it fits, else a new one, which goes there.
    pub(super) fn mac(slot: &mut Option<Self>, algorithm: Algorithm, secret: &str) -> Mac {
        slot.take_if(|keyed| keyed.algorithm != algorithm || *keyed.secret != secret);
        let keyed = slot.get_or_insert_with(|| Self {
            algorithm,
            secret: Zeroizing::new(secret.to_owned()),
            mac: Mac::new(algorithm, secret.as_bytes()),
        });
        keyed.mac.clone()
    }
}

/// HMAC-SHA256 of one text.
pub(super) fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new(key);
    mac.update(data);
    mac.finalize().into()
}

/// SHA-256 of one text.
pub(crate) fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

/// Whether two secrets are the same; the time taken says nothing about how much of them agrees.
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// Appends two lower-case digits for each byte.
pub(super) fn push_hex(out: &mut String, bytes: &[u8]) {
    // arithmetic, so that many digits are made at once
    let digit = |number: u8| number + if number < 10 { b'0' } else { b'a' - 10 };
    for part in bytes.chunks(32) {
        let mut digits = [0; 64];
        for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(part) {
            *pair = [digit(byte >> 4), digit(byte & 15)];
        }
        // they are ASCII, so there is no other case
        out.push_str(std::str::from_utf8(&digits[..2 * part.len()]).unwrap_or_default());
    }
}

/// The bytes that lower-case hex digits stand for; none if it is something else, which no signature equals.
pub(super) fn decode_hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let byte = |pair: &[u8]| match *pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(byte).collect::<Option<_>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_goes_both_ways() {
        let mut text = String::new();
        push_hex(&mut text, &[0x00, 0x9f, 0xff]);
        assert_eq!(text, "009fff");
        assert_eq!(decode_hex(&text), [0x00, 0x9f, 0xff]);
        assert!(decode_hex("009").is_empty());
        assert!(decode_hex("9F").is_empty());
    }

    #[test]
    fn a_kept_key_is_that_of_its_secret_and_algorithm() {
        let mut slot = None;
        let (sha256, sha1) = (Algorithm::HmacSha256, Algorithm::HmacSha1);
        for (algorithm, secret) in [(sha256, "one"), (sha256, "one"), (sha256, "two"), (sha1, "two"), (sha1, "one")] {
            let [mut kept, mut anew] =
                [Keyed::mac(&mut slot, algorithm, secret), Mac::new(algorithm, secret.as_bytes())];
            kept.update(b"text");
            anew.update(b"text");
            let [mut kept_tag, mut tag] = [const { String::new() }; 2];
            kept.push_base64(&mut kept_tag, Alphabet::Standard);
            anew.push_base64(&mut tag, Alphabet::Standard);
            assert_eq!(kept_tag, tag, "{algorithm:?} {secret}");
        }
    }

    #[test]
    fn compares_secrets() {
        assert!(same(b"token", b"token"));
        assert!(!same(b"token", b"tokem"));
        assert!(!same(b"", b"\0"));
    }
}
