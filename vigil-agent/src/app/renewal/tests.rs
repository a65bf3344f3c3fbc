use std::path::PathBuf;

use vigil_proto::rpc::{Fingerprint, Uid};

use super::*;
use crate::{api::Renew as _, api::RotateOrder, source::family::Began};

/// A machine that does what it is told, or gives a reason why not.
#[derive(Clone, Default)]
struct Fake(Arc<Mutex<FakeState>>);

#[derive(Default)]
struct FakeState {
    refuses: Option<String>,
    distrusted: Vec<Fingerprint>,
    trusted: Vec<Fingerprint>,
}

impl Fake {
    fn refuses(&self, why: Option<&str>) {
        self.0.lock().unwrap().refuses = why.map(ToOwned::to_owned);
    }

    fn distrusted(&self) -> Vec<Fingerprint> {
        self.0.lock().unwrap().distrusted.clone()
    }

    fn answer(&self) -> Result<(), String> {
        self.0.lock().unwrap().refuses.clone().map_or(Ok(()), Err)
    }
}

impl Machine for Fake {
    fn follow(&self, _: &Certificate, _: &Certificate) -> Result<(), String> {
        self.answer()
    }

    fn distrust(&self, former: Fingerprint) -> Result<(), String> {
        self.answer()?;
        self.0.lock().unwrap().trusted.retain(|it| *it != former);
        self.0.lock().unwrap().distrusted.push(former);
        Ok(())
    }

    fn known(&self, fingerprint: Fingerprint) -> machine::Known {
        let is_in = self.0.lock().unwrap().trusted.contains(&fingerprint);
        machine::Known { installed: is_in, trusted: is_in, silent: None }
    }

    fn trust(&self, current: &Certificate) -> Result<(), String> {
        self.answer()?;
        self.0.lock().unwrap().trusted.push(current.fingerprint());
        Ok(())
    }
}

