//! Each thing that can be wrong, alone, has its own answer.

use vigil_proto::rpc::{BadCa, Micros};

use super::{
    super::validate,
    parts::{
        BEGIN, CA, EC_P256, PATHLEN_0, Parts, basic, constraints, extension, hosts, key_usage,
        name, no_v4, no_v6, only_for, public_key, purposes, sequence, subtree, tlv, uid, validity,
    },
};

const LATER: Micros = Micros((BEGIN + 3600) * 1_000_000);

/// What is wrong with `der`, for uid 1000.
fn verdict(der: &[u8]) -> Result<(), BadCa> {
    validate(der, uid(1000), LATER).map(|_| ())
}

/// What is wrong once `change` was made.
fn after(change: impl FnOnce(&mut Parts)) -> Result<(), BadCa> {
    let mut parts = Parts::default();
    change(&mut parts);
    verdict(&parts.der())
}

#[test]
fn as_it_should_be_it_passes() {
    let der = Parts::default().der();

    let ca = validate(&der, uid(1000), LATER).unwrap();

    assert_eq!(ca.der(), der);
    assert_eq!(ca.not_after(), Micros((BEGIN + 365 * 86_400) * 1_000_000));
}

#[test]
fn a_name_of_somebody_else_is_refused() {
    let der = Parts::default().der();
    assert_eq!(validate(&der, uid(1001), LATER).map(|_| ()), Err(BadCa::ForeignSubject));
    assert_eq!(validate(&der, uid(0), LATER).map(|_| ()), Err(BadCa::ForeignSubject));

    let other_key = Parts { public_key: public_key(EC_P256, &[4; 65]), ..Parts::default() };
    let theirs = der_subject(&Parts::default());
    assert_eq!(
        verdict(&Parts { subject: Some(theirs), ..other_key }.der()),
        Err(BadCa::ForeignSubject),
        "the name is of another key"
    );
    for text in ["", "Vigil local CA for uid 1000", "example.com"] {
        assert_eq!(after(|p| p.subject = Some(name(text))), Err(BadCa::ForeignSubject), "{text}");
    }
    let own = der_subject(&Parts::default());
    let twice = sequence(&[&own[2..], &own[2..]]);
    assert_eq!(after(|p| p.subject = Some(twice)), Err(BadCa::ForeignSubject));
}

/// The subject that `parts` have by themselves.
fn der_subject(parts: &Parts) -> Vec<u8> {
    name(&vigil_proto::ca::Subject::new(uid(1000), &parts.public_key).to_string())
}

#[test]
fn another_issuer_is_refused() {
    assert_eq!(after(|p| p.issuer = Some(name("somebody"))), Err(BadCa::NotSelfSigned));
}

#[test]
fn another_kind_of_key_is_refused() {
    // rsaEncryption; secp384r1; Ed25519.
    let rsa: &[u8] =
        &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let p384: &[u8] = &[
        0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
        0x04, 0x00, 0x22,
    ];
    let ed25519: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
    let p256_without_curve: &[u8] =
        &[0x30, 0x09, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    let rsa_key = sequence(&[&tlv(0x02, &[&[0x55; 256]]), &[0x02, 0x03, 0x01, 0x00, 0x01]]);
    for (what, key) in [
        ("RSA", public_key(rsa, &rsa_key)),
        ("P-384", public_key(p384, &[4; 97])),
        ("Ed25519", public_key(ed25519, &[7; 32])),
        ("no curve", public_key(p256_without_curve, &[4; 65])),
        ("compressed", public_key(EC_P256, &[2; 33])),
        ("too short", public_key(EC_P256, &[4; 64])),
        ("too long", public_key(EC_P256, &[4; 66])),
        ("at infinity", public_key(EC_P256, &[0])),
    ] {
        assert_eq!(after(|p| p.public_key = key), Err(BadCa::KeyType), "{what}");
    }
}

#[test]
fn another_kind_of_signature_is_refused() {
    // sha256WithRSAEncryption; ecdsa-with-SHA384; ecdsa-with-SHA1; ecdsa-with-SHA256 and a NULL.
    for (what, algorithm) in [
        (
            "RSA",
            &[
                0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05,
                0x00,
            ][..],
        ),
        ("SHA-384", &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03]),
        ("SHA-1", &[0x30, 0x09, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01]),
        (
            "parameters",
            &[0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x05, 0x00],
        ),
    ] {
        assert_eq!(after(|p| p.algorithm = algorithm.to_vec()), Err(BadCa::KeyType), "{what}");
    }
    let other = Some(vec![0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03]);
    assert_eq!(after(|p| p.outer_algorithm = other), Err(BadCa::Malformed), "two that differ");
}

