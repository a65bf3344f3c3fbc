use std::{
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use vigil_detect::{Engine, FingerprintKey};
use vigil_proto::{Batch, ContentHasher, Source, SourceId, Witness, config::Exclude};
use vigil_store::{Health, Options, Store};

use crate::intel::Current;

use super::{Exclusions, Inlet, Pause, Shared, run};

/// How long a condition may take. It bounds hanging, it measures nothing.
const PATIENCE: Duration = Duration::from_mins(2);

#[test]
fn another_writers_lock_is_waited_out() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = Store::open(folder.path(), Options::default(), Box::new(|_| {})).unwrap();
    let (inlet, messages) = Inlet::new(Arc::new(Shared {
        hasher: ContentHasher::new([1; 32]),
        checkpoints: Box::new(|_| None),
        exclusions: Exclusions::new(&Exclude::default(), folder.path()),
        pause: Pause::default(),
    }));
    let (engine, writer) = (Engine::new(FingerprintKey::from_bytes([7; 32])), store.writer());
    let (ended, end) = mpsc::channel();
    let health = store.writer();
    thread::spawn(move || {
        ended.send(run(&messages, &engine, &Current::default(), &writer, &|| false))
    });
    let locked = rusqlite::Connection::open(folder.path().join("vigil.db")).unwrap();
    locked.execute_batch("BEGIN IMMEDIATE").unwrap();

    let mut batch = Batch::new(Source {
        id: SourceId::of(b"test"),
        witness: Witness::Telemetry,
        place: "test".to_owned().into(),
    });
    batch.count("read.test", 1);
    inlet.send(batch).unwrap();
    let flushed = {
        let inlet = inlet.clone();
        thread::spawn(move || inlet.flush())
    };
    let began = Instant::now();
    while !matches!(health.health(), Health::Waiting(_)) {
        assert!(began.elapsed() < PATIENCE, "it never came to wait");
        thread::sleep(Duration::from_millis(20));
    }
    // Whoever gives up does so now.
    let gave_up = end.recv_timeout(Duration::from_secs(1));
    assert!(matches!(gave_up, Err(mpsc::RecvTimeoutError::Timeout)), "{gave_up:?}");
    locked.execute_batch("ROLLBACK").unwrap();

    flushed.join().unwrap().unwrap();
    drop(inlet);
    end.recv_timeout(PATIENCE).unwrap().unwrap();
    store.close().unwrap();
}
