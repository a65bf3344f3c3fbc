//! What to do when a value is known to others: where it is taken back, and what is looked at after.
//! A table by type, then by group; nothing here asks anybody.

use serde::{Deserialize, Serialize};

/// The way to take a value of one type back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Revocation {
    /// Whose value it is (`GitHub`); none when the type does not say.
    pub service: Option<String>,
    /// Where it is taken back, in words.
    pub place: String,
    /// The steps, in order.
    pub steps: Vec<String>,
}

/// A line of the table: how types begin, whose they are, where they are taken back, and where one
/// sees what was done with them.
struct Line {
    types: &'static [&'static str],
    service: &'static str,
    place: &'static str,
    look: &'static str,
}

/// The checklist for a value of the type `rule` in `group`; none for what is no credential and no
/// personal data.
pub fn revocation(rule: &str, group: &str) -> Option<Revocation> {
    if matches!(group, "integrity" | "capture" | "vault" | "guard" | "package") {
        return None;
    }
    if group == "pii" {
        return Some(personal(rule));
    }
    if group == "canary" {
        return Some(planted());
    }
    let line = TABLE
        .iter()
        .find(|line| line.types.iter().any(|kind| rule == *kind || has_prefix(rule, kind)));
    let (service, place, look) = match line {
        Some(line) => {
            let service = Some(line.service).filter(|service| !service.is_empty());
            (service.map(str::to_owned), line.place, line.look)
        }
        None => (None, place_of(group), look_of(group)),
    };
    let steps = [
        "Make a new one first, with no more rights than its use needs.",
        "Put it where the old one is used, outside of what agents read.",
        "Take the old one back, and see that it is refused.",
        look,
        "Remove it from where it came in, and from the history of that repository.",
    ];
    Some(Revocation {
        service,
        place: place.to_owned(),
        steps: steps.iter().map(|step| (*step).to_owned()).collect(),
    })
}

/// `github_pat` begins with `github`, `githubby` does not.
fn has_prefix(rule: &str, kind: &str) -> bool {
    rule.strip_prefix(kind).is_some_and(|rest| rest.starts_with('_'))
}

fn personal(rule: &str) -> Revocation {
    let (place, first) = match rule {
        "credit_card" => ("the bank that gave out the card", "Have the card blocked and replaced."),
        "iban" => ("the bank that holds the account", "Tell the bank, and watch for debits."),
        "ssn" => ("the office that gave out the number", "Have a fraud alert set on the number."),
        _ => ("whoever the data is about", "See whether it has to be known there at all."),
    };
    let steps = [
        first,
        "Ask the provider to delete the conversation, where it lets you.",
        "See whether the people meant have to be told; many laws set a time limit for that.",
        "Remove it from where it came in: test data can be made up.",
    ];
    Revocation {
        service: None,
        place: place.to_owned(),
        steps: steps.iter().map(|step| (*step).to_owned()).collect(),
    }
}

/// It opens nothing: that somebody read it is the news.
fn planted() -> Revocation {
    let steps = [
        "See who read it, and what else stands where it was planted: take that for known to others.",
        "Take back what secrets stand there, each at its own service.",
        "Take the canary back with `vigil canary remove`, and plant a new one.",
    ];
    Revocation {
        service: None,
        place: "Vigil itself, with `vigil canary remove`; it opens nothing".to_owned(),
        steps: steps.iter().map(|step| (*step).to_owned()).collect(),
    }
}

fn place_of(group: &str) -> &'static str {
    match group {
        "cloud" => "the cloud's console, under access keys or service accounts",
        "vcs" => "the source forge's settings, under access tokens",
        "ai" => "the provider's console, under API keys",
        "registry" => "the package registry's account settings, under tokens",
        "payment" => "the payment service's dashboard, under developers or API keys",
        "comm" => "the messaging service's settings, under apps or API keys",
        "saas" => "the service's settings, under API or integrations",
        "db" => "the database: a new password for that user",
        "keys" => "everywhere the public half is trusted",
        "token" => "the service that issued it: end its sessions",
        "config" => "each service that the file names",
        _ => "the service that it opens",
    }
}

fn look_of(group: &str) -> &'static str {
    match group {
        "cloud" => "Look in the cloud's audit log for calls with it, in every region.",
        "vcs" => "Look in the security log for clones, pushes, new keys and new webhooks.",
        "ai" | "comm" => "Look at its usage for what is not yours.",
        "registry" => "Look for versions published since, and for new owners.",
        "payment" => "Look at payments, payouts and webhooks since it was first seen.",
        "db" => "Look in the database's log for connections from unknown addresses.",
        "keys" => "Look in the logs for logins and signatures with it.",
        _ => "Look in the service's log for uses since it was first seen.",
    }
}

const fn line(
    types: &'static [&'static str],
    service: &'static str,
    place: &'static str,
    look: &'static str,
) -> Line {
    Line { types, service, place, look }
}

