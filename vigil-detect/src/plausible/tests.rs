use super::*;
use crate::{
    class::{HEX, URL64},
    samples::Dice,
};

#[test]
fn random_values_are_taken_for_real() {
    let mut dice = Dice::new(1);
    for (class, len) in [(HEX, 32), (HEX, 64), (ALNUM, 24), (ALNUM, 48), (URL64, 20), (URL64, 120)]
    {
        let refused =
            (0..3000).filter(|_| !plausible(dice.run(class, len).as_bytes(), class)).count();
        assert!(refused <= 1, "{refused} of 3000 refused at length {len}");
    }
}

#[test]
fn runs_steps_words_and_monotony_are_stand_ins() {
    for body in [
        "a8Kq000000000Zt5p2Lx",
        "prefix1234567suffixQ",
        "put-YOUR_KEY-in-hereZ9",
        "abababababababababab",
        "onlylowercaseletterswithoutdigits",
    ] {
        assert!(!plausible(body.as_bytes(), ALNUM), "{body}");
    }
}

#[test]
fn only_documented_values_are_documented() {
    assert!(is_documented(["AK", "IAIOSFODNN7EXAMPLE"].concat().as_bytes()));
    assert!(!is_documented(["AK", "IAIOSFODNN7EXAMPLF"].concat().as_bytes()));
}
