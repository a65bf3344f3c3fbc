//! What logs in over HTTP: cookies of sessions, schemes of `Authorization`, signed addresses, and
//! addresses that take messages from whoever knows them.

use std::ops::Range;

use memchr::memmem;
use vigil_proto::{
    Confidence,
    Severity::{Low, Medium},
};

use crate::{
    class::{ALNUM, AZURE, BASE64_PAD, Class, HEX, LOWER_NUM, NONE, URL64, UUID},
    plausible,
    rule::Rule,
    shape::{
        Candidate,
        Part::{Any, Lit, Run},
    },
};

#[rustfmt::skip]
pub(super) static RULES: &[Rule] = &[
    Rule::custom("session_cookie", "token", "a session's cookie", COOKIES, cookie).left(NONE).no_hint().severity(Medium).confidence(Confidence::Medium),
    Rule::custom("http_token", "token", "a token in a header", HEADERS, header).left(NONE).confidence(Confidence::Medium),
    // Addresses that are good for a while for whoever has them.
    Rule::custom("azure_sas", "cloud", "a shared access signature of Azure", &["sig="], azure_signature).left(NONE).no_hint(),
    Rule::new("aws_signed_url", "cloud", "a signed address of AWS", &["X-Amz-Signature="], &[Run(HEX, 64, 64)]).after_anchor().left(NONE).severity(Medium),
    Rule::new("gcs_signed_url", "cloud", "a signed address of Google Cloud", &["X-Goog-Signature="], &[Run(HEX, 256, 1024)]).after_anchor().left(NONE).severity(Medium),
    // Webhooks.
    hook("teams_webhook", "a Teams webhook", &["outlook.office.com/webhook/", "outlook.office365.com/webhook/"], &[Run(UUID, 36, 36), Lit("@"), Run(UUID, 36, 36), Lit("/IncomingWebhook/"), Run(HEX, 32, 32), Lit("/"), Run(UUID, 36, 36)]),
    hook("wecom_webhook", "a WeCom webhook", &["qyapi.weixin.qq.com/cgi-bin/webhook/send?key="], &[Run(UUID, 36, 36)]),
    hook("feishu_webhook", "a Feishu webhook", &["/open-apis/bot/v2/hook/"], &[Run(UUID, 36, 36)]).left(NONE),
    hook("dingtalk_webhook", "a DingTalk webhook", &["oapi.dingtalk.com/robot/send?access_token="], &[Run(HEX, 64, 64)]),
    hook("ifttt_webhook", "an IFTTT webhook", &["/with/key/"], &[Run(URL64, 20, 43)]).left(NONE),
    hook("pagerduty_webhook", "a PagerDuty integration's address", &["events.pagerduty.com/integration/"], &[Run(LOWER_NUM, 32, 32)]),
    hook("make_webhook", "a Make webhook", &["hook.make.com/", "hook.integromat.com/", "hook.eu1.make.com/", "hook.eu2.make.com/", "hook.us1.make.com/", "hook.us2.make.com/"], &[Run(LOWER_NUM, 28, 36)]),
    hook("mattermost_webhook", "a Mattermost webhook", &["/hooks/"], &[Run(LOWER_NUM, 26, 26)]).left(NONE),
    hook("rocketchat_webhook", "a Rocket.Chat webhook", &["/hooks/"], &[Run(ALNUM, 17, 24), Lit("/"), Run(ALNUM, 30, 64)]).left(NONE),
    hook("google_chat_webhook", "a Google Chat webhook", &["chat.googleapis.com/v1/spaces/"], &[Run(URL64, 6, 20), Lit("/messages?key="), Run(URL64, 39, 39), Any(&["&token=", "\\u0026token=", "%26token%3D"]), Run(URL64, 38, 60)]),
    hook("healthchecks", "a Healthchecks address", &["hc-ping.com/"], &[Run(UUID, 36, 36)]).severity(Low),
    Rule::new("sidekiq", "registry", "a Sidekiq Enterprise login", &["CONTRIBSYS__COM=", "contribsys__com: ", "gems.contribsys.com "], &[Run(HEX, 8, 8), Lit(":"), Run(HEX, 8, 8)]).after_anchor().left(NONE),
    Rule::new("twilio_auth", "comm", "a Twilio login", &["AC"], &[Run(HEX, 32, 32), Lit(":"), Run(HEX, 32, 32)]),
];

const fn hook(
    name: &'static str,
    title: &'static str,
    anchors: &'static [&'static str],
    ahead: &'static [crate::shape::Part],
) -> Rule {
    Rule::new(name, "comm", title, anchors, ahead).severity(Medium)
}

/// Names of cookies that stand for a login, as frameworks set them when nobody changes them.
const COOKIES: &[&str] = &[
    "PHPSESSID=",
    "JSESSIONID=",
    "ASP.NET_SessionId=",
    ".ASPXAUTH=",
    ".AspNetCore.Cookies=",
    ".AspNetCore.Identity.Application=",
    "connect.sid=",
    "sessionid=",
    "session_id=",
    "sessionId=",
    "_session=",
    " session=",
    "session_token=",
    "remember_token=",
    "remember_web_",
    ".session-token=",
    "auth_token=",
    "wordpress_logged_in_",
    "SSESS",
    "li_at=",
    "sessionKey=",
    "ookie: ",
    "ookie\": \"",
    "ookie\":\"",
];

/// What the name of a cookie that stands for a login has in it, in small letters.
const LOGIN: &[&[u8]] =
    &[b"sess", b"sid", b"token", b"auth", b"jwt", b"login", b"remember", b"identity", b"sso"];

