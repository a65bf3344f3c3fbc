//! Which processors a program is for, by its first bytes.

/// A processor, by the word that the installer has for it.
const KNOWN: &[(u32, &str)] = &[(0x0100_000c, "arm64"), (0x0100_0007, "x86_64")];

/// `MH_MAGIC_64` as a little-endian processor writes it.
const THIN: [u8; 4] = [0xcf, 0xfa, 0xed, 0xfe];
/// `FAT_MAGIC`: several programs in one file.
const FAT: [u8; 4] = [0xca, 0xfe, 0xba, 0xbe];
/// What a list of programs has for each: processor, kind, offset, size, alignment.
const FAT_ENTRY: usize = 20;
/// More than there are processors; in a file of Java's class the same place has a version.
const FAT_MAX: usize = 8;

/// The processors; none where it is no program for macOS.
pub fn architectures(program: &[u8]) -> Vec<&'static str> {
    let word = |at: usize| program.get(at..at + 4).and_then(|word| word.try_into().ok());
    let mut found: Vec<&str> = match program.get(..4) {
        Some(magic) if magic == THIN => {
            word(4).map(u32::from_le_bytes).and_then(name).into_iter().collect()
        }
        Some(magic) if magic == FAT => {
            let count = word(4).map_or(0, u32::from_be_bytes);
            let count = usize::try_from(count).ok().filter(|count| *count <= FAT_MAX);
            let at = |index| word(8 + FAT_ENTRY * index).map(u32::from_be_bytes);
            (0..count.unwrap_or(0)).filter_map(at).filter_map(name).collect()
        }
        _ => Vec::new(),
    };
    found.sort_unstable();
    found
}

fn name(processor: u32) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _)| *known == processor).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::architectures;

    #[test]
    fn a_program_for_one_processor_and_one_for_both() {
        let thin = [&[0xcf, 0xfa, 0xed, 0xfe][..], &0x0100_000c_u32.to_le_bytes()].concat();
        assert_eq!(architectures(&thin), ["arm64"]);
        let mut fat = vec![0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2];
        for processor in [0x0100_0007_u32, 0x0100_000c] {
            fat.extend(processor.to_be_bytes());
            fat.extend([0; 16]);
        }
        assert_eq!(architectures(&fat), ["arm64", "x86_64"]);
    }

    #[test]
    fn what_is_no_program_has_no_processor() {
        for bytes in [&b""[..], b"#!/bin/sh\n", b"\x7fELF", &[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52]]
        {
            assert!(architectures(bytes).is_empty());
        }
    }
}
