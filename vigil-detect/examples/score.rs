//! Reads `{"id","text"}` lines from standard input and prints what the engine finds, one
//! [`ScanRecord`] a line: the input of a scorer.

use std::io::{self, BufRead, Write};

use vigil_detect::{Engine, FingerprintKey, ScanRecord};

fn main() -> io::Result<()> {
    let engine = Engine::new(FingerprintKey::from_bytes([7; 32]));
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let item: serde_json::Value = serde_json::from_str(&line?)?;
        let (Some(id), Some(text)) = (
            item.get("id").and_then(|value| value.as_str()),
            item.get("text").and_then(|value| value.as_str()),
        ) else {
            continue;
        };
        for hit in engine.scan(text).iter().filter(|hit| !hit.documented_example) {
            serde_json::to_writer(&mut out, &ScanRecord::new(id, hit))?;
            out.write_all(b"\n")?;
        }
    }
    Ok(())
}