#[test]
fn a_signature_has_a_signatures_form() {
    let half = |bytes: &[u8]| tlv(0x02, &[bytes]);
    let good = half(&[0x11; 32]);
    for (what, signature) in [
        ("nothing", Vec::new()),
        ("one half", sequence(&[&good])),
        ("three halves", sequence(&[&good, &good, &good])),
        ("zero", sequence(&[&good, &half(&[0])])),
        ("negative", sequence(&[&good, &half(&[0x80])])),
        ("too long", sequence(&[&good, &half(&[0x11; 33])])),
        ("more after it", [sequence(&[&good, &good]), vec![0]].concat()),
    ] {
        assert_eq!(after(|p| p.signature = signature), Err(BadCa::Malformed), "{what}");
    }
}

#[test]
fn how_long_it_is_valid() {
    let until = |until: &str| after(|p| p.validity = validity("260101000000Z", until));

    assert_eq!(until("270203000000Z"), Ok(()), "398 days");
    assert_eq!(until("270203000001Z"), Err(BadCa::TooLong), "and a second");
    assert_eq!(until("270204000000Z"), Err(BadCa::TooLong), "399 days");
    let centuries = sequence(&[&tlv(0x17, &[b"260101000000Z"]), &tlv(0x18, &[b"99991231235959Z"])]);
    assert_eq!(after(|p| p.validity = centuries), Err(BadCa::TooLong));
}

#[test]
fn when_it_is_valid() {
    let at = |seconds: i64| {
        let der = Parts::default().der();
        validate(&der, uid(1000), Micros(seconds * 1_000_000)).map(|_| ())
    };
    assert_eq!((at(BEGIN), at(BEGIN + 365 * 86_400)), (Ok(()), Ok(())));
    assert_eq!(at(BEGIN - 1), Err(BadCa::NotNow));
    assert_eq!(at(BEGIN + 365 * 86_400 + 1), Err(BadCa::NotNow));
    assert_eq!(at(i64::MIN / 1_000_000), Err(BadCa::NotNow));
    assert_eq!(at(i64::MAX / 1_000_000), Err(BadCa::NotNow));

    let reversed = validity("270101000000Z", "260101000000Z");
    assert_eq!(after(|p| p.validity = reversed), Err(BadCa::NotNow), "ends before it begins");
    let ancient = validity("500101000000Z", "500201000000Z");
    assert_eq!(after(|p| p.validity = ancient), Err(BadCa::NotNow));
}

#[test]
fn what_is_no_authority() {
    assert_eq!(after(|p| p.basic = Vec::new()), Err(BadCa::NotCa), "says nothing");
    assert_eq!(after(|p| p.basic = basic(true, &[])), Err(BadCa::NotCa), "is a leaf");
    let lax = basic(false, &[CA, PATHLEN_0].concat());
    assert_eq!(after(|p| p.basic = lax), Err(BadCa::NotCa), "not critical");
    let spelt_out = basic(true, &[0x01, 0x01, 0x00]);
    assert_eq!(after(|p| p.basic = spelt_out), Err(BadCa::Malformed), "a default spelt out");
}

