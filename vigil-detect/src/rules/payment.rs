//! Payment and shop services.

use vigil_proto::{
    Confidence,
    Severity::{Critical, Low},
};

use crate::{
    class::{ALNUM, HEX, URL64, UUID},
    rule::Rule,
    shape::Part::{Lit, Run},
};

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "stripe_live",
        "payment",
        "a live Stripe key",
        &["sk_live_", "rk_live_"],
        &[Run(ALNUM, 24, 247)],
    )
    .severity(Critical),
    Rule::new(
        "stripe_test",
        "payment",
        "a Stripe test key",
        &["sk_test_", "rk_test_"],
        &[Run(ALNUM, 24, 247)],
    )
    .severity(Low),
    Rule::new(
        "stripe_webhook",
        "payment",
        "a Stripe webhook secret",
        &["whsec_"],
        &[Run(ALNUM, 32, 64)],
    ),
    Rule::new(
        "shopify",
        "payment",
        "a Shopify access token",
        &["shpat_", "shpca_", "shppa_", "shpss_"],
        &[Run(HEX, 32, 32)],
    ),
    Rule::new("square", "payment", "a Square access token", &["EAAA"], &[Run(URL64, 60, 60)])
        .confidence(Confidence::Medium),
    Rule::new(
        "square",
        "payment",
        "a Square token",
        &["sq0"],
        &[Run(ALNUM, 3, 3), Lit("-"), Run(URL64, 22, 60)],
    ),
    Rule::new(
        "braintree",
        "payment",
        "a Braintree access token",
        &["access_token$production$"],
        &[Run(ALNUM, 16, 16), Lit("$"), Run(HEX, 32, 32)],
    )
    .severity(Critical),
    Rule::new(
        "flutterwave",
        "payment",
        "a Flutterwave secret key",
        &["FLWSECK-"],
        &[Run(ALNUM, 32, 40), Lit("-X")],
    ),
    Rule::new(
        "plaid",
        "payment",
        "a Plaid access token",
        &["access-production-"],
        &[Run(UUID, 36, 36)],
    ),
];
