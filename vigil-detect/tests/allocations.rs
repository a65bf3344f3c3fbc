//! What is looked for in a clean text costs no memory, whatever the text resembles.

#![expect(clippy::tests_outside_test_module, reason = "an integration test is a test module")]

use vigil_detect::{Engine, FingerprintKey};

/// Nothing in here is a secret, and much of it is looked at twice.
const CLEAN: [&str; 10] = [
    "add the handler to the session and run the tests again, then write it down\n",
    "{\"uuid\":\"3b57cdfa-509d-4b1e-a295-f2301b63d0f7\",\"timestamp\":\"2026-11-20T10:11:12.345Z\"}\n",
    "     1\tlet path = cache::index(4096, \"the way to the file\");\n",
    "/home/dev/work/shop-api/internal/core/session_handler_test.rs:812: the path of a patch\n",
    "\"usage\":{\"input_tokens\":12,\"cache_read_input_tokens\":123456,\"output_tokens\":900}\n",
    "https://docs.example.test/guide/first-steps?page=2&sort=name#a-part-of-it\n",
    "\"signature\":\"Kx0wQ3vZ8mYp1LrT6uJd5sGh2NbVc7XeA9oFiRkWtUyPqSlDjHgMzBxEnCaOvIwKx0wQ3vZ8m\"\n",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  release.tar\n",
    "the token handler and the key of the map, a password prompt, no secret in it\n",
    "naïve 日本語 🚀 \\\"quoted\\\" and \\\\ more \\n\\t\\u001b[0m\n",
];

#[test]
fn clean_text_is_searched_without_memory() {
    let engine = Engine::new(FingerprintKey::from_bytes([7; 32]));
    let all = CLEAN.concat();
    for text in CLEAN.iter().map(|text| (*text).to_owned()).chain([all.repeat(100)]) {
        let mut found = usize::MAX;

        let memory = allocation_counter::measure(|| found = engine.scan(&text).len());

        let begin: String = text.chars().take(40).collect();
        assert_eq!((found, memory.count_total), (0, 0), "{begin}");
    }
}

#[test]
fn the_counter_counts() {
    let memory = allocation_counter::measure(|| drop(std::hint::black_box(vec![0_u8; 100])));

    assert_eq!(memory.count_total, 1);
}