#[test]
fn what_may_make_further_authorities() {
    assert_eq!(after(|p| p.basic = basic(true, CA)), Err(BadCa::PathLen), "any number");
    let one = basic(true, &[CA, &[0x02, 0x01, 0x01]].concat());
    assert_eq!(after(|p| p.basic = one), Err(BadCa::PathLen));
    let negative = basic(true, &[CA, &[0x02, 0x01, 0xff]].concat());
    assert_eq!(after(|p| p.basic = negative), Err(BadCa::Malformed));
}

#[test]
fn what_is_for_more_than_servers() {
    assert_eq!(after(|p| p.purposes = Vec::new()), Err(BadCa::Eku), "for anything");
    assert_eq!(after(|p| p.purposes = purposes(&[1, 2])), Err(BadCa::Eku), "clients too");
    assert_eq!(after(|p| p.purposes = purposes(&[3])), Err(BadCa::Eku), "code");
    assert_eq!(after(|p| p.purposes = purposes(&[1, 1])), Err(BadCa::Eku), "twice");
    assert_eq!(after(|p| p.purposes = purposes(&[])), Err(BadCa::Malformed), "for nothing");
    let any = extension(0x25, false, &sequence(&[&[0x06, 0x04, 0x55, 0x1d, 0x25, 0x00]]));
    assert_eq!(after(|p| p.purposes = any), Err(BadCa::Eku), "anyExtendedKeyUsage");
}

#[test]
fn what_its_key_may_do() {
    assert_eq!(after(|p| p.key_usage = Vec::new()), Err(BadCa::Eku), "anything");
    assert_eq!(after(|p| p.key_usage = key_usage(false, &[2, 4])), Err(BadCa::Eku), "not critical");
    assert_eq!(after(|p| p.key_usage = key_usage(true, &[1, 6])), Err(BadCa::Eku), "cRLSign too");
    assert_eq!(after(|p| p.key_usage = key_usage(true, &[2, 0x84])), Err(BadCa::Eku), "and sign");
    assert_eq!(after(|p| p.key_usage = key_usage(true, &[7, 0x80])), Err(BadCa::Eku), "only sign");
    assert_eq!(
        after(|p| p.key_usage = key_usage(true, &[0, 4])),
        Err(BadCa::Eku),
        "longer spelling"
    );
    assert_eq!(after(|p| p.key_usage = key_usage(true, &[])), Err(BadCa::Eku), "nothing");
}

#[test]
fn what_has_no_constraints() {
    let excluded = [no_v4(), no_v6()].concat();
    let permitted = hosts(&["api.anthropic.com"]);
    let with = |constraints| after(|p| p.constraints = constraints);

    assert_eq!(with(Vec::new()), Err(BadCa::NoConstraints), "missing");
    assert_eq!(with(constraints(false, &permitted, &excluded)), Err(BadCa::NoConstraints), "lax");
    assert_eq!(with(constraints(true, &[], &excluded)), Err(BadCa::NoConstraints), "no host");
    assert_eq!(with(constraints(true, &[], &[])), Err(BadCa::NoConstraints), "empty");
    let empty_list = extension(0x1e, true, &sequence(&[&[0xa0, 0x00]]));
    assert_eq!(with(empty_list), Err(BadCa::Malformed), "an empty list");
}

