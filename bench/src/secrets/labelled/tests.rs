use super::*;

#[test]
fn a_secret_is_found_by_half_and_what_meets_none_is_wrong() {
    let mut score = Score::default();

    score.add(&[10..30, 50..60, 70..75], &[0..30, 48..52], &[70..90, 200..210]);
    assert_eq!(score, Score { texts: 1.0, found: 2.0, missed: 0.0, wrong: 0.0 });

    score.add(&[5..9, 50..55], &[20..40, 60..70], &[]);
    assert_eq!(score, Score { texts: 2.0, found: 2.0, missed: 2.0, wrong: 2.0 });
}
