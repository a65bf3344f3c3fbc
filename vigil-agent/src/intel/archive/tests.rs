use std::{fs, io::Write as _, path::Path};

use flate2::{Compression, Crc, write::DeflateEncoder, write::GzEncoder};

use super::{ArchiveError, each_text};

/// What a zip is made of.
pub(in super::super) struct Zip {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    files: u16,
}

impl Zip {
    pub(in super::super) fn new() -> Self {
        Self { bytes: Vec::new(), directory: Vec::new(), files: 0 }
    }

    pub(in super::super) fn file(&mut self, name: &str, content: &[u8]) -> &mut Self {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
        packed.write_all(content).unwrap();
        let packed = packed.finish().unwrap();
        let mut sum = Crc::new();
        sum.update(content);
        self.entry(name, 8, sum.sum(), &packed, content.len())
    }

    fn entry(&mut self, name: &str, method: u16, sum: u32, packed: &[u8], len: usize) -> &mut Self {
        let at = u32::try_from(self.bytes.len()).unwrap();
        let mut fields = Vec::new();
        fields.extend([20, 0, 0, 0]);
        fields.extend(method.to_le_bytes());
        fields.extend([0; 4]);
        fields.extend(sum.to_le_bytes());
        fields.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
        fields.extend(u32::try_from(len).unwrap().to_le_bytes());
        fields.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        fields.extend([0, 0]);
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&fields);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(packed);
        self.directory.extend(b"PK\x01\x02\x14\0");
        self.directory.extend(&fields);
        self.directory.extend([0; 10]);
        self.directory.extend(at.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.files += 1;
        self
    }

