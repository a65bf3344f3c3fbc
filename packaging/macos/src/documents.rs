//! The two documents of a package: what the installer is to do (`PackageInfo`), and what it asks and
//! shows before (`Distribution`).

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use quick_xml::{Reader, events::Event};

/// The package's name in the system's list of what is installed.
pub const IDENTIFIER: &str = "dev.vigil.pkg";

/// Its part of the archive, as the installer refers to it.
const COMPONENT_REF: &str = "#vigil.pkg";

/// The oldest macOS that is meant.
pub const OLDEST_MACOS: &str = "13.0";

/// What the documents say of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub version: String,
    /// Files and folders of the payload, the root included.
    pub count: usize,
    /// Kibibytes, rounded up for each file.
    pub kibibytes: u64,
    /// The processors that every program is for, by the installer's words.
    pub architectures: Vec<String>,
}

impl Facts {
    /// A version is put into markup and into a script as it is.
    pub fn check_version(version: &str) -> Result<()> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+');
        let is_version = version.starts_with(|first: char| first.is_ascii_digit())
            && version.len() <= 64
            && version.bytes().all(is_plain);
        if is_version { Ok(()) } else { bail!("`{version}` is not a version") }
    }

    /// Folders that are there already keep their rights; nothing is looked for elsewhere on the disk.
    pub fn package_info(&self) -> String {
        let Self { version, count, kibibytes, .. } = self;
        format!(
            r#"<?xml version="1.0" encoding="utf-8"?>
<pkg-info format-version="2" identifier="{IDENTIFIER}" version="{version}" install-location="/" auth="root" overwrite-permissions="false" relocatable="false" postinstall-action="none">
    <payload numberOfFiles="{count}" installKBytes="{kibibytes}"/>
    <bundle-version/>
    <upgrade-bundle/>
    <update-bundle/>
    <atomic-update-bundle/>
    <strict-identifier/>
    <relocate/>
    <scripts>
        <preinstall file="./preinstall" timeout="600"/>
        <postinstall file="./postinstall" timeout="600"/>
    </scripts>
</pkg-info>
"#
        )
    }

    /// A newer Vigil is not replaced by an older one, and the person is told so. Should the installer
    /// not know the question, the script `preinstall` asks it again.
    pub fn distribution(&self) -> String {
        let Self { version, kibibytes, .. } = self;
        let architectures = self.architectures.join(",");
        format!(
            r#"<?xml version="1.0" encoding="utf-8"?>
<installer-gui-script minSpecVersion="2">
    <title>Vigil</title>
    <options customize="never" require-scripts="false" rootVolumeOnly="true" hostArchitectures="{architectures}"/>
    <domains enable_anywhere="false" enable_currentUserHome="false" enable_localSystem="true"/>
    <volume-check script="is_not_older();">
        <allowed-os-versions>
            <os-version min="{OLDEST_MACOS}"/>
        </allowed-os-versions>
    </volume-check>
    <script><![CDATA[
function is_not_older() {{
    try {{
        var had = my.target.receiptForIdentifier('{IDENTIFIER}');
        if (had && system.compareVersions(had.version, '{version}') > 0) {{
            my.result.title = 'A newer Vigil is installed';
            my.result.message = 'Vigil ' + had.version + ' is installed; this is {version}. An older '
                + 'Vigil may not be able to read what a newer one recorded. To go back, first run: '
                + 'sudo "/Library/Application Support/Vigil/uninstall"';
            my.result.type = 'Fatal';
            return false;
        }}
    }} catch (error) {{
        system.log('Vigil: ' + error);
    }}
    return true;
}}
    ]]></script>
    <choices-outline>
        <line choice="default">
            <line choice="{IDENTIFIER}"/>
        </line>
    </choices-outline>
    <choice id="default"/>
    <choice id="{IDENTIFIER}" visible="false">
        <pkg-ref id="{IDENTIFIER}"/>
    </choice>
    <pkg-ref id="{IDENTIFIER}" version="{version}" onConclusion="none" installKBytes="{kibibytes}" updateKBytes="0">{COMPONENT_REF}</pkg-ref>
</installer-gui-script>
"#
        )
    }

    /// Reads both documents, and sees that they say the same and the expected.
    pub fn read(package_info: &str, distribution: &str) -> Result<Self> {
        let info = elements(package_info).context("PackageInfo")?;
        let root = one(&info, "pkg-info")?;
        for (key, value) in [
            ("format-version", "2"),
            ("identifier", IDENTIFIER),
            ("install-location", "/"),
            ("auth", "root"),
            ("overwrite-permissions", "false"),
            ("relocatable", "false"),
        ] {
            ensure!(attribute(root, key)? == value, "PackageInfo: {key} is not `{value}`");
        }
        for script in ["preinstall", "postinstall"] {
            let file = attribute(one(&info, script)?, "file")?;
            ensure!(file == format!("./{script}"), "PackageInfo: {script} is {file}");
        }
        let payload = one(&info, "payload")?;
        let version = attribute(root, "version")?.to_owned();
        Self::check_version(&version)?;

        let shown = elements(distribution).context("Distribution")?;
        let domains = one(&shown, "domains")?;
        ensure!(attribute(domains, "enable_localSystem")? == "true", "Distribution: not for all");
        ensure!(attribute(domains, "enable_currentUserHome")? == "false", "Distribution: a home");
        ensure!(
            attribute(one(&shown, "os-version")?, "min")? == OLDEST_MACOS,
            "Distribution: another macOS"
        );
        let mut named = shown.iter().filter(|(name, _)| name == "pkg-ref");
        ensure!(
            named.all(|(_, has)| has.get("id").is_some_and(|id| id == IDENTIFIER)),
            "Distribution: another package"
        );
        let versions = shown.iter().filter_map(|(_, has)| has.get("version"));
        ensure!(versions.eq([&version]), "the documents name different versions");
        let architectures = attribute(one(&shown, "options")?, "hostArchitectures")?;
        Ok(Self {
            version,
            count: attribute(payload, "numberOfFiles")?.parse()?,
            kibibytes: attribute(payload, "installKBytes")?.parse()?,
            architectures: architectures.split(',').map(str::to_owned).collect(),
        })
    }
}

