//! The masking of payloads (RFC 6455, section 5.3). It is its own inverse.

/// Masks or unmasks `payload`, whose first byte stands `offset` bytes behind the beginning of its frame's payload.
pub(crate) fn apply(payload: &mut [u8], key: [u8; 4], offset: usize) {
    let key: [u8; 4] = std::array::from_fn(|i| key[(offset + i) % 4]);
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    // Whole words, so that the compiler can take several in one instruction.
    let (words, rest) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::apply;

    #[test]
    fn any_part_is_masked_as_its_place_in_the_frame_asks() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        let plain: Vec<u8> = (0..100).collect();
        let masked: Vec<u8> = plain
            .iter()
            .enumerate()
            .map(|(i, byte)| byte ^ key[i % 4])
            .collect();
        for from in 0..plain.len() {
            for to in from..plain.len() {
                let mut part = masked[from..to].to_vec();
                apply(&mut part, key, from);
                assert_eq!(part, plain[from..to], "{from}..{to}");
            }
        }
    }
}
