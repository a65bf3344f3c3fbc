//! The folder of lists of what is malicious: which are in force, their files, and how others take their
//! place. A list's file is written and on the disk before the note of the set names it, and the note is
//! replaced in one step; whoever is killed in between leaves the last set as it was. What is in the
//! files is not read here.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufWriter, Write},
    os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use vigil_proto::intel::{IntelList, IntelReport, IntelSet, IntelUpdate};

const FOLDER: &str = "intel";
const NOTE: &str = "set.json";
const UPDATE: &str = "update.json";
const LOCK: &str = "lock";
const LIST: &str = "list";
/// What the name of a file ends with that is being fetched.
pub const PART: &str = "part";
/// Nothing is fetched for so long.
const PART_AGE: Duration = Duration::from_hours(2);
/// No note is longer.
const NOTE_MAX: u64 = 1024 * 1024;

/// Fills the buffer with the bytes of a list that begin here.
pub type ReadAt = Box<dyn Fn(u64, &mut [u8]) -> io::Result<()> + Send + Sync>;

/// What can go wrong with the folder.
#[derive(Debug, thiserror::Error)]
pub enum IntelError {
    /// Somebody else is changing the lists.
    #[error("the lists in {} are being changed; try again when that is done", .0.display())]
    InUse(PathBuf),
    /// The note of the set is none.
    #[error("{} is damaged; import the lists again", path.display())]
    Note {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A file operation.
    #[error("cannot {operation} {}; check that it is yours and that the disk is not full", path.display())]
    File {
        /// What was tried.
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
}

fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> IntelError {
    let path = path.to_owned();
    move |source| IntelError::File { operation, path, source }
}

/// The lists in force, open.
#[derive(Default)]
pub struct OpenSet {
    /// The note of them.
    pub set: IntelSet,
    /// Their files, in the same order.
    pub files: Vec<OpenList>,
    /// What of them cannot be opened, by its name.
    pub missing: Vec<(String, IntelError)>,
}

/// An open list.
pub struct OpenList {
    /// Its name.
    pub name: String,
    /// The file's length.
    pub bytes: u64,
    /// Reads from it. It stays what it is when another takes its place.
    pub read: ReadAt,
}

impl std::fmt::Debug for OpenSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenSet").field("set", &self.set).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for OpenList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenList").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Where the lists lie, below the data folder.
pub fn folder(data: &Path) -> PathBuf {
    data.join(FOLDER)
}

/// The same, which is there then.
///
/// # Errors
/// It cannot be made.
pub fn ensured(data: &Path) -> Result<PathBuf, IntelError> {
    let folder = folder(data);
    ensure(&folder)?;
    Ok(folder)
}

/// Tells one state of the set from another without reading it. None while there is none.
pub fn stamp(data: &Path) -> Option<(u64, i64, i64)> {
    let meta = fs::metadata(folder(data).join(NOTE)).ok()?;
    Some((meta.ino(), meta.mtime(), meta.mtime_nsec()))
}

/// Opens the lists in force; none where nothing was ever imported. A file that cannot be opened does
/// not hold the others up.
///
/// # Errors
/// The note cannot be read.
pub fn open(data: &Path) -> Result<OpenSet, IntelError> {
    let folder = folder(data);
    let mut opened = open_once(&folder)?;
    // A list that was replaced between the note and its file is looked up again.
    for _ in 0..3 {
        if opened.missing.is_empty() {
            break;
        }
        opened = open_once(&folder)?;
    }
    Ok(opened)
}

fn open_once(folder: &Path) -> Result<OpenSet, IntelError> {
    let set: IntelSet = read_note(&folder.join(NOTE))?.unwrap_or_default();
    let (mut files, mut missing) = (Vec::new(), Vec::new());
    for list in &set.lists {
        // The note is ours; a name with a path in it is not.
        let path = folder.join(Path::new(&list.file).file_name().unwrap_or_default());
        match open_file(&path) {
            Ok((bytes, read)) => files.push(OpenList { name: list.name.clone(), bytes, read }),
            Err(error) => missing.push((list.name.clone(), error)),
        }
    }
    Ok(OpenSet { set, files, missing })
}

fn open_file(path: &Path) -> Result<(u64, ReadAt), IntelError> {
    let file = File::open(path).map_err(failed("open", path))?;
    let bytes = file.metadata().map_err(failed("look at", path))?.len();
    Ok((bytes, Box::new(move |at, buffer| file.read_exact_at(buffer, at))))
}

/// The note of the lists in force.
///
/// # Errors
/// It cannot be read.
pub fn set(data: &Path) -> Result<IntelSet, IntelError> {
    Ok(read_note(&folder(data).join(NOTE))?.unwrap_or_default())
}

/// What came of the last update, if there was one.
pub fn last_update(data: &Path) -> Option<IntelUpdate> {
    read_note(&folder(data).join(UPDATE)).ok()?
}

/// How it stands with the lists; `schedule` is the configuration's word. What is in the files is not
/// looked at.
pub fn report(data: &Path, schedule: &str) -> IntelReport {
    let (set, trouble) = match open(data) {
        Ok(OpenSet { set, missing, .. }) => {
            (set, missing.first().map(|(_, error)| error.to_string()))
        }
        Err(error) => (set(data).unwrap_or_default(), Some(error.to_string())),
    };
    IntelReport { set, update: last_update(data), schedule: schedule.to_owned(), trouble }
}

/// Notes what came of an update.
///
/// # Errors
/// It cannot be written.
pub fn note_update(data: &Path, update: &IntelUpdate) -> Result<(), IntelError> {
    let folder = folder(data);
    ensure(&folder)?;
    write_note(&folder, UPDATE, update)
}

fn read_note<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, IntelError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed("open", path)(source)),
    };
    let mut text = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(file, NOTE_MAX), &mut text)
        .map_err(failed("read", path))?;
    let note = serde_json::from_slice(&text);
    note.map(Some).map_err(|source| IntelError::Note { path: path.to_owned(), source })
}

