//! What a stolen key of the agent's authority is good for: certificates are minted with it, as a thief
//! would do it, and shown to real clients that trust nobody else. For a host of its list each takes
//! one; for another host, for an address, and for both in one certificate none does.

#![expect(
    clippy::panic,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "minted/clients.rs"]
mod clients;
#[path = "trust/server.rs"]
mod server;

use std::{fs, path::Path};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use vigil_tests::vigil::{Home, Running};

use self::{
    clients::{CLIENTS, Verdict},
    server::Server,
};

const LISTED: &str = "api.anthropic.com";
/// Not on the list, by itself or beside one that is; the parent of one; a name that ends like one; and
/// addresses, which no list could name.
const OTHERS: &[&[&str]] = &[
    &["example.org"],
    &["anthropic.com"],
    &["xapi.anthropic.com"],
    &["127.0.0.1"],
    &["::1"],
    &["example.org", LISTED],
    &["127.0.0.1", LISTED],
];

#[test]
fn no_client_takes_a_minted_certificate_for_what_the_authority_is_not_for() {
    let home = Home::default();
    let agent = Running::start(&home, &[]);
    let ca = Path::new(agent.field("ca")).to_owned();
    assert!(agent.end().success());
    let authority = CertificateDer::from_pem_file(&ca).unwrap();
    let key = fs::read_to_string(ca.with_file_name("ca.key")).unwrap();
    let listed = Server::start(&[LISTED], &authority, &key);

    let mut wrong = Vec::new();
    for client in CLIENTS {
        // Without this a client that refuses everything would pass.
        if let Verdict::Refused(why) = client.shake(&home, &listed, &ca) {
            wrong.push(format!("{} refuses {LISTED}: {why}", client.name));
        }
    }
    for names in OTHERS {
        let server = Server::start(names, &authority, &key);
        for client in CLIENTS {
            match client.shake(&home, &server, &ca) {
                Verdict::Taken => wrong.push(format!("{} takes {names:?}", client.name)),
                Verdict::Refused(why) if client.is_for_its_names(&why) => {}
                Verdict::Refused(why) => {
                    wrong.push(format!(
                        "{} refuses {names:?} for another reason: {why}",
                        client.name
                    ));
                }
            }
        }
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
