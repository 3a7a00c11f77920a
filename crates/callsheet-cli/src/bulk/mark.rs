//! Texts told apart without being shown: parameters may be secret, and a journal is kept.

use sha2::{Digest as _, Sha256};

use crate::exit::{Code, Failure};

/// Random bytes at the head of a journal. Equal texts get other marks in each journal, so that no list of marks that was made
/// before tells what they stand for. Who has the journal can still try a guess: its file is for its owner only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Salt([u8; 16]);

impl Salt {
    /// A new one.
    pub(super) fn new() -> Result<Self, Failure> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| Failure::new(Code::Setup, format!("no random numbers for a journal: {error}")))?;
        Ok(Self(bytes))
    }

    /// As it stands in a journal.
    pub(super) fn hex(self) -> String {
        hex(&self.0)
    }

    pub(super) fn of_hex(text: &str) -> Option<Self> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u128::from_str_radix(text, 16).ok().filter(|_| is_hex)?;
        Some(Self(number.to_be_bytes()))
    }

    /// The mark of some texts in their order: half of the SHA-256 of the salt and, of each text, its length and itself.
    pub(super) fn mark<T: AsRef<str>>(self, texts: impl IntoIterator<Item = T>) -> String {
        let mut hash = Sha256::new_with_prefix(self.0);
        for text in texts {
            let text = text.as_ref();
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        let hash: [u8; 32] = hash.finalize().into();
        hex(hash.first_chunk::<16>().unwrap_or(&[0; 16]))
    }
}

fn hex(bytes: &[u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_as_sha256sum_has_them() {
        let salt = Salt::of_hex("000102030405060708090a0b0c0d0e0f").expect("a salt");
        assert_eq!(salt.hex(), "000102030405060708090a0b0c0d0e0f");
        // printf '\x00\x01…\x0f' '\x00\x00\x00\x00\x00\x00\x00\x01a' '\x00\x00\x00\x00\x00\x00\x00\x02bc' | sha256sum
        assert_eq!(salt.mark(["a", "bc"]), "1c3b75112f48d4a28d2c639eb9c0a03c");
        assert_ne!(salt.mark(["a", "bc"]), salt.mark(["ab", "c"]));
        assert_ne!(salt.mark(["a", ""]), salt.mark(["a"]));
        for bad in ["", "0", "000102030405060708090a0b0c0d0e0g", "+00102030405060708090a0b0c0d0e0f"] {
            assert_eq!(Salt::of_hex(bad), None, "{bad}");
        }
    }
}