    pub(in super::super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let at = u32::try_from(bytes.len()).unwrap();
        bytes.extend(&self.directory);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend(self.files.to_le_bytes());
        bytes.extend(self.files.to_le_bytes());
        bytes.extend(u32::try_from(self.directory.len()).unwrap().to_le_bytes());
        bytes.extend(at.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }

    /// The same with its numbers where those beyond 32 bits stand.
    fn long(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let at = bytes.len() as u64;
        bytes.extend(&self.directory);
        let record = bytes.len() as u64;
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend([0; 12]);
        bytes.extend(u64::from(self.files).to_le_bytes());
        bytes.extend(u64::from(self.files).to_le_bytes());
        bytes.extend((self.directory.len() as u64).to_le_bytes());
        bytes.extend(at.to_le_bytes());
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(record.to_le_bytes());
        bytes.extend([1, 0, 0, 0]);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend([0xff; 12]);
        bytes.extend([0xff; 4]);
        bytes.extend([0, 0]);
        bytes
    }
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in files {
        let mut head = [0_u8; 512];
        head[..name.len()].copy_from_slice(name.as_bytes());
        head[100..108].copy_from_slice(b"0000644\0");
        head[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        head[156] = b'0';
        head[257..263].copy_from_slice(b"ustar\0");
        head[148..156].copy_from_slice(b"        ");
        let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
        head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        bytes.extend(head);
        bytes.extend(*content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.extend([0; 1024]);
    bytes
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

type Texts = (Vec<(String, String)>, Vec<(&'static str, String)>);

fn texts(path: &Path) -> Result<Texts, ArchiveError> {
    let (mut texts, mut skipped) = (Vec::new(), Vec::new());
    each_text(
        path,
        &mut |name, text| {
            let mut content = String::new();
            text.read_to_string(&mut content)?;
            texts.push((name.to_owned(), content));
            Ok(())
        },
        &mut |why, name| skipped.push((why, name.to_owned())),
    )?;
    Ok((texts, skipped))
}

fn of(bytes: &[u8]) -> Result<Texts, ArchiveError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("list");
    fs::write(&path, bytes).unwrap();
    texts(&path)
}

fn both() -> Vec<(String, String)> {
    [("a.json", "first"), ("b.json", "second")]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into()
}

#[test]
fn every_kind_of_archive_has_the_same_texts() {
    let mut zip = Zip::new();
    // Where it would be unpacked to says nothing.
    zip.file("../../etc/a.json", b"first").file("/b.json", b"second");
    let files: [(&str, &[u8]); 2] = [("../a.json", b"first"), ("x/b.json", b"second")];
    for bytes in [zip.bytes(), zip.long(), tar(&files), gz(&tar(&files))] {
        assert_eq!(of(&bytes).unwrap(), (both(), Vec::new()));
    }

    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("list/.git")).unwrap();
    fs::write(dir.path().join("list/.git/c.json"), "never").unwrap();
    fs::write(dir.path().join("list/c.exe"), "never").unwrap();
    fs::write(dir.path().join("list/a.json"), "first").unwrap();
    fs::write(dir.path().join("list/b.json"), "second").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", dir.path().join("list/d.json")).unwrap();
    assert_eq!(texts(&dir.path().join("list")).unwrap().0, both());
}

#[test]
fn a_text_alone_may_be_packed() {
    assert_eq!(of(b"first").unwrap().0[0].1, "first");
    assert_eq!(of(&gz(b"first")).unwrap().0[0].1, "first");
}

#[test]
fn an_archive_with_a_file_that_is_not_what_it_says_is_refused() {
    let mut sum = Crc::new();
    sum.update(b"kept");
    let mut zip = Zip::new();
    zip.entry("unknown", 12, 7, b"text", 4).entry("kept", 0, sum.sum(), b"kept", 4);

    let (texts, skipped) = of(&zip.bytes()).unwrap();

    assert_eq!(texts, [("kept".to_owned(), "kept".to_owned())]);
    assert_eq!(skipped, [("not-deflated", "unknown".to_owned())]);
    for (how, sum, packed, len) in
        [(0, 7, b"text".as_slice(), 4), (0, sum.sum(), b"kept", 9), (8, 7, b"\xff\xff\xff", 4)]
    {
        let mut zip = Zip::new();
        zip.file("good", b"good").entry("bad", how, sum, packed, len);
        let refused = of(&zip.bytes());
        assert!(matches!(refused, Err(ArchiveError::Damaged(_))), "{refused:?}");
    }
}

#[test]
fn an_archive_that_says_it_has_fewer_files_is_refused() {
    let mut zip = Zip::new();
    zip.file("a", b"first");
    let one = zip.directory.len();
    zip.file("b", b"second");
    let mut both = Zip::new();
    both.file("a", b"first").file("b", b"second");
    both.files = 1;
    assert!(matches!(of(&both.bytes()), Err(ArchiveError::Damaged(_))));

    // The same, and the directory is said to be shorter too.
    let mut bytes = both.bytes();
    let at = bytes.len() - 10;
    bytes[at..at + 4].copy_from_slice(&u32::try_from(one).unwrap().to_le_bytes());
    assert!(matches!(of(&bytes), Err(ArchiveError::Damaged(_))));
}

#[test]
fn more_than_it_says_is_damage_and_takes_no_memory() {
    // 64 MiB of nothing that say that they are four bytes.
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    let block = vec![0; 1024 * 1024];
    for _ in 0..64 {
        packed.write_all(&block).unwrap();
    }
    let packed = packed.finish().unwrap();
    let mut zip = Zip::new();
    zip.entry("bomb", 8, 7, &packed, 4);

    assert!(matches!(of(&zip.bytes()), Err(ArchiveError::Damaged(_))));
}

#[test]
fn files_that_share_their_bytes_are_refused() {
    // A text that hardly packs.
    let noise: Vec<u8> =
        (0..100_000_u32).map(|n| blake3::hash(&n.to_le_bytes()).as_bytes()[0] & 0x7f).collect();
    let mut zip = Zip::new();
    zip.file("a", &noise);
    assert_eq!(of(&zip.bytes()).unwrap().0.len(), 1);

    zip.directory = zip.directory.repeat(4);
    zip.files = 4;

    assert!(matches!(of(&zip.bytes()), Err(ArchiveError::Damaged("its files overlap"))));
}

#[test]
fn torn_archives_are_refused_with_words() {
    let mut zip = Zip::new();
    zip.file("a.json", b"first");
    let zip = zip.bytes();
    for len in 4..zip.len() {
        let torn = of(&zip[..len]);
        assert!(torn.is_err(), "{len} bytes of a zip");
    }
    let tar = tar(&[("a.json", &[b'x'; 700])]);
    for len in [300, 512 + 100, 1024 + 10] {
        assert!(
            of(&tar[..len]).is_err() || of(&tar[..len]).unwrap().0.is_empty(),
            "{len} of a tar"
        );
    }
    let packed = gz(&tar);
    assert!(of(&packed[..packed.len() / 2]).is_err());
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let null = texts(Path::new("/dev/null"));
    assert!(matches!(null, Err(ArchiveError::Damaged(_))), "{null:?}");
    assert!(matches!(texts(Path::new("/no/such/file")), Err(ArchiveError::Read(_))));
}
