use vigil_proto::{Money, Usage};

use super::estimate;

#[test]
fn the_scripted_conversation_costs_what_its_ground_truth_says() {
    let usage = Usage {
        input: 1680,
        cache_write_5m: 1190,
        cache_read: 8900,
        output: 305,
        ..Usage::default()
    };
    let cost = estimate("anthropic", "claude-sonnet-4-5-20250929", &usage).unwrap();
    assert_eq!(cost.amount, Money::from_nano_usd(16_747_500));
    assert!(cost.estimated);
}

#[test]
fn an_unknown_model_has_no_cost() {
    assert_eq!(estimate("anthropic", "somebody-else", &Usage::default()), None);
}