#[test]
fn which_hosts_it_may_be_for() {
    let only = |names: &[&str]| after(|p| p.constraints = only_for(names));

    assert_eq!(only(&["api.anthropic.com"]), Ok(()));
    assert_eq!(only(&["openai.azure.com", "mine.openai.azure.com"]), Ok(()));
    for wider in [
        "example.com",
        ".anthropic.com",
        ".api.anthropic.com",
        "*.anthropic.com",
        "v1.api.anthropic.com",
        "API.anthropic.com",
        "api.anthropic.com.",
        "xapi.anthropic.com",
        "auth.openai.com",
        "claude.ai",
        "storage.googleapis.com",
        "invalid",
        "127.0.0.1",
        "api.anthropic.com\0.example.com",
        "org",
        ".",
    ] {
        assert_eq!(only(&[wider]), Err(BadCa::WiderHost), "{wider}");
        assert_eq!(only(&["api.anthropic.com", wider]), Err(BadCa::WiderHost), "{wider}");
    }
    for parent in [
        "",
        "com",
        "googleapis.com",
        "amazonaws.com",
        "us-east-1.amazonaws.com",
        "azure.com",
        "anthropic.com",
        "openai.com",
    ] {
        assert_eq!(only(&[parent]), Err(BadCa::SharedParent), "{parent}");
        assert_eq!(only(&[parent, "api.anthropic.com"]), Err(BadCa::SharedParent), "{parent}");
    }
    assert_eq!(only(&["api.x.ai", "api.openai.com", "api.x.ai"]), Err(BadCa::Malformed), "twice");
}

#[test]
fn other_kinds_of_names_it_may_be_for() {
    let excluded = [no_v4(), no_v6()].concat();
    let with = |kind: u8, text: &[u8]| {
        let permitted = [hosts(&["api.anthropic.com"]), subtree(kind, text)].concat();
        after(|p| p.constraints = constraints(true, &permitted, &excluded))
    };
    assert_eq!(with(0x81, b"example.com"), Err(BadCa::WiderHost), "mail");
    assert_eq!(with(0x86, b"example.com"), Err(BadCa::WiderHost), "URI");
    assert_eq!(with(0xa4, &name("somebody")), Err(BadCa::WiderHost), "directory");
    assert_eq!(with(0xa0, &[]), Err(BadCa::WiderHost), "other");
    assert_eq!(with(0x88, &[0x2a]), Err(BadCa::WiderHost), "registered number");
    assert_eq!(with(0x87, &[127, 0, 0, 1, 255, 255, 255, 255]), Err(BadCa::IpAllowed));
    assert_eq!(with(0x87, &[]), Err(BadCa::IpAllowed));
    assert_eq!(with(0x89, b"x"), Err(BadCa::Malformed), "no such kind");
    assert_eq!(with(0x16, b"api.anthropic.com"), Err(BadCa::Malformed), "no kind at all");
}

#[test]
fn which_addresses_it_may_be_for() {
    let permitted = hosts(&["api.anthropic.com"]);
    let without = |excluded: &[Vec<u8>]| {
        let lists = constraints(true, &permitted, &excluded.concat());
        after(|p| p.constraints = lists)
    };
    let half_v4 = subtree(0x87, &[0, 0, 0, 0, 128, 0, 0, 0]);
    let half_v6 = subtree(
        0x87,
        &[[0; 16], {
            let mut m = [0; 16];
            m[0] = 128;
            m
        }]
        .concat(),
    );

    assert_eq!(without(&[]), Err(BadCa::IpAllowed), "all");
    assert_eq!(without(&[no_v4()]), Err(BadCa::IpAllowed), "v6");
    assert_eq!(without(&[no_v6()]), Err(BadCa::IpAllowed), "v4");
    assert_eq!(without(&[no_v4(), no_v4()]), Err(BadCa::IpAllowed), "v6");
    assert_eq!(without(&[half_v4.clone(), no_v6()]), Err(BadCa::IpAllowed), "half of v4");
    assert_eq!(without(&[no_v4(), half_v6]), Err(BadCa::IpAllowed), "half of v6");
    assert_eq!(without(&[no_v6(), no_v4()]), Ok(()), "in whatever order");
    assert_eq!(without(&[no_v4(), no_v6(), no_v4()]), Err(BadCa::Malformed), "twice");
    assert_eq!(without(&[no_v4(), no_v6(), half_v4]), Err(BadCa::Malformed), "more");
    let host = subtree(0x82, b"example.com");
    assert_eq!(without(&[no_v4(), no_v6(), host]), Err(BadCa::Malformed), "more");
}