struct World {
    folder: tempfile::TempDir,
    authorities: Authorities,
    families: Families,
    machine: Fake,
    recorded: Arc<Mutex<Vec<Batch<Sensitive>>>>,
    renewal: Renewal,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hosts = ["api.example".to_owned()];
        let uid = Uid::new(1000).unwrap();
        let authorities = Authorities::open(&folder.path().join("ca"), &hosts, uid).unwrap();
        let (families, machine) = (Families::default(), Fake::default());
        let recorded = Arc::<Mutex<Vec<_>>>::default();
        let record = Arc::clone(&recorded);
        let renewal = Renewal::with(
            authorities.clone(),
            families.clone(),
            Box::new(machine.clone()),
            Box::new(move |batch| record.lock().unwrap().push(batch)),
        );
        families.know();
        Self { folder, authorities, families, machine, recorded, renewal }
    }

    fn rotate(&self, order: RotateOrder) -> Rotation {
        self.renewal.rotate(order).unwrap()
    }

    fn look(&self) -> bool {
        self.renewal.look(SystemTime::now())
    }

    fn signs(&self) -> String {
        self.renewal.status().fingerprint.unwrap()
    }

    /// What is waited for, after a look at it.
    fn waits(&self) -> Vec<String> {
        assert!(self.look(), "more is to come");
        self.renewal.status().next.unwrap().waits.unwrap()
    }

    fn words(&self) -> Vec<String> {
        let recorded = self.recorded.lock().unwrap();
        let kinds = recorded.iter().flat_map(|batch| &batch.events).map(|event| &event.kind);
        kinds
            .map(|kind| match kind {
                Kind::ConfigChange(change) => (*change.what.expose()).to_owned(),
                Kind::Gap(gap) => gap.reason.to_owned(),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn list(&self) -> PathBuf {
        self.folder.path().join("ca/ca.pem")
    }

    fn listed(&self) -> usize {
        std::fs::read_to_string(self.list()).unwrap().matches("BEGIN CERTIFICATE").count()
    }
}

fn claude(families: &Families, started: SystemTime) -> ProcessRef {
    let at = Timestamp::from(started);
    let process = ProcessRef { pid: 4711, started: at };
    let program = Some((&b"/usr/bin/codex"[..], &b"codex\0"[..]));
    families.change(|tree| {
        tree.began(Began { process, parent: None, at, program }).unwrap().unwrap();
    });
    process
}

#[test]
fn with_nobody_to_wait_for_the_next_signs_at_once_and_the_former_goes() {
    let world = World::new();
    let first = world.signs();
    assert!(!world.look(), "nothing is to be done");

    let rotation = world.rotate(RotateOrder::default());

    let next = rotation.authority.next.unwrap().fingerprint;
    assert_eq!((world.signs(), world.listed()), (first.clone(), 2));
    assert!(!world.look());
    assert_eq!((world.signs(), world.listed()), (next, 1));
    let gone: Vec<_> = world.machine.distrusted().iter().map(ToString::to_string).collect();
    assert_eq!(gone, [first]);
    assert_eq!(world.words(), ["authority made", "authority switch", "authority removed"]);
}

#[test]
fn a_dry_run_changes_nothing() {
    let world = World::new();
    let before = world.signs();

    let rotation = world.rotate(RotateOrder { dry_run: true, now: false });

    assert!(rotation.dry_run && rotation.authority.next.is_none());
    assert!(rotation.steps.iter().any(|step| step.contains(&world.list().display().to_string())));
    assert!(!world.look());
    assert_eq!((world.signs(), world.listed()), (before, 1));
    assert_eq!(world.words(), Vec::<String>::new());
}

#[test]
fn a_client_that_began_before_is_waited_for_and_one_that_began_after_is_not() {
    let world = World::new();
    let first = world.signs();
    let process = claude(&world.families, SystemTime::now() - Duration::from_hours(1));
    world.rotate(RotateOrder::default());

    let waits = world.waits();

    assert_eq!(waits.len(), 1, "{waits:?}");
    assert!(waits[0].ends_with("codex (pid 4711)"), "{waits:?}");
    assert_eq!(world.signs(), first);
    let now = Timestamp::from(SystemTime::now());
    world.families.change(|tree| tree.ended(process.pid, None, now).is_some());
    claude(&world.families, SystemTime::now() + Duration::from_hours(1));
    assert!(!world.look());
    assert_ne!(world.signs(), first);
}

#[test]
fn whoever_wants_it_now_waits_for_no_client() {
    let world = World::new();
    let first = world.signs();
    claude(&world.families, SystemTime::now() - Duration::from_hours(1));
    world.rotate(RotateOrder::default());
    assert!(world.look());

    world.rotate(RotateOrder { now: true, dry_run: false });

    assert!(!world.look());
    assert_ne!(world.signs(), first);
    let made = world.words().iter().filter(|word| *word == "authority made").count();
    assert_eq!(made, 1, "asked twice, it is the same one");
}

#[test]
fn before_it_is_known_what_runs_nothing_is_switched() {
    let mut world = World::new();
    world.families = Families::default();
    world.renewal = Renewal::with(
        world.authorities.clone(),
        world.families.clone(),
        Box::new(world.machine.clone()),
        Box::new(|_| ()),
    );
    world.rotate(RotateOrder::default());

    assert_eq!(world.waits(), ["a first look at what runs"]);

    world.families.know();
    assert!(!world.look());
}

#[test]
fn the_machines_trust_comes_first_and_goes_last() {
    let world = World::new();
    let first = world.signs();
    world.machine.refuses(Some("the root daemon is away"));
    world.rotate(RotateOrder { now: true, dry_run: false });
    assert_eq!(world.waits(), ["the root daemon is away"]);
    assert_eq!(world.signs(), first);

    world.machine.refuses(None);
    world.authorities.switch().unwrap();
    world.machine.refuses(Some("the root daemon is away"));

    assert!(world.look(), "the former is trusted still");
    assert_eq!((world.renewal.status().former, world.listed()), (vec![first], 2));
    world.machine.refuses(None);
    assert!(!world.look());
    assert_eq!((world.renewal.status().former.len(), world.listed()), (0, 1));
}

#[test]
fn a_list_without_the_next_one_is_not_good_enough() {
    let world = World::new();
    world.rotate(RotateOrder { now: true, dry_run: false });
    let text = std::fs::read_to_string(world.list()).unwrap();
    let end = text.find("-----END CERTIFICATE-----\n").unwrap();
    std::fs::write(world.list(), &text[..end + 26]).unwrap();

    let waits = world.waits();

    assert!(waits.iter().any(|wait| wait.contains("ca.pem")), "{waits:?}");
    // Asked again, the lists are made again.
    std::fs::write(world.list(), text).unwrap();
    assert!(!world.look());
}

#[test]
fn one_that_has_ended_is_a_gap_once_and_waits_for_no_client() {
    let world = World::new();
    let day = Duration::from_hours(24);
    let later = SystemTime::now() + 366 * day;
    claude(&world.families, SystemTime::now() - day);

    world.renewal.look(later);
    world.renewal.look(later + day);

    assert_eq!(world.words(), ["no-certificate"]);
    let before = world.signs();
    world.authorities.prepare(later + day).unwrap();
    assert!(!world.renewal.look(later + day));
    assert_ne!(world.signs(), before);
}

#[test]
fn the_machine_trusts_it_when_a_person_wants_that_and_no_longer_once_it_is_taken_away() {
    let world = World::new();
    let first = world.signs();
    assert!(!world.renewal.machine().trusted);

    world.machine.refuses(Some("not enrolled"));
    assert_eq!(world.renewal.trust(true).unwrap_err(), "not enrolled");
    world.machine.refuses(None);
    for _ in 0..2 {
        let machine = world.renewal.trust(true).unwrap();
        assert_eq!((machine.trusted, machine.fingerprint), (true, Some(first.clone())));
    }
    assert_eq!(world.words(), ["authority trusted"]);

    let gone = world.renewal.remove().unwrap();
    assert_eq!(gone.fingerprints, std::slice::from_ref(&first));
    let status = world.renewal.status();
    assert!(!status.signs && status.why.unwrap().contains("taken away"));
    let left: Vec<_> = std::fs::read_dir(world.folder.path().join("ca")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(world.renewal.remove().unwrap().fingerprints, Vec::<String>::new());
    world.look();
    assert_eq!(
        world.words(),
        ["authority trusted", "authority distrusted", "authority taken away", "no-certificate"]
    );

    // Another is made by the same order that has one follow another, and signs at once.
    world.rotate(RotateOrder::default());
    assert!(world.renewal.status().signs);
    assert_ne!(world.signs(), first);
}
