//! Reads `{"id","command"}` records on stdin and prints what each installs: `commands`. With a
//! number, each is read so often instead, for a profiler to count: `commands 100`.

#![expect(clippy::print_stdout, reason = "what is found is what it prints")]

use std::{
    env,
    error::Error,
    hint::black_box,
    io::{self, BufRead as _},
};

use serde_json::{Value, json};
use vigil_detect::install;

fn main() -> Result<(), Box<dyn Error>> {
    let times = env::args().nth(1).map(|times| times.parse::<usize>()).transpose()?;
    for line in io::stdin().lock().lines() {
        let record: Value = serde_json::from_str(&line?)?;
        let command = record.get("command").and_then(Value::as_str).unwrap_or_default();
        if let Some(times) = times {
            for _ in 0..times {
                black_box(install::read(black_box(command)));
            }
            continue;
        }
        let install::Reading { packages, opaque } = install::read(command);
        let hidden: Vec<&str> = opaque.iter().map(|one| one.why).collect();
        println!("{}", json!({ "id": record.get("id"), "packages": packages, "opaque": hidden }));
    }
    Ok(())
}
