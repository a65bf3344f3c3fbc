use std::time::Duration;

use super::*;
use crate::source::proxy::{
    h2::frame::{CONTINUATION, DATA, HEADERS, PING, PUSH_PROMISE, RST_STREAM, SETTINGS},
    tests::frames::{block, frame, greeting, post},
};

const HOST: &str = "api.anthropic.com";

/// One direction that is shown bytes.
struct Shown {
    reader: Reader,
    link: Link,
    now: Instant,
    parts: Vec<String>,
}

impl Shown {
    fn client() -> Self {
        let mut shown = Self {
            reader: Reader::new(Direction::Request, HOST.into()),
            link: Link::default(),
            now: Instant::now(),
            parts: Vec::new(),
        };
        assert_eq!(shown.walk(&greeting()), (greeting().len(), Ok(())));
        shown
    }

    fn walk(&mut self, bytes: &[u8]) -> (usize, Result<(), Refusal>) {
        let Self { reader, link, now, parts } = self;
        reader.walk(&mut bytes.to_vec(), link, *now, &mut |stream, part| {
            parts.push(match part {
                Part::Fields { list, end } => {
                    let path = list.first(":path").unwrap_or_default();
                    format!("{stream} fields {} {end}", str::from_utf8(path).unwrap())
                }
                Part::Data(bytes) => format!("{stream} {}", str::from_utf8(bytes).unwrap()),
                Part::End => format!("{stream} end"),
                Part::Reset => format!("{stream} reset"),
            });
        })
    }

    /// All of `bytes` pass.
    fn passes(&mut self, bytes: &[u8]) {
        assert_eq!(self.walk(bytes), (bytes.len(), Ok(())));
    }

    /// Nothing of `bytes` passes.
    fn refuses(&mut self, bytes: &[u8], refusal: Refusal) {
        assert_eq!(self.walk(bytes), (0, Err(refusal)));
    }
}

#[test]
fn a_request_passes_in_whatever_pieces_it_comes() {
    let padded = [&[3], &b"hello"[..], &[0; 3]].concat();
    let bytes = [
        frame(HEADERS, 4, 1, post(HOST)),
        frame(DATA, 8, 1, padded),
        frame(0xfa, 0, 7, "unknown"),
        frame(DATA, 1, 1, "!"),
    ]
    .concat();
    let mut whole = Shown::client();
    whole.passes(&bytes);
    assert_eq!(whole.parts, ["1 fields /v1/messages false", "1 hello", "1 !", "1 end"]);

    let mut single = Shown::client();
    let mut held = Vec::new();
    for byte in &bytes {
        held.push(*byte);
        let (len, verdict) = single.walk(&held);
        assert_eq!(verdict, Ok(()));
        held.drain(..len);
    }
    assert!(held.is_empty());
    assert_eq!(single.parts.concat().replace("1 ", ""), whole.parts.concat().replace("1 ", ""));
}

#[test]
fn nothing_of_a_block_passes_before_it_is_whole_and_read() {
    let post = post(HOST);
    let (one, two) = post.split_at(20);
    // Padded, and with a priority.
    let one = [&[2][..], &[0; 5], one, &[0; 2]].concat();
    let bytes = [frame(HEADERS, 0x28, 1, one), frame(CONTINUATION, 4, 1, two)].concat();
    let mut shown = Shown::client();
    for len in 0..bytes.len() {
        assert_eq!(shown.walk(&bytes[..len]), (0, Ok(())), "{len}");
    }
    shown.passes(&bytes);

    let other = self::post("unlisted.example");
    let (one, two) = other.split_at(20);
    let mut bytes = [frame(HEADERS, 0, 3, one), frame(CONTINUATION, 4, 3, two)].concat();
    shown.refuses(&bytes, Refusal::Misdirected);

    // What came before it passes.
    let mut shown = Shown::client();
    let ping = frame(PING, 0, 0, [0; 8]);
    bytes.splice(..0, ping.iter().copied());
    assert_eq!(shown.walk(&bytes), (ping.len(), Err(Refusal::Misdirected)));
}