#[test]
fn a_distance_in_a_constraint_is_refused() {
    for more in [&[0x80, 0x01, 0x00][..], &[0x80, 0x01, 0x01], &[0x81, 0x01, 0x05]] {
        let entry = sequence(&[&tlv(0x82, &[b"api.anthropic.com"]), more]);
        let lists = constraints(true, &entry, &[no_v4(), no_v6()].concat());
        assert_eq!(after(|p| p.constraints = lists), Err(BadCa::Malformed), "{more:02x?}");
    }
}

#[test]
fn what_else_it_says_is_refused() {
    let unknown = |critical| {
        sequence(&[
            &[0x06, 0x04, 0x2a, 0x03, 0x04, 0x05],
            if critical { &[0x01, 0x01, 0xff] } else { &[][..] },
            &[0x04, 0x02, 0x05, 0x00],
        ])
    };
    assert_eq!(after(|p| p.more = unknown(true)), Err(BadCa::UnknownExtension));
    assert_eq!(after(|p| p.more = unknown(false)), Err(BadCa::UnknownExtension), "not critical");
    // Other names of the subject; where to ask whether it was revoked; policies.
    for id in [0x11, 0x1f, 0x20, 0x23, 0x24, 0x36] {
        let known = extension(id, false, &sequence(&[]));
        assert_eq!(after(|p| p.more = known), Err(BadCa::UnknownExtension), "{id:#x}");
    }
    let key_name = |critical, bytes: &[u8]| extension(0x0e, critical, &tlv(0x04, &[bytes]));
    assert_eq!(after(|p| p.more = key_name(true, &[1; 20])), Err(BadCa::Malformed), "critical");
    assert_eq!(after(|p| p.more = key_name(false, &[1; 33])), Err(BadCa::Malformed), "too long");
    assert_eq!(after(|p| p.more = key_name(false, &[])), Err(BadCa::Malformed), "empty");
    assert_eq!(after(|p| p.more = Vec::new()), Ok(()), "it may be missing");
}

#[test]
fn nothing_is_said_twice() {
    let good = Parts::default();
    for (what, again) in [
        ("basic constraints", good.basic),
        ("key usage", good.key_usage),
        ("purposes", good.purposes),
        ("name constraints", good.constraints),
        ("the key's name", good.more),
    ] {
        assert_eq!(after(|p| p.more.extend(again)), Err(BadCa::Malformed), "{what}");
    }
    // The stricter one first does not help the wider one.
    let wider = constraints(true, &hosts(&["com"]), &[]);
    assert_eq!(after(|p| p.more.extend(wider)), Err(BadCa::Malformed));
}

#[test]
fn an_outline_of_another_kind_is_refused() {
    let refused = |change: fn(&mut Parts)| assert_eq!(after(change), Err(BadCa::Malformed));

    refused(|p| p.version = Vec::new());
    refused(|p| p.version = vec![0xa0, 0x03, 0x02, 0x01, 0x01]);
    refused(|p| p.version = vec![0xa0, 0x03, 0x02, 0x01, 0x03]);
    refused(|p| p.serial = vec![0x02, 0x01, 0x00]);
    refused(|p| p.serial = vec![0x02, 0x01, 0xff]);
    refused(|p| p.serial = tlv(0x02, &[&[0x11; 21]]));
    refused(|p| p.unique = vec![0x81, 0x02, 0x00, 0x01]);
    refused(|p| p.unique = vec![0x82, 0x02, 0x00, 0x01]);
    refused(|p| p.validity = sequence(&[&tlv(0x17, &[b"260101000000Z"])]));
    refused(|p| p.validity = validity("260101000000Z", "2701010000Z"));
}

