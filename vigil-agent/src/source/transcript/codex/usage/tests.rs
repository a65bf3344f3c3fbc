use super::*;

fn tokens(input: u64, cached: u64, output: u64, reasoning: u64) -> Tokens {
    Tokens { input, cached, output, reasoning, total: input + output }
}

#[test]
fn what_is_cached_is_taken_out_of_the_input() {
    let usage = tokens(2350, 2000, 70, 30).usage();

    let wanted =
        Usage { input: 350, cache_read: 2000, output: 70, reasoning: 30, ..Usage::default() };
    assert_eq!(usage, wanted);
}

#[test]
fn nonsense_overflows_nothing() {
    let usage = tokens(5, 9, 1, u64::MAX).usage();

    assert_eq!((usage.input, usage.cache_read, usage.reasoning), (0, 5, 1));
    assert_eq!(tokens(1, 0, 0, 0).since(tokens(2, 0, 0, 0)), None);
}
