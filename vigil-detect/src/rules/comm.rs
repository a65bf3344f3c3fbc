//! Chat, mail and telephone services.

use vigil_proto::{Confidence::Medium, Severity};

use crate::{
    class::{ALNUM, ALNUM_DASH, DIGIT, HEX, UPPER_NUM, URL64, URL64_DOT},
    rule::Rule,
    shape::Part::{Any, Lit, Run},
};

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "slack_bot",
        "comm",
        "a Slack bot token",
        &["xoxb-"],
        &[Run(DIGIT, 9, 14), Lit("-"), Run(ALNUM_DASH, 24, 48)],
    ),
    Rule::new(
        "slack_user",
        "comm",
        "a Slack user token",
        &["xoxp-", "xoxa-", "xoxr-", "xoxs-"],
        &[Run(DIGIT, 9, 14), Lit("-"), Run(ALNUM_DASH, 24, 96)],
    ),
    Rule::new(
        "slack_app",
        "comm",
        "a Slack app-level token",
        &["xapp-"],
        &[
            Run(DIGIT, 1, 1),
            Lit("-"),
            Run(UPPER_NUM, 9, 14),
            Lit("-"),
            Run(DIGIT, 10, 14),
            Lit("-"),
            Run(HEX, 64, 64),
        ],
    ),
    Rule::new(
        "slack_webhook",
        "comm",
        "a Slack webhook",
        &["hooks.slack.com/"],
        &[
            Any(&["services/", "workflows/", "triggers/"]),
            Run(ALNUM, 9, 14),
            Lit("/"),
            Run(ALNUM, 9, 20),
            Lit("/"),
            Run(ALNUM, 18, 48),
        ],
    )
    .severity(Severity::Medium),
    Rule::new(
        "discord_webhook",
        "comm",
        "a Discord webhook",
        &["/api/webhooks/"],
        &[Run(DIGIT, 17, 20), Lit("/"), Run(URL64, 60, 90)],
    )
    .behind(&[Any(&["discord.com", "discordapp.com"])])
    .severity(Severity::Medium),
    Rule::new(
        "sendgrid",
        "comm",
        "a SendGrid API key",
        &["SG."],
        &[Run(URL64, 22, 22), Lit("."), Run(URL64, 43, 43)],
    ),
    Rule::new("mailgun", "comm", "a Mailgun API key", &["key-"], &[Run(HEX, 32, 32)])
        .confidence(Medium)
        .left(URL64_DOT),
    Rule::new("mailchimp", "comm", "a Mailchimp API key", &["-us"], &[Run(DIGIT, 1, 2)])
        .behind(&[Run(HEX, 32, 32)]),
    Rule::new("telegram_bot", "comm", "a Telegram bot token", &[":AA"], &[Run(URL64, 32, 34)])
        .behind(&[Run(DIGIT, 8, 10)])
        .left(DIGIT),
    // The first part is the base64 of a number: its first two letters are one of these.
    Rule::new(
        "discord_bot",
        "comm",
        "a Discord bot token",
        &["MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"],
        &[Run(ALNUM, 22, 26), Lit("."), Run(URL64, 6, 6), Lit("."), Run(URL64, 27, 38)],
    ),
    Rule::new("twilio_key", "comm", "a Twilio API key", &["SK"], &[Run(HEX, 32, 32)]),
];
