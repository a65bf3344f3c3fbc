use super::*;

#[test]
fn the_median_is_the_middle_however_the_numbers_come() {
    assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
    assert_eq!(median(&[7.0]), Some(7.0));
    assert_eq!(median(&[]), None);
}

#[test]
fn one_disturbed_round_does_not_move_it() {
    let calm = Summary::of(&[1.0, 1.1, 0.9, 1.0, 1.0]).unwrap();
    let disturbed = Summary::of(&[1.0, 1.1, 0.9, 1.0, 900.0]).unwrap();

    assert!((disturbed.median - calm.median).abs() < f64::EPSILON);
    assert_eq!((disturbed.min, disturbed.max, disturbed.n), (0.9, 900.0, 5));
}

#[test]
fn what_is_no_number_is_not_counted() {
    let summary = Summary::of(&[f64::NAN, 2.0, f64::INFINITY, 1.0]).unwrap();

    assert_eq!((summary.median, summary.n), (1.5, 2));
    assert_eq!(Summary::of(&[f64::NAN]), None);
}
