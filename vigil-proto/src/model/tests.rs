use super::context_window;

#[test]
fn a_known_model_has_its_window_under_every_name_it_goes_by() {
    for (model, window) in [
        ("claude-sonnet-4-5-20250929", 200_000),
        ("claude-sonnet-4-5-20250929[1m]", 1_000_000),
        ("anthropic/claude-opus-4.1", 200_000),
        ("us.anthropic.claude-3-5-haiku-20241022-v1:0", 200_000),
        ("gpt-5-codex", 400_000),
        ("gpt-5-chat-latest", 128_000),
        ("gpt-4.1-mini-2025-04-14", 1_047_576),
        ("o3-2025-04-16", 200_000),
        ("google/gemini-2.5-pro", 1_048_576),
    ] {
        assert_eq!(context_window(model), Some(window), "{model}");
    }
}

#[test]
fn what_is_not_known_is_not_guessed() {
    for model in ["", "<synthetic>", "o30", "gpt-4", "llama-3", "my-model", "gpt-5x"] {
        assert_eq!(context_window(model), None, "{model}");
    }
}
