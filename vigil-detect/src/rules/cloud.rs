//! Cloud and hosting providers.

use std::ops::Range;

use vigil_proto::Severity::Critical;

use crate::{
    class::{
        ALNUM, AZURE, BASE64, BASE64_LIST, DIGIT, HEX, LOWER_NUM, NONE, PAD, UPPER_NUM, URL64, WORD,
    },
    plausible,
    rule::Rule,
    shape::{
        Candidate,
        Part::{Any, Lit, Run},
    },
};

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "aws_access_key",
        "cloud",
        "an AWS access key id",
        &["AKIA", "ASIA", "ABIA", "ACCA"],
        &[Run(UPPER_NUM, 16, 16)],
    )
    .severity(Critical),
    Rule::custom(
        "aws_secret_key",
        "cloud",
        "an AWS secret access key",
        &[
            "ecret_access_key",
            "ECRET_ACCESS_KEY",
            "ecretAccessKey",
            "ecret access key",
            "ecret Access Key",
            "AWS_SECRET",
            "aws_secret",
            "awsSecret",
            "ecret-access-key",
        ],
        aws_secret,
    )
    .severity(Critical)
    .left(NONE),
    Rule::custom(
        "aws_secret_key",
        "cloud",
        "an AWS secret access key",
        &["AKIA", "ASIA"],
        aws_secret_beside_id,
    )
    .severity(Critical)
    .left(NONE),
    Rule::new(
        "aws_session_token",
        "cloud",
        "an AWS session token",
        &["IQoJb3JpZ2luX2Vj"],
        &[Run(BASE64, 80, 4096), Run(PAD, 0, 2)],
    )
    .severity(Critical),
    Rule::new(
        "azure_conn",
        "cloud",
        "an Azure connection string's key",
        &["AccountKey="],
        &[Run(BASE64, 86, 86), Lit("==")],
    )
    .severity(Critical)
    .left(NONE)
    .after_anchor(),
    Rule::new(
        "azure_ad_secret",
        "cloud",
        "a Microsoft Entra client secret",
        &["Q~"],
        &[Run(AZURE, 31, 34)],
    )
    .behind(&[Run(DIGIT, 1, 1), Run(AZURE, 3, 3)])
    .severity(Critical),
    Rule::new(
        "databricks",
        "cloud",
        "a Databricks token",
        &["dapi"],
        &[Run(HEX, 32, 32), Any(&["-2", "-3", ""])],
    ),
    Rule::new(
        "digitalocean",
        "cloud",
        "a DigitalOcean token",
        &["dop_v1_", "doo_v1_", "dor_v1_"],
        &[Run(HEX, 64, 64)],
    )
    .severity(Critical),
    Rule::new(
        "doppler",
        "cloud",
        "a Doppler token",
        &["dp.pt.", "dp.ct.", "dp.sa.", "dp.said.", "dp.scim.", "dp.audit."],
        &[Run(ALNUM, 40, 44)],
    ),
    Rule::new(
        "doppler",
        "cloud",
        "a Doppler service token",
        &["dp.st."],
        &[Run(LOWER_NUM.or(URL64), 2, 35), Lit("."), Run(ALNUM, 40, 44)],
    ),
    Rule::new(
        "flyio",
        "cloud",
        "a Fly.io token",
        &["fm1_", "fm2_", "fm1r_", "fm1a_"],
        &[Run(BASE64_LIST, 80, 4096), Run(PAD, 0, 2)],
    ),
    Rule::new(
        "google_access_token",
        "cloud",
        "a Google OAuth access token",
        &["ya29."],
        &[Run(URL64, 60, 1024)],
    ),
    Rule::new(
        "google_oauth_secret",
        "cloud",
        "a Google OAuth client secret",
        &["GOCSPX-"],
        &[Run(URL64, 28, 28)],
    ),
    Rule::new("heroku", "cloud", "a Heroku API key", &["HRKU-"], &[Run(URL64, 36, 64)]),
    Rule::new("netlify", "cloud", "a Netlify token", &["nfp_"], &[Run(ALNUM, 36, 40)]),
    Rule::new("supabase", "cloud", "a Supabase access token", &["sbp_"], &[Run(HEX, 40, 40)])
        .severity(Critical),
    Rule::new("supabase", "cloud", "a Supabase secret key", &["sb_secret_"], &[Run(URL64, 31, 31)])
        .severity(Critical),
    Rule::new(
        "terraform_cloud",
        "cloud",
        "a Terraform Cloud token",
        &[".atlasv1."],
        &[Run(URL64, 60, 70)],
    )
    .behind(&[Run(ALNUM, 14, 14)])
    .severity(Critical),
    Rule::new(
        "vault",
        "cloud",
        "a HashiCorp Vault token",
        &["hvs.", "hvb.", "hvr."],
        &[Run(URL64, 24, 300)],
    )
    .severity(Critical),
    Rule::new("vercel", "cloud", "a Vercel token", &["vcp_", "vck_"], &[Run(ALNUM, 24, 60)]),
    Rule::new(
        "alibaba",
        "cloud",
        "an Alibaba Cloud access key id",
        &["LTAI"],
        &[Run(ALNUM, 20, 20)],
    ),
    Rule::new("scaleway", "cloud", "a Scaleway access key", &["SCW"], &[Run(UPPER_NUM, 17, 17)]),
];

/// Bytes between the name of the key and its value, at most.
const GAP: usize = 24;
/// Length of an AWS secret access key.
const SECRET: usize = 40;

/// A value of 40 characters after the key's name: `aws_secret_access_key = ...`,
/// `"SecretAccessKey": "..."`, also with the escapes of JSON within JSON.
fn aws_secret(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let rest = candidate.text.get(candidate.anchor.end..)?;
    let name = rest.iter().take(GAP).take_while(|byte| WORD.has(**byte)).count();
    let gap = gap_len(rest.get(name..)?);
    candidate.work += name + gap;
    if gap == 0 || gap == GAP {
        return None;
    }
    secret_at(candidate, candidate.anchor.end + name + gap)
}

/// A value of 40 characters right after an access key id, as in the console's CSV file.
fn aws_secret_beside_id(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let id_end = candidate.anchor.end + 16;
    let id = candidate.text.get(candidate.anchor.end..id_end)?;
    let gap = gap_len(candidate.text.get(id_end..)?);
    candidate.work += id.len() + gap;
    if gap == 0 || !id.iter().all(|byte| UPPER_NUM.has(*byte)) {
        return None;
    }
    secret_at(candidate, id_end + gap)
}

/// Bytes between a name or an id and its value.
fn gap_len(rest: &[u8]) -> usize {
    let allowed = |byte: &u8| {
        matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' | b':' | b'=' | b'>' | b',')
    };
    rest.iter().take(GAP).take_while(|byte| allowed(byte)).count()
}

fn secret_at(candidate: &mut Candidate<'_>, start: usize) -> Option<Range<usize>> {
    let value = candidate.text.get(start..start + SECRET)?;
    candidate.work += SECRET;
    let fits = value.iter().all(|byte| BASE64.has(*byte))
        && value.iter().any(u8::is_ascii_uppercase)
        && value.iter().any(u8::is_ascii_lowercase)
        && !candidate.byte(start + SECRET).is_some_and(|byte| BASE64.or(PAD).has(byte));
    let real = plausible::is_documented(value) || plausible::plausible(value, BASE64);
    (fits && real).then_some(start..start + SECRET)
}
