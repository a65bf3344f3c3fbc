use super::*;

fn all(bytes: &[u8]) -> Result<Vec<Element<'_>>, Malformed> {
    let mut reader = Reader::new(bytes);
    std::iter::from_fn(|| (!reader.is_empty()).then(|| reader.next())).collect()
}

#[test]
fn elements_are_read_one_after_the_other() {
    let elements = all(&[0x02, 0x01, 0x05, 0x30, 0x02, 0x05, 0x00]).unwrap();

    let tags: Vec<_> = elements.iter().map(|element| (element.tag, element.content)).collect();
    assert_eq!(tags, [(INTEGER, &[5][..]), (SEQUENCE, &[5, 0])]);
    assert_eq!(elements.last().unwrap().whole, [0x30, 0x02, 0x05, 0x00]);
}

#[test]
fn a_length_has_one_spelling() {
    let with = |length: &[u8], content: usize| {
        let bytes = [&[0x04], length, &vec![0; content]].concat();
        all(&bytes).is_ok()
    };

    assert!(with(&[0x00], 0) && with(&[0x7f], 127));
    assert!(with(&[0x81, 0x80], 128) && with(&[0x81, 0xff], 255));
    assert!(with(&[0x82, 0x01, 0x00], 256) && with(&[0x82, 0x0f, 0xff], 4095));

    assert!(!with(&[0x81, 0x7f], 127), "not the shortest");
    assert!(!with(&[0x82, 0x00, 0x80], 128), "not the shortest");
    assert!(!with(&[0x83, 0x00, 0x01, 0x00], 256), "not the shortest");
    assert!(!with(&[0x80, 0x00, 0x00], 0), "indefinite");
    assert!(!with(&[0xff], 0), "reserved");
    assert!(!with(&[0x84, 0xff, 0xff, 0xff, 0xff], 0), "larger than anything");
    assert!(!with(&[0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 0), "overflow");
}

#[test]
fn what_is_cut_off_is_malformed() {
    for cut in [&[0x04][..], &[0x04, 0x02, 0x00], &[0x04, 0x81], &[0x04, 0x82, 0x01], &[0x1f, 0x00]]
    {
        assert!(all(cut).is_err(), "{cut:02x?}");
    }
    assert_eq!(Reader::new(&[]).next().unwrap_err(), Malformed);
}

#[test]
fn a_number_has_one_spelling_and_no_sign() {
    let number = |content: &[u8]| {
        let bytes = [&[INTEGER, u8::try_from(content.len()).unwrap()], content].concat();
        Reader::new(&bytes).number().map(<[u8]>::to_vec)
    };

    assert_eq!(number(&[0]), Ok(vec![0]));
    assert_eq!(number(&[0x7f, 0x00]), Ok(vec![0x7f, 0x00]));
    assert_eq!(number(&[0x00, 0x80]), Ok(vec![0x80]));
    for bad in [&[][..], &[0x80], &[0xff, 0xff], &[0x00, 0x7f], &[0x00, 0x00]] {
        assert_eq!(number(bad), Err(Malformed), "{bad:02x?}");
    }
}

#[test]
fn a_truth_value_is_one_or_missing() {
    let flag = |bytes: &[u8]| Reader::new(bytes).flag();

    assert_eq!(flag(&[0x01, 0x01, 0xff]), Ok(true));
    assert_eq!((flag(&[]), flag(&[0x04, 0x00])), (Ok(false), Ok(false)));
    for bad in [[0x01, 0x01, 0x00], [0x01, 0x01, 0x01]] {
        assert_eq!(flag(&bad), Err(Malformed), "{bad:02x?}");
    }
}

#[test]
fn a_bit_string_is_of_whole_bytes() {
    assert_eq!(Reader::new(&[0x03, 0x02, 0x00, 0xaa]).bits(), Ok(&[0xaa][..]));
    assert_eq!(Reader::new(&[0x03, 0x02, 0x01, 0xaa]).bits(), Err(Malformed));
    assert_eq!(Reader::new(&[0x03, 0x00]).bits(), Err(Malformed));
}

#[test]
fn one_element_is_one_element() {
    assert!(only(&[0x30, 0x00], SEQUENCE).unwrap().is_empty());
    assert!(only(&[0x30, 0x00, 0x00], SEQUENCE).is_err());
    assert!(only(&[0x31, 0x00], SEQUENCE).is_err());
}

#[test]
fn the_inside_of_what_is_constructed_is_looked_at() {
    assert_eq!(well_formed(&[0x30, 0x04, 0xa0, 0x02, 0x05, 0x00]), Ok(()));
    assert_eq!(well_formed(&[0x30, 0x04, 0xa0, 0x02, 0x05, 0x01]), Err(Malformed));
    let deep = (0..200_u8).fold(Vec::new(), |inner, _| {
        let length = u16::try_from(inner.len()).unwrap().to_be_bytes();
        let length = match length {
            [0, low @ 0..0x80] => vec![low],
            [0, low] => vec![0x81, low],
            [high, low] => vec![0x82, high, low],
        };
        [vec![0x30], length, inner].concat()
    });
    assert_eq!(well_formed(&deep), Err(Malformed), "depth is bounded");
}
