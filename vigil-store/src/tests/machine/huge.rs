//! Five thousand processes under one agent, and as many agents.

use vigil_proto::view::{MAX_ROWS, ProcessQuery};

use super::{
    super::parts::{Bench, second},
    kernel, knows, process,
};

#[test]
fn a_tree_of_thousands_is_given_in_pages() {
    let bench = Bench::new();
    let mut told = vec![process(100, 0, "claude")];
    let mut parent = super::agent();
    for n in 0..5_000_u32 {
        let event = knows(process(1_000 + n, i64::from(n) + 1, "node worker.js"), |process| {
            process.parent = Some(if n % 2 == 0 { super::agent() } else { parent });
        });
        parent = event.process.unwrap();
        told.push(event);
    }
    bench.put(kernel(told));
    let reader = bench.reader();

    let machine = reader.machine(second(0)).unwrap();
    assert_eq!(machine.processes.rows[0].process.descendants, 5_000);
    let root = Some(format!("100.{}", second(0).as_micros()));
    let (mut offset, mut seen, mut under) = (0, 0, 0);
    loop {
        let q =
            ProcessQuery { root: root.clone(), offset: Some(offset), ..ProcessQuery::default() };
        let page = reader.processes(&q).unwrap();
        assert!(page.processes.len() as u64 <= MAX_ROWS);
        seen += page.processes.len() as u64;
        under += page.processes.iter().map(|row| row.descendants).sum::<u64>();
        offset += MAX_ROWS;
        if offset >= page.total {
            break;
        }
    }
    assert_eq!((seen, seen + under), (2_500, 5_000));
    assert!(reader.verify(None, &mut |_, _| ()).unwrap().intact);
}

#[test]
fn a_chain_of_parents_has_no_bound() {
    let bench = Bench::new();
    let mut parent = super::agent();
    let mut told = Vec::new();
    for n in 0..20_000_u32 {
        let event = knows(process(1_000 + n, i64::from(n) + 1, ""), |process| {
            process.parent = Some(parent);
        });
        parent = event.process.unwrap();
        told.push(event);
    }
    bench.put(kernel(told));

    let root = Some(format!("100.{}", second(0).as_micros()));
    let page = bench.reader().processes(&ProcessQuery { root, ..ProcessQuery::default() }).unwrap();

    assert_eq!((page.total, page.processes[0].descendants), (1, 19_999));
}

#[test]
fn hundreds_of_agents_are_cut_and_counted() {
    let bench = Bench::new();
    let told = (0..300).map(|n| {
        knows(process(100 + n, i64::from(n), "claude"), |process| {
            process.root = super::process_ref(100 + n, i64::from(n));
            process.parent = None;
        })
    });
    bench.put(kernel(told.collect()));

    let machine = bench.reader().machine(second(0)).unwrap();

    assert_eq!((machine.processes.rows.len(), machine.processes.more), (200, 100));
    assert_eq!(machine.processes.rows[0].process.process.pid, 399, "the latest first");
}
