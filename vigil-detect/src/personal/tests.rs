use vigil_proto::Sensitive;

use crate::samples::{Dice, engine};

fn found(text: &str) -> Vec<(&'static str, String)> {
    engine()
        .scan(text)
        .iter()
        .map(|hit| (hit.rule.name, text[hit.start..hit.end].to_owned()))
        .collect()
}

/// A number with a check digit, after `prefix`.
fn card(prefix: &str, len: usize, seed: u64) -> String {
    let mut number =
        prefix.to_owned() + &Dice::new(seed).run(crate::class::DIGIT, len - 1 - prefix.len());
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, byte)| {
            let digit = u32::from(byte - b'0') * if i % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    number.push(char::from_digit((10 - sum % 10) % 10, 10).unwrap());
    number
}

fn grouped(number: &str, sign: &str) -> String {
    let groups: Vec<_> =
        number.as_bytes().chunks(4).map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(sign)
}

#[test]
fn cards_of_every_brand_are_found_beside_a_word_of_payment() {
    for (prefix, len) in [
        ("4539", 16),
        ("5312", 16),
        ("2345", 16),
        ("3725", 15),
        ("6011", 16),
        ("3056", 14),
        ("3538", 16),
        ("6221", 16),
    ] {
        for seed in 1..6 {
            let number = card(prefix, len, seed);
            for form in [
                "card: #",
                "cc=#&exp=1127",
                "payment_method: # (12/26)",
                "name,card,exp\nA. Person,#,10/27\n",
            ] {
                let text = form.replace('#', &number);

                assert_eq!(found(&text), [("credit_card", number.clone())], "{form} {prefix}");
            }
        }
    }
    let number = grouped(&card("4539", 16, 9), " ");
    assert_eq!(found(&format!("it was {number} I think")), [("credit_card", number)]);
}

#[test]
fn a_number_that_is_no_card_is_none() {
    let number = card("4539", 16, 3);
    let wrong = number[..15].to_owned() + if number.ends_with('0') { "1" } else { "0" };
    let texts = [
        format!("card number {wrong}"),
        format!("order_id: {number}"),
        format!("IMEI {}", card("3579", 15, 2)),
        format!("{{\"id\": {number}}}"),
        format!("payment id a{number}"),
        format!("payment 1.{number}"),
        ["Use test card 4242", "4242", "4242", "4242 with any CVC"].join(" "),
    ];
    for text in texts {
        assert_eq!(found(&text), [], "{text}");
    }
}

#[test]
fn a_masked_number_leaves_json_valid_and_is_masked_once() {
    let number = card("4539", 16, 4);
    let text = format!(
        "{{\"card\": {number}, \"cards\": [{number},{number}], \"note\": \"card,{number},x\"}}"
    );

    let (once, hits) = engine().mask(text.as_str().into());
    let (twice, again) = engine().mask(once.as_str().into());

    assert_eq!((hits.len(), again.len()), (4, 0));
    assert_eq!(once, twice);
    serde_json::from_str::<serde_json::Value>(once.as_str()).unwrap();
}

#[test]
fn social_security_numbers_need_a_given_area_and_a_word() {
    let number = ["591", "65", "6864"].join("-");
    for form in [
        "Employee SSN: #",
        "id,name,ssn\n14,Jane Roe,#\n",
        "social security number # on file",
        "{\\\"ssn\\\": \\\"#\\\"}",
    ] {
        assert_eq!(found(&form.replace('#', &number)), [("ssn", number.clone())], "{form}");
    }
    for text in [
        "ssn 219-09-9999",
        "ssn 000-12-3456",
        "ssn 666-12-3456",
        "ssn 912-12-3456",
        "ssn 591-00-6864",
        "part 591-65-68641",
        "model no. 591-65-6864-A84",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
    assert_eq!(found(&format!("revision {number} of it")), []);
}

#[test]
fn ibans_need_their_check_digits() {
    let number = ["DE33", "9832", "5106", "5889", "4157", "33"];
    for sign in ["", " "] {
        let number = number.join(sign);

        assert_eq!(found(&format!("Please wire to {number} by Friday")), [("iban", number)]);
    }
    for text in [
        "DE34983251065889415733",
        "DE33983251065889415734",
        "XDE33983251065889415733",
        "DE3398325106588941573",
    ] {
        assert_eq!(found(&format!("wire to {text} now")), [], "{text}");
    }
}

#[test]
fn telephone_numbers_need_a_word_of_calling() {
    for number in [
        "+44 7928 674634",
        "+17206827814",
        "+1-917-244-2229",
        "(312) 842-5241",
        "212-756-8819",
        "+49 166 83237554",
    ] {
        for form in [
            "Tel: #",
            "name,phone\nJane Roe,#\n",
            "You can reach support on #",
            "{\"phone\": \"#\"}",
        ] {
            let text = form.replace('#', number);

            assert_eq!(found(&text), [("phone", number.to_owned())], "{text}");
        }
    }
    for text in [
        "rows: 751-300-7481 (shard-part-seq)",
        "build 7191699831",
        "epoch 1664857204",
        "phone +1 555-555-0123",
        "call_id: 3224393218",
        "user_id: 6123529365",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn a_list_of_mail_addresses_is_told_of_once_and_masked_whole() {
    let addresses = |count: usize| {
        (0..count).map(|i| format!("{i},Ann {i},ann.{i}@walnut-{}.io", i % 3)).collect::<Vec<_>>()
    };
    let list = format!("id,customer,email\n{}\n", addresses(12).join("\n"));

    let told = engine().scan(&list);
    let (masked, _) = engine().mask(Sensitive::new(list.clone()));

    assert_eq!(told.iter().map(|hit| hit.rule.name).collect::<Vec<_>>(), ["email_list"]);
    assert!(!masked.as_str().contains("@walnut"), "{}", masked.as_str());
    let authors = list.replace("customer", "author");
    let few = format!("id,customer,email\n{}\n", addresses(6).join("\n"));
    for text in [authors, few, list.replace("-0.io", ".test").replace("-1.io", ".test")] {
        assert!(engine().scan(&text).is_empty(), "{text}");
    }
}
