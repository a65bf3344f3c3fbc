//! Writes what `vigil_detect::package` carries, byte for byte the same each time:
//! `packages DATA LISTS OUT`. DATA has the lists that docs/PACKAGES.md names, LISTS the ones that
//! are kept in this repository.

#![expect(clippy::print_stdout, reason = "what was written is what it prints")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use fst::{MapBuilder, SetBuilder};
use vigil_detect::package::{
    brands,
    names::{DESCRIPTION, Fame, SCOPE_MARK, key},
    normal::normal,
};
use xorf::{BinaryFuse8, DmaSerializable as _};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// Ecosystem, name in the files, list in DATA.
const GIVEN: &[(&str, &str, &str)] = &[
    ("npm", "npm", "top_npm_20k.tsv"),
    ("pypi", "pypi", "top_pypi_15k.txt"),
    ("go", "go", "top_go_guarddog.txt"),
    ("rubygems", "rubygems", "top_rubygems_guarddog.txt"),
];
/// Ecosystem, name in the files and in LISTS.
const KEPT: &[(&str, &str)] = &[
    ("crates.io", "crates"),
    ("docker", "docker"),
    ("nuget", "nuget"),
    ("packagist", "packagist"),
    ("vscode", "vscode"),
];
/// Where all known names are told.
const KNOWN: &[(&str, &str)] = &[("npm", "known_npm.txt"), ("pypi", "known_pypi.txt")];

/// A list without an order counts as if its first stood here.
const UNRANKED: &[(&str, usize)] = &[("rubygems", 2_000)];

/// The best known, among which two slips are looked for.
const BEST: usize = 5_000;
/// A scope is well known for so many well-known packages.
const SCOPE: usize = 3;
/// Scoped packages up to here are recognised without their scope.
const UNSCOPED: usize = 20_000;
/// A word is one that so many well-known names of one registry have.
const WORD: usize = 4;

fn main() -> Done {
    let folders: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [data, lists, out] = folders.as_slice() else {
        return Err("usage: packages DATA LISTS OUT".into());
    };
    let mut dictionary = BTreeSet::new();
    for (ecosystem, called, file) in GIVEN {
        let names = list(&data.join(file), ecosystem)?;
        if matches!(*ecosystem, "npm" | "pypi") {
            dictionary.extend(frequent_words(&names));
        }
        write_famous(ecosystem, called, &names, out)?;
    }
    for (ecosystem, called) in KEPT {
        let names = list(&lists.join(format!("{called}.txt")), ecosystem)?;
        write_famous(ecosystem, called, &names, out)?;
    }
    let mut words = SetBuilder::memory();
    words.extend_iter(&dictionary)?;
    write(out, "words.fst", dictionary.len(), &words.into_inner()?)?;
    for (ecosystem, file) in KNOWN {
        write_known(ecosystem, &text(&data.join(file))?, out)?;
    }
    Ok(())
}

/// Names of a list, most used first, each once.
fn list(path: &Path, ecosystem: &str) -> Done<Vec<String>> {
    let mut seen = BTreeSet::new();
    let text = text(path)?;
    let names = text.lines().filter_map(|line| line.split('\t').next());
    let names = names.map(|name| normal(ecosystem, name)).filter(|name| !name.is_empty());
    Ok(names.filter(|name| seen.insert(name.clone())).collect())
}

/// A file, or what `xz` makes of it.
fn text(path: &Path) -> Done<String> {
    if path.exists() {
        return Ok(fs::read_to_string(path)?);
    }
    let mut packed = path.as_os_str().to_owned();
    packed.push(".xz");
    let output = Command::new("xz").arg("-dc").arg(&packed).output();
    let output = output.map_err(|error| io::Error::new(error.kind(), "cannot run xz"))?;
    if !output.status.success() {
        return Err(format!("cannot read {}", path.display()).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn frequent_words(names: &[String]) -> BTreeSet<String> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for name in names {
        let words: BTreeSet<&str> = name.split(['-', '_', '.', '/', '@']).collect();
        for word in words.into_iter().filter(|word| word.len() > 1) {
            *counts.entry(word).or_default() += 1;
        }
    }
    counts.into_iter().filter(|(_, n)| *n >= WORD).map(|(word, _)| word.to_owned()).collect()
}

/// The well known with their fame, beside them scoped names of several words as names without a
/// scope, with their scope behind; the best known, beside them well-known scopes with a slash behind.
fn write_famous(ecosystem: &str, called: &str, names: &[String], out: &Path) -> Done {
    let first = UNRANKED.iter().find(|(of, _)| *of == ecosystem).map_or(0, |(_, place)| *place);
    let mut famous: BTreeMap<Vec<u8>, Fame> = BTreeMap::new();
    let mut scopes = BTreeMap::<&str, (Fame, usize)>::new();
    let mut bodies = BTreeMap::<&str, &str>::new();
    let all: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    for (place, name) in names.iter().enumerate() {
        let fame = Fame::at(first + if first == 0 { place } else { 0 });
        famous.insert(name.clone().into_bytes(), fame);
        if ecosystem == "npm"
            && let Some((scope, body)) = name.split_once('/')
        {
            scopes.entry(scope).or_insert((fame, 0)).1 += 1;
            if place < UNSCOPED && body.contains('-') && !all.contains(body) {
                bodies.entry(body).or_insert(scope);
            }
        }
    }
    let best = famous.iter().filter(|(_, fame)| **fame < Fame::at(BEST));
    let mut best: BTreeMap<_, _> = best.map(|(name, fame)| (name.clone(), *fame)).collect();
    for (scope, (fame, _)) in scopes.into_iter().filter(|(_, (_, packages))| *packages >= SCOPE) {
        best.insert(format!("{scope}/").into_bytes(), fame);
    }
    for (body, scope) in bodies {
        let mut name = body.as_bytes().to_vec();
        name.push(SCOPE_MARK);
        name.extend(scope.as_bytes());
        famous.insert(name, Fame::at(0));
    }
    for brand in brands::names(ecosystem) {
        famous.insert(brand.as_bytes().to_vec(), Fame::BRAND);
    }
    write_map(out, &format!("famous-{called}.fst"), &famous)?;
    write_map(out, &format!("best-{called}.fst"), &best)
}

fn write_map(out: &Path, file: &str, names: &BTreeMap<Vec<u8>, Fame>) -> Done {
    let mut map = MapBuilder::memory();
    for (name, fame) in names {
        map.insert(name, fame.class())?;
    }
    write(out, file, names.len(), &map.into_inner()?)
}

fn write_known(ecosystem: &str, names: &str, out: &Path) -> Done {
    let names = names.lines().filter(|name| !name.is_empty());
    let keys: BTreeSet<u64> = names.map(|name| key(&normal(ecosystem, name))).collect();
    let keys: Vec<u64> = keys.into_iter().collect();
    let filter = BinaryFuse8::try_from(&keys)?;
    let mut bytes = vec![0; DESCRIPTION];
    filter.dma_copy_descriptor_to(&mut bytes);
    bytes.extend_from_slice(filter.dma_fingerprints());
    write(out, &format!("known-{ecosystem}.fuse8"), keys.len(), &bytes)
}

fn write(out: &Path, file: &str, names: usize, bytes: &[u8]) -> Done {
    println!("{file}\t{names}\t{}\t{}", bytes.len(), blake3::hash(bytes).to_hex());
    Ok(fs::write(out.join(file), bytes)?)
}