/// Cookies of a header that are looked at.
const COOKIES_OF_A_HEADER: usize = 16;
/// The longest cookie.
const LONGEST: usize = 1024;
/// The shortest value that is no counter or word.
const SHORTEST: usize = 20;
/// What values of headers and cookies are made of.
const VALUE: Class = AZURE.or(BASE64_PAD);

fn cookie(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let anchor = candidate.text.get(candidate.anchor.clone())?;
    if anchor.starts_with(b"ookie") {
        return in_header(candidate);
    }
    let mut start = candidate.anchor.end;
    if !candidate.text.get(candidate.anchor.clone())?.ends_with(b"=") {
        let name = run(candidate, start, 80, |byte| URL64.has(byte));
        start = (candidate.byte(start + name)? == b'=').then_some(start + name + 1)?;
    }
    start += usize::from(candidate.byte(start) == Some(b'"'));
    let len = run(candidate, start, LONGEST, |byte| VALUE.has(byte) || byte == b'%');
    let value = candidate.text.get(start..start + len)?;
    // Logs number sessions so, too.
    let number = anchor.starts_with(b"session")
        && value.len() == 36
        && value.iter().all(|byte| UUID.has(*byte));
    (len < LONGEST && !number && is_random(value)).then_some(start..start + len)
}

/// The first cookie of a header that stands for a login: `Cookie: theme=dark; sid=...`.
fn in_header(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let mut at = candidate.anchor.end;
    for _ in 0..COOKIES_OF_A_HEADER {
        at += run(candidate, at, 8, |byte| matches!(byte, b' ' | b';'));
        let name = run(candidate, at, 80, |byte| URL64.has(byte) || byte == b'.');
        let start = (candidate.byte(at + name)? == b'=').then_some(at + name + 1)?;
        let start = start + usize::from(candidate.byte(start) == Some(b'"'));
        let len = run(candidate, start, LONGEST, |byte| VALUE.has(byte) || byte == b'%');
        let name = candidate.text.get(at..at + name)?.to_ascii_lowercase();
        let value = candidate.text.get(start..start + len)?;
        let logs_in = LOGIN.iter().any(|word| memmem::find(&name, word).is_some());
        if logs_in && len < LONGEST && is_random(value) {
            return Some(start..start + len);
        }
        at = start
            + len
            + run(candidate, start + len, LONGEST, |byte| {
                byte.is_ascii_graphic() && byte != b';' && byte != b'"'
            });
    }
    None
}

fn run(
    candidate: &mut Candidate<'_>,
    start: usize,
    most: usize,
    inside: impl Fn(u8) -> bool,
) -> usize {
    let rest = candidate.text.get(start..).unwrap_or_default();
    let len = rest.iter().take(most).take_while(|byte| inside(**byte)).count();
    candidate.work += len + 1;
    len
}

fn is_random(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    value.len() >= SHORTEST
        && !value.starts_with(b"x-")
        && digits >= 2
        && digits < value.len()
        && !value.contains(&b'.') | (value.len() > 40)
        && plausible::plausible(value, ALNUM)
        && !crate::assign::is_name_or_reference(value)
}

const HEADERS: &[&str] = &["uthorization"];

/// Schemes that have rules of their own, or say nothing that logs in later.
const OTHER_SCHEMES: &[&[u8]] =
    &[b"basic", b"bearer", b"digest", b"negotiate", b"ntlm", b"aws4-hmac-sha256", b"hawk"];

/// `Authorization: ApiKey ...`: any scheme, one word after it.
fn header(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let sign = |byte| matches!(byte, b' ' | b':' | b'=' | b'"' | b'\'' | b'\\' | b',' | b']');
    let signs = run(candidate, candidate.anchor.end, 10, sign);
    let at = candidate.anchor.end + signs;
    if signs == 0 {
        return None;
    }
    let scheme = run(candidate, at, 24, |byte| byte.is_ascii_alphabetic() || byte == b'-');
    let word = candidate.text.get(at..at + scheme)?.to_ascii_lowercase();
    if OTHER_SCHEMES.contains(&word.as_slice()) {
        return None;
    }
    let start = match candidate.byte(at + scheme) {
        Some(b' ') if (2..20).contains(&scheme) => at + scheme + 1,
        _ => at,
    };
    let len = run(candidate, start, LONGEST, |byte| VALUE.has(byte));
    let value = candidate.text.get(start..start + len)?;
    let ends =
        !matches!(candidate.byte(start + len), Some(b'(' | b'[' | b'$' | b'{' | b',' | b':'));
    (ends && len < LONGEST && is_random(value)).then_some(start..start + len)
}

/// Bytes around a signature in which the rest of the address says whose it is.
const AROUND: usize = 400;

/// `&sig=` among the parameters of a shared access signature.
fn azure_signature(candidate: &mut Candidate<'_>) -> Option<Range<usize>> {
    let start = candidate.anchor.end;
    let len = run(candidate, start, 130, |byte| BASE64_PAD.has(byte) || b"%-_".contains(&byte));
    let value = candidate.text.get(start..start + len)?;
    if !(40..=120).contains(&len) || !plausible::plausible(value, ALNUM) {
        return None;
    }
    let before = candidate.anchor.start.saturating_sub(AROUND)..candidate.anchor.start;
    let before = candidate.text.get(before)?;
    let after = candidate.text.get(start + len..candidate.text.len().min(start + len + AROUND))?;
    candidate.work += before.len() + after.len();
    let says =
        |word: &[u8]| memmem::find(before, word).is_some() || memmem::find(after, word).is_some();
    let known = says(b".windows.net")
        || says(b"logic.azure.com")
        || says(b"SharedAccessSignature")
        || (says(b"sv=") && says(b"se=") && says(b"sp="));
    known.then_some(start..start + len)
}
