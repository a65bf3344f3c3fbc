use std::collections::BTreeSet;

use super::*;

fn rounds(measure: Measure, numbers: &[f64]) -> Vec<Round> {
    numbers.iter().map(|number| Round::from([(measure, *number)])).collect()
}

const TIMES: Figure = figure("t", "", "x", How::Times(Measure::EventDelayMs), Target::AtMost(1.6));
const LATER: Figure = figure("l", "", "ms", How::Later(Measure::EventDelayMs), Target::AtMost(0.4));
const OWN: Figure = figure("o", "", "MB", How::Own(Measure::CrowdMb), Target::Below(40.0));

#[test]
fn a_round_is_held_against_its_own_direct_one() {
    // A neighbour made the second round ten times slower; the ratio of the medians would be 4.
    let direct = rounds(Measure::EventDelayMs, &[0.1, 1.0, 0.2]);
    let proxied = rounds(Measure::EventDelayMs, &[0.15, 1.5, 0.4]);

    let value = TIMES.value(&direct, &proxied).unwrap();

    assert!((value.summary.median - 1.5).abs() < 1e-9, "{value:?}");
    assert_eq!((value.summary.n, value.direct, value.proxied), (3, Some(0.2), Some(0.4)));
    assert_eq!((value.is_met, value.is_close, value.is_undecided), (Some(true), true, false));
}

#[test]
fn later_is_a_difference() {
    let value = LATER.value(
        &rounds(Measure::EventDelayMs, &[0.5, 2.0]),
        &rounds(Measure::EventDelayMs, &[0.75, 2.25]),
    );

    let value = value.unwrap();
    assert!((value.summary.median - 0.25).abs() < 1e-9);
    assert_eq!((value.is_met, value.is_close, value.is_undecided), (Some(true), false, false));
}

#[test]
fn rounds_on_both_sides_of_direct_are_undecided() {
    let undecided = |figure: &Figure, proxied: &[f64]| {
        let direct = rounds(Measure::EventDelayMs, &[1.0, 1.0]);
        figure.value(&direct, &rounds(Measure::EventDelayMs, proxied)).unwrap().is_undecided
    };

    assert!(undecided(&TIMES, &[0.9, 1.2]) && undecided(&LATER, &[0.9, 1.2]));
    assert!(!undecided(&TIMES, &[1.1, 1.2]) && !undecided(&LATER, &[1.1, 1.2]));
    assert!(!undecided(&TIMES, &[0.8, 0.9]));
}

#[test]
fn what_is_the_proxys_own_needs_no_direct_one() {
    let nothing = rounds(Measure::EventDelayMs, &[1.0, 1.0]);

    let value = OWN.value(&nothing, &rounds(Measure::CrowdMb, &[40.0, 41.0])).unwrap();

    assert_eq!((value.summary.median, value.direct, value.is_met), (40.5, None, Some(false)));
    assert!(!value.is_close && !value.is_undecided);
    assert_eq!(OWN.value(&nothing, &nothing), None);
}

#[test]
fn a_round_without_one_half_of_a_pair_is_left_out() {
    let direct = vec![Round::from([(Measure::EventDelayMs, 1.0)]), Round::new()];
    let proxied = rounds(Measure::EventDelayMs, &[1.5, 9.0]);

    let value = TIMES.value(&direct, &proxied).unwrap();

    assert_eq!((value.summary.n, value.rounds), (1, vec![1.5]));
}

#[test]
fn limits_are_met_as_they_are_worded() {
    assert_eq!(Target::AtMost(1.6).is_met_by(1.6), Some(true));
    assert_eq!(Target::AtLeast(0.5).is_met_by(0.49), Some(false));
    assert_eq!(Target::Below(40.0).is_met_by(40.0), Some(false));
    assert_eq!(Target::None.is_met_by(1.0), None);
}

#[test]
fn every_figure_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = ALL.iter().map(|figure| figure.name).collect();

    assert_eq!(names.len(), ALL.len());
}
