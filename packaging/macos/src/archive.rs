//! What a package is made of, and how it is put into one file (xar).

use std::io::{Cursor, Read as _, Write as _};

use anyhow::{Context as _, Result};
use apple_xar::reader::XarReader;
use embala_pkg::{XarEntry, XarEntryKind, write_xar};
use flate2::{Compression, GzBuilder, read::GzDecoder};

/// The component's folder in the archive.
pub const COMPONENT: &str = "vigil.pkg";

/// A payload is not larger than this when it is unpacked.
const UNPACKED_MAX: u64 = 2 << 30;

/// The parts, unpacked.
#[derive(Debug)]
pub struct Parts {
    pub bom: Vec<u8>,
    pub payload: Vec<u8>,
    pub scripts: Vec<u8>,
    pub package_info: String,
    pub distribution: String,
}

impl Parts {
    /// Takes a package apart.
    pub fn read(package: &[u8]) -> Result<Self> {
        let mut reader = XarReader::new(Cursor::new(package)).context("this is no xar archive")?;
        let mut part = |path: &str| {
            let bytes = reader.get_file_data_from_path(path);
            bytes.with_context(|| format!("read {path}"))?.with_context(|| format!("no {path}"))
        };
        let of = |name| format!("{COMPONENT}/{name}");
        Ok(Self {
            bom: part(&of("Bom"))?,
            payload: unpacked(&part(&of("Payload"))?).context("unpack the payload")?,
            scripts: unpacked(&part(&of("Scripts"))?).context("unpack the scripts")?,
            package_info: String::from_utf8(part(&of("PackageInfo"))?)?,
            distribution: String::from_utf8(part("Distribution")?)?,
        })
    }

    /// Puts them together, without a signature.
    pub fn write(&self) -> Result<Vec<u8>> {
        let (payload, scripts) = (packed(&self.payload)?, packed(&self.scripts)?);
        let file = |name, data, store| XarEntry {
            name,
            kind: XarEntryKind::File { data, mode: 0o644, store },
        };
        let children = vec![
            file("Bom", &self.bom, false),
            file("Payload", &payload, true),
            file("Scripts", &scripts, true),
            file("PackageInfo", self.package_info.as_bytes(), false),
        ];
        let component =
            XarEntry { name: COMPONENT, kind: XarEntryKind::Directory { mode: 0o700, children } };
        let entries = [component, file("Distribution", self.distribution.as_bytes(), false)];
        let mut package = Vec::new();
        write_xar(&entries, &mut package)?;
        Ok(package)
    }
}

/// Without a time or a name in it: the same bytes give the same bytes.
fn packed(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    packer.write_all(bytes)?;
    Ok(packer.finish()?)
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    GzDecoder::new(bytes).take(UNPACKED_MAX).read_to_end(&mut all)?;
    Ok(all)
}
