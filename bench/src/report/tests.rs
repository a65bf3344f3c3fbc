use super::*;
use crate::steps::Measure;

fn measured() -> Measured {
    let round = |delay: f64, crowd: f64| {
        figures::Round::from([(Measure::EventDelayMs, delay), (Measure::CrowdMb, crowd)])
    };
    Measured {
        direct: vec![round(0.1, 0.0), round(0.1, 0.0)],
        proxies: vec![("vigil", vec![round(0.15, 39.0), round(0.17, 42.0)])],
    }
}

const MACHINE: Machine = Machine { load: Some(0.5), rounds: 2 };

#[test]
fn a_row_says_what_was_measured_and_whether_it_is_enough() {
    let mut out = Vec::new();
    table(&mut out, &measured(), &MACHINE).unwrap();
    let out = String::from_utf8(out).unwrap();

    let words = |start: &str| -> Vec<String> {
        let line = out.lines().find(|line| line.starts_with(start)).unwrap();
        line.split_whitespace().map(ToOwned::to_owned).collect()
    };
    assert_eq!(
        words("an event's way")[3..],
        ["0.100", "0.160", "1.60", "x", "1.50..1.70", "2", "at", "most", "1.6", "met", "?"]
    );
    assert_eq!(
        words("memory, 200 streams")[3..].join(" "),
        "- - 40.5 MB 39.0..42.0 2 below 40 missed ?"
    );
    assert!(out.starts_with("rounds: 2, "), "{out}");
}

#[test]
fn what_was_not_measured_is_not_zero() {
    let document = document(&measured(), &MACHINE);

    let figures = document["proxies"][0]["figures"].as_array().unwrap();
    let find = |name: &str| figures.iter().find(|figure| figure["name"] == name).unwrap();
    assert_eq!(find("tunnel")["n"], 0);
    assert!(find("tunnel")["median"].is_null() && find("tunnel")["met"].is_null());
    assert_eq!(find("crowd_memory")["met"], false);
    assert_eq!(find("crowd_memory")["rounds"], json!([39.0, 42.0]));
    assert_eq!(find("crowd_memory")["target"], json!({"below": 40.0}));
    assert_eq!(figures.len(), figures::ALL.len());
}

#[test]
fn numbers_have_three_digits() {
    let all = [0.0123, 0.9999, 1.0, 12.34, 99.99, 1234.5, -0.2].map(digits);

    assert_eq!(all, ["0.012", "1.00", "1.00", "12.3", "100", "1234", "-0.200"]);
}