type Element = (String, BTreeMap<String, String>);

/// Every element with its attributes, in order.
fn elements(text: &str) -> Result<Vec<Element>> {
    let mut reader = Reader::from_str(text);
    let mut found = Vec::new();
    loop {
        let element = match reader.read_event()? {
            Event::Eof => return Ok(found),
            Event::Start(element) | Event::Empty(element) => element,
            _ => continue,
        };
        let name = String::from_utf8(element.name().as_ref().to_vec())?;
        let mut has = BTreeMap::new();
        for attribute in element.attributes() {
            let attribute = attribute?;
            let key = String::from_utf8(attribute.key.as_ref().to_vec())?;
            has.insert(key, String::from_utf8(attribute.value.to_vec())?);
        }
        found.push((name, has));
    }
}

fn one<'a>(elements: &'a [Element], name: &str) -> Result<&'a Element> {
    let mut named = elements.iter().filter(|(own, _)| own == name);
    let first = named.next().with_context(|| format!("there is no <{name}>"))?;
    ensure!(named.next().is_none(), "there are several <{name}>");
    Ok(first)
}

fn attribute<'a>((name, has): &'a Element, key: &str) -> Result<&'a str> {
    has.get(key).map(String::as_str).with_context(|| format!("<{name}> has no {key}"))
}

#[cfg(test)]
mod tests {
    use super::Facts;

    fn facts() -> Facts {
        Facts {
            version: "1.2.3".to_owned(),
            count: 12,
            kibibytes: 34,
            architectures: vec!["arm64".to_owned(), "x86_64".to_owned()],
        }
    }

    #[test]
    fn what_the_documents_say_is_read_back() {
        let (info, distribution) = (facts().package_info(), facts().distribution());
        assert_eq!(Facts::read(&info, &distribution).unwrap(), facts());
    }

    #[test]
    fn a_document_that_says_something_else_is_refused() {
        let (info, distribution) = (facts().package_info(), facts().distribution());
        for (from, to) in [
            ("auth=\"root\"", "auth=\"none\""),
            ("overwrite-permissions=\"false\"", "overwrite-permissions=\"true\""),
            ("install-location=\"/\"", "install-location=\"/usr/local\""),
            ("version=\"1.2.3\" install", "version=\"1.2.4\" install"),
            ("./postinstall", "./other"),
        ] {
            assert!(info.contains(from), "{from}");
            assert!(Facts::read(&info.replace(from, to), &distribution).is_err(), "{to}");
        }
        for (from, to) in [
            ("currentUserHome=\"false\"", "currentUserHome=\"true\""),
            ("min=\"13.0\"", "min=\"10.5\""),
            ("version=\"1.2.3\"", "version=\"1.2.4\""),
        ] {
            assert!(distribution.contains(from), "{from}");
            assert!(Facts::read(&info, &distribution.replace(from, to)).is_err(), "{to}");
        }
    }

    #[test]
    fn a_version_cannot_become_markup() {
        assert!(Facts::check_version("0.1.0-rc.1+7").is_ok());
        for version in ["", "v1", "1\"", "1'", "1<", "1 2", &"1".repeat(65)] {
            assert!(Facts::check_version(version).is_err(), "{version}");
        }
    }
}
