use super::{Options, What, version_of};

fn parsed(args: &[&str]) -> anyhow::Result<Options> {
    Options::parse(&args.iter().map(Into::into).collect::<Vec<_>>())
}

#[test]
fn what_is_asked_for_is_made() {
    let options = parsed(&["deb", "--out", "there", "--binaries", "here", "--version", "9.9.9"]);

    let options = options.unwrap();
    assert_eq!(options.what, What::Deb);
    assert_eq!(options.out, std::path::Path::new("there"));
    assert_eq!(options.binaries.as_deref(), Some("here".as_ref()));
    assert_eq!(options.version.as_deref(), Some("9.9.9"));
    assert!(!options.fast);
    assert_eq!(parsed(&["--out", "x"]).unwrap().what, What::All);
}

#[test]
fn what_is_not_understood_is_refused() {
    for wrong in [&["rpm"][..], &["deb", "tarball"], &["deb", "--out"], &["--version", "1 2"]] {
        assert!(parsed(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_version_can_stand_in_the_name_of_a_file() {
    for good in ["0.1.0", "0.2.0~rc1", "1.0+2"] {
        assert!(version_of(&good.into()).is_ok(), "{good}");
    }
    for bad in ["", "v1", "1-1", "1/2", "1 2"] {
        assert!(version_of(&bad.into()).is_err(), "{bad}");
    }
}
