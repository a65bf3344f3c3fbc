use super::*;

#[test]
fn a_project_is_a_folder_with_all_below_or_the_end_of_a_path() {
    for (cwd, asked, is_in) in [
        ("/home/dev/shop", "/home/dev/shop", true),
        ("/home/dev/shop", "/home/dev/shop/", true),
        ("/home/dev/shop/api", "/home/dev/shop", true),
        ("/home/dev/shopping", "/home/dev/shop", false),
        ("/home/dev", "/home/dev/shop", false),
        ("/home/dev/shop", "shop", true),
        ("/home/dev/shop", "dev/shop", true),
        ("/home/dev/workshop", "shop", false),
        ("/home/dev/shop/api", "shop", false),
        ("/home/dev/shop", "/", true),
        ("/home/dev/shop", "", false),
        ("", "", true),
    ] {
        assert_eq!(is_in_project(cwd, asked), is_in, "{cwd} in {asked}");
    }
}
