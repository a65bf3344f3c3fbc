//! Prints how fast the engine scans the files given as arguments, line by line, best of five.

use std::{
    env, fs,
    io::{self, Write},
    time::Instant,
};

use vigil_detect::{Engine, FingerprintKey};

fn main() -> io::Result<()> {
    let engine = Engine::new(FingerprintKey::from_bytes([7; 32]));
    let texts = env::args().skip(1).map(fs::read_to_string).collect::<io::Result<Vec<_>>>()?;
    let bytes: usize = texts.iter().map(String::len).sum();
    let (mut best, mut hits) = (f64::MAX, 0);
    for _ in 0..5 {
        let start = Instant::now();
        hits = texts.iter().flat_map(|text| text.lines()).map(|line| engine.scan(line).len()).sum();
        best = best.min(start.elapsed().as_secs_f64());
    }
    #[expect(clippy::cast_precision_loss, reason = "a speed for people")]
    let speed = bytes as f64 / best / 1e6;
    writeln!(io::stdout(), "{bytes} bytes, {hits} hits, {speed:.0} MB/s")
}
