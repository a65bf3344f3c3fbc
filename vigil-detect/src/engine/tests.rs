use super::*;

fn engine() -> Engine {
    Engine::new(FingerprintKey::from_bytes([7; 32]))
}

#[test]
fn clean_text_passes_through_without_a_copy() {
    let text = "nothing to see here, move along please".to_owned();
    let place = text.as_ptr();

    let (masked, hits) = engine().mask(Sensitive::new(text));

    assert!(hits.is_empty());
    assert_eq!(masked.into_string().as_ptr(), place);
}