const TABLE: &[Line] = &[
    line(
        &["aws"],
        "AWS",
        "IAM, Users, Security credentials; a session token ends by revoking the role's sessions",
        "Look in CloudTrail for its access key id, and for new users, keys and roles.",
    ),
    line(
        &["azure_devops"],
        "Azure DevOps",
        "User settings, Personal access tokens",
        "Look in the organization's audit log for its use.",
    ),
    line(
        &["azure_storage_key", "azure_conn"],
        "Azure",
        "the storage account, Access keys, Rotate key: both keys open everything",
        "Look in the account's diagnostic log for reads by unknown addresses.",
    ),
    line(
        &["azure"],
        "Microsoft Entra",
        "App registrations, Certificates & secrets",
        "Look in the sign-in log of the application.",
    ),
    line(
        &["gcp"],
        "Google Cloud",
        "IAM, Service accounts, Keys: delete the key's id",
        "Look in Cloud Audit Logs for the service account.",
    ),
    line(
        &["google"],
        "Google",
        "the Cloud console, APIs & Services, Credentials",
        "Look at the key's usage per API, and limit the new one to the APIs it needs.",
    ),
    line(
        &["github"],
        "GitHub",
        "Settings, Developer settings, Personal access tokens; for an app its installation",
        "Look in the security log for clones, new deploy keys and new webhooks.",
    ),
    line(
        &["gitlab"],
        "GitLab",
        "Preferences, Access tokens; for a runner its registration",
        "Look in the audit events for its use.",
    ),
    line(
        &["bitbucket", "atlassian"],
        "Atlassian",
        "Account settings, Security, API tokens",
        "Look in the audit log for its use.",
    ),
    line(
        &["anthropic"],
        "Anthropic",
        "the Console, API keys; a login of a client ends with a logout everywhere",
        "Look at usage and cost by key.",
    ),
    line(
        &["openai"],
        "OpenAI",
        "the platform's settings, API keys of the project",
        "Look at usage by key, and at files and assistants of the project.",
    ),
    line(
        &["huggingface"],
        "Hugging Face",
        "Settings, Access Tokens",
        "Look at commits to your models and spaces.",
    ),
    line(
        &["npm", "npmrc"],
        "npm",
        "Account, Access Tokens",
        "Look for versions published since, and for new maintainers.",
    ),
    line(
        &["pypi", "pypirc"],
        "PyPI",
        "Account settings, API tokens",
        "Look in the security history for uploads and new collaborators.",
    ),
    line(
        &["crates_io"],
        "crates.io",
        "Account Settings, API Tokens",
        "Look for versions published since; a bad one is yanked.",
    ),
    line(
        &["dockerhub", "docker_auth"],
        "the container registry",
        "Account settings, Personal access tokens",
        "Look for tags pushed since.",
    ),
    line(
        &["stripe"],
        "Stripe",
        "Developers, API keys, Roll key; a webhook's secret at the endpoint",
        "Look at the request log of the key, at payouts and at new endpoints.",
    ),
    line(
        &["slack"],
        "Slack",
        "the app's page, OAuth & Permissions; a webhook under Incoming Webhooks",
        "Look in the access log for its use, and at messages sent with it.",
    ),
    line(
        &["discord"],
        "Discord",
        "the Developer Portal, Bot, Reset Token; a webhook in the channel's integrations",
        "Look at messages and at servers that were joined.",
    ),
    line(
        &["telegram"],
        "Telegram",
        "BotFather, /revoke",
        "Look at the bot's webhook: whoever has the token can set it.",
    ),
    line(
        &["twilio"],
        "Twilio",
        "the Console, Account, API keys & tokens",
        "Look at calls, messages and cost since.",
    ),
    line(
        &["sendgrid", "mailgun", "mailchimp", "postmark", "resend"],
        "the mail service",
        "its settings, API keys",
        "Look at mail that was sent since, and at new sender identities.",
    ),
    line(
        &["cloudflare"],
        "Cloudflare",
        "My Profile, API Tokens; the global key is changed there, too",
        "Look in the audit log for changed records and new tokens.",
    ),
    line(
        &["private_key"],
        "",
        "everywhere the public half is trusted: authorized_keys, certificates, deploy keys, signers",
        "Look in the logs for logins and signatures with it.",
    ),
    line(
        &["kubeconfig", "k8s"],
        "Kubernetes",
        "the cluster: delete the service account's token, or renew the user's certificate",
        "Look in the API server's audit log for the user.",
    ),
    line(
        &["vault"],
        "Vault",
        "the server: revoke the token and its leases",
        "Look in the audit device for its accessor.",
    ),
];

#[cfg(test)]
mod tests {
    use super::{TABLE, revocation};

    #[test]
    fn a_type_has_its_service_and_an_unknown_one_that_of_its_group() {
        let github = revocation("github_ghp", "vcs").unwrap();
        let unknown = revocation("some_forge", "vcs").unwrap();

        assert_eq!(github.service.as_deref(), Some("GitHub"));
        assert!(github.place.contains("Personal access tokens"));
        assert_eq!(unknown.service, None);
        assert!(unknown.place.contains("source forge"));
        assert_eq!(
            revocation("awsome", "saas").unwrap().service,
            None,
            "only whole words begin it"
        );
    }

    #[test]
    fn what_is_no_credential_is_not_rotated() {
        for (rule, group) in [
            ("witness-conflict", "integrity"),
            ("package-similar", "package"),
            ("certificate-rejected", "capture"),
            ("secret-revealed", "vault"),
        ] {
            assert_eq!(revocation(rule, group), None, "{rule}");
        }
        let card = revocation("credit_card", "pii").unwrap();
        assert!(card.steps[0].contains("blocked"));
        let canary = revocation("canary", "canary").unwrap();
        assert!(canary.place.contains("opens nothing"), "{}", canary.place);
    }

    #[test]
    fn of_two_lines_the_narrower_comes_first() {
        let types: Vec<&str> = TABLE.iter().flat_map(|line| line.types).copied().collect();
        for (at, kind) in types.iter().enumerate() {
            let hidden = types[..at].iter().find(|other| super::has_prefix(kind, other));
            assert_eq!(hidden, None, "`{kind}` is never reached");
        }
    }
}
