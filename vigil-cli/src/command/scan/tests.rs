use vigil_detect::{Engine, FingerprintKey};

use super::places;

#[test]
fn places_are_lines_and_characters_from_one() {
    let key = ["gh", "p_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let text = format!("ü {key}\n\n  {key} {key}\n");
    let hits = Engine::new(FingerprintKey::from_bytes([0; 32])).scan(&text);

    assert_eq!(places(&text, &hits), [(1, 3), (3, 3), (3, 4 + key.len())]);
}
