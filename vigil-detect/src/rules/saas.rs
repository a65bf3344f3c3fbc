//! Hosted services that are none of the other groups.

use vigil_proto::Severity::{Critical, Low, Medium};

use crate::{
    class::{ALNUM, BASE64, DIGIT, HEX, HEX_ANY, LOWER, LOWER_NUM, UPPER_NUM, URL64, UUID},
    rule::Rule,
    shape::Part::{Any, Lit, Run},
};

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "airtable",
        "saas",
        "an Airtable token",
        &["pat"],
        &[Run(ALNUM, 14, 14), Lit("."), Run(HEX, 64, 64)],
    ),
    Rule::new(
        "atlassian",
        "saas",
        "an Atlassian API token",
        &["ATATT3", "ATCTT3"],
        &[Run(URL64, 80, 250), Lit("="), Run(HEX_ANY, 8, 8)],
    )
    .severity(Critical),
    Rule::new("figma", "saas", "a Figma token", &["figd_"], &[Run(URL64, 38, 48)]),
    Rule::new(
        "hubspot",
        "saas",
        "a HubSpot token",
        &["pat-"],
        &[Run(LOWER, 2, 2), Run(DIGIT, 1, 1), Lit("-"), Run(UUID, 36, 36)],
    ),
    Rule::new(
        "linear",
        "saas",
        "a Linear API key",
        &["lin_api_", "lin_oauth_"],
        &[Run(ALNUM, 40, 64)],
    ),
    Rule::new(
        "newrelic",
        "saas",
        "a New Relic key",
        &["NRAK-", "NRII-", "NRRA-"],
        &[Run(ALNUM, 27, 42)],
    ),
    Rule::new("notion", "saas", "a Notion token", &["secret_"], &[Run(ALNUM, 43, 43)]),
    Rule::new("notion", "saas", "a Notion token", &["ntn_"], &[Run(ALNUM, 43, 50)]),
    Rule::new(
        "onepassword_key",
        "saas",
        "a 1Password secret key",
        &["A3-"],
        &[
            Run(UPPER_NUM, 6, 6),
            Lit("-"),
            Run(UPPER_NUM, 5, 6),
            Lit("-"),
            Run(UPPER_NUM, 5, 5),
            Lit("-"),
            Run(UPPER_NUM, 5, 5),
            Lit("-"),
            Run(UPPER_NUM, 5, 5),
            Any(&["-", ""]),
            Run(UPPER_NUM, 0, 5),
        ],
    )
    .severity(Critical),
    Rule::new(
        "onepassword_sa",
        "saas",
        "a 1Password service account token",
        &["ops_eyJ"],
        &[Run(URL64, 200, 2048)],
    )
    .severity(Critical),
    Rule::new(
        "sentry_dsn",
        "saas",
        "a Sentry DSN",
        &[".ingest."],
        &[Any(&["us.", "de.", ""]), Lit("sentry.io/"), Run(DIGIT, 4, 20)],
    )
    .behind(&[Run(DIGIT, 1, 20), Lit("@o"), Run(HEX, 32, 32)])
    .severity(Low),
    Rule::new("sentry_token", "saas", "a Sentry token", &["sntryu_"], &[Run(HEX, 64, 64)]),
    Rule::new(
        "sentry_token",
        "saas",
        "a Sentry organisation token",
        &["sntrys_eyJ"],
        &[Run(BASE64, 60, 600), Any(&["==_", "=_", "_"]), Run(BASE64, 40, 48)],
    ),
    Rule::new(
        "grafana",
        "saas",
        "a Grafana service account token",
        &["glsa_"],
        &[Run(ALNUM, 32, 32), Lit("_"), Run(HEX_ANY, 8, 8)],
    ),
    Rule::new("grafana", "saas", "a Grafana Cloud token", &["glc_eyJ"], &[Run(BASE64, 40, 400)]),
    Rule::new(
        "postman",
        "saas",
        "a Postman API key",
        &["PMAK-"],
        &[Run(HEX, 24, 24), Lit("-"), Run(HEX, 34, 34)],
    ),
    Rule::new("pulumi", "saas", "a Pulumi token", &["pul-"], &[Run(HEX, 40, 40)]),
    Rule::new(
        "planetscale",
        "saas",
        "a PlanetScale secret",
        &["pscale_"],
        &[Any(&["tkn_", "pw_", "oauth_"]), Run(URL64, 32, 64)],
    )
    .severity(Critical),
    Rule::new(
        "tailscale",
        "saas",
        "a Tailscale key",
        &["tskey-"],
        &[Run(LOWER, 3, 10), Lit("-"), Run(ALNUM, 12, 24), Lit("-"), Run(ALNUM, 22, 40)],
    )
    .severity(Critical),
    Rule::new(
        "dynatrace",
        "saas",
        "a Dynatrace token",
        &["dt0"],
        &[Run(LOWER_NUM, 3, 3), Lit("."), Run(UPPER_NUM, 24, 24), Lit("."), Run(UPPER_NUM, 64, 64)],
    ),
    Rule::new("contentful", "saas", "a Contentful token", &["CFPAT-"], &[Run(URL64, 43, 43)])
        .severity(Medium),
    Rule::new("readme", "saas", "a ReadMe API key", &["rdme_"], &[Run(LOWER_NUM, 70, 70)])
        .severity(Medium),
    Rule::new("posthog", "saas", "a PostHog personal API key", &["phx_"], &[Run(ALNUM, 43, 48)])
        .severity(Medium),
];