#[test]
fn a_host_that_hpack_remembers_is_still_compared() {
    let mut shown = Shown::client();
    let mut list = block(&[(":method", "GET"), (":scheme", "https"), (":path", "/")]);
    // To be remembered: the field with the number 62.
    let mut own = vec![0x41, 17];
    own.extend(HOST.as_bytes());
    let first = [&list[..], &own].concat();
    shown.passes(&frame(HEADERS, 5, 1, first));
    shown.passes(&frame(HEADERS, 5, 3, [&list[..], &[0xbe]].concat()));
    let mut poison = vec![0x40, 1, b'x', 16];
    poison.extend(b"unlisted.example");
    shown.passes(&frame(HEADERS, 5, 5, [&list[..], &[0xbe], &poison].concat()));
    list.extend([0x41, 16]);
    list.extend(b"unlisted.example");
    shown.refuses(&frame(HEADERS, 5, 7, list), Refusal::Misdirected);
}

#[test]
fn trailers_pass_and_a_request_in_their_place_does_not() {
    let mut shown = Shown::client();
    shown.passes(&frame(HEADERS, 4, 3, post(HOST)));
    shown.passes(&frame(HEADERS, 5, 3, block(&[("x-sum", "1")])));
    for stream in [1, 3] {
        let again = frame(HEADERS, 5, stream, post("unlisted.example"));
        shown.refuses(&again, Refusal::Malformed);
    }
}

#[test]
fn frames_that_do_not_belong_are_refused() {
    for (frame, refusal) in [
        (frame(CONTINUATION, 4, 1, post(HOST)), Refusal::Framing),
        (frame(HEADERS, 4, 0, post(HOST)), Refusal::Framing),
        (frame(HEADERS, 4, 2, post(HOST)), Refusal::Framing),
        (frame(PUSH_PROMISE, 4, 1, post(HOST)), Refusal::Framing),
        (frame(DATA, 0, 0, "x"), Refusal::Framing),
        (frame(DATA, 0, 1, "x"), Refusal::Framing),
        (frame(DATA, 0, 1, vec![0; 16_385]), Refusal::FrameSize),
        (frame(SETTINGS, 0, 0, [0; 5]), Refusal::Framing),
        (frame(SETTINGS, 1, 0, [0; 6]), Refusal::Framing),
        (frame(SETTINGS, 0, 0, [0, 5, 0, 0, 0, 1]), Refusal::Framing),
        (frame(HEADERS, 0xc, 1, [9, 0x82]), Refusal::Framing),
        (frame(HEADERS, 4, 1, [0xbe]), Refusal::Compression),
        ([frame(HEADERS, 0, 1, [0x82]), frame(PING, 0, 0, [0; 8])].concat(), Refusal::Framing),
        ([frame(HEADERS, 0, 1, []), frame(CONTINUATION, 4, 3, [])].concat(), Refusal::Framing),
    ] {
        Shown::client().refuses(&frame, refusal);
    }
    let mut nothing = Reader::new(Direction::Request, HOST.into());
    let hello = &mut b"GET / HTTP/1.1\r\nHost: unlisted.example\r\n\r\n".to_vec();
    let verdict = nothing.walk(hello, &mut Link::default(), Instant::now(), &mut |_, _| {});
    assert_eq!(verdict, (0, Err(Refusal::Framing)));
}

#[test]
fn a_flood_of_continuations_is_cut() {
    let mut small = frame(HEADERS, 0, 1, [0x82]);
    for _ in 0..20 {
        small.extend(frame(CONTINUATION, 0, 1, []));
    }
    Shown::client().refuses(&small, Refusal::Flood);

    let mut large = frame(HEADERS, 0, 1, vec![0x82; 16_384]);
    for _ in 0..3 {
        large.extend(frame(CONTINUATION, 0, 1, vec![0x82; 16_384]));
    }
    // One more frame's head is enough to know.
    assert_eq!(Shown::client().walk(&large), (0, Ok(())));
    large.extend(&frame(CONTINUATION, 0, 1, [0x82])[..9]);
    Shown::client().refuses(&large, Refusal::TooLarge);
}

