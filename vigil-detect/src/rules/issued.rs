//! More credentials that begin with letters of their own, one line a type, as in
//! [`super::prefixed`]: those of smaller services, and the less common forms of larger ones.

use vigil_proto::Severity::Medium;

use crate::{
    class::{
        ALNUM, ALNUM_DASH, BASE64, BASE64_LIST, DIGIT, HEX, LOWER, LOWER_NUM, PAD, UPPER_NUM,
        URL64, URL64_DOT, UUID,
    },
    rule::Rule,
    shape::Part::{Any, Lit, Run},
};

#[rustfmt::skip]
pub(super) static RULES: &[Rule] = &[
    // Providers of models and of tools for agents.
    Rule::new("bedrock", "ai", "an Amazon Bedrock key", &["ABSKQmVkcm9ja0FQSUtleS"], &[Run(BASE64, 80, 200), Run(PAD, 0, 2)]),
    Rule::new("together", "ai", "a Together API key", &["tgp_v1_"], &[Run(URL64, 43, 43)]),
    Rule::new("siliconflow", "ai", "a SiliconFlow key", &["sk-"], &[Run(LOWER, 48, 48)]),
    Rule::new("lambda_labs", "ai", "a Lambda API key", &["secret_"], &[Run(LOWER_NUM, 2, 40), Lit("_"), Run(HEX, 32, 32), Lit("."), Run(ALNUM, 32, 32)]),
    Rule::new("wandb", "ai", "a Weights and Biases key", &["wandb_v1_"], &[Run(URL64, 60, 90)]),
    // Clouds, hosting and data.
    Rule::new("alchemy", "saas", "an Alchemy key", &["alcht_"], &[Run(ALNUM, 30, 30)]),
    Rule::new("gcs_hmac", "cloud", "a Google Cloud storage HMAC key's id", &["GOOG1E"], &[Run(UPPER_NUM, 55, 57)]).severity(Medium),
    Rule::new("tencent", "cloud", "a Tencent Cloud secret id", &["AKID"], &[Run(ALNUM, 32, 32)]).severity(Medium),
    Rule::new("volcengine", "cloud", "a Volcengine access key id", &["AKLT"], &[Run(ALNUM, 40, 44)]).severity(Medium),
    Rule::new("yandex", "cloud", "a Yandex Cloud IAM token", &["t1.9eu"], &[Run(URL64, 20, 400), Lit("."), Run(URL64, 86, 86)]),
    Rule::new("flyio", "cloud", "a Fly.io token", &["fo1_"], &[Run(URL64, 43, 43)]),
    Rule::new("vercel", "cloud", "a Vercel Blob token", &["vercel_blob_rw_"], &[Run(ALNUM, 16, 16), Lit("_"), Run(ALNUM, 30, 30)]),
    Rule::new("convex", "cloud", "a Convex deploy key", &["prod:", "preview:"], &[Run(ALNUM_DASH, 6, 60), Lit("|"), Run(BASE64, 50, 140), Run(PAD, 0, 2)]),
    Rule::new("dnsimple", "cloud", "a DNSimple token", &["dnsimple_a_", "dnsimple_u_"], &[Run(ALNUM, 32, 32)]),
    Rule::new("aiven", "cloud", "an Aiven service password", &["AVNS_"], &[Run(URL64, 16, 24)]),
    Rule::new("tinybird", "cloud", "a Tinybird token", &["p.eyJ1"], &[Run(URL64, 40, 300), Lit("."), Run(URL64, 43, 43)]),
    Rule::new("hex_tech", "cloud", "a Hex token", &["hxtp_"], &[Run(HEX, 32, 130)]),
    Rule::new("ory", "cloud", "an Ory token", &["ory_at_", "ory_rt_", "ory_ac_", "ory_pat_", "ory_st_"], &[Run(URL64_DOT, 32, 140)]),
    Rule::new("depot", "cloud", "a Depot token", &["depot_org_", "depot_project_", "depot_user_"], &[Run(ALNUM, 40, 80)]),
    Rule::new("infracost", "cloud", "an Infracost key", &["ico-"], &[Run(ALNUM, 32, 32)]),
    Rule::new("defined_networking", "cloud", "a Defined Networking key", &["dnkey-"], &[Run(URL64, 60, 100)]),
    Rule::new("authress", "cloud", "an Authress service client's key", &["authress_"], &[Run(URL64_DOT, 60, 160)]),
    // Source hosts, builds and operations.
    Rule::new("gitea", "vcs", "a Gitea token", &["gto_"], &[Run(LOWER_NUM, 40, 60)]),
    Rule::new("sourcegraph", "vcs", "a Sourcegraph licence key", &["slk_"], &[Run(HEX, 64, 64)]),
    Rule::new("socket", "saas", "a Socket token", &["sktsec_"], &[Run(ALNUM, 36, 60), Lit("_api")]),
    Rule::new("endorlabs", "saas", "an Endor Labs key", &["endr+"], &[Run(ALNUM_DASH, 16, 16)]),
    Rule::new("newrelic", "saas", "a New Relic insert key", &["NRII-", "NRIQ-"], &[Run(URL64, 32, 32)]),
    Rule::new("newrelic", "saas", "a New Relic browser key", &["NRJS-"], &[Run(HEX, 19, 19)]).severity(Medium),
    Rule::new("newrelic", "saas", "a New Relic licence key", &["NRAL"], &[]).behind(&[Run(LOWER_NUM, 36, 36)]).left(ALNUM),
    Rule::new("grafana", "saas", "a Grafana API key", &["eyJrIjoi"], &[Run(BASE64, 60, 400), Run(PAD, 0, 2)]),
    Rule::new("configcat", "saas", "a ConfigCat key", &["configcat-sdk-1/"], &[Run(URL64, 22, 22), Lit("/"), Run(URL64, 22, 22)]),
    Rule::new("unkey", "saas", "an Unkey root key", &["unkey_"], &[Run(ALNUM, 20, 40)]),
    Rule::new("trigger_dev", "saas", "a Trigger.dev key", &["tr_prod_", "tr_dev_", "tr_stg_"], &[Run(ALNUM, 20, 24)]),
    Rule::new("inngest", "saas", "an Inngest signing key", &["signkey-prod-", "signkey-test-"], &[Run(HEX, 64, 64)]),
    Rule::new("n8n", "saas", "an n8n key", &["n8n_api_"], &[Run(ALNUM, 40, 128)]),
    Rule::new("retool", "saas", "a Retool token", &["retool_"], &[Run(ALNUM, 26, 48)]),
    Rule::new("segment", "saas", "a Segment token", &["sgp_"], &[Run(ALNUM, 64, 64)]),
    Rule::new("settlemint", "saas", "a SettleMint token", &["sm_aat_", "sm_pat_", "sm_sat_"], &[Run(ALNUM, 16, 16)]),
    Rule::new("intra42", "saas", "a 42 application's secret", &["s-s4t2ud-", "s-s4t2af-"], &[Run(HEX, 64, 64)]),
    Rule::new("ubidots", "saas", "a Ubidots token", &["BBFF-"], &[Run(ALNUM, 30, 30)]),
    Rule::new("adafruit", "saas", "an Adafruit IO key", &["aio_"], &[Run(ALNUM, 28, 28)]),
    Rule::new("asana", "saas", "an Asana personal token", &["/120", "/121"], &[Run(DIGIT, 11, 15), Lit(":"), Run(HEX, 32, 32)]).left(crate::class::NONE),
    Rule::new("cal_com", "saas", "a Cal.com key", &["cal_live_"], &[Run(HEX, 32, 32)]),
    Rule::new("wakatime", "saas", "a WakaTime token", &["waka_tok_", "waka_sec_"], &[Run(URL64, 60, 100)]),
    Rule::new("persona", "saas", "a Persona key", &["persona_production_", "persona_sandbox_"], &[Run(UUID, 36, 36)]),
    Rule::new("onfido", "saas", "an Onfido token", &["api_live.", "api_live_us.", "api_live_ca.", "api_sandbox."], &[Run(URL64, 11, 11), Lit("."), Run(URL64, 32, 32)]),
    Rule::new("salesforce", "saas", "a Salesforce consumer key", &["3MVG9"], &[Run(URL64_DOT, 76, 90)]).severity(Medium),
    // Mail, chat and telephones.
    Rule::new("slack_config", "comm", "a Slack configuration token", &["xoxe.xoxp-1-", "xoxe.xoxb-1-"], &[Run(ALNUM, 140, 180)]),
    Rule::new("intercom", "comm", "an Intercom token", &["dG9rO"], &[Run(BASE64, 50, 56), Run(PAD, 0, 2)]),
    Rule::new("pubnub", "comm", "a PubNub secret key", &["sec-c-"], &[Run(BASE64_LIST, 36, 80), Run(PAD, 0, 2)]),
    Rule::new("svix", "comm", "a Svix token", &["testsk_"], &[Run(URL64, 28, 44), Any(&[".eu", ".us", ""])]),
    Rule::new("messagebird", "comm", "a MessageBird key", &["live_"], &[Run(ALNUM, 25, 25)]),
    Rule::new("knock", "comm", "a Knock secret key", &["sk_"], &[Run(URL64, 43, 43)]),
    // Money and shops.
    Rule::new("braintree", "payment", "a Braintree access token", &["access_token$sandbox$"], &[Run(LOWER_NUM, 16, 16), Lit("$"), Run(HEX, 32, 32)]),
    Rule::new("duffel", "payment", "a Duffel test token", &["duffel_test_"], &[Run(URL64, 43, 43)]).severity(Medium),
    Rule::new("ramp", "payment", "a Ramp secret", &["ramp_sec_"], &[Run(ALNUM, 40, 60)]),
    Rule::new("gocardless", "payment", "a GoCardless token", &["live_"], &[Run(URL64, 40, 40)]),
    Rule::new("chargebee", "payment", "a Chargebee key", &["live_"], &[Run(ALNUM, 31, 36)]),
    Rule::new("adyen", "payment", "an Adyen key", &["hmfx"], &[Run(BASE64_LIST, 60, 400), Run(PAD, 0, 2)]).behind(&[Run(LOWER, 1, 1), Lit("AQE")]),
    Rule::new("amazon_mws", "payment", "an Amazon MWS token", &["amzn.mws."], &[Run(UUID, 36, 36)]),
    Rule::new("amazon_oauth", "payment", "an Amazon OAuth client secret", &["amzn1.oa2-cs.v1."], &[Run(HEX, 64, 64)]),
];