#[test]
fn nothing_follows_what_is_known() {
    const MORE: &[u8] = &[0x05, 0x00];
    let refused = |what: &str, change: &dyn Fn(&mut Parts)| {
        assert_eq!(after(|p| change(p)), Err(BadCa::Malformed), "{what}");
    };
    let time = tlv(0x17, &[b"260101000000Z"]);
    let lists = sequence(&[
        &tlv(0xa0, &[&hosts(&["api.anthropic.com"])]),
        &tlv(0xa1, &[&no_v4(), &no_v6()]),
        MORE,
    ]);
    let noted = sequence(&[&[0x06, 0x03, 0x55, 0x1d, 0x0e, 0x04, 0x03, 0x04, 0x01, 0x22], MORE]);

    refused("the certificate", &|p| p.at_the_end = MORE.to_vec());
    refused("what is signed", &|p| p.at_the_inner_end = MORE.to_vec());
    refused("times", &|p| p.validity = sequence(&[&time, &time, &time]));
    refused("basic constraints", &|p| p.basic = basic(true, &[CA, PATHLEN_0, MORE].concat()));
    refused("name constraints", &|p| p.constraints = extension(0x1e, true, &lists));
    refused("an extension", &|p| p.more = noted.clone());
}

#[test]
fn bytes_that_are_no_certificate_are_refused() {
    let der = Parts::default().der();
    for end in 0..der.len() {
        assert_eq!(verdict(&der[..end]), Err(BadCa::Malformed), "the first {end} bytes");
    }
    assert_eq!(verdict(&[&der[..], &[0]].concat()), Err(BadCa::Malformed), "a byte after it");
    assert_eq!(verdict(&[&der[..], &der].concat()), Err(BadCa::Malformed), "two of them");
    assert_eq!(verdict(b"-----BEGIN CERTIFICATE-----\n"), Err(BadCa::Malformed), "as text");
}

#[test]
fn another_spelling_of_a_length_is_refused() {
    let der = Parts::default().der();
    let [tag, 0x82, high, low, content @ ..] = der.as_slice() else { panic!("a long one") };

    let padded = [&[*tag, 0x83, 0, *high, *low], content].concat();
    assert_eq!(verdict(&padded), Err(BadCa::Malformed), "not the shortest");
    let indefinite = [&[*tag, 0x80], content, &[0, 0]].concat();
    assert_eq!(verdict(&indefinite), Err(BadCa::Malformed), "indefinite");
    // Also where only the name is looked at as a whole.
    let inside = sequence(&[&[0x31, 0x80, 0x00, 0x00]]);
    assert_eq!(after(|p| p.subject = Some(inside)), Err(BadCa::Malformed), "deep inside");
}

#[test]
fn size_comes_before_everything() {
    let filled = |size: usize| {
        let mut parts = Parts { more: Vec::new(), ..Parts::default() };
        let base = parts.der().len();
        // The note's own heads take some bytes.
        for slack in 0..64 {
            let note = extension(0x7f, false, &vec![0; size - base - slack]);
            parts.more = note;
            if parts.der().len() == size {
                break;
            }
        }
        parts.der()
    };
    let (largest, larger) = (filled(4096), filled(4097));
    assert_eq!((largest.len(), larger.len()), (4096, 4097));
    assert_eq!(verdict(&largest), Err(BadCa::UnknownExtension), "read to the end");
    assert_eq!(verdict(&larger), Err(BadCa::TooLarge));
    assert_eq!(verdict(&[0; 5000]), Err(BadCa::TooLarge));
}

#[test]
fn of_two_things_the_first_is_said() {
    assert_eq!(
        after(|p| {
            p.constraints = Vec::new();
            p.basic = basic(true, CA);
        }),
        Err(BadCa::PathLen)
    );
    assert_eq!(
        after(|p| {
            p.subject = Some(name("x"));
            p.constraints = only_for(&["com"]);
        }),
        Err(BadCa::ForeignSubject)
    );
    assert_eq!(
        after(|p| p.constraints = constraints(true, &hosts(&["com", "example.com"]), &[])),
        Err(BadCa::WiderHost)
    );
}