#[test]
fn rapid_resets_are_cut_and_slow_ones_are_not() {
    let mut shown = Shown::client();
    let mut stream = 1;
    let mut once = |shown: &mut Shown| {
        let bytes =
            [frame(HEADERS, 4, stream, post(HOST)), frame(RST_STREAM, 0, stream, [0; 4])].concat();
        stream += 2;
        shown.walk(&bytes).1
    };
    for _ in 0..1000 {
        assert_eq!(once(&mut shown), Ok(()));
    }
    assert_eq!(once(&mut shown), Err(Refusal::Flood));
    for _ in 0..1000 {
        shown.now += Duration::from_millis(40);
        assert_eq!(once(&mut shown), Ok(()));
    }
}

#[test]
fn floods_of_settings_and_pings_are_cut() {
    let mut shown = Shown::client();
    let refused = (0..200).find_map(|_| {
        shown.link.client.acknowledge();
        shown.walk(&frame(SETTINGS, 0, 0, [])).1.err()
    });
    assert_eq!(refused, Some(Refusal::Flood));

    let mut shown = Shown::client();
    let refused = (0..20_000).find_map(|_| shown.walk(&frame(PING, 0, 0, [0; 8])).1.err());
    assert_eq!(refused, Some(Refusal::Flood));

    // One that comes byte by byte is one.
    let mut shown = Shown::client();
    let settings = frame(SETTINGS, 0, 0, [0; 300]);
    for len in 0..settings.len() {
        assert_eq!(shown.walk(&settings[..len]), (0, Ok(())));
    }
    shown.passes(&settings);

    // Settings that nobody acknowledges are not kept for ever.
    let mut shown = Shown::client();
    let refused = (0..50).find_map(|_| shown.walk(&frame(SETTINGS, 0, 0, [])).1.err());
    assert_eq!(refused, Some(Refusal::Flood));
}

#[test]
fn upstreams_settings_bound_the_client() {
    let mut shown = Shown::client();
    let mut upstream = Reader::new(Direction::Response, HOST.into());
    // A frame of 20,000 bytes and a table of 8,192 are allowed.
    let mut settings =
        frame(SETTINGS, 0, 0, [0, 5, 0, 0, 0x4e, 0x20, 0, 1, 0, 0, 0x20, 0, 0, 8, 0, 0, 0, 1]);
    let before = settings.clone();
    let verdict = upstream.walk(&mut settings, &mut shown.link, shown.now, &mut |_, _| {});
    assert_eq!(verdict, (settings.len(), Ok(())));
    // Only the offer of an extended CONNECT is taken back.
    assert_eq!(settings[..settings.len() - 1], before[..before.len() - 1]);
    assert_eq!(settings.last(), Some(&0));

    shown.passes(&frame(SETTINGS, 1, 0, []));
    let larger = [&[0x3f, 0xe1, 0x3f][..], &post(HOST)].concat();
    shown.passes(&frame(HEADERS, 4, 1, larger));
    shown.passes(&frame(DATA, 0, 1, vec![b'x'; 20_000]));
    shown.refuses(&frame(DATA, 0, 1, vec![b'x'; 20_001]), Refusal::FrameSize);
    let too_large = [&[0x3f, 0xe2, 0x3f][..], &post(HOST)].concat();
    shown.refuses(&frame(HEADERS, 4, 3, too_large), Refusal::Compression);
}

#[test]
fn promises_pass_and_are_no_answers() {
    let mut shown = Shown::client();
    shown.reader = Reader::new(Direction::Response, HOST.into());
    let promise = [&2_u32.to_be_bytes()[..], &post(HOST)].concat();
    let bytes = [
        frame(SETTINGS, 0, 0, []),
        frame(PUSH_PROMISE, 4, 1, promise),
        frame(HEADERS, 4, 2, block(&[(":status", "200")])),
    ]
    .concat();

    shown.passes(&bytes);
    assert_eq!(shown.parts, ["2 fields  false"]);
}
