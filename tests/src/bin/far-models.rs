//! Models at the far end of a network, each with a CA of its own in a folder of its own: takes
//! `FOLDER HOST ADDRESS` as often as there are models, writes `ready` into each folder when all are
//! there, and ends with its input.

#![forbid(unsafe_code)]

use std::{env, fs, io, path::Path};

use vigil_tests::model::Model;

fn main() -> io::Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let mut models = Vec::new();
    for three in words.chunks(3) {
        let [folder, host, address] = three else {
            return Err(io::Error::other("FOLDER HOST ADDRESS"));
        };
        let folder = Path::new(folder);
        fs::create_dir_all(folder)?;
        let address = address.parse().map_err(io::Error::other)?;
        models.push((folder, Model::start_at(host, folder, address)));
    }
    for (folder, _) in &models {
        fs::write(folder.join("ready"), "")?;
    }
    io::copy(&mut io::stdin(), &mut io::sink())?;
    drop(models);
    Ok(())
}
