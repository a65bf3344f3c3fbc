//! Writing a recorded session back for its client: the file first, then how far it is known, and
//! only then its name. So nothing of it is ever read as if it were new.

use std::{path::PathBuf, time::SystemTime};

use vigil_platform::beside::Beside;
use vigil_proto::{
    Batch, Checkpoint, SessionId, Source, SourceId, Timestamp, Witness,
    archive::Restored,
    batch::{Fate, FileFate},
    causes::Causes,
};
use vigil_store::Reader;

use crate::{
    api::{NotRestored, Restore},
    pipeline::Inlet,
    source::transcript::{self, Resumable},
};

/// How much of a file's beginning tells it from another one.
const HEAD: usize = 1024;

/// What it works with.
#[derive(Debug)]
pub(super) struct Restoring {
    pub(super) data: PathBuf,
    pub(super) options: transcript::Options,
    pub(super) inlet: Inlet,
}

impl Restore for Restoring {
    fn restore(&self, key: SessionId) -> Result<Restored, NotRestored> {
        let reader = Reader::open(&self.data)?;
        let Some(archived) = reader.archived(key)? else { return Err(NotRestored::Unknown) };
        let refused = |error: &(dyn std::error::Error + 'static)| {
            let (what, hint) = Causes(error).told();
            NotRestored::Refused(what, hint)
        };
        let file =
            transcript::resumable(&self.options, &archived).map_err(|error| refused(&error))?;
        let below: Vec<&str> = file.below.iter().map(String::as_str).collect();
        let made = Beside::make(&file.root, &below, &file.name, file.text.as_bytes())
            .map_err(|error| refused(&error))?;
        // What the parser remembers is of the same session, wherever its file was.
        let source = SourceId::of(made.path().as_os_str().as_encoded_bytes());
        let known = archived.places.iter().map(|place| SourceId::of(place.as_str().as_bytes()));
        let mut state = Vec::new();
        for known in std::iter::once(source).chain(known) {
            if let Some(checkpoint) = reader.checkpoint(known)? {
                state = checkpoint.state;
                break;
            }
        }
        self.know(&made, &file, source, state).map_err(|error| refused(&error))?;
        let path = made.publish().map_err(|error| refused(&error))?;
        Ok(Restored {
            session: archived.native,
            client: archived.client,
            path,
            lines: file.lines,
            resume: file.resume,
            cwd: archived.cwd,
            left_out: file.left_out,
        })
    }
}

impl Restoring {
    /// Has the store know the file as one that was read to its end.
    fn know(
        &self,
        made: &Beside,
        file: &Resumable,
        source: SourceId,
        state: Vec<u8>,
    ) -> Result<(), crate::pipeline::Closed> {
        let at = Timestamp::from(SystemTime::now());
        let bytes = file.text.as_bytes();
        let head = bytes.get(..HEAD).unwrap_or(bytes);
        let (device, inode) = made.identity();
        let mut batch = Batch::new(Source {
            id: source,
            witness: Witness::Transcript,
            place: made.path().to_string_lossy().as_ref().into(),
        });
        batch.checkpoint = Some(Checkpoint {
            source,
            device,
            inode,
            head: self.inlet.hasher().hash(head).0,
            head_len: u32::try_from(head.len()).unwrap_or_default(),
            offset: bytes.len() as u64,
            state,
            at,
        });
        batch.fate = Some(FileFate { what: Fate::Back, at });
        self.inlet.send(batch)?;
        self.inlet.flush()
    }
}
