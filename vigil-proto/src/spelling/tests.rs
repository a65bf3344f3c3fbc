use super::nearest;

#[test]
fn the_nearest_word_is_at_most_two_edits_away() {
    let known = ["pattern", "path", "prefix"];
    assert_eq!(nearest("patern", known), Some("pattern"));
    assert_eq!(nearest("paht", known), Some("path"));
    assert_eq!(nearest("path", known), Some("path"));
    assert_eq!(nearest("colour", known), None);
    assert_eq!(nearest("", known), None);
    assert_eq!(nearest(&"p".repeat(100_000), known), None);
}
