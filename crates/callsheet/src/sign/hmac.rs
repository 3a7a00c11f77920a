//! HMAC (RFC 2104) over a hash: a dozen lines, where the crate for it brings two more that a program then builds.

use sha2::Digest;
use sha2::digest::Output;
use sha2::digest::common::{Block, BlockSizeUser};
use zeroize::Zeroizing;

/// A MAC that has taken in its key: a copy of it begins anew without hashing the key again.
#[derive(Clone)]
pub(super) struct Hmac<H> {
    inner: H,
    outer: H,
}

impl<H: Digest + BlockSizeUser> Hmac<H> {
    /// With a key of any length.
    pub(super) fn new(key: &[u8]) -> Self {
        let mut pad = Zeroizing::new([0; 64]);
        const { assert!(size_of::<Block<H>>() == 64, "SHA-1 and SHA-256 work on blocks of 64 bytes") };
        if let Some(start) = pad.get_mut(..key.len()) {
            start.copy_from_slice(key);
        } else {
            // both hashes are shorter than a block
            pad.iter_mut().zip(H::digest(key)).for_each(|(byte, hashed)| *byte = hashed);
        }
        let mut keyed = |mask: u8| {
            pad.iter_mut().for_each(|byte| *byte ^= mask);
            H::new_with_prefix(pad.as_slice())
        };
        let inner = keyed(0x36);
        // takes the first mask off and puts the second on
        let outer = keyed(0x36 ^ 0x5c);
        Self { inner, outer }
    }

    pub(super) fn update(&mut self, data: &[u8]) {
        Digest::update(&mut self.inner, data);
    }

    /// The tag.
    pub(super) fn finalize(mut self) -> Output<H> {
        Digest::update(&mut self.outer, self.inner.finalize());
        self.outer.finalize()
    }
}

#[cfg(test)]
mod tests {
    use sha1::Sha1;
    use sha2::Sha256;

    use super::super::crypto::push_hex;
    use super::*;

    fn tag<H: Digest + BlockSizeUser>(key: &[u8], data: &[u8]) -> String {
        let mut mac = Hmac::<H>::new(key);
        // in two parts
        let (first, second) = data.split_at(data.len() / 3);
        mac.update(first);
        mac.update(second);
        let mut text = String::new();
        push_hex(&mut text, &mac.finalize());
        text
    }

    /// Test cases 1, 2, 4 and 6 of RFC 4231, the last with a key longer than a block.
    #[test]
    fn sha256_of_the_standard() {
        let cases: [(&[u8], &[u8], &str); 4] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &std::array::from_fn::<u8, 25, _>(|i| i as u8 + 1),
                &[0xcd; 50],
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, data, expected) in cases {
            assert_eq!(tag::<Sha256>(key, data), expected);
        }
    }

    /// Test cases 1, 2 and 6 of RFC 2202.
    #[test]
    fn sha1_of_the_standard() {
        let cases: [(&[u8], &[u8], &str); 3] = [
            (&[0x0b; 20], b"Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
            (b"Jefe", b"what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (
                &[0xaa; 80],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "aa4ae5e15272d00e95705637ce8a3b55ed402112",
            ),
        ];
        for (key, data, expected) in cases {
            assert_eq!(tag::<Sha1>(key, data), expected);
        }
    }
}
