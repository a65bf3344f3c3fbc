use proptest::prelude::*;
use serde_json::{Value, json};
use vigil_proto::Sensitive;

use crate::samples::{Dice, engine};

fn masked(text: &str) -> String {
    engine().mask(Sensitive::new(text.to_owned())).0.as_str().to_owned()
}

#[test]
fn what_reaches_over_the_end_of_a_string_is_masked_within_it() {
    let key = Dice::new(3).run(crate::class::BASE64, 64);
    let begin = ["-----BEGIN PRIVATE", " KEY-----"].concat();
    let texts = [
        json!({"pass:": 5e300, "n": 1}).to_string(),
        json!({"password=": 98_765_432_109_u64}).to_string(),
        json!([begin.clone() + "\n" + &key, {"next": key}, [null, true, -1.5e9]]).to_string(),
        json!({"a": format!("{begin}\n{key}\\"), "password": null}).to_string(),
        json!({"token ": "x", "\u{e4}\u{1f600}": "DB_PASSWORD=Kq7xVt2pL\\"}).to_string(),
    ];
    for text in texts {
        let masked = masked(&text);

        let read = serde_json::from_str::<Value>(&masked);
        assert!(read.is_ok(), "{read:?}: {masked}");
    }
}

#[test]
fn what_is_no_json_is_masked_as_it_stands() {
    let password = ["Kq7", "!xVt2pLm"].concat();
    let texts = [
        format!("{{ password: \"{password}\", user: \"bob\" }}"),
        format!("[db]\npassword = {password}\n"),
        format!("{{\"password\": \"{password}\", \"cut o"),
    ];
    for text in texts {
        assert!(!masked(&text).contains(&password), "{text}");
    }
}

/// Names and signs that lead over the end of a string, and values that go on behind it.
const PIECES: [&str; 24] = [
    "password",
    "pass:",
    "\"token\"",
    "api_key=",
    "secret: ",
    "\\",
    "\"",
    "'",
    "Authorization: Bearer ",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "postgres://u:",
    "@h.corp.test/",
    "5e3",
    "4111111111111111",
    "\u{e4}",
    "\u{7f}",
    "\n",
    "{",
    "}",
    "[[vigil:",
    "]]",
    ",",
    "Cookie: sid=",
];

/// How often; more in a run of one's own.
fn cases() -> u32 {
    std::env::var("VIGIL_JSON_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(200)
}

fn text() -> impl Strategy<Value = String> {
    let piece = (0..PIECES.len() + 2, any::<u64>()).prop_map(|(pick, seed)| {
        let mut dice = Dice::new(seed);
        match PIECES.get(pick) {
            Some(piece) => (*piece).to_owned(),
            None if pick == PIECES.len() => dice.run(crate::class::ALNUM, 24) + "7a",
            None => ["Kq7", &dice.run(crate::class::URL64, 6), "x9!"].concat(),
        }
    });
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::btree_map(text(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn any_document_is_one_after_masking(document in document()) {
        let document = json!([document]);
        for text in [document.to_string(), format!("{document:#}"), json!([document.to_string()]).to_string()] {
            let once = masked(&text);
            let read = serde_json::from_str::<Value>(&once);
            prop_assert!(read.is_ok(), "{:?}\n{}\n{}", read, text, once);

            let twice = masked(&once);
            prop_assert_eq!(&once, &twice, "{}", text);
        }
    }
}
