use super::*;
use crate::source::proxy::tests::frames::block;

/// A list as a decoder gives it.
pub(in crate::source::proxy::h2) fn fields(fields: &[(&str, &str)]) -> List {
    let mut list = List::default();
    Decoder::default().decode(&block(fields), 4096, &mut list).unwrap();
    list
}

/// Bytes from hexadecimal digits.
fn hex(digits: &str) -> Vec<u8> {
    let digits: String = digits.split_whitespace().collect();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

fn read(decoder: &mut Decoder, block: &[u8]) -> Result<Vec<(String, String)>, BadBlock> {
    let mut list = List::default();
    decoder.decode(block, 4096, &mut list)?;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Ok(list.iter().map(|(name, value)| (text(name), text(value))).collect())
}

fn pairs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

const FIRST: &[(&str, &str)] =
    &[(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")];

#[test]
fn reads_the_requests_of_the_rfc() {
    // RFC 7541, C.3 and C.4: three requests on one connection, plain and in Huffman's code.
    let plain = [
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "8286 84be 5808 6e6f 2d63 6163 6865",
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ];
    let coded = [
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        "8286 84be 5886 a8eb 1064 9cbf",
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ];
    for blocks in [plain, coded] {
        let mut decoder = Decoder::default();
        assert_eq!(read(&mut decoder, &hex(blocks[0])).unwrap(), pairs(FIRST));
        let second = [FIRST, &[("cache-control", "no-cache")]].concat();
        assert_eq!(read(&mut decoder, &hex(blocks[1])).unwrap(), pairs(&second));
        let third = [
            (":method", "GET"),
            (":scheme", "https"),
            (":path", "/index.html"),
            (":authority", "www.example.com"),
            ("custom-key", "custom-value"),
        ];
        assert_eq!(read(&mut decoder, &hex(blocks[2])).unwrap(), pairs(&third));
    }
}

#[test]
fn reads_the_answers_of_the_rfc_whose_table_overflows() {
    // RFC 7541, C.6: a table of 256 bytes.
    let blocks = [
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e
         919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
        "4883 640e ffc1 c0bf",
        "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7
         821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed
         4ee5 b106 3d50 07",
    ];
    let mut decoder = Decoder::default();
    decoder.table.resize(256);
    let first = [
        (":status", "302"),
        ("cache-control", "private"),
        ("date", "Mon, 21 Oct 2013 20:13:21 GMT"),
        ("location", "https://www.example.com"),
    ];
    assert_eq!(read(&mut decoder, &hex(blocks[0])).unwrap(), pairs(&first));
    let mut second = first;
    second[0].1 = "307";
    assert_eq!(read(&mut decoder, &hex(blocks[1])).unwrap(), pairs(&second));
    let third = [
        (":status", "200"),
        ("cache-control", "private"),
        ("date", "Mon, 21 Oct 2013 20:13:22 GMT"),
        ("location", "https://www.example.com"),
        ("content-encoding", "gzip"),
        ("set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"),
    ];
    assert_eq!(read(&mut decoder, &hex(blocks[2])).unwrap(), pairs(&third));
}

#[test]
fn literals_that_are_not_to_be_remembered_are_not() {
    // RFC 7541, C.2.2 and C.2.3.
    let mut decoder = Decoder::default();
    let path = read(&mut decoder, &hex("040c 2f73 616d 706c 652f 7061 7468")).unwrap();
    assert_eq!(path, pairs(&[(":path", "/sample/path")]));
    let never = read(&mut decoder, &hex("1008 7061 7373 776f 7264 0673 6563 7265 74")).unwrap();
    assert_eq!(never.len(), 1);
    assert_eq!(read(&mut decoder, &[0xbe]), Err(BadBlock::Malformed));
}

#[test]
fn malformed_blocks_are_refused() {
    for block in [
        "80",                // the field with number 0
        "be",                // a number beyond both tables
        "3f",                // an integer without its end
        "ffff ffff ffff 7f", // an integer without bounds
        "4005 6162",         // a string without its end
        "4101 61 20",        // a change of the table's size after a field
        "3fe2 1f",           // a table larger than is allowed
        "0081 ff 00",        // padding of eight ones
        "0084 ffff ffff 00", // the end of the string within the string
        "0081 18 00",        // padding of zeros
    ] {
        assert_eq!(read(&mut Decoder::default(), &hex(block)), Err(BadBlock::Malformed), "{block}");
    }
}

#[test]
fn a_small_block_cannot_mean_a_large_list() {
    let mut block = vec![0x40, 1, b'a', 0x7f, 0xa1, 0x1e];
    block.extend([b'x'; 4000]);
    block.resize(60_000, 0xbe);

    assert_eq!(read(&mut Decoder::default(), &block), Err(BadBlock::TooLarge));
}

#[test]
fn a_field_larger_than_the_table_empties_it() {
    let mut decoder = Decoder::default();
    decoder.table.insert(b"a", b"b");
    decoder.table.insert(b"c", &[0; 5000]);

    assert_eq!(decoder.table.field(62), None);
}