/// Writes a note beside itself, waits until it is on the disk, and puts it in its place.
fn write_note<T: serde::Serialize>(folder: &Path, name: &str, note: &T) -> Result<(), IntelError> {
    let path = folder.join(name);
    let beside = folder.join(format!("{name}.new"));
    let text = serde_json::to_vec_pretty(note)
        .map_err(|source| IntelError::Note { path: path.clone(), source })?;
    let mut file = create(&beside)?;
    file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed("write", &beside))?;
    fs::rename(&beside, &path).map_err(failed("replace", &path))?;
    sync(folder)
}

fn create(path: &Path) -> Result<File, IntelError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path).map_err(failed("create", path))
}

fn ensure(folder: &Path) -> Result<(), IntelError> {
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(failed("create", folder))
}

fn sync(folder: &Path) -> Result<(), IntelError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("write", folder))
}

/// A change of the set. Nothing of it is in force before [`commit`](Change::commit).
#[derive(Debug)]
pub struct Change {
    folder: PathBuf,
    set: IntelSet,
    _lock: File,
}

impl Change {
    /// Begins one; there is only one at a time.
    ///
    /// # Errors
    /// Another is under way, or the folder cannot be used. A note that is damaged is none: what it
    /// named is lost, and importing begins anew.
    pub fn begin(data: &Path) -> Result<Self, IntelError> {
        let folder = folder(data);
        ensure(&folder)?;
        let path = folder.join(LOCK);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(&path).map_err(failed("open", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(IntelError::InUse(folder)),
            Err(TryLockError::Error(source)) => return Err(failed("lock", &path)(source)),
        }
        let set = match read_note(&folder.join(NOTE)) {
            Ok(set) => set.unwrap_or_default(),
            Err(IntelError::Note { .. }) => IntelSet::default(),
            Err(error) => return Err(error),
        };
        Ok(Self { folder, set, _lock: lock })
    }

    /// The set as it will be.
    pub fn set(&self) -> &IntelSet {
        &self.set
    }

    /// Writes a list's file with `write`, and has it take the place of the one of its name. What
    /// `write` gives goes into the note with the file's name and length.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<IntelList>,
    ) -> Result<(), IntelError> {
        let path = self.free()?;
        let mut out = BufWriter::with_capacity(256 * 1024, create(&path)?);
        let written = write(&mut out).and_then(|list| {
            let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            Ok((list, file.metadata()?.len()))
        });
        let (mut list, bytes) = match written {
            Ok(written) => written,
            Err(source) => {
                let _ = fs::remove_file(&path);
                return Err(failed("write", &path)(source));
            }
        };
        list.bytes = bytes;
        list.file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.set.lists.retain(|known| known.name != list.name);
        self.set.lists.push(list);
        self.set.lists.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(())
    }

    /// Takes a list out. False where there is none of this name.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.set.lists.len();
        self.set.lists.retain(|list| list.name != name);
        self.set.lists.len() < before
    }

    /// Changes what is noted of a list; its name and file stay.
    pub fn note(&mut self, name: &str, change: impl FnOnce(&mut IntelList)) {
        if let Some(list) = self.set.lists.iter_mut().find(|list| list.name == name) {
            let (name, file, bytes) = (list.name.clone(), list.file.clone(), list.bytes);
            change(list);
            (list.name, list.file, list.bytes) = (name, file, bytes);
        }
    }

    /// Puts the set in force, and deletes the files that are in it no more.
    ///
    /// # Errors
    /// The note cannot be written; the last set stays.
    pub fn commit(self) -> Result<IntelSet, IntelError> {
        sync(&self.folder)?;
        write_note(&self.folder, NOTE, &self.set)?;
        // A file that stays behind is deleted the next time.
        let _ = self.sweep();
        Ok(self.set)
    }

    /// A path that no list has.
    fn free(&self) -> Result<PathBuf, IntelError> {
        let mut number = 0_u64;
        let files = fs::read_dir(&self.folder).map_err(failed("list", &self.folder))?;
        for file in files.flatten() {
            let path = file.path();
            let of = path.file_stem().and_then(|stem| stem.to_str()?.parse::<u64>().ok());
            number = number.max(of.unwrap_or(0));
        }
        Ok(self.folder.join(format!("{}.{LIST}", number + 1)))
    }

    fn sweep(&self) -> io::Result<()> {
        for file in fs::read_dir(&self.folder)?.flatten() {
            let path = file.path();
            let is = |end: &str| path.extension().is_some_and(|is| is == end);
            let name = file.file_name();
            let is_other =
                is(LIST) && !self.set.lists.iter().any(|list| name == list.file.as_str());
            if is_other || is(PART) && is_left(&file) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// True for what nobody fetches into any more.
fn is_left(file: &fs::DirEntry) -> bool {
    let changed = file.metadata().and_then(|meta| meta.modified());
    changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > PART_AGE))
}

#[cfg(test)]
mod tests;
