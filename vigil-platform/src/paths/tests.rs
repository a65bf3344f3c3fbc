use std::os::unix::fs::symlink;

use super::*;

fn lookup<'a>(set: &'a [(&'a str, &'a Path)]) -> impl Fn(&str) -> Option<OsString> + 'a {
    move |name| {
        let found = set.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_os_str().to_owned())
    }
}

fn mode(path: &Path) -> u32 {
    mode_of(&fs::symlink_metadata(path).unwrap())
}

#[test]
fn vigil_home_moves_everything_but_the_users_home() {
    let (home, root) = (Path::new("/home/ada"), Path::new("/srv/vigil"));

    let paths = Paths::from_lookup(&lookup(&[("HOME", home), ("VIGIL_HOME", root)])).unwrap();

    assert_eq!(paths.home(), home);
    assert_eq!(paths.config_file(), Path::new("/srv/vigil/config/config.toml"));
    assert_eq!(paths.data(), Path::new("/srv/vigil/data"));
    assert_eq!(paths.state(), Path::new("/srv/vigil/state"));
    assert_eq!(paths.run(), Path::new("/srv/vigil/run"));
    assert_eq!(paths.ca(), Path::new("/srv/vigil/ca"));
}

#[test]
fn without_variables_everything_is_below_home() {
    let home = Path::new("/home/ada");

    let paths = Paths::from_lookup(&lookup(&[("HOME", home)])).unwrap();

    assert_eq!(paths.config_file(), Path::new("/home/ada/.config/vigil/config.toml"));
    for place in [paths.data(), paths.state(), paths.run(), paths.ca()] {
        assert!(place.starts_with(home), "{}", place.display());
    }
}

#[test]
fn a_missing_or_relative_home_is_an_error_with_a_remedy() {
    let missing = Paths::from_lookup(&lookup(&[("HOME", Path::new(""))])).unwrap_err();
    let relative = Paths::from_lookup(&lookup(&[("HOME", Path::new("here"))])).unwrap_err();

    assert!(missing.to_string().contains("set HOME"));
    assert!(relative.to_string().contains("not an absolute path"));
}

#[test]
fn folders_are_made_private_and_wide_ones_are_mended() {
    let dir = tempfile::tempdir().unwrap();
    let paths = Paths::below(&dir.path().join("v"), dir.path().to_owned());
    paths.ensure().unwrap();
    fs::set_permissions(paths.data(), fs::Permissions::from_mode(0o755)).unwrap();

    paths.ensure().unwrap();

    for place in [paths.data(), paths.state(), paths.run(), paths.ca()] {
        assert_eq!(mode(place), 0o700, "{}", place.display());
    }
}

#[test]
fn a_link_or_a_file_in_a_folders_place_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let paths = Paths::below(dir.path(), dir.path().to_owned());
    let elsewhere = dir.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, paths.data()).unwrap();
    let linked = paths.ensure().unwrap_err();
    fs::remove_file(paths.data()).unwrap();
    fs::write(paths.data(), "a file").unwrap();

    let file = paths.ensure().unwrap_err();

    assert!(matches!(linked, PathError::Link(_)), "{linked}");
    assert!(matches!(file, PathError::NotAFolder(_)), "{file}");
}

#[test]
fn a_socket_path_too_long_for_the_system_falls_back_to_a_short_private_one() {
    let dir = tempfile::tempdir().unwrap();
    let short = Paths::below(Path::new("/v"), dir.path().to_owned());
    let long = Paths::below(&dir.path().join("x".repeat(120)), dir.path().to_owned());

    let plain = short.socket_path("api.sock").unwrap();
    let fallen = long.socket_path("api.sock").unwrap();

    assert_eq!(plain, Path::new("/v/run/api.sock"));
    assert!(fallen.as_os_str().len() <= SOCKET_PATH_MAX);
    assert_eq!(long.socket_path("api.sock").unwrap(), fallen, "the same every time");
    let folder = fallen.parent().unwrap();
    assert_eq!(mode(folder), 0o700);
    fs::remove_dir(folder).unwrap();
}
